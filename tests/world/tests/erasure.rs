//! `user-events erase` on the local engine: nothing of the person is left, everything of others is, byte for byte, whatever
//! interrupts it.

mod forgotten;
mod stores;

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use user_events::erase::{Options, certificate_schema, run};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::deploy_template;
use user_events_local::interrupt::Interrupt;
use user_events_testkit::{Reading, Record, Stub, rows};

use crate::support::root;
use crate::written::Written;
use stores::{
    Content, GONE, OTHERS, SOURCE, Stores, endpoint, expected, failure, notice, parked, pk, records,
};

/// The exit status if something remains or is not proved.
const INCOMPLETE: u8 = 3;

/// A run of the command: its exit status, and everything that it printed.
struct Ran {
    ended: ExitCode,
    said: String,
}

async fn command(arguments: &[&str]) -> Result<Ran> {
    let written = Written::default();
    let console = Console::writing_to(written.clone());
    let ended = run(&Options::read(arguments)?, &console, &console, &Interrupt::new()).await?;
    let said = written.text();
    ensure!(!said.contains("canary") && !said.contains(GONE), "{said}");
    Ok(Ran { ended, said })
}

/// Erases the person. Returns the run and the certificate.
async fn erase(stores: &Stores, folder: &Path, more: &[&str]) -> Result<(Ran, Value)> {
    let file = folder.join("certificate.json");
    let file = file.to_str().context("a path")?;
    let line = [&["--user", GONE, "--certificate", file], &stores.all()[..], more].concat();
    let ran = command(&line).await?;
    let text = std::fs::read_to_string(file)?;
    let page = std::fs::read_to_string(folder.join("certificate.md"))?;
    for text in [&text, &page] {
        ensure!(!text.contains("canary") && !text.contains(GONE), "{text}");
        ensure!(text.contains(&pk(GONE)), "{text}");
    }
    let certificate = serde_json::from_str(&text)?;
    let schema = jsonschema::validator_for(&certificate_schema())?;
    if let Err(error) = schema.validate(&certificate) {
        anyhow::bail!("{error}");
    }
    Ok((ran, certificate))
}

/// The certificate without what differs between runs.
fn lasting(certificate: &Value) -> Value {
    let mut lasting = certificate.clone();
    let Some(members) = lasting.as_object_mut() else {
        return lasting;
    };
    for name in ["erasedAt", "tombstoneAt", "runAt", "repeatAfter", "moments"] {
        members.remove(name);
    }
    for store in members["stores"].as_array_mut().into_iter().flatten() {
        if let Some(store) = store.as_object_mut() {
            store.remove("lookedThrough");
            store.remove("place");
        }
    }
    lasting
}

async fn nothing_of_the_person_is_left(stores: &Stores, left: &Content) -> Result<()> {
    let text = format!("{left:?}");
    ensure!(!text.contains("canary-gone"), "{text}");
    let tombstone = stores.row(&stores.table, GONE).await?.context("no tombstone")?;
    ensure!(
        tombstone.contains("erasedAt") && tombstone.contains("users/gone-1"),
        "{tombstone}"
    );
    ensure!(
        !tombstone.contains("secret") && !tombstone.contains("keyId"),
        "{tombstone}"
    );
    let entry = stores.row(&stores.ledger, GONE).await?.context("no entry")?;
    ensure!(!entry.contains(GONE) && !entry.contains("canary"), "{entry}");
    for other in OTHERS {
        let row = stores
            .row(&stores.table, other)
            .await?
            .context("a key of another person is gone")?;
        ensure!(row.contains("secret"), "{row}");
        ensure!(stores.row(&stores.ledger, other).await?.is_none());
    }
    Ok(())
}

#[test]
async fn everything_of_the_person_is_deleted_and_everything_of_others_stays_byte_for_byte() -> Result<()> {
    let stores = Stores::new("whole", true).await?;
    stores.fill().await?;
    let folder = tempfile::tempdir()?;
    let before = stores.content().await?;
    let dry = command(&[&["--user", GONE, "--dry-run"], &stores.all()[..]].concat()).await?;
    ensure!(
        dry.said.contains("nothing was changed") && dry.said.contains("there is a key"),
        "{}",
        dry.said
    );
    ensure!(dry.said.contains("parked queue: 5 records"), "{}", dry.said);
    assert_eq!(stores.content().await?, before);
    ensure!(stores.row(&stores.ledger, GONE).await?.is_none());

    let (ran, certificate) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    let left = stores.content().await?;
    assert_eq!(left, expected(&stores.bucket, true)?);
    nothing_of_the_person_is_left(&stores, &left).await?;
    assert_eq!(certificate["complete"], true);
    let number = |store: usize, name: &str| certificate["stores"][store][name].as_u64();
    assert_eq!(
        [
            (0, "found"),
            (0, "objectsDeleted"),
            (0, "objectsRewritten"),
            (1, "found"),
            (2, "found"),
            (2, "deleted")
        ]
        .map(|(store, name)| number(store, name)),
        [Some(25), Some(2), Some(3), Some(1), Some(5), Some(5)]
    );
    ensure!(ran.said.contains("run it once more after"), "{}", ran.said);

    let (again, second) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(again.ended, ExitCode::SUCCESS);
    assert_eq!(lasting(&second), lasting(&certificate));
    assert_eq!(
        second["erasedAt"], certificate["erasedAt"],
        "the first time stays"
    );
    assert_eq!(stores.content().await?, left);
    Ok(())
}

#[test]
async fn a_bucket_without_versions_is_cleaned_as_well() -> Result<()> {
    let stores = Stores::new("plain", false).await?;
    stores.fill().await?;
    let folder = tempfile::tempdir()?;
    let (ran, _) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    let left = stores.content().await?;
    assert_eq!(left, expected(&stores.bucket, false)?);
    nothing_of_the_person_is_left(&stores, &left).await
}

/// A writer that knows when a text was written.
struct Watched {
    written: Written,
    text: &'static str,
    seen: Arc<AtomicBool>,
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.written.write(bytes)?;
        self.seen
            .fetch_or(self.written.text().contains(self.text), Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.written.flush()
    }
}

/// Runs the command until it has written the text and was then polled so often, and drops it there, as a crash would.
/// Returns whether it was dropped.
async fn crash(stores: &Stores, text: &'static str, polls: usize, folder: &Path) -> Result<bool> {
    let file = folder.join("crashed.json");
    let line = [
        &["--user", GONE, "--certificate", file.to_str().context("a path")?],
        &stores.all()[..],
    ]
    .concat();
    let options = Options::read(line)?;
    let seen = Arc::new(AtomicBool::new(false));
    let progress = Console::writing_to(Watched {
        written: Written::default(),
        text,
        seen: Arc::clone(&seen),
    });
    let (silent, interrupt) = (Console::silent(), Interrupt::new());
    let mut running = pin!(run(&options, &silent, &progress, &interrupt));
    let mut left = polls;
    let ended = std::future::poll_fn(|context| {
        let polled = running.as_mut().poll(context);
        if polled.is_ready() {
            return Poll::Ready(false);
        }
        if seen.load(Ordering::Relaxed) {
            match left.checked_sub(1) {
                Some(fewer) => left = fewer,
                None => return Poll::Ready(true),
            }
        }
        Poll::Pending
    });
    Ok(ended.await)
}

/// A writer that ends everything when a text was written.
struct Deadly {
    written: Written,
    text: &'static str,
}

impl Write for Deadly {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.written.write(bytes)?;
        if self.written.text().contains(self.text) {
            // Not `panic!`: its hook would print a message.
            resume_unwind(Box::new("crash"));
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.written.flush()
    }
}

/// Runs the command until it has written the text, and ends it exactly there. Returns whether it came so far.
async fn die(stores: &Stores, text: &'static str, folder: &Path) -> Result<bool> {
    let file = folder.join("died.json");
    let file = file.to_str().context("a path")?;
    let options = Options::read([&["--user", GONE, "--certificate", file], &stores.all()[..]].concat())?;
    let progress = Console::writing_to(Deadly {
        written: Written::default(),
        text,
    });
    let (silent, interrupt) = (Console::silent(), Interrupt::new());
    let mut running = pin!(run(&options, &silent, &progress, &interrupt));
    let ended = std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)));
        match polled {
            Ok(polled) => polled.map(|_| false),
            Err(_) => Poll::Ready(true),
        }
    });
    Ok(ended.await)
}

#[test]
async fn after_a_crash_behind_any_step_the_same_command_completes_with_the_same_certificate() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let whole = Stores::new("crash-never", true).await?;
    whole.fill().await?;
    let (_, certificate) = erase(&whole, folder.path(), &[]).await?;
    for (name, text) in [
        ("crash-1", "tombstone written"),
        ("crash-2", "failure bucket looked through"),
        ("crash-3", "redrive queue looked through"),
        ("crash-4", "parked queue looked through"),
    ] {
        let stores = Stores::new(name, true).await?;
        stores.fill().await?;
        ensure!(die(&stores, text, folder.path()).await?, "{text}");
        let (ran, resumed) = erase(&stores, folder.path(), &[]).await?;
        assert_eq!(ran.ended, ExitCode::SUCCESS, "{text}: {}", ran.said);
        assert_eq!(lasting(&resumed), lasting(&certificate), "{text}");
        assert_eq!(stores.content().await?, expected(&stores.bucket, true)?, "{text}");
    }
    Ok(())
}

#[test]
async fn after_crashes_at_every_call_to_the_bucket_nothing_is_lost_and_nothing_stays() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let whole = Stores::new("calls-never", true).await?;
    whole.fill().await?;
    let (_, certificate) = erase(&whole, folder.path(), &[]).await?;
    let stores = Stores::new("calls", true).await?;
    stores.fill().await?;
    for polls in 0..40 {
        // The bucket is worked on first, so a crash within it holds no message.
        crash(&stores, "tombstone written", polls, folder.path()).await?;
        let seen = stores.content().await?;
        let texts = format!("{:?}", seen.objects);
        for other in OTHERS {
            ensure!(
                texts.contains(other),
                "after {polls} polls the records of {other} are gone"
            );
        }
        if !texts.contains("canary-gone") {
            break;
        }
    }
    let (ran, resumed) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(
        lasting(&resumed)["stores"][0],
        lasting(&certificate)["stores"][0],
        "{}",
        ran.said
    );
    let (left, wanted) = (stores.content().await?, expected(&stores.bucket, true)?);
    assert_eq!((left.objects, left.current), (wanted.objects, wanted.current));
    Ok(())
}

/// Runs the command, and interrupts it when it has written the text and was then polled so often.
async fn interrupted(stores: &Stores, text: &'static str, polls: usize, folder: &Path) -> Result<ExitCode> {
    let file = folder.join("interrupted.json");
    let file = file.to_str().context("a path")?;
    let options = Options::read([&["--user", GONE, "--certificate", file], &stores.all()[..]].concat())?;
    let seen = Arc::new(AtomicBool::new(false));
    let progress = Console::writing_to(Watched {
        written: Written::default(),
        text,
        seen: Arc::clone(&seen),
    });
    let (silent, interrupt) = (Console::silent(), Interrupt::new());
    let mut running = pin!(run(&options, &silent, &progress, &interrupt));
    let mut left = polls;
    std::future::poll_fn(|context| {
        if seen.load(Ordering::Relaxed) {
            left = left.saturating_sub(1);
        }
        if left == 0 {
            interrupt.raise();
        }
        running.as_mut().poll(context)
    })
    .await
}

#[test]
async fn interrupted_between_any_two_messages_it_loses_none_and_hides_none() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stores = Stores::new("interrupted", true).await?;
    stores.fill().await?;
    let wanted = expected(&stores.bucket, true)?;
    let mut polls = 1;
    loop {
        let ended = interrupted(&stores, "redrive queue looked through", polls, folder.path()).await?;
        let seen = stores.content().await?;
        for other in &wanted.parked {
            ensure!(
                seen.parked.contains(other),
                "a message of others is gone or hidden: {other}"
            );
        }
        if ended == ExitCode::SUCCESS {
            break;
        }
        assert_eq!(ended, ExitCode::from(130));
        polls += 5;
    }
    let (ran, certificate) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    assert_eq!(certificate["stores"][2]["found"], 5);
    assert_eq!(stores.content().await?, wanted);
    Ok(())
}

#[test]
async fn messages_in_other_hands_are_counted_and_the_next_run_completes() -> Result<()> {
    let stores = Stores::new("hands", true).await?;
    stores.send(&stores.parked, &parked(&records(GONE)[0])?).await?;
    let receive = stores.clients.sqs.receive_message().queue_url(&stores.parked);
    let held = receive
        .visibility_timeout(600)
        .send()
        .await?
        .messages
        .context("no message")?;
    let folder = tempfile::tempdir()?;
    let (ran, certificate) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::from(INCOMPLETE), "{}", ran.said);
    ensure!(ran.said.contains("run again after 120 seconds"), "{}", ran.said);
    assert_eq!(certificate["stores"][2]["remaining"]["notSeen"], 1);
    assert_eq!(certificate["complete"], false);
    let list = command(&[&["list", "--json"], &stores.tables()[..]].concat()).await?;
    ensure!(
        list.said.contains(r#""complete":false"#) && list.said.contains(&pk(GONE)),
        "{}",
        list.said
    );

    let show = stores
        .clients
        .sqs
        .change_message_visibility()
        .queue_url(&stores.parked);
    let show = show.set_receipt_handle(held[0].receipt_handle.clone());
    show.visibility_timeout(0).send().await?;
    let (ran, certificate) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    assert_eq!(certificate["stores"][2]["found"], 1);
    ensure!(stores.messages(&stores.parked).await?.is_empty());
    let status = command(&[&["status", "--user", GONE], &stores.tables()[..]].concat()).await?;
    assert_eq!(status.ended, ExitCode::SUCCESS);
    ensure!(
        status.said.contains("key: tombstone") && status.said.contains("complete: yes"),
        "{}",
        status.said
    );
    let other = command(&[&["status", "--user", "nobody"], &stores.tables()[..]].concat()).await?;
    assert_eq!(other.ended, ExitCode::from(INCOMPLETE));
    Ok(())
}

const MAPPING: &str = "version: 1
tables:
  - table: people
    keys: { partition: id }
    rows:
      - kind: account
        when: { attributes: { type: user } }
        ids: { userId: { path: id } }
        attributes:
          email: email
          emailVerified: { value: true }
          status: { value: ACTIVE }
          createdAt: recorded
          updatedAt: recorded
  - table: groups
    keys: { partition: id }
    rows:
      - kind: role-assignment
        each: { set: members }
        ids: { userId: { element: value }, roleId: { path: id } }
        attributes: { assignedAt: recorded }
";

/// A parked record of a mapped table.
fn mapped(table: &str, id: &str, image: &Value) -> Result<String> {
    let keys = json!({ "id": { "S": id } });
    let record = Record::inserted("accounts", &rows::account("x"))
        .with(
            "/eventSourceARN",
            json!(format!("arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/s")),
        )
        .with("/dynamodb/Keys", keys)
        .with("/dynamodb/NewImage", image.clone());
    let mut message: Value = serde_json::from_str(&parked(&record)?)?;
    message["source"]["mapped"] = json!(true);
    Ok(message.to_string())
}

#[test]
async fn records_of_mapped_tables_are_found_by_the_mapping_and_shared_items_are_reported() -> Result<()> {
    let stores = Stores::new("mapped", true).await?;
    let person = |id: &str| {
        mapped(
            "people",
            id,
            &json!({ "id": { "S": id }, "type": { "S": "user" }, "email": { "S": "canary-x" } }),
        )
    };
    let group = |members: &[&str]| {
        mapped(
            "groups",
            "g",
            &json!({ "id": { "S": "g" }, "members": { "SS": members } }),
        )
    };
    let (other, shared) = (person(OTHERS[0])?, group(&[GONE, OTHERS[0]])?);
    for body in [&person(GONE)?, &other, &shared, &group(&[GONE])?] {
        stores.send(&stores.parked, body).await?;
    }
    let folder = tempfile::tempdir()?;
    let (ran, certificate) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(
        ran.ended,
        ExitCode::from(INCOMPLETE),
        "nobody can tell without the mapping: {}",
        ran.said
    );
    assert_eq!(certificate["stores"][2]["remaining"]["unclear"], 3);
    ensure!(ran.said.contains("--mapping"), "{}", ran.said);

    let file = folder.path().join("mapping.yaml");
    std::fs::write(&file, MAPPING)?;
    let (ran, certificate) = erase(
        &stores,
        folder.path(),
        &["--mapping", file.to_str().context("a path")?],
    )
    .await?;
    assert_eq!(ran.ended, ExitCode::from(INCOMPLETE), "{}", ran.said);
    assert_eq!(
        certificate["stores"][2]["remaining"],
        json!({ "holdsOthersToo": 1, "unclear": 0, "notSeen": 0 })
    );
    ensure!(ran.said.contains("hold other people too"), "{}", ran.said);
    let mut wanted = vec![other, shared];
    wanted.sort();
    assert_eq!(stores.messages(&stores.parked).await?, wanted);
    Ok(())
}

#[test]
async fn a_notice_stays_while_its_object_is_there() -> Result<()> {
    let stores = Stores::new("notices", true).await?;
    stores.put("a b", &failure(&records(OTHERS[0]), true)).await?;
    let there = notice(&stores.bucket, "a+b");
    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent" }).to_string();
    for body in [&there, &test, &notice(&stores.bucket, "expired")] {
        stores.send(&stores.parked, body).await?;
    }
    let folder = tempfile::tempdir()?;
    let (ran, _) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    ensure!(
        ran.said.contains("1 notices of objects that are gone"),
        "{}",
        ran.said
    );
    let mut wanted = vec![there, test];
    wanted.sort();
    assert_eq!(stores.messages(&stores.parked).await?, wanted);
    Ok(())
}

#[test]
async fn a_restore_brings_back_the_keys_of_others_and_never_that_of_the_erased() -> Result<()> {
    let stores = Stores::new("restored", true).await?;
    let folder = tempfile::tempdir()?;
    erase(&stores, folder.path(), &[]).await?;
    let tombstone = stores.row(&stores.table, GONE).await?;
    // Of the time before the erasure. The second person has a newer key by now.
    let old = Stores::new("restored-subject-keys-restored-1", true).await?;
    let restored = "restored-subject-keys-restored-1-subject-keys";
    for user in [GONE, OTHERS[0], OTHERS[1]] {
        old.key(restored, user).await?;
    }
    stores.key(&stores.table, OTHERS[1]).await?;
    let live = stores.row(&stores.table, OTHERS[1]).await?;
    let line = [&["restore", "--from-table", restored], &stores.tables()[..]].concat();
    let dry = command(&[&line[..], &["--dry-run"]].concat()).await?;
    ensure!(
        dry.said
            .contains("1 keys would be written, 0 tombstones would be written"),
        "{}",
        dry.said
    );
    ensure!(stores.row(&stores.table, OTHERS[0]).await?.is_none());

    let ran = command(&line).await?;
    ensure!(
        ran.said
            .contains("1 keys written, 0 tombstones written, 1 rows left out"),
        "{}",
        ran.said
    );
    assert_eq!(stores.row(&stores.table, GONE).await?, tombstone);
    assert_eq!(
        stores.row(&stores.table, OTHERS[0]).await?,
        old.row(restored, OTHERS[0]).await?
    );
    assert_eq!(stores.row(&stores.table, OTHERS[1]).await?, live);

    // The live table was lost, and with it the tombstone: the ledger wins over the key that somebody brought back.
    stores.key(&stores.table, GONE).await?;
    let ran = command(&line).await?;
    ensure!(
        ran.said.contains("0 keys written, 1 tombstones written"),
        "{}",
        ran.said
    );
    let row = stores.row(&stores.table, GONE).await?.context("no tombstone")?;
    ensure!(row.contains("erasedAt") && !row.contains("secret"), "{row}");

    let line = [&["restore", "--from-table", "other"], &stores.tables()[..]].concat();
    let error = command(&line)
        .await
        .err()
        .context("another table is refused")?
        .to_string();
    ensure!(
        error.contains("begins with restored-subject-keys-restored"),
        "{error}"
    );
    Ok(())
}

#[test]
async fn a_key_that_came_back_is_deleted_again_and_the_first_time_stays() -> Result<()> {
    let stores = Stores::new("again", true).await?;
    let folder = tempfile::tempdir()?;
    let (_, first) = erase(&stores, folder.path(), &[]).await?;
    stores.key(&stores.table, GONE).await?;
    let (ran, second) = erase(&stores, folder.path(), &[]).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    assert_eq!(second["erasedAt"], first["erasedAt"]);
    ensure!(
        second["tombstoneAt"].as_str() > first["tombstoneAt"].as_str(),
        "{second}"
    );
    let row = stores.row(&stores.table, GONE).await?.context("no tombstone")?;
    ensure!(!row.contains("secret"), "{row}");
    Ok(())
}

/// The vector with that name, and what the stub answers to its readers.
fn vector(name: &str, erased: bool) -> Result<(Value, Reading)> {
    let text = std::fs::read_to_string(root().join("tests/vectors/opening.json"))?;
    let vectors: Vec<Value> = serde_json::from_str(&text)?;
    let found = vectors.into_iter().find(|vector| vector["name"] == name);
    let vector = found.with_context(|| format!("no vector {name}"))?;
    let row = |row: &Value| match erased {
        true => json!({ "erasedAt": { "S": "2026-04-01T12:00:00.000Z" } }),
        false => row.clone(),
    };
    let rows = vector["subjectKeys"].as_object().into_iter().flatten();
    let reading = Reading {
        data_key: vector["key"].as_str().unwrap_or_default().to_owned(),
        subject_keys: rows.map(|(name, value)| (name.clone(), row(value))).collect(),
        decrypts: 0,
        ..Reading::default()
    };
    Ok((vector, reading))
}

/// Runs a test with a stub of AWS, which has a runtime of its own.
fn with_stub(test: impl AsyncFnOnce(&Stub) -> Result<()>) -> Result<()> {
    let stub = Stub::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(test(&stub))
}

#[test]
fn only_what_is_erased_is_proved() -> Result<()> {
    with_stub(async |stub| only_what_is_erased(stub).await)
}

async fn only_what_is_erased(stub: &Stub) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("messages.json");
    let file = file.to_str().context("a path")?.to_owned();
    let url = format!("http://{}", stub.address());
    let with_key = "a token with a person's key, opens with both shares";
    let without = "a token without a person's key opens where persons have keys";
    let verify = async |name: &str, erased: bool, other: bool| -> Result<Ran> {
        let (vector, reading) = vector(name, erased)?;
        stub.answer_readers(reading);
        let user = if other { "user-9" } else { "user-1" };
        let text = if name.is_empty() {
            String::new()
        } else {
            vector["envelope"].to_string()
        };
        std::fs::write(&file, text)?;
        let seal_key = vector["sealKeyArn"].as_str().context("no seal key")?;
        let line = [
            "verify",
            "--user",
            user,
            "--messages",
            &file,
            "--seal-key",
            seal_key,
            "--endpoint",
            &url,
            "--table",
            "subject-keys",
            "--ledger",
            "erasures",
            "--source",
            SOURCE,
        ];
        command(&line).await
    };
    let erased = verify(with_key, true, false).await?;
    assert_eq!(erased.ended, ExitCode::SUCCESS, "{}", erased.said);
    ensure!(
        erased.said.contains("nothing of the person opens"),
        "{}",
        erased.said
    );
    let readable = verify(with_key, false, false).await?;
    assert_eq!(readable.ended, ExitCode::FAILURE);
    ensure!(
        readable.said.contains("the key of the person still exists"),
        "{}",
        readable.said
    );
    let readable = verify(without, true, false).await?;
    assert_eq!(readable.ended, ExitCode::FAILURE);
    ensure!(
        readable.said.contains("published before SubjectKeys was on"),
        "{}",
        readable.said
    );
    let other = verify(with_key, true, true).await?;
    assert_eq!(
        other.ended,
        ExitCode::from(INCOMPLETE),
        "this user was not erased: {}",
        other.said
    );
    Ok(())
}

#[test]
fn what_proves_nothing_is_no_proof() -> Result<()> {
    with_stub(async |stub| what_proves_nothing(stub).await)
}

async fn what_proves_nothing(stub: &Stub) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("messages.json");
    let (vector, reading) = vector("a token with a person's key, opens with both shares", true)?;
    stub.answer_readers(reading);
    let url = format!("http://{}", stub.address());
    let verify = async |text: &str, seal_key: &str| -> Result<Ran> {
        std::fs::write(&file, text)?;
        let line = [
            "verify",
            "--user",
            "user-1",
            "--messages",
            file.to_str().context("a path")?,
            "--seal-key",
            seal_key,
            "--endpoint",
            &url,
            "--table",
            "subject-keys",
            "--ledger",
            "erasures",
            "--source",
            SOURCE,
            "--json",
        ];
        command(&line).await
    };
    let seal_key = vector["sealKeyArn"].as_str().context("no seal key")?;
    let event = vector["envelope"].to_string();
    let proved = verify(&event, seal_key).await?;
    assert_eq!(proved.ended, ExitCode::SUCCESS, "{}", proved.said);
    let other_key = verify(&event, "arn:aws:kms:eu-west-1:1:key/other").await?;
    assert_eq!(other_key.ended, ExitCode::from(INCOMPLETE));
    ensure!(
        other_key.said.contains(r#""notProved":{"other-key":1}"#),
        "{}",
        other_key.said
    );
    let no_event = verify(&format!("{event}\n{{\"a\":1}}"), seal_key).await?;
    assert_eq!(no_event.ended, ExitCode::from(INCOMPLETE));
    ensure!(no_event.said.contains(r#""notEvents":1"#), "{}", no_event.said);
    Ok(())
}

#[test]
async fn a_queue_is_verified_without_consuming_it() -> Result<()> {
    let stores = Stores::new("verified", true).await?;
    let folder = tempfile::tempdir()?;
    erase(&stores, folder.path(), &[]).await?;
    let (vector, _) = vector("a token with a person's key, opens with both shares", true)?;
    let event = vector["envelope"].to_string();
    stores.send(&stores.redrive, &event).await?;
    let line = |user: &'static str| {
        let seal_key = ["--seal-key", "arn:aws:kms:eu-west-1:1:key/other"];
        [
            &["verify", "--user", user, "--queue", &stores.redrive],
            &seal_key[..],
            &stores.tables(),
        ]
        .concat()
    };
    let ran = command(&line(GONE)).await?;
    assert_eq!(
        ran.ended,
        ExitCode::SUCCESS,
        "it is of somebody else: {}",
        ran.said
    );
    ensure!(
        ran.said.contains("0 events of the person, 1 of others"),
        "{}",
        ran.said
    );
    let ran = command(&line("user-1")).await?;
    assert_eq!(ran.ended, ExitCode::from(INCOMPLETE), "{}", ran.said);
    assert_eq!(stores.messages(&stores.redrive).await?, [event]);
    let hidden = Clients::from_endpoint(endpoint())
        .sqs
        .get_queue_attributes()
        .queue_url(&stores.redrive);
    let hidden = hidden.attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
    let hidden = hidden.send().await?.attributes.context("no attributes")?;
    assert_eq!(
        hidden[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible],
        "0"
    );
    Ok(())
}

/// A stack with the parameters and outputs that the command reads.
const TEMPLATE: &str = r#"
Parameters:
  Stage: { Type: String, Default: tests }
  SubjectKeys: { Type: String, Default: "off" }
  EventSource: { Type: String, Default: /user-service }
  Mapping: { Type: String, Default: "" }
  FailureRetentionDays: { Type: Number, Default: 30 }
  Parked: { Type: String }
  Redrive: { Type: String }
  Bucket: { Type: String }
Resources:
  Nothing: { Type: "AWS::CloudFormation::WaitConditionHandle" }
Outputs:
  ParkedQueueUrl: { Value: !Ref Parked }
  RedriveQueueUrl: { Value: !Ref Redrive }
  FailureBucketName: { Value: !Ref Bucket }
"#;

#[test]
async fn everything_is_found_by_the_stack_which_says_what_is_missing() -> Result<()> {
    let stores = Stores::new("stacked", true).await?;
    stores.fill().await?;
    let folder = tempfile::tempdir()?;
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, TEMPLATE)?;
    let deploy = async |more: &[(&str, &str)]| -> Result<()> {
        let places = [
            ("Parked", &*stores.parked),
            ("Redrive", &*stores.redrive),
            ("Bucket", &*stores.bucket),
        ];
        let parameters = [&places[..], more].concat();
        deploy_template(
            &stores.clients,
            endpoint(),
            "stacked",
            &template,
            &parameters,
            &Console::silent(),
        )
        .await?;
        Ok(())
    };
    let file = folder.path().join("erased.json");
    let file = file.to_str().context("a path")?;
    let line = [
        "--user",
        GONE,
        "--stack",
        "stacked",
        "--endpoint",
        endpoint(),
        "--certificate",
        file,
    ];
    deploy(&[]).await?;
    let error = command(&line).await.err().context("without keys")?.to_string();
    ensure!(error.contains("SubjectKeys=on"), "{error}");
    deploy(&[("SubjectKeys", "on"), ("Mapping", "mapping.yaml")]).await?;
    let error = command(&line)
        .await
        .err()
        .context("without the mapping")?
        .to_string();
    ensure!(error.contains("--mapping"), "{error}");
    ensure!(
        stores.row(&stores.ledger, GONE).await?.is_none(),
        "before anything is done"
    );
    deploy(&[("SubjectKeys", "on"), ("FailureRetentionDays", "10")]).await?;
    let ran = command(&line).await?;
    assert_eq!(ran.ended, ExitCode::SUCCESS, "{}", ran.said);
    assert_eq!(stores.content().await?, expected(&stores.bucket, true)?);
    let certificate: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    assert_eq!(
        certificate["publisher"],
        json!({ "stack": "stacked", "stage": "tests", "source": SOURCE })
    );
    assert_eq!(certificate["moments"].as_array().map(Vec::len), Some(4));
    Ok(())
}

#[test]
async fn a_stack_without_keys_of_persons_and_a_wrong_certificate_are_refused_with_a_remedy() -> Result<()> {
    let error = command(&["--user", GONE, "--endpoint", endpoint(), "--stack", "nothing"]).await;
    let error = error.err().context("there is no such stack")?.to_string();
    ensure!(
        error.contains("no stack nothing") && error.contains("--stack"),
        "{error}"
    );
    let stores = Stores::new("refused", true).await?;
    let line = [&["--user", GONE, "--certificate", "page.md"], &stores.all()[..]].concat();
    let error = command(&line)
        .await
        .err()
        .context("it would be overwritten")?
        .to_string();
    ensure!(error.contains("--certificate"), "{error}");
    ensure!(
        stores.row(&stores.table, GONE).await?.is_none(),
        "before anything is done"
    );
    Ok(())
}

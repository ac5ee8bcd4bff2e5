//! `user-events parked` on the local engine: `list` and `show` print no value, and a redriven record is published
//! once, by the real function, with the id it would have had; so is a mended one.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use user_events::parked::{Interrupt, Options, run};
use user_events::terminal::Terminal;
use user_events_core::{Code, Error, RawRecord, Time, parked_message};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::subscribe::{Received, Subscriptions};
use user_events_testkit::{Record, rows};

use crate::engine::{Played, STACK, shared, with_canaries};
use crate::support::sealed_events;
use crate::written::Written;

/// The longest pause while messages are expected, and how long to wait for messages that must not arrive.
const PATIENCE: Duration = Duration::from_secs(30);
const QUIET: Duration = Duration::from_millis(1_500);

/// Runs `user-events parked` on the engine. Returns its output, both results and progress.
async fn parked(arguments: &[&str]) -> Result<String> {
    let (text, code) = parked_asking(arguments, Terminal::absent()).await?;
    anyhow::ensure!(code == ExitCode::SUCCESS, "{arguments:?}: {text}");
    Ok(text)
}

/// The same, with somebody who answers. Returns the exit code, too.
async fn parked_asking(arguments: &[&str], mut terminal: Terminal) -> Result<(String, ExitCode)> {
    let mut line = vec!["--endpoint", shared().endpoint.as_str(), "--stack", STACK];
    line.extend_from_slice(arguments);
    let written = Written::default();
    let console = Console::writing_to(written.clone());
    let options = Options::read(line)?;
    let code = run(&options, &console, &console, &Interrupt::new(), &mut terminal).await?;
    Ok((written.text(), code))
}

/// The messages about these subjects, by subject.
async fn listed(subjects: &[&str]) -> Result<BTreeMap<String, Value>> {
    let lines = parked(&["list", "--json"]).await?;
    let entries = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = entries.filter_map(|entry| {
        let subject = entry["subject"].as_str()?.to_owned();
        subjects.contains(&subject.as_str()).then_some((subject, entry))
    });
    Ok(own.collect())
}

/// A record of the deployment's own stream: redrive publishes no other.
fn registration(stream: &str, user: &str, place: u64) -> Record {
    Record::inserted("accounts", &with_canaries(rows::account(user), "parked"))
        .at(place)
        .with("/eventSourceARN", json!(stream))
}

/// The ARN of the stream of the accounts table.
async fn accounts_stream(played: &Played, clients: &Clients) -> Result<String> {
    let table = clients
        .dynamodb
        .describe_table()
        .table_name(&played.outputs["AccountsTableName"])
        .send()
        .await?;
    let stream = table.table.and_then(|table| table.latest_stream_arn);
    stream.context("the accounts table has no stream")
}

async fn park(played: &Played, clients: &Clients, record: &Record, reason: &Error) -> Result<()> {
    let parked_at = Time::parse("2026-03-01T12:00:00Z").unwrap();
    let send = clients
        .sqs
        .send_message()
        .queue_url(&played.outputs["ParkedQueueUrl"]);
    send.message_body(parked_message(
        &RawRecord::read(&record.raw()),
        reason,
        parked_at,
    )?)
    .send()
    .await?;
    Ok(())
}

/// Receives the events of these users until no more arrive.
async fn arrived(
    messages: &mut UnboundedReceiver<Received>,
    users: &[&str],
    expected: usize,
) -> Vec<Received> {
    let mut received = Vec::new();
    loop {
        let patience = if received.len() < expected {
            PATIENCE
        } else {
            QUIET
        };
        match tokio::time::timeout(patience, next_of(messages, users)).await {
            Ok(Some(message)) => received.push(message),
            _ => return received,
        }
    }
}

/// Receives the next event of these users. The topic also delivers events of other tests that write to the same table:
/// the subscribers of `subscribers.rs` register users of their own.
async fn next_of(messages: &mut UnboundedReceiver<Received>, users: &[&str]) -> Option<Received> {
    loop {
        let message = messages.recv().await?;
        let envelope: Value = serde_json::from_str(&message.body).unwrap();
        let subject = envelope["subject"].as_str().unwrap_or_default();
        if users.iter().any(|user| subject == format!("users/{user}")) {
            return Some(message);
        }
    }
}

/// The ids and `replay` attributes.
fn replayed(received: &[Received]) -> Vec<(String, Option<String>)> {
    let one = |message: &Received| {
        let envelope: Value = serde_json::from_str(&message.body).unwrap();
        let id = envelope["id"].as_str().unwrap().to_owned();
        (id, message.attributes.get("replay").cloned())
    };
    received.iter().map(one).collect()
}

fn expected(record: &Record) -> (String, Option<String>) {
    let [event] = &sealed_events(record).unwrap()[..] else {
        panic!("one event")
    };
    (event.id.clone(), Some("true".to_owned()))
}

fn assert_no_value(text: &str) {
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn what_is_parked_is_listed_and_shown_without_values_and_redriven_once() {
    let played = shared();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(whole_way(played)).unwrap();
}

async fn whole_way(played: &Played) -> Result<()> {
    let clients = Clients::from_endpoint(&played.endpoint);
    let mut subscriptions = Subscriptions::new(&clients);
    subscriptions
        .add("account", &played.outputs["AccountTopicArn"], "parked-account")
        .await?;
    let (sender, mut messages) = unbounded_channel();
    subscriptions.receive(&sender);

    let refused = Error::new(
        Code::RefusedByTopic,
        "UserRegisteredEventV1: refused as the sender's fault",
    );
    let misfit = Error::new(
        Code::RowDoesNotFit,
        "account row: required attribute `email` is missing",
    );
    let stream = accounts_stream(played, &clients).await?;
    let registration = |user: &str, place| registration(&stream, user, place);
    let (good, other) = (registration("parked-1", 1), registration("parked-2", 2));
    let broken = registration("parked-3", 3).with("/dynamodb/NewImage/email", Value::Null);
    park(played, &clients, &good, &refused).await?;
    park(played, &clients, &other, &refused).await?;
    park(played, &clients, &broken, &misfit).await?;
    let users = ["parked-1", "parked-2", "parked-3"];
    let subjects = ["users/parked-1", "users/parked-2", "users/parked-3"];

    until_listed(&subjects).await?;
    let table = parked(&["list"]).await?;
    assert_no_value(&table);
    for part in subjects
        .into_iter()
        .chain(["refused-by-topic", "row-does-not-fit", "INSERT", "ACCOUNT"])
    {
        assert!(table.contains(part), "{part} in {table}");
    }
    let entries = until_listed(&subjects).await?;
    let id = |subject: &str| entries[subject]["messageId"].as_str().unwrap();

    let shown = parked(&["show", &id("users/parked-1")[..13]]).await?;
    assert_no_value(&shown);
    assert!(
        shown.contains("passwordHash") && shown.contains("[redacted, "),
        "{shown}"
    );
    let revealed = parked(&["show", id("users/parked-1"), "--reveal"]).await?;
    assert!(revealed.contains("canary-parked-email"), "{revealed}");

    let first = [
        "--where",
        "subject=users/parked-1",
        "--where",
        "code=refused-by-topic",
    ];
    let dry = parked(&[&["redrive", "--dry-run"][..], &first].concat()).await?;
    assert_no_value(&dry);
    assert!(
        dry.contains("1 would be redriven (1 published, 0 parked again"),
        "{dry}"
    );
    let foretold = parked(&["redrive", "--dry-run", id("users/parked-3")]).await?;
    assert_no_value(&foretold);
    assert!(
        foretold.contains("would be parked again: row-does-not-fit: account row: required attribute `email`")
            && foretold.contains("0 published, 1 parked again"),
        "{foretold}"
    );
    assert_eq!(listed(&subjects).await?, entries, "nothing changed");

    let told = parked(&[&["redrive", "--rate", "10"][..], &first].concat()).await?;
    assert!(told.contains("1 of 1 redriven"), "{told}");
    assert_eq!(
        replayed(&arrived(&mut messages, &users, 1).await),
        [expected(&good)]
    );
    let left = listed(&subjects).await?;
    assert_eq!(
        left.keys().collect::<Vec<_>>(),
        ["users/parked-2", "users/parked-3"]
    );
    assert_eq!(
        left["users/parked-2"], entries["users/parked-2"],
        "it was not touched"
    );

    let both = [
        "redrive",
        "--wait",
        "--where",
        "subject=users/parked-2",
        "--where",
        "subject=users/parked-3",
    ];
    let (told, code) = parked_asking(&both, Terminal::absent()).await?;
    assert_no_value(&told);
    assert_eq!(code, ExitCode::FAILURE, "{told}");
    for part in [
        "  published: UserRegisteredEventV1",
        "  parked again as ",
        "row-does-not-fit: redriven and parked again: account row: required attribute `email`",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(
        replayed(&arrived(&mut messages, &users, 1).await),
        [expected(&other)]
    );
    let again = until_listed(&["users/parked-3"]).await?;
    let again = &again["users/parked-3"];
    assert_no_value(&again.to_string());
    assert_eq!(again["firstParkedAt"], entries["users/parked-3"]["parkedAt"]);
    assert!(
        again["parkedAt"].as_str() > again["firstParkedAt"].as_str(),
        "{again}"
    );
    let table = parked(&["list"]).await?;
    let line = table
        .lines()
        .find(|line| line.contains("users/parked-3"))
        .unwrap();
    assert!(line.contains("2026-03-01T12:00:00Z"), "{line}");
    assert!(
        again["reason"]
            .as_str()
            .unwrap()
            .starts_with("redriven and parked again: "),
        "{again}"
    );

    given_up(played, &clients, &mut messages).await?;
    subscriptions.remove().await;
    Ok(())
}

/// The records of an invocation that Lambda gave up, from the bucket's notice back to the topic.
async fn given_up(
    played: &Played,
    clients: &Clients,
    messages: &mut UnboundedReceiver<Received>,
) -> Result<()> {
    let stream = accounts_stream(played, clients).await?;
    let records = [
        registration(&stream, "parked-4", 4),
        registration(&stream, "parked-5", 5),
    ];
    let event = json!({ "Records": records.iter().map(Record::json).collect::<Vec<_>>() });
    let object =
        json!({ "requestContext": { "condition": "RetryAttemptsExhausted" }, "payload": event.to_string() });
    let put = clients
        .s3
        .put_object()
        .bucket(&played.outputs["FailureBucketName"]);
    let put = put.key("aws/lambda/mapping/shard 1/failure");
    put.body(object.to_string().into_bytes().into()).send().await?;

    let begun = Instant::now();
    let notice = loop {
        let lines = parked(&["list", "--json"]).await?;
        assert_no_value(&lines);
        let mut entries = lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_the_object =
            |entry: &Value| entry["objects"][0]["key"] == "aws/lambda/mapping/shard 1/failure";
        if let Some(notice) = entries.find(of_the_object) {
            break notice;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "the bucket sends no notice of the object that it received"
        );
    };
    assert_eq!(notice["kind"], "failures");
    parked(&["redrive", notice["messageId"].as_str().unwrap()]).await?;
    let mut came = replayed(&arrived(messages, &["parked-4", "parked-5"], 2).await);
    came.sort_unstable();
    let mut wanted = records.each_ref().map(expected);
    wanted.sort_unstable();
    assert_eq!(came, wanted);
    Ok(())
}

/// Waits until all of these subjects are in the parked queue.
async fn until_listed(subjects: &[&str]) -> Result<BTreeMap<String, Value>> {
    let begun = Instant::now();
    loop {
        let found = listed(subjects).await?;
        if found.len() == subjects.len() {
            return Ok(found);
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "of {subjects:?} only these are parked: {:?}",
            found.keys()
        );
    }
}

#[test]
fn a_missing_stack_is_reported_with_a_remedy() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let played = shared();
    let error = runtime.unwrap().block_on(async {
        let options = Options::read(["list", "--endpoint", &played.endpoint, "--stack", "nothing"]).unwrap();
        let silent = Console::silent();
        run(
            &options,
            &silent,
            &silent,
            &Interrupt::new(),
            &mut Terminal::absent(),
        )
        .await
        .unwrap_err()
        .to_string()
    });
    assert!(
        error.contains("no stack nothing") && error.contains("--stack"),
        "{error}"
    );
}

#[test]
fn a_mended_record_is_published_as_the_original_and_a_discarded_one_never() {
    let played = shared();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(mended_and_discarded(played)).unwrap();
}

async fn mended_and_discarded(played: &Played) -> Result<()> {
    let clients = Clients::from_endpoint(&played.endpoint);
    let mut subscriptions = Subscriptions::new(&clients);
    subscriptions
        .add("account", &played.outputs["AccountTopicArn"], "mended-account")
        .await?;
    let (sender, mut messages) = unbounded_channel();
    subscriptions.receive(&sender);
    // A queue that no other test reads.
    let queue = clients
        .sqs
        .create_queue()
        .queue_name("parked-to-mend")
        .send()
        .await?;
    let url = queue.queue_url.unwrap();
    let stream = accounts_stream(played, &clients).await?;
    let good = registration(&stream, "parked-6", 6);
    let misfit = Error::new(
        Code::RowDoesNotFit,
        "account row: required attribute `email` is missing",
    );
    for (record, place) in [
        (&good, "parked-6"),
        (&registration(&stream, "parked-7", 7), "parked-7"),
    ] {
        let broken = record.clone().with("/dynamodb/NewImage/email", Value::Null);
        let body = parked_message(&RawRecord::read(&broken.raw()), &misfit, Time::UNIX_EPOCH)?;
        assert!(body.contains(place));
        clients
            .sqs
            .send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
            .await?;
    }
    let redrive_url = &played.outputs["RedriveQueueUrl"];
    let queues = ["--parked-queue-url", &url, "--redrive-queue-url", redrive_url];
    let on_queue = |arguments: &[&str], answer: &'static str| {
        let line = [arguments, &queues].concat();
        let line: Vec<String> = line.into_iter().map(str::to_owned).collect();
        async move {
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            parked_asking(&line, Terminal::answering(answer.as_bytes())).await
        }
    };
    let list = async || -> Result<BTreeMap<String, String>> {
        let (lines, _) = on_queue(&["list", "--json"], "").await?;
        let entries = lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let pair = |entry: Value| {
            Some((
                entry["subject"].as_str()?.to_owned(),
                entry["messageId"].as_str()?.to_owned(),
            ))
        };
        Ok(entries.filter_map(pair).collect())
    };
    let ids = list().await?;
    assert_eq!(ids.len(), 2, "{ids:?}");
    let (to_mend, to_discard) = (&ids["users/parked-6"], &ids["users/parked-7"]);

    let email = good.json()["dynamodb"]["NewImage"]["email"]["S"]
        .as_str()
        .unwrap();
    let set = format!("email={email}");
    let mend = ["mend", to_mend, "--set", &set];
    let (shown, code) = on_queue(&[&mend[..], &["--dry-run"]].concat(), "").await?;
    assert_no_value(&shown);
    assert_eq!(code, ExitCode::SUCCESS, "{shown}");
    for part in [
        "changed: email",
        "would be published: UserRegisteredEventV1",
        "encrypted: contact",
        "nothing was sent",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let wrong = on_queue(&["mend", to_mend, "--set", "status=", "--yes"], "").await;
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("nothing was sent"), "{wrong}");
    let (declined, code) = on_queue(&mend, "n\n").await?;
    assert!(
        code == ExitCode::FAILURE && declined.contains("[y/N]"),
        "{declined}"
    );
    assert_eq!(list().await?, ids, "nothing was sent");

    let (told, code) = on_queue(&mend, "y\n").await?;
    assert_eq!(code, ExitCode::SUCCESS, "{told}");
    assert_no_value(&told);
    assert_eq!(
        replayed(&arrived(&mut messages, &["parked-6"], 1).await),
        [expected(&good)]
    );
    assert_eq!(list().await?.keys().collect::<Vec<_>>(), ["users/parked-7"]);

    let copy = std::env::temp_dir().join(format!("discarded-{}.json", std::process::id()));
    let discard = ["discard", to_discard, "--out", copy.to_str().unwrap()];
    let (asked, code) = on_queue(&discard, "\n").await?;
    assert_no_value(&asked);
    assert!(
        code == ExitCode::FAILURE && asked.contains("lost: this change of the row is never published"),
        "{asked}"
    );
    assert!(!copy.exists() && list().await?.len() == 1);
    let (told, code) = on_queue(&[&discard[..], &["--yes"]].concat(), "").await?;
    assert_eq!(code, ExitCode::SUCCESS, "{told}");
    assert!(list().await?.is_empty());
    let kept = std::fs::read_to_string(&copy)?;
    std::fs::remove_file(&copy)?;
    assert!(
        kept.contains("USER#parked-7") && kept.contains("row-does-not-fit"),
        "{kept}"
    );
    assert!(arrived(&mut messages, &["parked-7"], 0).await.is_empty());
    subscriptions.remove().await;
    Ok(())
}

#[test]
fn every_kind_of_row_is_recognised_by_its_keys() {
    let played = shared();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(every_kind(played)).unwrap();
}

async fn every_kind(played: &Played) -> Result<()> {
    let sqs = Clients::from_endpoint(&played.endpoint).sqs;
    let queue = sqs.create_queue().queue_name("parked-kinds").send().await?;
    let url = queue.queue_url.unwrap();
    let reason = Error::new(Code::RowDoesNotFit, "a row: it does not fit");
    for (table, row) in rows::all() {
        let record = Record::removed(table, &with_canaries(row, "kinds"));
        let body = parked_message(&RawRecord::read(&record.raw()), &reason, Time::UNIX_EPOCH)?;
        sqs.send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
            .await?;
    }
    let lines = parked(&["list", "--json", "--parked-queue-url", &url]).await?;
    assert_no_value(&lines);
    let lines: Vec<_> = lines.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(lines.len(), rows::all().len());
    for line in lines {
        let entry: Value = serde_json::from_str(line)?;
        for name in [
            "table",
            "change",
            "row",
            "subject",
            "eventID",
            "sequenceNumber",
            "parkedAt",
        ] {
            assert!(entry[name].is_string(), "{name} of {entry}");
        }
    }
    Ok(())
}

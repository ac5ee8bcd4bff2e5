//! `user-events tail` and `user-events open` on the local engine: real topics, queues, subscriptions and keys.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_sdk_dynamodb::primitives::Blob as Bytes;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType as Kind, ScalarAttributeType,
};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_ssm::types::ParameterType;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use user_events::open;
use user_events::tail::{Options, run};
use user_events_core::subject_key_name;
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use user_events_local::writes::{Layout, Line, parse, perform};
use user_events_testkit::rows;

use crate::engine::{Played, shared};
use crate::started::user_events;
use crate::written::Written;

const PATIENCE: Duration = Duration::from_secs(30);

/// A tail on the engine.
struct Tail {
    out: Written,
    progress: Written,
    interrupt: Interrupt,
    running: tokio::task::JoinHandle<Result<ExitCode>>,
}

impl Tail {
    fn start(arguments: &[&str]) -> Self {
        let mut line = vec!["--endpoint", shared().endpoint.as_str()];
        line.extend_from_slice(arguments);
        let options = Options::read(line).unwrap();
        let (out, progress, interrupt) = (Written::default(), Written::default(), Interrupt::new());
        let (to_out, to_progress) = (
            Console::writing_to(out.clone()),
            Console::writing_to(progress.clone()),
        );
        let raised = interrupt.clone();
        let running = tokio::spawn(async move { run(&options, &to_out, &to_progress, &raised).await });
        Self {
            out,
            progress,
            interrupt,
            running,
        }
    }

    async fn end(self) -> Result<ExitCode> {
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .context("the tail does not end")??
    }

    /// The names of the queues that its output lists as created.
    fn queues(&self) -> Vec<String> {
        let text = self.progress.text();
        let made = text
            .lines()
            .find_map(|line| line.split("removed at the end: ").nth(1));
        let names = made.into_iter().flat_map(|names| names.split(", "));
        names.map(str::to_owned).collect()
    }
}

/// The queues that still exist, as queues or as endpoints of subscriptions.
async fn left(played: &Played, queues: &[String]) -> Result<Vec<String>> {
    let clients = Clients::from_endpoint(&played.endpoint);
    let list = clients.sqs.list_queues().queue_name_prefix("user-events-tail-");
    let mut names = list.send().await?.queue_urls.unwrap_or_default();
    for topic in ["AccountTopicArn", "ProfileTopicArn"] {
        let list = clients.sns.list_subscriptions_by_topic();
        let found = list.topic_arn(&played.outputs[topic]).send().await?;
        let found = found.subscriptions.unwrap_or_default().into_iter();
        names.extend(found.filter_map(|subscription| subscription.endpoint));
    }
    names.retain(|name| queues.iter().any(|queue| name.ends_with(queue)));
    Ok(names)
}

/// Adds an address of a user and changes it. (Other tests check everything that the topic of accounts delivers.)
async fn change(played: &Played, user: &str) -> Result<()> {
    let row = rows::address(user);
    let changed = rows::with(
        row.clone(),
        json!({ "city": format!("Town of {user}"), "updatedAt": "2026-03-01T12:30:00Z" }),
    );
    let lines = [row, changed].map(|row| json!({ "table": "profiles", "put": row }).to_string());
    let writes =
        parse(&lines.join("\n"), Layout::Native).map_err(|misfits| anyhow::anyhow!("{misfits:?}"))?;
    for (_, Line { write, .. }) in &writes {
        perform(
            &Clients::from_endpoint(&played.endpoint).dynamodb,
            &played.outputs["ProfilesTableName"],
            write,
        )
        .await?;
    }
    Ok(())
}

#[test]
async fn a_tail_shows_the_events_it_was_asked_for_opened_and_leaves_nothing_behind() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let tail = Tail::start(&[
        "--stage",
        "tests",
        "--category",
        "profile",
        "--subject",
        "users/tail-1",
        "--type",
        "UserAddressUpdated",
        "--type",
        "UserAddressAdded",
        "--open",
        "--json",
        "--count",
        "2",
    ]);
    tail.progress.holds("removed at the end: ").await?;
    let first = "==> ready: events of profile in the stage tests; Ctrl-C to quit\n";
    ensure!(
        tail.progress.text().starts_with(first),
        "{}",
        tail.progress.text()
    );
    let queues = tail.queues();
    ensure!(queues.len() == 1 && queues[0].ends_with(".fifo"), "{queues:?}");
    ensure!(
        left(played, &queues).await?.len() == 2,
        "a queue and its subscription exist"
    );
    change(played, "tail-2").await?;
    change(played, "tail-1").await?;
    let (out, progress) = (tail.out.clone(), tail.progress.clone());
    assert_eq!(tail.end().await?, ExitCode::SUCCESS, "{}", progress.text());
    let lines: Vec<Value> = out
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<_> = lines.iter().map(|line| &line["event"]["type"]).collect();
    assert_eq!(types, ["UserAddressAddedEventV1", "UserAddressUpdatedEventV1"]);
    for line in &lines {
        assert_eq!(line["event"]["subject"], "users/tail-1");
        assert_eq!(line["attributes"]["category"], "profile");
    }
    assert_eq!(lines[1]["opened"]["address"]["city"], "Town of tail-1");
    assert!(
        progress
            .text()
            .contains(&format!("removed, each with its subscription: {}", queues[0]))
    );
    assert_eq!(left(played, &queues).await?, [""; 0]);
    Ok(())
}

#[test]
async fn an_interrupted_tail_and_one_whose_time_is_up_leave_nothing_behind() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let tail = Tail::start(&["--stage", "tests"]);
    tail.progress.holds("removed at the end: ").await?;
    let queues = tail.queues();
    assert_eq!(queues.len(), 4, "one per category");
    tail.interrupt.raise();
    assert_eq!(tail.end().await?, ExitCode::from(130));
    assert_eq!(left(played, &queues).await?, [""; 0]);

    let tail = Tail::start(&[
        "--stage",
        "tests",
        "--category",
        "account",
        "--for",
        "1s",
        "--count",
        "1",
        "--subject",
        "users/nobody",
    ]);
    tail.progress.holds("removed at the end: ").await?;
    let queues = tail.queues();
    let progress = tail.progress.clone();
    assert_eq!(tail.end().await?, ExitCode::FAILURE, "the count was not reached");
    let why = "ended by --for, after 1 seconds: 0 of 1 events were shown";
    ensure!(progress.text().contains(why), "{}", progress.text());
    assert_eq!(left(played, &queues).await?, [""; 0]);
    Ok(())
}

#[test]
fn every_signal_that_ends_a_command_lets_it_tidy_up() -> Result<()> {
    let endpoint = &shared().endpoint;
    for signal in ["INT", "TERM", "HUP"] {
        let arguments = [
            "tail",
            "--stage",
            "tests",
            "--category",
            "access",
            "--endpoint",
            endpoint,
        ];
        let mut process = user_events(&arguments)?.stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(process.stderr.take().context("no output")?).lines();
        let first = lines.next().context("it said nothing")??;
        ensure!(first.starts_with("==> ready: "), "{first}");
        let pid = process.id().to_string();
        ensure!(
            Command::new("kill")
                .arg(format!("-{signal}"))
                .arg(pid)
                .status()?
                .success()
        );
        let rest = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
        let status = process.wait()?;
        ensure!(status.code() == Some(130), "{signal}: {status} {rest}");
        ensure!(
            rest.contains("removed, each with its subscription"),
            "{signal}: {rest}"
        );
    }
    Ok(())
}

#[test]
async fn a_tail_whose_queue_is_taken_away_fails_and_unsubscribes() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let tail = Tail::start(&["--stage", "tests", "--category", "account"]);
    tail.progress.holds("removed at the end: ").await?;
    let queues = tail.queues();
    let sqs = Clients::from_endpoint(&played.endpoint).sqs;
    let url = sqs.get_queue_url().queue_name(&queues[0]).send().await?;
    sqs.delete_queue()
        .queue_url(url.queue_url.context("no URL")?)
        .send()
        .await?;
    let error = tail.end().await.err().context("it should fail")?.to_string();
    ensure!(error.contains("cannot be received from"), "{error}");
    assert_eq!(left(played, &queues).await?, [""; 0]);
    Ok(())
}

#[test]
async fn a_missing_stage_is_reported_with_a_remedy_and_nothing_is_created() -> Result<()> {
    tokio::task::block_in_place(shared);
    let tail = Tail::start(&["--stage", "nowhere"]);
    let progress = tail.progress.clone();
    let error = tail.end().await.err().context("it should fail")?.to_string();
    ensure!(
        error.contains("/user-events/nowhere/topic/account") && error.contains("--stage"),
        "{error}"
    );
    ensure!(
        !progress.text().contains("queues of its own"),
        "{}",
        progress.text()
    );
    Ok(())
}

#[test]
async fn the_sweep_removes_what_a_crash_left_and_no_running_tail() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let clients = Clients::from_endpoint(&played.endpoint);
    let topic_arn = &played.outputs["AccountTopicArn"];
    let old = "2026-03-01T12:00:00.000Z";
    let mut left_behind = Vec::new();
    for (name, tagged) in [
        ("user-events-tail-account-crashed.fifo", true),
        ("user-events-tail-of-others", false),
    ] {
        let mut create = clients.sqs.create_queue().queue_name(name);
        if tagged {
            create = create
                .attributes(aws_sdk_sqs::types::QueueAttributeName::FifoQueue, "true")
                .tags("user-events-tail-topic", topic_arn)
                .tags("user-events-tail-started", old)
                .tags("user-events-tail-alive", old);
        }
        let url = create.send().await?.queue_url.context("no URL")?;
        let arn = format!(
            "{}:{name}",
            topic_arn
                .replace(":sns:", ":sqs:")
                .rsplit_once(':')
                .context("no ARN")?
                .0
        );
        let subscribe = clients
            .sns
            .subscribe()
            .topic_arn(topic_arn)
            .protocol("sqs")
            .endpoint(arn);
        subscribe.send().await?;
        left_behind.push((name.to_owned(), url));
    }
    let names: Vec<_> = left_behind.iter().map(|(name, _)| name.clone()).collect();
    ensure!(left(played, &names).await?.len() == 4);
    let running = Tail::start(&["--stage", "tests", "--category", "account"]);
    running.progress.holds("removed at the end: ").await?;
    let in_use = running.queues();

    let sweep = Tail::start(&["--gc"]);
    let told = sweep.progress.clone();
    assert_eq!(sweep.end().await?, ExitCode::SUCCESS, "{}", told.text());
    ensure!(
        told.text()
            .contains(&format!("removed with its subscription: {}", names[0])),
        "{}",
        told.text()
    );
    ensure!(
        told.text()
            .contains(&format!("it lacks the tags of a tail: {}", names[1])),
        "{}",
        told.text()
    );
    assert_eq!(left(played, &names[..1]).await?, [""; 0]);
    assert_eq!(
        left(played, &names[1..]).await?.len(),
        2,
        "queues that belong to no tail are kept"
    );
    assert_eq!(
        left(played, &in_use).await?.len(),
        2,
        "the queue of the running tail is kept"
    );
    running.interrupt.raise();
    running.end().await?;
    assert_eq!(left(played, &in_use).await?, [""; 0]);
    clients
        .sqs
        .delete_queue()
        .queue_url(&left_behind[1].1)
        .send()
        .await?;
    Ok(())
}

/// Runs `user-events open` on a file. Returns its output and its exit status.
async fn opened(played: &Played, text: &str) -> Result<(Vec<Value>, ExitCode)> {
    opened_with(played, text, &["--stage", "tests"]).await
}

/// Runs `user-events open` on a file with these arguments, too.
async fn opened_with(played: &Played, text: &str, more: &[&str]) -> Result<(Vec<Value>, ExitCode)> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), text)?;
    let path = file.path().to_str().context("no text")?;
    let mut arguments = vec![path, "--json", "--endpoint", &played.endpoint];
    arguments.extend(more);
    let options = open::Options::read(arguments)?;
    let out = Written::default();
    let console = Console::writing_to(out.clone());
    let code = open::run(&options, &console, &Console::silent(), &Interrupt::new()).await?;
    let lines = out.text();
    Ok((
        lines
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?,
        code,
    ))
}

#[test]
async fn saved_messages_are_opened_through_kms_and_a_moved_token_sets_the_exit_status() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let sealed: Vec<_> = played
        .received
        .iter()
        .filter(|event| !event.opened.is_empty())
        .collect();
    ensure!(sealed.len() > 5);
    let messages: Vec<_> = sealed
        .iter()
        .map(|event| json!({ "MessageId": "m", "Body": event.body }))
        .collect();
    let (lines, code) = opened(played, &json!({ "Messages": messages }).to_string()).await?;
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(lines.len(), sealed.len());
    for (line, event) in lines.iter().zip(&sealed) {
        assert_eq!(line["opened"], json!(event.opened));
    }
    let mut with_contact = sealed.iter().filter(|event| event.opened.contains_key("contact"));
    let (one, other) = (with_contact.next(), with_contact.next());
    let (one, other) = (one.context("no contact")?, other.context("one contact only")?);
    let expected = json!(other.opened);
    let (one, other) = (&one.envelope, &other.envelope);
    assert_ne!(one["id"], other["id"]);
    let mut moved = one.clone();
    moved["data"]["contact"] = other["data"]["contact"].clone();
    let (lines, code) = opened(played, &format!("{moved}\n{other}")).await?;
    assert_eq!(code, ExitCode::from(3));
    assert_eq!(lines[0]["notOpened"]["contact"]["status"], "refused");
    assert_eq!(lines[1]["opened"], expected);
    let (lines, code) = opened(played, "hello").await?;
    ensure!(lines.is_empty() && code == ExitCode::FAILURE);
    Ok(())
}

/// The event with its `contact` sealed with the key of its person, too.
async fn personal(clients: &Clients, event: &Value, opened: &Value, secret: &[u8]) -> Result<Value> {
    let contact = &event["data"]["contact"];
    let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
    let wrapped = BASE64_STANDARD.decode(text(&contact["dataKey"])?)?;
    let unwrapped = clients
        .kms
        .decrypt()
        .ciphertext_blob(Blob::new(wrapped))
        .key_id(text(&contact["keyArn"])?)
        .encryption_context("app", "user-events")
        .encryption_context("class", "contact")
        .send()
        .await?;
    let data_key = unwrapped.plaintext.context("no data key")?.into_inner();
    let kid = format!("{}/contact/{KEY_ID}", text(&event["id"])?);
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
    let header = BASE64_URL_SAFE_NO_PAD.encode(header);
    let key = content_key(&data_key, secret, &kid)?;
    let mut content = opened.to_string().into_bytes();
    let tag = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(|_| anyhow!("no key"))?)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key([5; 12]),
            Aad::from(header.as_bytes()),
            &mut content,
        )
        .map_err(|_| anyhow!("it could not be sealed"))?;
    let parts = [&[5; 12][..], &content, tag.as_ref()].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let mut event = event.clone();
    event["data"]["contact"]["sealed"] = json!(format!("{header}..{}", parts.join(".")));
    Ok(event)
}

/// The key of both shares, by the construction in docs/reading.md.
fn content_key(data_key: &[u8], secret: &[u8], kid: &str) -> Result<[u8; 32]> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = [0; 32];
    Salt::new(HKDF_SHA256, b"user-events/subject-key/v1")
        .extract(&[data_key, secret].concat())
        .expand(&[b"A256GCM\0".as_slice(), kid.as_bytes()], Length)
        .and_then(|derived| derived.fill(&mut key))
        .map_err(|_| anyhow!("no key was derived"))?;
    Ok(key)
}

const KEY_ID: &str = "AAECAwQFBgcICQoLDA0ODw";

#[test]
async fn a_class_of_a_person_opens_with_the_table_of_the_stage_until_the_person_is_erased() -> Result<()> {
    let played = tokio::task::block_in_place(shared);
    let clients = Clients::from_endpoint(&played.endpoint);
    let event = played
        .received
        .iter()
        .find(|event| event.opened.contains_key("contact"));
    let event = event.context("no contact")?;
    let secret = [7_u8; 32];
    let message = personal(
        &clients,
        &event.envelope,
        &json!(event.opened["contact"]),
        &secret,
    )
    .await?;
    let text = |name: &str| message[name].as_str().context("no text");
    let row = subject_key_name(text("source")?, text("subject")?);
    let contact = |lines: &[Value]| lines[0]["notOpened"]["contact"].clone();

    let (lines, code) = opened(played, &message.to_string()).await?;
    assert_eq!(contact(&lines)["code"], "no-subject-keys");
    assert_eq!(code, ExitCode::from(3));

    let table = "user-events-tests-of-persons-subject-keys";
    let keys = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(Kind::Hash)
        .build()?;
    let attribute = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S)
        .build()?;
    let created = clients
        .dynamodb
        .create_table()
        .table_name(table)
        .key_schema(keys)
        .attribute_definitions(attribute)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    let arn = created.table_description.and_then(|table| table.table_arn);
    let stage = "tests-of-persons";
    let seal_key = text_of(&message["data"]["contact"]["keyArn"])?;
    for (name, value) in [
        ("seal-key-arn", seal_key),
        ("subject-keys-table-arn", arn.context("no ARN")?),
    ] {
        let parameter = clients.ssm.put_parameter().overwrite(true);
        let parameter = parameter
            .name(format!("/user-events/{stage}/{name}"))
            .value(value);
        parameter.r#type(ParameterType::String).send().await?;
    }
    let put = async |members: &[(&str, AttributeValue)]| {
        let row = clients
            .dynamodb
            .put_item()
            .table_name(table)
            .item("pk", AttributeValue::S(row.clone()));
        let row = members
            .iter()
            .fold(row, |row, (name, value)| row.item(*name, value.clone()));
        row.send().await.map(drop)
    };
    let line = message.to_string();
    let of_the_stage = ["--stage", stage];

    let (lines, code) = opened_with(played, &line, &of_the_stage).await?;
    assert_eq!(contact(&lines)["code"], "subject-key-missing");
    assert_eq!(code, ExitCode::FAILURE);
    put(&[
        ("keyId", AttributeValue::S(KEY_ID.to_owned())),
        ("secret", AttributeValue::B(Bytes::new(secret))),
    ])
    .await?;
    let (lines, code) = opened_with(played, &line, &of_the_stage).await?;
    assert_eq!(lines[0]["opened"]["contact"], json!(event.opened["contact"]));
    assert_eq!(code, ExitCode::SUCCESS);
    let (lines, _) = opened_with(
        played,
        &line,
        &["--stage", "tests", "--subject-keys-table", table],
    )
    .await?;
    assert_eq!(lines[0]["opened"]["contact"], json!(event.opened["contact"]));
    put(&[(
        "erasedAt",
        AttributeValue::S("2026-04-01T12:00:00.000Z".to_owned()),
    )])
    .await?;
    let (lines, code) = opened_with(played, &line, &of_the_stage).await?;
    assert_eq!(contact(&lines), json!({ "status": "erased" }));
    assert_eq!(code, ExitCode::SUCCESS);
    clients.dynamodb.delete_table().table_name(table).send().await?;
    Ok(())
}

fn text_of(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("no text")
}

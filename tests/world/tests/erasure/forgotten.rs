//! Fifty users on a deployment of the project's own template, and ten of them are erased: every copy of their events is
//! unreadable in three languages, every copy of the others opens, and no store of ours has anything of the ten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Seek, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use user_events_consumer::{Opened, Opener, ReceivedEvent, SubjectKeyTable};
use user_events_local::build::{Profile, functions};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, SUBJECT_KEYS, Stack, deploy};
use user_events_local::subscribe::{Received, Subscriptions};
use user_events_local::workspace::Workspace;
use user_events_local::writes::plain_item;
use user_events_testkit::{Record, rows};

use super::command;
use super::stores::{endpoint, failure};
use crate::library;
use crate::support::root;
use crate::tools::{Tool, require};

const STACK: &str = "user-events-forgotten";
const USERS: usize = 50;
const ERASED: std::ops::Range<usize> = 0..10;
/// The users with a record in the parked queue, and with one in the bucket: one is erased, the other is not.
const PARKED: [usize; 2] = [3, 23];
const STORED: [usize; 2] = [4, 24];
const PATIENCE: Duration = Duration::from_secs(120);

fn user(number: usize) -> String {
    format!("user-{number}")
}

/// A text in all personal data of a user, and of no other.
fn canary(number: usize) -> String {
    format!("canary-{number}@example.com")
}

fn account(number: usize) -> Value {
    rows::with(rows::account(&user(number)), json!({ "email": canary(number) }))
}

struct World {
    clients: Clients,
    stack: Stack,
    received: UnboundedReceiver<Received>,
    subscriptions: Subscriptions,
}

impl World {
    async fn deployed() -> Result<Self> {
        let (workspace, console) = (Workspace::find()?, Console::stderr());
        let clients = Clients::from_endpoint(endpoint());
        let functions = functions(&workspace, Profile::Dev, &console)?;
        let deployment = Deployment {
            stack: STACK,
            stage: "forgotten",
            functions: &functions,
            mapping: None,
            parameters: &[SUBJECT_KEYS],
        };
        let stack = deploy(&workspace, &clients, endpoint(), &deployment, &console).await?;
        let mut subscriptions = Subscriptions::new(&clients);
        for category in ["account", "profile"] {
            let topic = stack.topic_arn(category)?;
            subscriptions
                .add(category, topic, &format!("archive-{category}"))
                .await?;
        }
        let (sender, received) = unbounded_channel();
        subscriptions.receive(&sender);
        Ok(Self {
            clients,
            stack,
            received,
            subscriptions,
        })
    }

    async fn write(&self, table: &str, row: &Value) -> Result<()> {
        let item = plain_item(&to_raw_value(row)?).map_err(|misfits| anyhow::anyhow!("{misfits:?}"))?;
        let put = self.clients.dynamodb.put_item();
        let put = put.table_name(self.stack.table_name(table)?);
        put.set_item(Some(item.into_iter().collect())).send().await?;
        Ok(())
    }

    /// The bodies of the next events of this type, as many.
    async fn receive(&mut self, event_type: &str, count: usize) -> Result<Vec<String>> {
        let mut bodies = Vec::new();
        while bodies.len() < count {
            let next = tokio::time::timeout(PATIENCE, self.received.recv()).await;
            let body = match next {
                Ok(Some(received)) => received.body,
                Ok(None) => bail!("receiving ended: {:#}", self.subscriptions.failed().await),
                Err(_) => bail!("{} of {count} events of type {event_type} came", bodies.len()),
            };
            if body.contains(event_type) {
                bodies.push(body);
            }
        }
        Ok(bodies)
    }

    fn opener(&self) -> Result<Opener> {
        let table = self.stack.subject_keys().context("no table of keys")?;
        let opener = Opener::new(self.clients.kms.clone(), [self.stack.output("SealKeyArn")?]);
        Ok(opener.with_subject_keys(SubjectKeyTable::new(self.clients.dynamodb.clone(), table)))
    }

    async fn parked(&self) -> Result<Vec<String>> {
        let queue = self.stack.output("ParkedQueueUrl")?;
        let mut bodies = BTreeMap::new();
        // A receive may give few of the messages.
        for _ in 0..5 {
            let receive = self.clients.sqs.receive_message().queue_url(queue);
            let receive = receive.max_number_of_messages(10).visibility_timeout(0);
            for message in receive.send().await?.messages.unwrap_or_default() {
                bodies.insert(
                    message.message_id.unwrap_or_default(),
                    message.body.unwrap_or_default(),
                );
            }
        }
        Ok(bodies.into_values().collect())
    }

    /// Everything in the stores of the deployment, as text: the queues, the bucket, the keys and the ledger.
    async fn stores(&self) -> Result<String> {
        let mut text = self.parked().await?.join("\n");
        let redrive = self.stack.output("RedriveQueueUrl")?;
        let count = self.clients.sqs.get_queue_attributes().queue_url(redrive);
        let count = count
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .send()
            .await?;
        let count = count.attributes.context("no attributes")?;
        ensure!(
            count.values().all(|count| count == "0"),
            "the redrive queue is empty: {count:?}"
        );
        let bucket = self.stack.output("FailureBucketName")?;
        let listed = self
            .clients
            .s3
            .list_object_versions()
            .bucket(bucket)
            .send()
            .await?;
        for version in listed.versions() {
            let object = self.clients.s3.get_object().bucket(bucket);
            let object = object.key(version.key().unwrap_or_default());
            let object = object
                .set_version_id(version.version_id().map(str::to_owned))
                .send()
                .await?;
            text.push_str(&String::from_utf8_lossy(
                &object.body.collect().await?.into_bytes(),
            ));
        }
        for table in [self.stack.subject_keys(), self.stack.erasures()] {
            let scan = self
                .clients
                .dynamodb
                .scan()
                .table_name(table.context("no table")?);
            text.push_str(&format!("{:?}", scan.send().await?.items));
        }
        Ok(text)
    }
}

/// What a reader says of the class `contact` of an event: its address, or why it is not there.
type Said = Vec<(String, Value)>;

async fn rust(world: &World, bodies: &[String]) -> Result<Said> {
    let opener = world.opener()?;
    let mut said = Vec::new();
    for body in bodies {
        let event = ReceivedEvent::from_message_body(body)?;
        let contact = match opener.open_as::<Value>(&event, "contact").await? {
            None => Value::Null,
            Some(Opened::Clear(content)) => content,
            Some(Opened::NotGranted) => "NOT_GRANTED".into(),
            Some(Opened::Erased) => "ERASED".into(),
        };
        said.push((event.subject().to_owned(), contact));
    }
    Ok(said)
}

/// What a program in another language says.
fn foreign(world: &World, mut program: Command, bodies: &[String]) -> Result<Said> {
    let mut lines = tempfile::tempfile()?;
    for body in bodies {
        writeln!(lines, "{}", json!(body))?;
    }
    lines.rewind()?;
    library::reach(&mut program, endpoint());
    let output = program
        .env("SEAL_KEY_ARN", world.stack.output("SealKeyArn")?)
        .env(
            "SUBJECT_KEYS_TABLE",
            world.stack.subject_keys().context("no table")?,
        )
        .stdin(Stdio::from(lines))
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let said = answers.map(|answer| {
        let mut answer = answer?;
        let subject = answer["subject"].as_str().unwrap_or_default().to_owned();
        Ok((subject, answer["contact"].take()))
    });
    said.collect()
}

fn check(language: &str, said: &Said, copies: usize, erased: &BTreeSet<String>) -> Result<()> {
    ensure!(
        said.len() == copies,
        "{language}: {} of {copies} were read",
        said.len()
    );
    for (subject, contact) in said {
        let number = subject.trim_start_matches("users/user-").parse()?;
        let is_erased = erased.contains(subject);
        let is_right = if is_erased {
            *contact == "ERASED"
        } else {
            contact["email"] == canary(number).as_str()
        };
        ensure!(is_right, "{language}: {subject} gives {contact}");
    }
    Ok(())
}

async fn play() -> Result<()> {
    let mut world = World::deployed().await?;
    for number in 0..USERS {
        world.write("accounts", &account(number)).await?;
    }
    for number in PARKED {
        let broken = rows::with(
            account(number),
            json!({ "email": null, "phoneNumber": canary(number) }),
        );
        world.write("accounts", &broken).await?;
    }
    let records: Vec<_> = STORED
        .iter()
        .map(|number| Record::inserted("accounts", &account(*number)))
        .collect();
    let bucket = world.stack.output("FailureBucketName")?;
    let put = world
        .clients
        .s3
        .put_object()
        .bucket(bucket)
        .key("aws/lambda/failed.json");
    put.body(failure(&records, true).into_bytes().into())
        .send()
        .await?;

    // A subscriber saves every message, keeps some in a queue, and others in a dead-letter queue.
    let archive = world.receive("UserRegisteredEventV1", USERS).await?;
    let kept = world
        .clients
        .sqs
        .create_queue()
        .queue_name("kept")
        .send()
        .await?
        .queue_url
        .context("no URL")?;
    let dead = world
        .clients
        .sqs
        .create_queue()
        .queue_name("dead")
        .send()
        .await?
        .queue_url
        .context("no URL")?;
    for (place, body) in archive.iter().enumerate() {
        let queue = if place % 2 == 0 { &kept } else { &dead };
        world
            .clients
            .sqs
            .send_message()
            .queue_url(queue)
            .message_body(body)
            .send()
            .await?;
    }
    let begun = Instant::now();
    while world.parked().await?.len() < PARKED.len() {
        ensure!(begun.elapsed() < PATIENCE, "the broken rows are not parked");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let nobody = BTreeSet::new();
    check("Rust, before", &rust(&world, &archive).await?, USERS, &nobody)?;
    let before = world.stores().await?;
    for number in PARKED.into_iter().chain(STORED) {
        ensure!(before.contains(&canary(number)), "{number} is in a store");
    }

    let folder = tempfile::tempdir()?;
    for number in ERASED {
        let certificate = folder.path().join(format!("{number}.json"));
        let certificate = certificate.to_str().context("a path")?;
        let (user, at) = (user(number), endpoint());
        let line = [
            "--user",
            &user,
            "--stack",
            STACK,
            "--endpoint",
            at,
            "--certificate",
            certificate,
        ];
        let ran = command(&line).await?;
        ensure!(
            format!("{:?}", ran.ended) == format!("{:?}", std::process::ExitCode::SUCCESS),
            "{}",
            ran.said
        );
        let certificate = fs::read_to_string(certificate)?;
        ensure!(
            !certificate.contains("canary") && !certificate.contains(&user),
            "{certificate}"
        );
    }
    let erased: BTreeSet<_> = ERASED.map(|number| format!("users/{}", user(number))).collect();
    let told = world.receive("UserErasedEventV1", ERASED.len()).await?;
    let told = told.iter().map(|body| {
        let event: Value = serde_json::from_str(body)?;
        Ok(event["subject"].as_str().unwrap_or_default().to_owned())
    });
    ensure!(
        told.collect::<Result<BTreeSet<_>>>()? == erased,
        "every subscriber is told of the ten"
    );

    let mut copies = archive.clone();
    for queue in [&kept, &dead] {
        let mut left = USERS / 2;
        while left > 0 {
            let receive = world
                .clients
                .sqs
                .receive_message()
                .queue_url(queue)
                .max_number_of_messages(10);
            let messages = receive.send().await?.messages.unwrap_or_default();
            left = left.saturating_sub(messages.len());
            copies.extend(messages.into_iter().filter_map(|message| message.body));
        }
    }
    check("Rust", &rust(&world, &copies).await?, 2 * USERS, &erased)?;
    check(
        "Python",
        &foreign(
            &world,
            library::python(&root().join("tests/erasure/open.py"))?,
            &copies,
        )?,
        2 * USERS,
        &erased,
    )?;
    check(
        "TypeScript",
        &foreign(
            &world,
            library::typescript("erasure", &root().join("tests/erasure/open.mjs"))?,
            &copies,
        )?,
        2 * USERS,
        &erased,
    )?;

    // The function of profiles never saw any of them, so it has no key in its memory.
    let late = |number: usize| {
        rows::with(
            rows::profile(&user(number)),
            json!({ "firstName": canary(number) }),
        )
    };
    for number in [0, USERS - 1] {
        world.write("profiles", &late(number)).await?;
        let changed = rows::with(late(number), json!({ "lastName": canary(number) }));
        world.write("profiles", &changed).await?;
    }
    for event in world.receive("UserProfileUpdatedEventV1", 4).await? {
        let event: Value = serde_json::from_str(&event)?;
        let is_erased = event["subject"] == "users/user-0";
        ensure!(event["data"].get("identity").is_none() == is_erased, "{event}");
    }

    let stores = world.stores().await?;
    for number in 0..USERS {
        let is_expected = stores.contains(&canary(number));
        let is_kept = [PARKED[1], STORED[1]].contains(&number);
        ensure!(
            is_expected == is_kept,
            "canary of {number} in a store: {is_expected}"
        );
    }
    let keys = world
        .clients
        .dynamodb
        .scan()
        .table_name(world.stack.subject_keys().context("no table")?);
    let keys = keys.send().await?.items.unwrap_or_default();
    let tombstones: Vec<_> = keys.iter().filter(|row| row.contains_key("erasedAt")).collect();
    ensure!(
        tombstones.len() == ERASED.len() && keys.len() == USERS,
        "{} rows",
        keys.len()
    );
    ensure!(
        tombstones.iter().all(|row| !row.contains_key("secret")),
        "a secret is back"
    );
    world.subscriptions.remove().await;
    Ok(())
}

#[test]
fn of_fifty_users_ten_are_forgotten_everywhere_and_forty_are_not() {
    require(Tool::Python);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(play()).unwrap();
}

//! A subscriber that joins late, in three languages, on a deployment of the project's own template: users exist already, a writer
//! changes, adds and deletes users throughout, and at the end every copy equals the table. Another subscriber gets no
//! event of a snapshot.
//!
//! `LATE_USERS=10000` plays it with as many users, and prints how long each part took.

use std::collections::BTreeMap;
use std::process::{Child, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, PutRequest, TransactWriteItem, Update, WriteRequest,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use user_events::backfill;
use user_events_consumer::{
    Consumer, DynamoStore, Failure, Inbox, InboxSettings, Incoming, KmsKeys, Opened, Opener, SqsDeadLetters,
    SqsQueue, WorkerSettings,
};
use user_events_local::build::{Profile, functions};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, Stack, TableSpec, create_table, deploy, deploy_template};
use user_events_local::engine::Engine;
use user_events_local::interrupt::Interrupt;
use user_events_local::workspace::Workspace;
use user_events_local::writes::{Key, KeyAttribute, KeyValue, plain_item};
use user_events_testkit::{Random, rows};

use crate::library;
use crate::support::root;
use crate::tools::{Tool, require};
use crate::written::Written;

const PUBLISHER: &str = "user-events-late";
const STAGE: &str = "late";
const COPIES: &str = "late-copies";
const USERS: usize = 60;
/// How long the writer rests after each write.
const PAUSE: Duration = Duration::from_millis(60);
const LANGUAGES: [&str; 3] = ["rust", "python", "typescript"];

type Row = std::collections::HashMap<String, AttributeValue>;
/// The e-mail address, status and locale of each user.
type Copy = BTreeMap<String, [String; 3]>;

fn users() -> usize {
    let set = std::env::var("LATE_USERS").ok();
    set.and_then(|users| users.parse().ok()).unwrap_or(USERS)
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

fn account(number: usize, write: usize) -> Value {
    let change = json!({ "email": format!("a{number}-{write}@example.com"), "status": "ACTIVE" });
    rows::with(rows::account(&user(number)), change)
}

#[derive(Clone)]
struct Late {
    clients: Clients,
    endpoint: String,
    publisher: Stack,
    subscribers: BTreeMap<&'static str, Stack>,
}

impl Late {
    async fn deployed(engine: &Engine) -> Result<Self> {
        let (workspace, console) = (Workspace::find()?, Console::stderr());
        let clients = Clients::from_endpoint(engine.endpoint());
        let functions = functions(&workspace, Profile::Dev, &console)?;
        let deployment = Deployment {
            stack: PUBLISHER,
            stage: STAGE,
            functions: &functions,
            mapping: None,
            parameters: &[],
        };
        let publisher = deploy(&workspace, &clients, engine.endpoint(), &deployment, &console).await?;
        let attribute = |name: &str| KeyAttribute {
            name: name.to_owned(),
            value: KeyValue::Text(String::new()),
        };
        let key = Key {
            partition: attribute("pk"),
            sort: Some(attribute("sk")),
        };
        create_table(
            &clients.dynamodb,
            &TableSpec {
                name: COPIES,
                key: &key,
            },
        )
        .await?;
        let late = Self {
            endpoint: engine.endpoint().to_owned(),
            clients,
            publisher,
            subscribers: BTreeMap::new(),
        };
        // One who was subscribed before.
        late.subscriber("other", "off").await?;
        Ok(late)
    }

    async fn subscriber(&self, name: &str, snapshot: &str) -> Result<Stack> {
        let name = format!("late-{name}");
        let parameters = [
            ("Name", name.as_str()),
            ("Stage", STAGE),
            ("Category", "account"),
            ("Classes", "contact"),
            ("Snapshot", snapshot),
        ];
        let template = root().join("infra/subscriber.yaml");
        deploy_template(
            &self.clients,
            &self.endpoint,
            &name,
            &template,
            &parameters,
            &Console::stderr(),
        )
        .await
    }

    /// Puts accounts, many at once.
    async fn fill(&self, users: std::ops::Range<usize>) -> Result<()> {
        let table = self.publisher.table_name("accounts")?;
        for chunk in users.collect::<Vec<_>>().chunks(25) {
            let mut requests = Vec::new();
            for number in chunk {
                let put = PutRequest::builder()
                    .set_item(Some(item(&account(*number, 0))?))
                    .build()?;
                requests.push(WriteRequest::builder().put_request(put).build());
            }
            let write = self.clients.dynamodb.batch_write_item();
            write.request_items(table, requests).send().await?;
        }
        Ok(())
    }

    /// Changes, adds and deletes accounts until it is told to stop. Returns how many writes it made.
    async fn write(&self, stop: &AtomicBool, users: usize) -> Result<usize> {
        let table = self.publisher.table_name("accounts")?;
        let (mut random, mut count, mut next) = (Random::new(7), 0, users);
        let mut kept: BTreeMap<usize, Value> =
            (0..users).map(|number| (number, account(number, 0))).collect();
        while !stop.load(Ordering::Relaxed) {
            count += 1;
            let number = usize::try_from(random.below(users as u64))?;
            let change = match random.below(8) {
                0 => {
                    next += 1;
                    kept.insert(next, account(next, count));
                    kept.get(&next).cloned()
                }
                1 => kept
                    .remove(&number)
                    .map(|row| rows::with(row, json!({ "status": "DELETED" }))),
                kind => kept.get_mut(&number).map(|row| {
                    let change = match kind {
                        2 => json!({ "locale": format!("en-{count}") }),
                        3 => {
                            let status = ["LOCKED", "ACTIVE", "SUSPENDED"][count % 3];
                            json!({ "status": status })
                        }
                        _ => json!({ "email": format!("a{number}-{count}@example.com") }),
                    };
                    *row = rows::with(row.clone(), change);
                    row.clone()
                }),
            };
            if let Some(row) = change {
                let put = self.clients.dynamodb.put_item().table_name(table);
                put.set_item(Some(item(&row)?)).send().await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(count)
    }

    /// Starts the consumer of a language.
    fn consume(&self, language: &'static str) -> Result<Running> {
        let stack = &self.subscribers[language];
        let mut program = match language {
            "rust" => return self.consume_here(stack),
            "python" => library::python(&root().join("tests/late/consume.py"))?,
            _ => library::typescript("late", &root().join("tests/late/consume.mjs"))?,
        };
        library::reach(&mut program, &self.endpoint);
        program
            .env("SEAL_KEY_ARN", self.publisher.output("SealKeyArn")?)
            .env("CONSUMER_NAME", &stack.name)
            .env("INBOX_TABLE", stack.output("InboxTableName")?)
            .env("QUEUE_URL", stack.output("QueueUrl")?)
            .env("SNAPSHOT_QUEUE_URL", stack.output("SnapshotQueueUrl")?)
            .env("DEAD_LETTER_QUEUE_URL", stack.output("DeadLetterQueueUrl")?)
            .env("COPY_TABLE", COPIES)
            .env("COPY_NAME", language)
            .stdout(Stdio::null())
            // The SDK for JavaScript warns that the engine names its queues after another host.
            .stderr(Stdio::null());
        Ok(Running::Program(program.spawn()?))
    }

    fn consume_here(&self, stack: &Stack) -> Result<Running> {
        let sqs = &self.clients.sqs;
        let queue = |name: &str| Ok::<_, anyhow::Error>(SqsQueue::new(sqs.clone(), stack.output(name)?));
        let (snapshot, live) = (queue("SnapshotQueueUrl")?, queue("QueueUrl")?);
        let store = DynamoStore::new(self.clients.dynamodb.clone(), stack.output("InboxTableName")?);
        let opener = Opener::new(self.clients.kms.clone(), [self.publisher.output("SealKeyArn")?]);
        let inbox = Inbox::new(store, InboxSettings::new(&stack.name))?;
        let letters = SqsDeadLetters::new(sqs.clone(), stack.output("DeadLetterQueueUrl")?);
        let consumer = Consumer::new(opener, inbox).dead_letters(letters).log_to(Silent);
        let settings = WorkerSettings {
            wait: Duration::from_secs(1),
            ..WorkerSettings::default()
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let stopped = async move { drop(stopped.await) };
            let work = consumer.poll_from_snapshot(snapshot, live, settings, &effects, stopped);
            runtime.block_on(work)?;
            Ok(())
        });
        Ok(Running::Thread(Some((stop, thread))))
    }

    async fn backfill(&self, language: &str) -> Result<Duration> {
        let begun = Instant::now();
        let (name, folder) = (format!("late-{language}"), tempfile::tempdir()?);
        let folder = folder.path().join("run");
        let folder = folder.to_str().context("a path")?;
        let line = [
            "--subscriber",
            &name,
            "--stack",
            PUBLISHER,
            "--endpoint",
            &self.endpoint,
            "--checkpoint",
            folder,
            "--rate",
            "100000",
        ];
        let (options, said) = (backfill::Options::read(line)?, Written::default());
        let out = Console::writing_to(said.clone());
        let ended = backfill::run(&options, &out, &Console::stderr(), &Interrupt::new()).await?;
        ensure!(ended == ExitCode::SUCCESS, "{language}: {}", said.text());
        Ok(begun.elapsed())
    }

    /// The accounts that are not deleted.
    async fn table(&self) -> Result<Copy> {
        let rows = self.rows(self.publisher.table_name("accounts")?).await?;
        let live = rows.iter().filter(|row| text(row, "status") != "DELETED");
        Ok(live
            .map(|row| (text(row, "pk").replace("USER#", ""), fields(row)))
            .collect())
    }

    async fn copies(&self) -> Result<BTreeMap<String, Copy>> {
        let mut copies: BTreeMap<String, Copy> = BTreeMap::new();
        for row in self.rows(COPIES).await? {
            copies
                .entry(text(&row, "pk"))
                .or_default()
                .insert(text(&row, "sk"), fields(&row));
        }
        Ok(copies)
    }

    async fn rows(&self, table: &str) -> Result<Vec<Row>> {
        let scan = self
            .clients
            .dynamodb
            .scan()
            .table_name(table)
            .consistent_read(true);
        let pages = scan.into_paginator().items().send();
        Ok(pages.collect::<Result<Vec<_>, _>>().await?)
    }

    /// How many messages wait in a queue.
    async fn depth(&self, url: &str) -> Result<usize> {
        let get = self.clients.sqs.get_queue_attributes().queue_url(url);
        let get = get.attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
        let answer = get
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await?;
        let counts = answer.attributes.unwrap_or_default();
        Ok(counts
            .values()
            .filter_map(|count| count.parse::<usize>().ok())
            .sum())
    }

    /// How many of the messages of the other subscriber are of a snapshot, and how many there are.
    async fn others(&self) -> Result<(usize, usize)> {
        let queue = self
            .clients
            .sqs
            .get_queue_url()
            .queue_name("late-other.fifo")
            .send()
            .await?;
        let (mut snapshots, mut all) = (0, 0);
        loop {
            let receive = self
                .clients
                .sqs
                .receive_message()
                .set_queue_url(queue.queue_url.clone());
            let messages = receive
                .max_number_of_messages(10)
                .visibility_timeout(600)
                .send()
                .await?;
            let messages = messages.messages.unwrap_or_default();
            if messages.is_empty() {
                return Ok((snapshots, all));
            }
            all += messages.len();
            let bodies = messages.iter().filter_map(|message| message.body.as_deref());
            snapshots += bodies.filter(|body| body.contains("snapshotrun")).count();
            for message in messages {
                let delete = self
                    .clients
                    .sqs
                    .delete_message()
                    .set_queue_url(queue.queue_url.clone());
                delete.set_receipt_handle(message.receipt_handle).send().await?;
            }
        }
    }
}

/// A consumer at work.
enum Running {
    Thread(Option<(tokio::sync::oneshot::Sender<()>, JoinHandle<Result<()>>)>),
    Program(Child),
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Self::Thread(thread) => {
                if let Some((stop, thread)) = thread.take() {
                    drop(stop);
                    drop(thread.join());
                }
            }
            Self::Program(child) => drop(child.kill().and_then(|()| child.wait())),
        }
    }
}

/// A log that nobody reads.
struct Silent;

impl user_events_consumer::Sink for Silent {
    fn write_line(&self, _: &str) {}
}

fn item(row: &Value) -> Result<Row> {
    let item = plain_item(&to_raw_value(row)?).map_err(|misfits| anyhow::anyhow!("{misfits:?}"))?;
    Ok(item.into_iter().collect())
}

fn text(row: &Row, name: &str) -> String {
    let text = row.get(name).and_then(|value| value.as_s().ok());
    text.cloned().unwrap_or_default()
}

fn fields(row: &Row) -> [String; 3] {
    ["email", "status", "locale"].map(|name| text(row, name))
}

/// The write of one event, as in the other languages (tests/late).
async fn effects(incoming: &Incoming<'_, KmsKeys>) -> Result<Vec<TransactWriteItem>, Failure> {
    let event = incoming.event();
    let Some(user) = event.data().get("userId").and_then(Value::as_str) else {
        return Ok(Vec::new());
    };
    let string = |text: &str| AttributeValue::S(text.to_owned());
    let key = Row::from([("pk".to_owned(), string("rust")), ("sk".to_owned(), string(user))]);
    let contact = incoming
        .open_as::<Value>("contact")
        .await?
        .and_then(Opened::clear);
    let email = contact.as_ref().and_then(|contact| contact["email"].as_str());
    let of = |name: &str| event.data().get(name).and_then(Value::as_str).unwrap_or_default();
    let set = |field: &str, value: &str| {
        let update = Update::builder().table_name(COPIES).set_key(Some(key.clone()));
        let update = update
            .update_expression("SET #field = :value")
            .expression_attribute_names("#field", field);
        let update = update
            .expression_attribute_values(":value", string(value))
            .build();
        update.map(|update| TransactWriteItem::builder().update(update).build())
    };
    let write = match event.event_type() {
        "UserAccountSnapshotEventV1" | "UserRegisteredEventV1" | "UserRestoredEventV1" => {
            let mut row = key.clone();
            for (name, value) in [("status", of("status")), ("locale", of("locale"))] {
                row.insert(name.to_owned(), string(value));
            }
            row.extend(email.map(|email| ("email".to_owned(), string(email))));
            let put = Put::builder().table_name(COPIES).set_item(Some(row)).build();
            put.map(|put| TransactWriteItem::builder().put(put).build())
        }
        "UserDeletedEventV1" => {
            let delete = Delete::builder().table_name(COPIES).set_key(Some(key)).build();
            delete.map(|delete| TransactWriteItem::builder().delete(delete).build())
        }
        "UserEmailChangedEventV1" => set("email", email.unwrap_or_default()),
        "UserAccountStatusChangedEventV1" => set("status", of("status")),
        "UserLocaleChangedEventV1" => set("locale", of("locale")),
        _ => return Ok(Vec::new()),
    };
    Ok(vec![write.map_err(Failure::retry)?])
}

/// How many users differ between a copy and the table.
fn differences(copy: Option<&Copy>, table: &Copy) -> usize {
    let Some(copy) = copy else { return table.len() };
    let users = copy
        .keys()
        .chain(table.keys())
        .collect::<std::collections::BTreeSet<_>>();
    users
        .into_iter()
        .filter(|user| copy.get(*user) != table.get(*user))
        .count()
}

async fn play() -> Result<()> {
    let console = Console::stderr();
    let engine = Engine::start(&Workspace::find()?, None, &console)?;
    let (users, begun) = (users(), Instant::now());
    let mut late = Late::deployed(&engine).await?;
    late.fill(0..users).await?;
    console.step(format_args!("{users} users after {:?}", begun.elapsed()));

    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writer = {
        let (late, stop, written) = (late.clone(), Arc::clone(&stop), Arc::clone(&written));
        tokio::spawn(async move {
            written.store(late.write(&stop, users).await?, Ordering::Relaxed);
            Ok::<_, anyhow::Error>(())
        })
    };
    for language in LANGUAGES {
        late.subscribers
            .insert(language, late.subscriber(language, "on").await?);
    }
    let mut running = Vec::new();
    for language in LANGUAGES {
        running.push(late.consume(language)?);
    }
    let joined = Instant::now();
    let took = tokio::try_join!(
        late.backfill(LANGUAGES[0]),
        late.backfill(LANGUAGES[1]),
        late.backfill(LANGUAGES[2])
    )?;
    console.step(format_args!(
        "the snapshots were sent and handled after {took:?} ({:?} in all)",
        joined.elapsed()
    ));
    stop.store(true, Ordering::Relaxed);
    writer.await??;

    // The events of the last writes are still under way.
    let settled = Instant::now();
    let table = late.table().await?;
    let longest = Duration::from_secs(120) + Duration::from_millis(40) * u32::try_from(users)?;
    loop {
        let copies = late.copies().await?;
        let differing = LANGUAGES.map(|language| differences(copies.get(language), &table));
        if differing == [0; 3] {
            break;
        }
        ensure!(
            settled.elapsed() < longest,
            "of {} users, these differ in {LANGUAGES:?}: {differing:?}",
            table.len()
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    console.step(format_args!(
        "{} writes; the copies equal the table {:?} after the last",
        written.load(Ordering::Relaxed),
        settled.elapsed()
    ));
    for (language, stack) in &late.subscribers {
        for queue in ["SnapshotQueueUrl", "DeadLetterQueueUrl"] {
            let depth = late.depth(stack.output(queue)?).await?;
            ensure!(depth == 0, "{language}: {depth} messages are left in {queue}");
        }
    }
    let (snapshots, all) = late.others().await?;
    ensure!(
        snapshots == 0 && all >= users,
        "the other subscriber got {all} events, {snapshots} of a snapshot"
    );
    Ok(())
}

#[test]
fn a_subscriber_that_joins_late_has_a_copy_of_the_table_in_three_languages() {
    require(Tool::Python);
    require(Tool::Node);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(play()).unwrap();
}

//! The whole path on the local engine: the project's own template, the real binaries, and the streams, topics and
//! queues of the engine. It is played once; all tests check the same output.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use user_events_catalog::CATEGORIES;
use user_events_consumer::{Opened, Opener, ReceivedEvent};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, Stack, deploy};
use user_events_local::engine::Engine;
use user_events_local::subscribe::{Received as Message, Subscriptions};
use user_events_local::workspace::Workspace;
use user_events_local::writes::{Layout, Line, parse, perform};
use user_events_testkit::{NEVER_READ, PERSONAL, rows};

use crate::tools::{Tool, require};

/// The longest pause while messages are still expected.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait for messages that must not arrive.
const QUIET: Duration = Duration::from_millis(1_500);

/// The deployed stack.
pub(crate) const STACK: &str = "user-events-tests";

/// The output of the play.
pub(crate) struct Played {
    /// The engine, which runs until the tests end.
    pub(crate) endpoint: String,
    /// The outputs of the stack.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Every event, in order of arrival.
    pub(crate) received: Vec<Received>,
    /// The bodies of the parked messages.
    pub(crate) parked: Vec<String>,
    /// The logs of the engine and the functions.
    pub(crate) log: String,
    _engine: Engine,
}

/// One event from a subscriber's queue.
pub(crate) struct Received {
    /// The category of the queue.
    pub(crate) queue: String,
    /// The message's body, exactly as received.
    pub(crate) body: String,
    /// The message attributes.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The parsed body.
    pub(crate) envelope: Value,
    /// The sealed classes, opened through KMS by the Rust consumer.
    pub(crate) opened: BTreeMap<String, Value>,
}

/// The row with a canary value in each of its sensitive attributes, and in some attributes that no row should have.
pub(crate) fn with_canaries(mut row: Value, mark: &str) -> Value {
    for name in ["typedIdentifier", "sessionToken", "totpSecret"] {
        row[name] = json!("");
    }
    if let Some(row) = row.as_object_mut() {
        for name in PERSONAL.iter().chain(NEVER_READ) {
            if let Some(value) = row.get_mut(*name) {
                *value = json!(format!("canary-{mark}-{name}"));
            }
        }
    }
    row
}

/// The output of the play, which runs once. Skips the running test if Python is missing, because the engine needs it.
pub(crate) fn shared() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    require(Tool::Python);
    PLAYED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let played = runtime
            .context("no runtime")
            .and_then(|runtime| runtime.block_on(play()));
        played.unwrap_or_else(|error| panic!("the play on the local engine failed: {error:#}"))
    })
}

/// The writes: every kind of row inserted, overwritten with other sensitive values, and removed; and invalid rows.
/// Their values must not be quoted either.
fn writes() -> String {
    let mut lines = Vec::new();
    let mut line =
        |table: &str, verb: &str, what: Value| lines.push(json!({ "table": table, verb: what }).to_string());
    for (table, row) in rows::all() {
        line(table, "put", with_canaries(row.clone(), "first"));
        line(
            table,
            "put",
            rows::with(
                with_canaries(row.clone(), "second"),
                json!({ "updatedAt": "2026-03-01T12:30:00Z" }),
            ),
        );
        line(table, "delete", json!({ "pk": row["pk"], "sk": row["sk"] }));
    }
    let misfit = rows::with(
        with_canaries(rows::account("user-2"), "misfit"),
        json!({ "createdAt": "canary-misfit-time" }),
    );
    line("accounts", "put", misfit);
    let misfit = rows::with(
        with_canaries(rows::address("user-2"), "misfit"),
        json!({ "updatedAt": "canary-misfit-time" }),
    );
    line("profiles", "put", misfit);
    line("accounts", "put", with_canaries(rows::account("user-3"), "last"));
    lines.join("\n")
}

/// How many events these writes must become, by the rules of the catalog, counted by hand.
const EVENTS: usize = EVENTS_OF_ACCOUNT + EVENTS_OF_PROFILE + EVENTS_OF_AUTHENTICATION + EVENTS_OF_ACCESS;
/// Registered; e-mail and phone changed; deleted. And the registration of the last user.
const EVENTS_OF_ACCOUNT: usize = 4 + 1;
/// The profile written twice and deleted; the address added, updated, deleted; the consent given and withdrawn with its
/// row.
const EVENTS_OF_PROFILE: usize = 3 + 3 + 2;
/// Logged in and out; two attempts; the factor switched on and off with its row.
const EVENTS_OF_AUTHENTICATION: usize = 2 + 2 + 2;
/// The role created and deleted; the permission granted and revoked; the role assigned and unassigned.
const EVENTS_OF_ACCESS: usize = 2 + 2 + 2;

async fn play() -> Result<Played> {
    let workspace = Workspace::find()?;
    let console = Console::stderr();
    let functions =
        user_events_local::build::functions(&workspace, user_events_local::build::Profile::Dev, &console)?;
    let engine = Engine::start(&workspace, None, &console)?;
    let clients = Clients::from_endpoint(engine.endpoint());
    let deployment = Deployment {
        stack: STACK,
        stage: "tests",
        functions: &functions,
        mapping: None,
        parameters: &[],
    };
    let stack = deploy(&workspace, &clients, engine.endpoint(), &deployment, &console).await?;
    let mut subscriptions = Subscriptions::new(&clients);
    for category in CATEGORIES.iter().map(|category| category.name) {
        subscriptions
            .add(category, stack.topic_arn(category)?, &format!("tests-{category}"))
            .await?;
    }
    let (sender, mut messages) = unbounded_channel();
    subscriptions.receive(&sender);
    let writes = parse(&writes(), Layout::Native).map_err(|misfits| anyhow::anyhow!("{misfits:?}"))?;
    for (_, Line { write, .. }) in &writes {
        perform(&clients.dynamodb, stack.table_name(&write.table)?, write).await?;
    }
    let opener = Opener::new(clients.kms.clone(), [stack.output("SealKeyArn")?]);
    let mut received = Vec::new();
    loop {
        let patience = if received.len() < EVENTS { PATIENCE } else { QUIET };
        match tokio::time::timeout(patience, messages.recv()).await {
            Ok(Some(message)) => received.push(open(&opener, message).await?),
            _ => break,
        }
    }
    let parked = parked(&clients, &stack).await?;
    let log = engine
        .log()
        .map(std::fs::read_to_string)
        .transpose()?
        .unwrap_or_default();
    Ok(Played {
        endpoint: engine.endpoint().to_owned(),
        outputs: stack.outputs,
        received,
        parked,
        log,
        _engine: engine,
    })
}

async fn open(opener: &Opener, message: Message) -> Result<Received> {
    let event = ReceivedEvent::from_message_body(&message.body)?;
    let classes = event.sealed().map(|(class, _)| class);
    let opened = opener
        .open_each(&event, classes)
        .await?
        .into_iter()
        .filter_map(|(class, opened)| match opened {
            Opened::Clear(content) => Some((class, content)),
            Opened::NotGranted | Opened::Erased => None,
        });
    Ok(Received {
        queue: message.category,
        attributes: message.attributes,
        envelope: event.envelope().clone(),
        opened: opened.collect(),
        body: message.body,
    })
}

/// The parked records, without the test event of the bucket.
async fn parked(clients: &Clients, stack: &Stack) -> Result<Vec<String>> {
    let begun = Instant::now();
    // Compared by id, because a slow machine may receive one again before it has the other.
    let mut parked = BTreeMap::new();
    while parked.len() < 2 && begun.elapsed() < PATIENCE {
        let receive = clients
            .sqs
            .receive_message()
            .queue_url(stack.output("ParkedQueueUrl")?);
        let answer = receive
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .send()
            .await?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        let bodies = messages.filter_map(|message| Some((message.message_id?, message.body?)));
        parked.extend(bodies.filter(|(_, body)| body.contains("parkedAt")));
    }
    Ok(parked.into_values().collect())
}

#[test]
fn every_write_becomes_its_events_once_and_each_subject_keeps_its_order() {
    let played = shared();
    assert_eq!(played.received.len(), EVENTS, "{:?}", types(played));
    let ids: std::collections::BTreeSet<_> = played
        .received
        .iter()
        .map(|event| event.envelope["id"].as_str())
        .collect();
    assert_eq!(ids.len(), EVENTS, "none arrived twice");
    let mut last: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for event in &played.received {
        // A failed log-in has a message group of its own, apart from the other events of its subject.
        let group = event.envelope["partitionkey"].as_str().unwrap();
        let sequence = event.envelope["sequence"].as_str().unwrap();
        let before = last.insert((&event.queue, group), sequence);
        assert!(
            before.is_none_or(|before| before < sequence),
            "{group}: {sequence} after {before:?}"
        );
    }
    let of_the_user = |queue: &str| -> Vec<_> {
        let own = played
            .received
            .iter()
            .filter(|event| event.queue == queue && event.envelope["subject"] == "users/user-1");
        own.map(|event| event.envelope["type"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        of_the_user("account"),
        [
            "UserRegisteredEventV1",
            "UserEmailChangedEventV1",
            "UserPhoneChangedEventV1",
            "UserDeletedEventV1"
        ]
    );
}

fn types(played: &Played) -> Vec<&str> {
    played
        .received
        .iter()
        .filter_map(|event| event.envelope["type"].as_str())
        .collect()
}

#[test]
fn every_event_on_the_way_is_valid_and_its_attributes_agree() {
    let envelopes = crate::registry::validator_of("envelope.json").unwrap();
    for event in &shared().received {
        let event_type = event.envelope["type"].as_str().unwrap();
        let data = crate::registry::validator_of(&format!("{}/{event_type}.json", event.queue)).unwrap();
        assert!(envelopes.is_valid(&event.envelope), "{event_type}");
        assert!(data.is_valid(&event.envelope["data"]), "{event_type}");
        assert_eq!(event.attributes["eventType"], event_type);
        assert_eq!(event.attributes["category"], event.queue);
        assert_eq!(
            event_type,
            format!(
                "{}EventV{}",
                event.attributes["eventName"], event.attributes["eventVersion"]
            )
        );
    }
}

#[test]
fn every_sealed_class_opens_to_what_was_written() {
    let played = shared();
    let mut classes = std::collections::BTreeSet::new();
    for event in &played.received {
        for (class, content) in &event.opened {
            classes.insert(class.as_str());
            for (name, value) in content.as_object().unwrap() {
                let attribute = match name.as_str() {
                    "previousEmail" => "email",
                    "previousPhoneNumber" => "phoneNumber",
                    name => name,
                };
                let value = value.as_str().unwrap();
                let written = ["first", "second", "last"].map(|mark| format!("canary-{mark}-{attribute}"));
                assert!(written.iter().any(|written| written == value), "{class} {name}");
            }
        }
    }
    assert_eq!(
        classes.into_iter().collect::<Vec<_>>(),
        ["address", "contact", "identity", "network"]
    );
}

#[test]
fn nothing_that_leaves_holds_a_sensitive_value_in_clear() {
    let played = shared();
    assert_eq!(played.parked.len(), 2);
    for event in &played.received {
        assert!(!event.body.contains("canary"), "{}", event.envelope["type"]);
        assert!(
            !format!("{:?}", event.attributes).contains("canary"),
            "{}",
            event.envelope["type"]
        );
    }
    for message in &played.parked {
        let message: Value = serde_json::from_str(message).unwrap();
        assert!(
            message["record"].to_string().contains("canary"),
            "what the catalogue reads is kept"
        );
        assert!(!message["reason"].to_string().contains("canary"));
        assert!(!message["source"].to_string().contains("canary"));
    }
    assert!(
        played.log.contains("a record was parked"),
        "the functions' log is read: {}",
        played.log
    );
    assert!(!played.log.contains("canary"));
}

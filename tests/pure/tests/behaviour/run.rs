//! Runs a scenario on the consumer in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use user_events_consumer::{
    Claim, Consumer, Deadline, Effect, Failure, Hide, Inbox, Incoming, Opener, ReceivedEvent, Row, RowKey,
    SubjectKey,
};
use zeroize::Zeroizing;

use super::services::{Crash, Kms, Persons, Queues, Table, Time, inbox};

type Lines = Arc<Mutex<Vec<Value>>>;
/// How often the effect of each event happened, by its id.
type Effects = Arc<Mutex<BTreeMap<String, u64>>>;

/// A consumer in a scenario, and all that it touches.
pub(super) struct Run<'s> {
    messages: &'s Value,
    suite: &'s Value,
    kms: Kms,
    persons: Persons,
    table: Table,
    /// The live queue, and the dead-letter queue of both.
    queues: Queues,
    snapshot_queue: Queues,
    time: Time,
    consumer: Consumer<Table, Kms>,
    lines: Lines,
    effects: Effects,
    /// The ids of the events whose class was erased.
    erased: Mutex<BTreeSet<String>>,
    /// What the handler does with an event besides its effect, by the event's id.
    deeds: Mutex<BTreeMap<String, Deed>>,
}

enum Deed {
    Throws,
    SetsAside(&'static str),
}

impl<'s> Run<'s> {
    pub(super) fn new(suite: &'s Value, messages: &'s Value, scenario: &Value) -> Self {
        let time = Time::starting_at(suite["start"].as_u64().unwrap());
        let (kms, table) = (Kms::new(&suite["keys"]), Table::default());
        let is_fifo = scenario["queue"] != "standard";
        let queues = Queues::named(queue_name("welcome", is_fifo));
        let snapshot_queue = Queues::named(queue_name("welcome-snapshot", is_fifo));
        let persons = Persons::default();
        let lines = Lines::default();
        let sink = Arc::clone(&lines);
        let write = move |line: &str| sink.lock().unwrap().push(serde_json::from_str(line).unwrap());
        let seal_key = suite["sealKeyArn"].as_str().unwrap();
        let opener = Opener::from_source(
            kms.clone(),
            [seal_key],
            user_events_consumer::KeyLimits::default(),
        )
        .with_subject_keys(persons.clone());
        let mut consumer = Consumer::new(opener, inbox(&table, &time, Duration::from_secs(30)))
            .require(names_of(&scenario["requires"]))
            .dead_letters(queues.clone())
            .queue(queues.clone())
            .snapshot_queue(snapshot_queue.clone())
            .log_to(write);
        if scenario["acceptsTests"] == true {
            consumer = consumer.accept_tests();
        }
        Self {
            messages,
            suite,
            kms,
            persons,
            table,
            queues,
            snapshot_queue,
            time,
            consumer,
            lines,
            effects: Effects::default(),
            erased: Mutex::default(),
            deeds: Mutex::default(),
        }
    }

    /// Makes a step, and compares the outcomes of its messages.
    pub(super) async fn step(&self, step: &Value) {
        let text = |name: &str| step[name].as_str();
        if step.get("deliver").is_some() {
            return self.deliver(step).await;
        }
        if let Some(seconds) = step["wait"].as_u64() {
            self.time.pass(Duration::from_secs(seconds)).await;
            self.table.rows().forget(self.time.milliseconds() / 1_000);
        } else if let Some(class) = text("deny") {
            self.kms.deny(class);
        } else if let Some(class) = text("grant") {
            self.kms.grant(class);
        } else if let Some(code) = text("fail") {
            self.kms.fail(Some(code));
        } else if text("answer") == Some("kms") {
            self.kms.fail(None);
        } else if let Some(subject) = text("create") {
            let row = &self.suite["subjectKeys"][subject];
            let secret = BASE64_STANDARD.decode(row["secret"].as_str().unwrap()).unwrap();
            let row = SubjectKey::Secret {
                key_id: row["keyId"].as_str().unwrap().to_owned(),
                secret: Zeroizing::new(secret),
            };
            self.persons.put(subject, row);
        } else if let Some(subject) = text("erase") {
            self.persons.put(subject, SubjectKey::Erased);
        } else if let Some(name) = text("claim") {
            let lease = Duration::from_secs(step["seconds"].as_u64().unwrap());
            let other: Inbox<Table> = inbox(&self.table, &self.time, lease);
            let claim = other.claim(&self.event(name)).await.unwrap();
            assert!(matches!(claim, Claim::Fresh(_)));
        } else if let Some(name) = text("reset") {
            let lane =
                inbox(&self.table, &self.time, Duration::from_secs(30)).advance_write(&self.event(name));
            assert!(
                self.table.rows().remove(&lane.key).is_some(),
                "{name} has no lane"
            );
        } else if let Some(run) = text("complete") {
            let events = step["events"].as_u64().unwrap();
            inbox(&self.table, &self.time, Duration::from_secs(30))
                .complete_snapshot(run, events)
                .await
                .unwrap();
        } else {
            panic!("an unknown step: {step}");
        }
    }

    async fn deliver(&self, step: &Value) {
        let names = names_of(&step["deliver"]);
        for (name, when) in step["crashes"].as_object().into_iter().flatten() {
            let when = if when == "after" {
                Crash::After
            } else {
                Crash::Before
            };
            self.table.crash(self.event(name).id(), when);
        }
        let throws = names_of(&step["throws"])
            .into_iter()
            .map(|name| (name, Deed::Throws));
        let asides = step["asides"].as_object().into_iter().flatten();
        let asides = asides.map(|(name, reason)| (name.clone(), Deed::SetsAside(leaked(reason))));
        *self.deeds.lock().unwrap() = throws
            .chain(asides)
            .map(|(name, deed)| (self.event(&name).id().to_owned(), deed))
            .collect();
        self.lines
            .lock()
            .unwrap()
            .retain(|line| line.get("_aws").is_some());
        let (queue, other) = match step["from"].as_str() {
            Some("snapshot") => (&self.snapshot_queue, &self.queues),
            _ => (&self.queues, &self.snapshot_queue),
        };
        self.queues.forget_hidden();
        self.snapshot_queue.forget_hidden();
        let mut batch = SqsEvent::default();
        let messages = names
            .iter()
            .map(|name| self.message(name, queue, &step["receives"]));
        batch.records = messages.collect();
        let handler = async |incoming: &Incoming<'_, Kms>| self.handle(incoming).await;
        let deadline = Deadline::after(Duration::from_secs(30));
        let answer = self.consumer.answer(batch, deadline, &handler).await;
        let returned: Vec<_> = answer
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect();
        let outcomes: BTreeMap<_, _> = names
            .iter()
            .map(|name| (name.clone(), Value::from(self.outcome(name, queue, &returned))))
            .collect();
        assert_eq!(json!(outcomes), step["expect"], "{step}");
        assert!(other.hides_nothing(), "hidden in the wrong queue: {step}");
        let lines = self.lines.lock().unwrap();
        let erased = lines.iter().filter(|line| line["erased"] == json!(["contact"]));
        let erased = erased.map(|line| line["event"].as_str().unwrap().to_owned());
        self.erased.lock().unwrap().extend(erased);
    }

    /// What the handler of the suite does: it opens `contact` and counts.
    async fn handle(&self, incoming: &Incoming<'_, Kms>) -> Result<Vec<Effect>, Failure> {
        let id = incoming.event().id().to_owned();
        // Taken out first, so that the lock is free when the handler panics.
        let deed = self.deeds.lock().unwrap().remove(&id);
        match deed {
            Some(Deed::Throws) => panic!("the handler throws"),
            Some(Deed::SetsAside(reason)) => return Err(Failure::set_aside(reason, "the handler says so")),
            None => {}
        }
        incoming.open_as::<Value>("contact").await?;
        let effects = Arc::clone(&self.effects);
        let count = move || *effects.lock().unwrap().entry(id).or_default() += 1;
        Ok(vec![Effect::new(count)])
    }

    fn outcome(&self, name: &str, queue: &Queues, returned: &[String]) -> String {
        let id = self.messages[name]["body"].as_str();
        let id = id.and_then(|body| ReceivedEvent::from_message_body(body).ok());
        let lines = self.lines.lock().unwrap();
        let mut lines = lines.iter().filter(|line| line.get("outcome").is_some());
        let line = lines.find(|line| {
            line["message"] == name
                || line.get("message").is_none() && id.as_ref().is_some_and(|id| line["event"] == id.id())
        });
        let is_returned = returned.iter().any(|message| message == name);
        let Some(line) = line else {
            assert!(is_returned, "{name} is neither logged nor returned");
            return "held".to_owned();
        };
        let outcome = line["outcome"].as_str().unwrap();
        assert_eq!(is_returned, outcome == "retry", "{name}: {line}");
        match outcome {
            "set-aside" => format!("set-aside:{}", line["reason"].as_str().unwrap()),
            "retry" => match queue.hidden(name) {
                Some(hidden) => format!("retry@{}", hidden.as_secs()),
                None => "retry".to_owned(),
            },
            outcome => outcome.to_owned(),
        }
    }

    /// Compares what must be true at the end.
    pub(super) fn conclude(&self, scenario: &Value) {
        let mut expected = BTreeMap::new();
        for (name, times) in scenario["effects"].as_object().into_iter().flatten() {
            *expected.entry(self.event(name).id().to_owned()).or_default() += times.as_u64().unwrap();
        }
        assert_eq!(*self.effects.lock().unwrap(), expected, "effects");
        let erased = names_of(&scenario["erased"]);
        let erased: BTreeSet<_> = erased
            .iter()
            .map(|name| self.event(name).id().to_owned())
            .collect();
        assert_eq!(*self.erased.lock().unwrap(), erased, "erased");
        let letters = scenario.get("deadLetters").cloned().unwrap_or_else(|| json!({}));
        assert_eq!(json!(self.queues.letters()), letters, "dead letters");
        let mut metrics: BTreeMap<String, u64> = BTreeMap::new();
        for line in self.lines.lock().unwrap().iter() {
            if let Some(name) = line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str() {
                *metrics.entry(name.to_owned()).or_default() += line[name].as_u64().unwrap();
            }
        }
        let expected = scenario.get("metrics").cloned().unwrap_or_else(|| json!({}));
        assert_eq!(json!(metrics), expected, "metrics");
        let snapshot = self.table.rows().row(&RowKey::snapshot("welcome"));
        let snapshot = snapshot.map(|row| match row {
            Row::Snapshot(snapshot) => json!({ "run": snapshot.run, "events": snapshot.events }),
            other => panic!("{other:?} is no row of a snapshot"),
        });
        assert_eq!(
            snapshot.unwrap_or(Value::Null),
            scenario["snapshot"],
            "the snapshot"
        );
        for row in scenario["rows"].as_array().into_iter().flatten() {
            let [pk, sk] = [&row["pk"], &row["sk"]].map(|key| key.as_str().unwrap().to_owned());
            assert!(self.table.rows().row(&RowKey { pk, sk }).is_some(), "{row}");
        }
    }

    fn event(&self, name: &str) -> ReceivedEvent {
        let body = self.messages[name]["body"].as_str().unwrap();
        ReceivedEvent::from_message_body(body).unwrap()
    }

    fn message(&self, name: &str, queue: &Queues, receives: &Value) -> SqsMessage {
        let mut message = SqsMessage::default();
        message.message_id = Some(name.to_owned());
        message.receipt_handle = Some(name.to_owned());
        message.event_source_arn = Some(format!("arn:aws:sqs:eu-west-1:123456789012:{}", queue.name()));
        message.body = self.messages[name]["body"].as_str().map(str::to_owned);
        message.attributes = [("MessageGroupId".to_owned(), format!("users/{}", &name[..1]))].into();
        let receives = receives[name].as_u64().unwrap_or(1).to_string();
        message
            .attributes
            .insert("ApproximateReceiveCount".to_owned(), receives);
        for (name, value) in self.messages[name]["attributes"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let mut attribute = SqsMessageAttribute::default();
            attribute.string_value = value.as_str().map(str::to_owned);
            attribute.data_type = Some("String".to_owned());
            message.message_attributes.insert(name.clone(), attribute);
        }
        message
    }
}

fn queue_name(name: &str, is_fifo: bool) -> String {
    format!("{name}{}", if is_fifo { ".fifo" } else { "" })
}

fn names_of(list: &Value) -> Vec<String> {
    let names = list.as_array().into_iter().flatten();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// A reason is part of a program, and here it comes from a file.
fn leaked(reason: &Value) -> &'static str {
    Box::leak(reason.as_str().unwrap().to_owned().into_boxed_str())
}

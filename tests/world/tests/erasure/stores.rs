//! The tables, queues and the bucket of a deployment, with the records of several people, on the local engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use serde_json::{Value, json};
use user_events_core::{Code, Error, RawRecord, Time, parked_message, subject_key_name};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{TableSpec, create_table};
use user_events_local::engine::Engine;
use user_events_local::workspace::Workspace;
use user_events_local::writes::{Key, KeyAttribute, KeyValue};
use user_events_testkit::{Record, rows};

use crate::engine::with_canaries;
use crate::tools::{Tool, require};

pub(super) const SOURCE: &str = "/user-service";
/// The person who is erased. Their values have `canary-gone` in them.
pub(super) const GONE: &str = "gone-1";
/// Everybody else.
pub(super) const OTHERS: [&str; 2] = ["stays-1", "gone-11"];

/// An engine of its own: the tests need no deployment.
pub(super) fn endpoint() -> &'static str {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    require(Tool::Python);
    let start = || Engine::start(&Workspace::find().unwrap(), None, &Console::stderr()).unwrap();
    ENGINE.get_or_init(start).endpoint()
}

/// The stores of a deployment.
pub(super) struct Stores {
    pub(super) clients: Clients,
    pub(super) table: String,
    pub(super) ledger: String,
    pub(super) parked: String,
    pub(super) redrive: String,
    pub(super) bucket: String,
}

/// Everything in the stores but the ledger, in an order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) parked: Vec<String>,
    pub(super) redrive: Vec<String>,
    /// The text of every version of every object, by key.
    pub(super) objects: BTreeMap<String, BTreeSet<String>>,
    /// The keys of current objects.
    pub(super) current: BTreeSet<String>,
}

impl Stores {
    /// Empty stores, with names that begin so.
    pub(super) async fn new(name: &str, versions: bool) -> Result<Self> {
        let clients = Clients::from_endpoint(endpoint());
        let key = Key {
            partition: KeyAttribute {
                name: "pk".to_owned(),
                value: KeyValue::Text(String::new()),
            },
            sort: None,
        };
        let [table, ledger] = ["subject-keys", "erasures"].map(|end| format!("{name}-{end}"));
        for name in [&table, &ledger] {
            create_table(&clients.dynamodb, &TableSpec { name, key: &key }).await?;
        }
        let mut urls = Vec::new();
        for end in ["parked", "redrive"] {
            let create = clients.sqs.create_queue().queue_name(format!("{name}-{end}"));
            urls.push(create.send().await?.queue_url.context("no URL")?);
        }
        let bucket = format!("{name}-failures");
        clients.s3.create_bucket().bucket(&bucket).send().await?;
        if versions {
            let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
            let put = clients.s3.put_bucket_versioning().bucket(&bucket);
            put.versioning_configuration(enabled.build()).send().await?;
        }
        let [parked, redrive] = urls.try_into().map_err(|_| anyhow::anyhow!("two queues"))?;
        Ok(Self {
            clients,
            table,
            ledger,
            parked,
            redrive,
            bucket,
        })
    }

    /// The options that name the tables.
    pub(super) fn tables(&self) -> Vec<&str> {
        let endpoint = ["--endpoint", endpoint(), "--source", SOURCE];
        [&endpoint[..], &["--table", &self.table, "--ledger", &self.ledger]].concat()
    }

    /// The options that name everything.
    pub(super) fn all(&self) -> Vec<&str> {
        let queues = [
            "--parked-queue",
            &self.parked,
            "--redrive-queue",
            &self.redrive,
            "--bucket",
            &self.bucket,
        ];
        [self.tables(), queues.to_vec()].concat()
    }

    pub(super) async fn send(&self, queue: &str, body: &str) -> Result<()> {
        let send = self.clients.sqs.send_message().queue_url(queue);
        send.message_body(body).send().await?;
        Ok(())
    }

    pub(super) async fn put(&self, key: &str, text: &str) -> Result<()> {
        let put = self.clients.s3.put_object().bucket(&self.bucket).key(key);
        let put = put.content_type("application/json").metadata("origin", "lambda");
        put.body(text.to_owned().into_bytes().into()).send().await?;
        Ok(())
    }

    pub(super) async fn delete(&self, key: &str) -> Result<()> {
        let delete = self.clients.s3.delete_object().bucket(&self.bucket);
        delete.key(key).send().await?;
        Ok(())
    }

    /// Writes a person's key.
    pub(super) async fn key(&self, table: &str, user: &str) -> Result<()> {
        let put = self.clients.dynamodb.put_item().table_name(table);
        let secret = format!("{:-<32}", format!("secret-of-{user}"));
        put.item("pk", AttributeValue::S(pk(user)))
            .item("keyId", AttributeValue::S("CQkJCQkJCQkJCQkJCQkJCQ".to_owned()))
            .item("secret", AttributeValue::B(Blob::new(secret)))
            .send()
            .await?;
        Ok(())
    }

    /// The row of a person in a table, as text.
    pub(super) async fn row(&self, table: &str, user: &str) -> Result<Option<String>> {
        let get = self.clients.dynamodb.get_item().table_name(table);
        let answer = get.key("pk", AttributeValue::S(pk(user))).send().await?;
        Ok(answer
            .item
            .map(|row| format!("{:?}", row.into_iter().collect::<BTreeMap<_, _>>())))
    }

    /// Everything in the queues and the bucket. The messages are visible again afterwards.
    pub(super) async fn content(&self) -> Result<Content> {
        let (mut objects, mut current): (BTreeMap<_, BTreeSet<String>>, _) =
            (BTreeMap::new(), BTreeSet::new());
        let listed = self
            .clients
            .s3
            .list_object_versions()
            .bucket(&self.bucket)
            .send()
            .await?;
        for version in listed.versions.unwrap_or_default() {
            let key = version.key.context("no key")?;
            let get = self.clients.s3.get_object().bucket(&self.bucket).key(&key);
            let object = get.set_version_id(version.version_id).send().await?;
            let text = String::from_utf8(object.body.collect().await?.to_vec())?;
            if version.is_latest == Some(true) {
                current.insert(key.clone());
            }
            objects.entry(key).or_default().insert(text);
        }
        Ok(Content {
            parked: self.messages(&self.parked).await?,
            redrive: self.messages(&self.redrive).await?,
            objects,
            current,
        })
    }

    /// The bodies of the visible messages.
    pub(super) async fn messages(&self, queue: &str) -> Result<Vec<String>> {
        let sqs = &self.clients.sqs;
        let (mut bodies, mut receipts) = (Vec::new(), Vec::new());
        loop {
            let receive = sqs.receive_message().queue_url(queue).max_number_of_messages(10);
            let answer = receive.visibility_timeout(60).send().await?;
            let messages = answer.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                bodies.extend(message.body);
                receipts.extend(message.receipt_handle);
            }
        }
        for receipt in receipts {
            let show = sqs.change_message_visibility().queue_url(queue);
            show.receipt_handle(receipt).visibility_timeout(0).send().await?;
        }
        bodies.sort();
        Ok(bodies)
    }

    /// Records of everybody in every store; see [`expected`] for what has to be left.
    pub(super) async fn fill(&self) -> Result<()> {
        for user in [GONE].iter().chain(&OTHERS) {
            self.key(&self.table, user).await?;
            let own = records(user);
            for record in &own {
                self.send(&self.parked, &parked(record)?).await?;
            }
            self.send(&self.redrive, &parked(&own[0])?).await?;
        }
        for body in others_in_queues(&self.bucket) {
            self.send(&self.parked, &body).await?;
        }
        for key in ["gone/only", "gone/old"] {
            self.send(&self.parked, &notice(&self.bucket, key)).await?;
        }
        self.send(&self.redrive, &notice(&self.bucket, "gone/only"))
            .await?;
        let (gone, [first, second]) = (records(GONE), OTHERS.map(records));
        self.put("gone/only", &failure(&gone, true)).await?;
        self.put("mixed/text", &failure(&[&gone[..], &first].concat(), true))
            .await?;
        self.put(
            "mixed/json",
            &failure(&[&second[..1], &gone, &first].concat(), false),
        )
        .await?;
        self.put("others", &failure(&second, true)).await?;
        // Deleted by somebody: the versions are left.
        self.put("gone/old", &failure(&gone, false)).await?;
        self.delete("gone/old").await?;
        self.put("mixed/old", &failure(&[&gone[..], &second].concat(), true))
            .await?;
        self.delete("mixed/old").await
    }
}

/// What has to be left of [`Stores::fill`], byte for byte.
pub(super) fn expected(bucket: &str, versions: bool) -> Result<Content> {
    let [first, second] = OTHERS.map(records);
    let mut parked_bodies = others_in_queues(bucket);
    let mut redrive = Vec::new();
    for own in [&first, &second] {
        redrive.push(parked(&own[0])?);
        for record in own {
            parked_bodies.push(parked(record)?);
        }
    }
    parked_bodies.sort();
    redrive.sort();
    let one = |text: String| BTreeSet::from([text]);
    let mut objects = BTreeMap::from([
        ("mixed/text".to_owned(), one(failure(&first, true))),
        (
            "mixed/json".to_owned(),
            one(failure(&[&second[..1], &first].concat(), false)),
        ),
        ("others".to_owned(), one(failure(&second, true))),
    ]);
    let current = objects.keys().cloned().collect();
    if versions {
        objects.insert("mixed/old".to_owned(), one(failure(&second, true)));
    }
    Ok(Content {
        parked: parked_bodies,
        redrive,
        objects,
        current,
    })
}

/// Messages that are nobody's, or of objects that stay.
fn others_in_queues(bucket: &str) -> Vec<String> {
    vec![
        json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket }).to_string(),
        notice(bucket, "mixed/text"),
        notice(bucket, "others"),
        notice("another-bucket", "gone/only"),
        "a foreign message".to_owned(),
    ]
}

/// A notification of the bucket.
pub(super) fn notice(bucket: &str, key: &str) -> String {
    let key = key.replace('/', "%2F");
    json!({ "Records": [{ "s3": { "bucket": { "name": bucket }, "object": { "key": key, "size": 1 } } }] })
        .to_string()
}

/// One record of every kind of row of a user, with canaries.
pub(super) fn records(user: &str) -> Vec<Record> {
    let rows = [
        ("accounts", rows::account(user)),
        ("profiles", rows::address(user)),
        ("authentication", rows::session(user)),
        ("authentication", rows::attempt(&format!("USER#{user}"))),
        ("access", rows::assignment(user)),
    ];
    let mark = if user == GONE { "gone" } else { "stays" };
    let record = |(place, (table, row)): (usize, (&str, Value))| {
        let place = user.len() * 100 + place;
        Record::inserted(table, &with_canaries(row, mark)).at(place as u64)
    };
    rows.into_iter().enumerate().map(record).collect()
}

/// The message that parks a record.
pub(super) fn parked(record: &Record) -> Result<String> {
    let reason = Error::new(Code::RefusedByTopic, "an event was refused as the sender's fault");
    let at = Time::parse("2026-03-01T12:00:00Z").context("a time")?;
    Ok(parked_message(&RawRecord::read(&record.raw()), &reason, at)?)
}

/// Lambda's report of an invocation with these records, with its payload as a text or as JSON.
pub(super) fn failure(records: &[Record], as_text: bool) -> String {
    let event = json!({ "Records": records.iter().map(Record::json).collect::<Vec<_>>() });
    let payload = if as_text {
        Value::String(event.to_string())
    } else {
        event
    };
    json!({
        "requestContext": { "condition": "RetryAttemptsExhausted" },
        "payload": payload,
        "DDBStreamBatchInfo": { "shardId": "shardId-1", "batchSize": 9 },
    })
    .to_string()
}

/// The pseudonym of a user.
pub(super) fn pk(user: &str) -> String {
    subject_key_name(SOURCE, &format!("users/{user}"))
}

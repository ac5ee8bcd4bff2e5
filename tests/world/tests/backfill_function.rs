//! The steps of the function `backfill` on the local engine: a scan, a run of one user, an export in S3, and what is refused.
//!
//! The engine exports no tables, so the test writes an export as DynamoDB does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::QueueAttributeName;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use user_events_backfill::function::{Deployment, Services, Settings, StepFailed};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{TableSpec, create_table};
use user_events_local::engine::Engine;
use user_events_local::workspace::Workspace;
use user_events_local::writes::{Key, KeyAttribute, KeyValue, Layout, parse, perform};
use user_events_testkit::{attributes, rows};

use crate::tools::{Tool, require};

/// More than a page.
const USERS: usize = 620;
const BUCKET: &str = "backfill-runs";
const LEFT: Duration = Duration::from_secs(900);

struct Late {
    clients: Clients,
    deployment: Deployment,
    _engine: Engine,
}

impl Late {
    async fn new() -> Result<Self> {
        let engine = Engine::start(&Workspace::find()?, None, &Console::stderr())?;
        let clients = Clients::from_endpoint(engine.endpoint());
        let attribute = |name: &str| KeyAttribute {
            name: name.to_owned(),
            value: KeyValue::Text(String::new()),
        };
        let key = Key {
            partition: attribute("pk"),
            sort: Some(attribute("sk")),
        };
        for name in ["accounts", "profiles"] {
            create_table(&clients.dynamodb, &TableSpec { name, key: &key }).await?;
        }
        clients.s3.create_bucket().bucket(BUCKET).send().await?;
        let seal_key = clients.kms.create_key().send().await?;
        let seal_key = seal_key.key_metadata.and_then(|key| key.arn).context("no key")?;
        let variables = BTreeMap::from([
            ("AWS_REGION", "us-east-1".to_owned()),
            ("TABLES", "account=accounts,profile=profiles".to_owned()),
            ("BACKFILL_BUCKET", BUCKET.to_owned()),
            ("SEAL_KEY_ARN", seal_key),
        ]);
        let settings = Settings::read(|name| variables.get(name).cloned())?;
        let services = Services {
            dynamodb: clients.dynamodb.clone(),
            kms: clients.kms.clone(),
            s3: clients.s3.clone(),
            sqs: clients.sqs.clone(),
        };
        Ok(Self {
            clients,
            deployment: Deployment::new(settings, services),
            _engine: engine,
        })
    }

    async fn write(&self, table: &str, rows: &[Value]) -> Result<()> {
        let lines = rows
            .iter()
            .map(|row| json!({ "table": table, "put": row }).to_string());
        let lines: Vec<_> = lines.collect();
        let writes = parse(&lines.join("\n"), Layout::Native);
        for (_, line) in &writes.map_err(|misfits| anyhow::anyhow!("{misfits:?}"))? {
            perform(&self.clients.dynamodb, table, &line.write).await?;
        }
        Ok(())
    }

    async fn queue(&self, name: &str) -> Result<String> {
        let queue = self.clients.sqs.create_queue().queue_name(format!("{name}.fifo"));
        let queue = queue
            .attributes(QueueAttributeName::FifoQueue, "true")
            .send()
            .await?;
        queue.queue_url.context("no URL")
    }

    async fn step(&self, payload: Value) -> Result<Value, StepFailed> {
        let payload = to_raw_value(&payload).unwrap();
        let answer = self.deployment.step(&payload, LEFT).await?;
        Ok(serde_json::from_str(answer.get()).unwrap())
    }

    /// All steps of a run, as the state machine takes them.
    async fn run(&self, plan: Value) -> Result<Value> {
        let planned = self.step(plan.clone()).await?;
        ensure!(
            planned == self.step(plan.clone()).await?,
            "a repeated plan answers the same"
        );
        for segment in planned["segments"].as_array().context("no segments")? {
            let mut input = segment.clone();
            while input["done"] != true {
                input = self.step(input).await?;
            }
        }
        Ok(self.step(json!({ "step": "finish", "run": plan["run"] })).await?)
    }

    /// The documents in the queue, until it is empty.
    async fn documents(&self, url: &str) -> Result<Vec<Value>> {
        let mut documents = Vec::new();
        loop {
            let answer = self
                .clients
                .sqs
                .receive_message()
                .queue_url(url)
                .max_number_of_messages(10);
            let messages = answer.send().await?.messages.unwrap_or_default();
            if messages.is_empty() {
                return Ok(documents);
            }
            for message in messages {
                documents.push(serde_json::from_str(message.body().context("no body")?)?);
                let handle = message.receipt_handle().context("no handle")?;
                self.clients
                    .sqs
                    .delete_message()
                    .queue_url(url)
                    .receipt_handle(handle)
                    .send()
                    .await?;
            }
        }
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<()> {
        let put = self.clients.s3.put_object().bucket(BUCKET).key(key);
        put.body(ByteStream::from(body)).send().await?;
        Ok(())
    }

    /// Writes rows as an export of the accounts table (Amazon DynamoDB Developer Guide, *DynamoDB table export output format*).
    /// Returns its folder.
    async fn export(&self, id: &str, rows: &[Value], export_time: &str) -> Result<String> {
        let folder = format!("exports/AWSDynamoDB/{id}");
        let mut manifest = String::new();
        // The last file is of an empty partition.
        for (place, rows) in rows.chunks(400).chain([&[][..]]).enumerate() {
            let key = format!("{folder}/data/{place}.json.gz");
            let mut file = GzEncoder::new(Vec::new(), Compression::default());
            for row in rows {
                writeln!(file, "{}", json!({ "Item": attributes(row) }))?;
            }
            self.put(&key, file.finish()?).await?;
            let line =
                json!({ "itemCount": rows.len(), "md5Checksum": "", "etag": "", "dataFileS3Key": key });
            manifest.push_str(&format!("{line}\n"));
        }
        let files = format!("{folder}/manifest-files.json");
        self.put(&files, manifest.into_bytes()).await?;
        let summary = json!({
            "version": "2020-06-30", "tableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/accounts",
            "exportTime": export_time, "s3Bucket": BUCKET, "manifestFilesS3Key": files, "itemCount": rows.len(),
            "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT",
        });
        self.put(
            &format!("{folder}/manifest-summary.json"),
            summary.to_string().into_bytes(),
        )
        .await?;
        Ok(format!("s3://{BUCKET}/{folder}/"))
    }
}

fn accounts() -> Vec<Value> {
    (0..USERS)
        .map(|user| rows::account(&format!("user-{user}")))
        .collect()
}

/// The subjects of the events, and the marker.
fn parts(documents: Vec<Value>) -> (BTreeSet<String>, Value) {
    let (marker, events): (Vec<_>, Vec<_>) = documents
        .into_iter()
        .partition(|event| event["type"] == "SnapshotCompletedEventV1");
    let subjects = events
        .iter()
        .map(|event| event["subject"].as_str().unwrap().to_owned());
    (subjects.collect(), marker[0].clone())
}

#[test]
fn the_function_sends_tables_one_user_and_exports_and_refuses_what_would_lose_changes() {
    require(Tool::Python);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(steps()).unwrap();
}

async fn steps() -> Result<()> {
    let late = Late::new().await?;
    late.write("accounts", &accounts()).await?;
    let deleted = rows::with(rows::account("gone"), json!({ "status": "DELETED" }));
    late.write("accounts", &[deleted]).await?;
    late.write(
        "profiles",
        &[
            rows::profile("user-1"),
            rows::address("user-2"),
            rows::profile("gone"),
        ],
    )
    .await?;

    let queue = late.queue("whole").await?;
    let whole = json!({ "step": "plan", "run": "whole", "queueUrl": queue, "segments": 2 });
    let finished = late.run(whole.clone()).await?;
    assert_eq!(finished["events"], USERS + 2);
    assert_eq!((&finished["deleted"], &finished["unfit"]), (&json!(2), &json!(0)));
    assert!(finished["capacity"].as_f64().unwrap() > 1.0, "{finished}");
    let (subjects, marker) = parts(late.documents(&queue).await?);
    assert_eq!(subjects.len(), USERS);
    assert_eq!(marker["id"], finished["marker"]);
    assert_eq!(marker["data"]["events"], USERS + 2);
    // Finished again, it is the same marker.
    assert_eq!(
        late.step(json!({ "step": "finish", "run": "whole" })).await?,
        finished
    );

    let queue = late.queue("one").await?;
    let one = json!({ "step": "plan", "run": "one", "queueUrl": queue, "userId": "user-1" });
    assert_eq!(late.run(one).await?["events"], 2);
    let (subjects, marker) = parts(late.documents(&queue).await?);
    assert_eq!(subjects, ["users/user-1".to_owned()].into());
    assert_eq!(marker["data"]["userId"], "user-1");

    let queue = late.queue("export").await?;
    let exported = late
        .export("1-a", &accounts(), "2026-03-02T09:00:00.000Z")
        .await?;
    let mut plan = json!({
        "step": "plan", "run": "export", "queueUrl": queue, "categories": ["account"], "segments": 100,
        "subscribedAt": "2026-03-02T09:00:00.001Z", "exports": { "accounts": exported },
    });
    let failed = late.step(plan.clone()).await.unwrap_err();
    assert!(
        !failed.passing && failed.message.contains("before the live queue was subscribed"),
        "{failed}"
    );
    plan["subscribedAt"] = json!("2026-03-02T09:00:00Z");
    let finished = late.run(plan).await?;
    assert_eq!(finished["events"], USERS);
    let (subjects, _) = parts(late.documents(&queue).await?);
    assert_eq!(subjects.len(), USERS);

    let mut other = whole;
    other["segments"] = json!(3);
    for (payload, part) in [
        (other, "another request"),
        (json!({ "step": "finish", "run": "unknown" }), "no plan"),
        (
            json!({ "step": "segment", "run": "whole", "table": "accounts", "segment": 0, "of": 5 }),
            "none of the run's",
        ),
        (json!({ "step": "dance" }), "no step"),
    ] {
        let failed = late.step(payload).await.unwrap_err();
        assert!(!failed.passing && failed.message.contains(part), "{failed}");
    }
    Ok(())
}

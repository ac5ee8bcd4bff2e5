//! `user-events backfill` on the local engine: refusals, a dry run, a run that is killed and goes on, and the live queue that
//! is turned on.
//!
//! The publisher is a stack with the outputs that the command looks up, and no functions: a backfill needs none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use user_events::terminal::Terminal;
use user_events::{backfill, inbox};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{TableSpec, create_table};
use user_events_local::engine::Engine;
use user_events_local::interrupt::Interrupt;
use user_events_local::workspace::Workspace;
use user_events_local::writes::{Key, KeyAttribute, KeyValue, Layout, Line, parse, perform};
use user_events_testkit::rows;

use crate::tools::{Tool, require};
use crate::written::Written;

const PUBLISHER: &str = "late-publisher";
const SUBSCRIBER: &str = "late";
const INBOX: &str = "late-inbox";
/// Accounts that have a state, that were deleted, and that do not fit.
const PRESENT: usize = 200;
const DELETED: usize = 3;
const EXIT_UNFIT: u8 = 3;

/// What the tests run against.
struct Late {
    clients: Clients,
    endpoint: String,
    /// The topic of the accounts.
    topic_arn: String,
    live_arn: String,
    snapshot_url: String,
    other_url: String,
    folder: PathBuf,
    _engine: Engine,
}

impl Late {
    async fn new() -> Result<Self> {
        let engine = Engine::start(&Workspace::find()?, None, &Console::stderr())?;
        let clients = Clients::from_endpoint(engine.endpoint());
        let (_, live_arn) = queue(&clients, "late.fifo").await?;
        let (snapshot_url, _) = queue(&clients, "late-snapshot.fifo").await?;
        let (other_url, other_arn) = queue(&clients, "other.fifo").await?;
        let mut outputs = BTreeMap::new();
        for (category, table) in [
            ("Account", "Accounts"),
            ("Profile", "Profiles"),
            ("Authentication", "Authentication"),
            ("Access", "Access"),
        ] {
            let name = format!("late-{}", table.to_lowercase());
            create_table(
                &clients.dynamodb,
                &TableSpec {
                    name: &name,
                    key: &key("pk", "sk"),
                },
            )
            .await?;
            outputs.insert(format!("{table}TableName"), name);
            let topic = clients
                .sns
                .create_topic()
                .name(format!("late-{}.fifo", category.to_lowercase()));
            let topic = topic.attributes("FifoTopic", "true").send().await?;
            outputs.insert(format!("{category}TopicArn"), topic.topic_arn.context("no ARN")?);
        }
        let topic_arn = outputs["AccountTopicArn"].clone();
        let key_arn = clients
            .kms
            .create_key()
            .send()
            .await?
            .key_metadata
            .and_then(|key| key.arn);
        outputs.insert("SealKeyArn".to_owned(), key_arn.context("no key")?);
        subscribe(&clients, &topic_arn, &other_arn).await?;
        create_table(
            &clients.dynamodb,
            &TableSpec {
                name: INBOX,
                key: &key("pk", "sk"),
            },
        )
        .await?;
        let parameters = [
            ("EventSource", "/users"),
            ("Detail", "fat"),
            ("SubjectKeys", "off"),
            ("Mapping", ""),
        ];
        stack(&clients, PUBLISHER, &parameters, &outputs).await?;
        let late = Self {
            endpoint: engine.endpoint().to_owned(),
            folder: std::env::temp_dir().join(format!("user-events-late-{}", std::process::id())),
            clients,
            topic_arn,
            live_arn,
            snapshot_url,
            other_url,
            _engine: engine,
        };
        late.subscriber(SUBSCRIBER, "off", true).await?;
        late.write().await?;
        Ok(late)
    }

    /// A stack of the subscriber.
    async fn subscriber(&self, name: &str, live: &str, snapshot: bool) -> Result<()> {
        let mut outputs = BTreeMap::from([
            ("QueueArn".to_owned(), self.live_arn.clone()),
            ("InboxTableName".to_owned(), INBOX.to_owned()),
            ("ConsumerName".to_owned(), "welcome".to_owned()),
        ]);
        if snapshot {
            outputs.insert("SnapshotQueueUrl".to_owned(), self.snapshot_url.clone());
        }
        stack(
            &self.clients,
            name,
            &[("Live", live), ("Name", "welcome")],
            &outputs,
        )
        .await
    }

    /// Writes the accounts.
    async fn write(&self) -> Result<()> {
        let row = |number: usize, more: Value| rows::with(rows::account(&format!("late-{number}")), more);
        let status = |number: usize| {
            if number.is_multiple_of(2) {
                "ACTIVE"
            } else {
                "LOCKED"
            }
        };
        let present = (0..PRESENT).map(|number| row(number, json!({ "status": status(number) })));
        let deleted = (PRESENT..PRESENT + DELETED).map(|number| row(number, json!({ "status": "DELETED" })));
        let misfit = row(999, json!({ "createdAt": "canary-time" }));
        let lines = present.chain(deleted).chain([misfit]);
        let lines: Vec<_> = lines
            .map(|row| json!({ "table": "accounts", "put": row }).to_string())
            .collect();
        let writes =
            parse(&lines.join("\n"), Layout::Native).map_err(|misfits| anyhow::anyhow!("{misfits:?}"))?;
        for (_, Line { write, .. }) in &writes {
            perform(&self.clients.dynamodb, "late-accounts", write).await?;
        }
        Ok(())
    }

    fn line(&self, subscriber: &str, arguments: &[&str]) -> Vec<String> {
        let folder = self.folder.display().to_string();
        let fixed = [
            "--subscriber",
            subscriber,
            "--stack",
            PUBLISHER,
            "--endpoint",
            &self.endpoint,
            "--checkpoint",
            &folder,
        ];
        fixed
            .iter()
            .chain(arguments)
            .map(|&part| part.to_owned())
            .collect()
    }

    async fn backfill(&self, subscriber: &str, arguments: &[&str]) -> Result<(ExitCode, String)> {
        let options = backfill::Options::read(self.line(subscriber, arguments))?;
        let out = Written::default();
        let to_out = Console::writing_to(out.clone());
        let code = backfill::run(&options, &to_out, &Console::stderr(), &Interrupt::new()).await?;
        Ok((code, out.text()))
    }

    /// The refusal of a command; nothing was begun.
    async fn refusal(&self, subscriber: &str, arguments: &[&str]) -> Result<String> {
        let refused = self.backfill(subscriber, arguments).await;
        ensure!(!self.folder.exists(), "a refused run leaves no checkpoint");
        Ok(format!("{:#}", refused.err().context("it is refused")?))
    }

    /// The bodies of the messages in a queue.
    async fn bodies(&self, url: &str) -> Result<Vec<Value>> {
        let mut bodies = Vec::new();
        loop {
            let receive = self.clients.sqs.receive_message().queue_url(url);
            let receive = receive.max_number_of_messages(10).visibility_timeout(600);
            let messages = receive.send().await?.messages.unwrap_or_default();
            if messages.is_empty() {
                return Ok(bodies);
            }
            for message in messages {
                bodies.push(serde_json::from_str(message.body().unwrap_or_default())?);
            }
        }
    }

    async fn waiting(&self, url: &str) -> Result<u64> {
        let get = self.clients.sqs.get_queue_attributes().queue_url(url);
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = get.attribute_names(name.clone()).send().await?;
        let attributes = answer.attributes.unwrap_or_default();
        Ok(attributes.get(&name).context("no number")?.parse()?)
    }
}

fn key(partition: &str, sort: &str) -> Key {
    let attribute = |name: &str, value: &str| KeyAttribute {
        name: name.to_owned(),
        value: KeyValue::Text(value.to_owned()),
    };
    Key {
        partition: attribute("pk", partition),
        sort: Some(attribute("sk", sort)),
    }
}

async fn queue(clients: &Clients, name: &str) -> Result<(String, String)> {
    let create = clients.sqs.create_queue().queue_name(name);
    let create = create.attributes(QueueAttributeName::FifoQueue, "true");
    let url = create.send().await?.queue_url.context("no URL")?;
    Ok((url, format!("arn:aws:sqs:us-east-1:000000000000:{name}")))
}

async fn subscribe(clients: &Clients, topic_arn: &str, queue_arn: &str) -> Result<()> {
    let subscribe = clients.sns.subscribe().topic_arn(topic_arn).protocol("sqs");
    subscribe.endpoint(queue_arn).send().await?;
    Ok(())
}

/// A stack that has these parameters and outputs, and one resource that the parameter `Live` changes.
async fn stack(
    clients: &Clients,
    name: &str,
    parameters: &[(&str, &str)],
    outputs: &BTreeMap<String, String>,
) -> Result<()> {
    let defaults: BTreeMap<_, _> = parameters
        .iter()
        .map(|(name, value)| (*name, json!({ "Type": "String", "Default": value })))
        .collect();
    let values: BTreeMap<_, _> = outputs
        .iter()
        .map(|(name, value)| (name, json!({ "Value": value })))
        .collect();
    let mut resource = json!({ "Type": "AWS::SNS::Topic", "Properties": {} });
    if defaults.contains_key("Live") {
        resource["Properties"]["DisplayName"] = json!({ "Ref": "Live" });
    }
    let template = json!({ "Parameters": defaults, "Resources": { "Topic": resource }, "Outputs": values });
    let create = clients.cloudformation.create_stack().stack_name(name);
    create.template_body(template.to_string()).send().await?;
    for _ in 0..100 {
        let stacks = clients
            .cloudformation
            .describe_stacks()
            .stack_name(name)
            .send()
            .await?;
        let status = stacks.stacks().first().and_then(|stack| stack.stack_status());
        if status.is_some_and(|status| status.as_str() == "CREATE_COMPLETE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("stack {name} is not complete")
}

async fn parameter(clients: &Clients, name: &str, parameter: &str) -> Result<String> {
    let stacks = clients
        .cloudformation
        .describe_stacks()
        .stack_name(name)
        .send()
        .await?;
    let stack = stacks.stacks().first().context("no stack")?;
    let mut parameters = stack.parameters().iter();
    let found = parameters.find(|one| one.parameter_key() == Some(parameter));
    Ok(found
        .and_then(|one| one.parameter_value())
        .context("no parameter")?
        .to_owned())
}

async fn refusals(late: &Late) -> Result<()> {
    let error = late.refusal(SUBSCRIBER, &[]).await?;
    ensure!(error.contains("is not subscribed to any topic"), "{error}");
    subscribe(&late.clients, &late.topic_arn, &late.live_arn).await?;
    late.subscriber("late-on", "on", true).await?;
    late.subscriber("late-without", "off", false).await?;
    for (subscriber, arguments, part) in [
        ("nobody", &[][..], "no stack nobody of a subscriber"),
        ("late-without", &[], "Snapshot=on and Live=off"),
        ("late-on", &[], "is read already"),
        (
            SUBSCRIBER,
            &["--category", "profile"],
            "no subscription to the topic of profile",
        ),
        (
            SUBSCRIBER,
            &["--type", "UserAcountSnapshot"],
            "did you mean UserAccountSnapshotEventV1",
        ),
        (SUBSCRIBER, &["--where", r#"{"data": "ACTIVE"}"#], "`data`"),
        (SUBSCRIBER, &["--mapping", "m.yaml"], "has no mapping"),
        (SUBSCRIBER, &["--replay-since-start"], "keeps no archive"),
        (SUBSCRIBER, &["--queue", &late.other_url], "ends with -snapshot"),
    ] {
        let error = late.refusal(subscriber, arguments).await?;
        ensure!(error.contains(part), "{part}: {error}");
    }
    let send = late
        .clients
        .sqs
        .send_message()
        .queue_url(&late.snapshot_url)
        .message_body("{}");
    send.message_group_id("g")
        .message_deduplication_id("d")
        .send()
        .await?;
    let error = late.refusal(SUBSCRIBER, &[]).await?;
    ensure!(error.contains("aws sqs purge-queue"), "{error}");
    late.clients
        .sqs
        .purge_queue()
        .queue_url(&late.snapshot_url)
        .send()
        .await?;
    Ok(())
}

async fn dry_runs(late: &Late) -> Result<()> {
    let (code, text) = late
        .backfill(SUBSCRIBER, &["--dry-run", "--json", "--rate", "100000"])
        .await?;
    let counts: Value = serde_json::from_str(text.trim())?;
    ensure!(
        code == ExitCode::SUCCESS && counts["rows"] == PRESENT + DELETED + 1,
        "{text}"
    );
    ensure!(
        counts["byType"]["UserAccountSnapshotEventV1"] == PRESENT,
        "{text}"
    );
    ensure!(
        counts["deleted"] == DELETED && counts["unfit"].to_string().contains(":1"),
        "{text}"
    );
    ensure!(
        counts["usDollars"]["sum"].as_f64().is_some_and(|sum| sum > 0.0),
        "{text}"
    );
    let policy = r#"{"data": {"status": ["ACTIVE"]}}"#;
    let (_, text) = late
        .backfill(
            SUBSCRIBER,
            &["--dry-run", "--json", "--where", policy, "--rate", "100000"],
        )
        .await?;
    let counts: Value = serde_json::from_str(text.trim())?;
    ensure!(
        counts["byType"]["UserAccountSnapshotEventV1"] == PRESENT / 2,
        "{text}"
    );
    let (_, text) = late
        .backfill(SUBSCRIBER, &["--dry-run", "--user", "late-7"])
        .await?;
    ensure!(
        text.starts_with("1 rows read") && text.contains("nothing was sent"),
        "{text}"
    );
    ensure!(late.waiting(&late.snapshot_url).await? == 0 && !late.folder.exists());
    Ok(())
}

/// Kills the command in the middle, and continues. Returns the id of the run.
async fn killed_run(late: &Late) -> Result<String> {
    const SLOW: [&str; 5] = ["--no-wait", "--segments", "2", "--rate", "40"];
    let options = backfill::Options::read(late.line(SUBSCRIBER, &SLOW))?;
    let (silent, never) = (Console::silent(), Interrupt::new());
    let first_message = async {
        while late.waiting(&late.snapshot_url).await? == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    // What loses the race is dropped, wherever it is.
    tokio::select! {
        ended = backfill::run(&options, &silent, &silent, &never) => anyhow::bail!("it was not killed: {ended:?}"),
        seen = first_message => seen?,
    }
    let before = late.waiting(&late.snapshot_url).await?;
    ensure!(
        before > 0 && before < PRESENT as u64,
        "{before} messages are in the queue"
    );

    let other = late.backfill(SUBSCRIBER, &["--no-wait", "--segments", "3"]).await;
    let error = format!(
        "{:#}",
        other.err().context("another command does not continue it")?
    );
    ensure!(error.contains("--segments"), "{error}");
    let (code, text) = late
        .backfill(
            SUBSCRIBER,
            &["--no-wait", "--segments", "2", "--rate", "100000", "--json"],
        )
        .await?;
    ensure!(code == ExitCode::from(EXIT_UNFIT), "{text}");
    let result: Value = serde_json::from_str(text.trim())?;
    ensure!(result["end"] == "sent", "{text}");
    let report = result["unfitReport"].as_str().context("no report")?;
    let rows = std::fs::read_to_string(report)?;
    ensure!(
        rows.contains("USER#late-999") && !rows.contains("canary"),
        "{rows}"
    );
    std::fs::remove_file(report)?;

    let bodies = late.bodies(&late.snapshot_url).await?;
    let (markers, events): (Vec<_>, Vec<_>) = bodies
        .iter()
        .partition(|body| body["type"] == "SnapshotCompletedEventV1");
    let ids: BTreeSet<_> = events.iter().filter_map(|event| event["id"].as_str()).collect();
    ensure!(ids.len() == events.len(), "FIFO drops what is sent again");
    ensure!(result["events"] == ids.len(), "{} ids, {text}", ids.len());
    ensure!(
        markers.len() == 1 && markers[0]["data"]["events"] == ids.len(),
        "{markers:?}"
    );
    let accounts = events
        .iter()
        .filter(|event| event["type"] == "UserAccountSnapshotEventV1");
    let users: BTreeSet<_> = accounts
        .filter_map(|event| event["data"]["userId"].as_str())
        .collect();
    let wanted: BTreeSet<_> = (0..PRESENT).map(|number| format!("late-{number}")).collect();
    ensure!(
        users == wanted.iter().map(String::as_str).collect(),
        "one for each row that has a state"
    );
    let run = result["run"].as_str().context("no run")?;
    ensure!(bodies.iter().all(|body| body["snapshotrun"] == run));
    ensure!(
        late.waiting(&late.other_url).await? == 0,
        "nobody else got a message"
    );
    Ok(run.to_owned())
}

/// The subscriber handles the marker; the command, which waits, turns its live queue on.
async fn handled(late: &Late, run: &str) -> Result<()> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = async |pk: &str, sk: &str, attributes: &[(&str, AttributeValue)]| -> Result<()> {
        let mut item = key(pk, sk).attributes();
        item.extend(
            attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        late.clients
            .dynamodb
            .put_item()
            .table_name(INBOX)
            .set_item(Some(item))
            .send()
            .await?;
        Ok(())
    };
    for digit in ["0", "f"] {
        let pk = format!("CONSUMER#welcome#SNAPSHOT#{run}#{digit}");
        put(&pk, "id-1", &[("state", text("COMPLETED"))]).await?;
        put(&pk, "id-2", &[("state", text("CLAIMED"))]).await?;
    }
    let (out, line) = (
        Written::default(),
        [
            "--table",
            INBOX,
            "--consumer",
            "welcome",
            "--endpoint",
            &late.endpoint,
        ],
    );
    let snapshot = async |arguments: &[&str]| {
        let options = inbox::Options::read([&["snapshot"][..], arguments, &line[..]].concat())?;
        let to_out = Console::writing_to(out.clone());
        inbox::run(&options, &to_out, &Console::silent(), &mut Terminal::absent()).await
    };
    ensure!(snapshot(&[]).await.is_err(), "no run is known");
    snapshot(&["--run", run, "--expected", "400"]).await?;
    ensure!(
        out.text().contains("not completed\n    2 of 400 events handled"),
        "{}",
        out.text()
    );

    let options = backfill::Options::read(late.line(SUBSCRIBER, &["--segments", "2", "--json"]))?;
    let (result, progress) = (Written::default(), Written::default());
    let (to_result, to_progress) = (
        Console::writing_to(result.clone()),
        Console::writing_to(progress.clone()),
    );
    let give_up = async {
        progress.holds("2 of ").await?;
        snapshot(&["--complete", run, "--yes"]).await
    };
    let never = Interrupt::new();
    let (code, given_up) = tokio::join!(backfill::run(&options, &to_result, &to_progress, &never), give_up);
    ensure!(
        given_up? == ExitCode::SUCCESS && code? == ExitCode::from(EXIT_UNFIT),
        "{}",
        progress.text()
    );
    ensure!(result.text().contains(r#""end":"live""#), "{}", result.text());
    ensure!(parameter(&late.clients, SUBSCRIBER, "Live").await? == "on");
    ensure!(!late.folder.exists(), "the run is over");
    snapshot(&["--json"]).await?;
    ensure!(
        out.text()
            .contains(&format!(r#""run":"{run}","handled":2,"expected":2"#)),
        "{}",
        out.text()
    );
    Ok(())
}

#[test]
async fn a_late_subscriber_gets_each_row_once_although_the_command_is_killed() -> Result<()> {
    require(Tool::Python);
    let late = Late::new().await?;
    refusals(&late).await?;
    dry_runs(&late).await?;
    let run = killed_run(&late).await?;
    handled(&late, &run).await
}

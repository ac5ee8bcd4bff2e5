//! The tables of persons' keys on the local engine, by the project's own template: they are as the template says, only
//! tombstones reach a function, and they survive being switched off.
//!
//! The engine knows neither policies of tables nor the days of recovery. The templates' rules and the policies' table of
//! decisions check those.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamViewType, TableDescription,
};
use user_events_aws::{DynamoSubjectKeys, SubjectKeyStore, SubjectRow, TableFailed};
use user_events_core::SubjectKey;
use user_events_local::build::{Profile, functions};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, SUBJECT_KEYS, Stack, deploy, deploy_template};
use user_events_local::engine::Engine;
use user_events_local::template;
use user_events_local::workspace::Workspace;

use crate::support::root;
use crate::tools::{Tool, require};

const STACK: &str = "user-events-keys";
const STAGE: &str = "keys";
/// Beside it: the engine cannot switch keys on in an existing stack.
const WITHOUT: (&str, &str) = ("user-events-plain", "plain");
const PATIENCE: Duration = Duration::from_secs(30);

async fn described(clients: &Clients, table: &str) -> Result<TableDescription> {
    let answer = clients.dynamodb.describe_table().table_name(table).send().await?;
    answer.table.context("the table is not described")
}

async fn exists(clients: &Clients, table: &str) -> bool {
    described(clients, table).await.is_ok()
}

async fn parameter(clients: &Clients, name: &str) -> Result<String> {
    let name = format!("/user-events/{STAGE}/{name}");
    let answer = clients.ssm.get_parameter().name(&name).send().await;
    let value = answer
        .with_context(|| name.clone())?
        .parameter
        .and_then(|one| one.value);
    value.context(name)
}

async fn deployed(
    clients: &Clients,
    engine: &Engine,
    (stack, stage): (&str, &str),
    parameters: &[(&str, &str)],
) -> Result<Stack> {
    let (workspace, console) = (Workspace::find()?, Console::stderr());
    let functions = functions(&workspace, Profile::Dev, &console)?;
    let deployment = Deployment {
        stack,
        stage,
        functions: &functions,
        mapping: None,
        parameters,
    };
    deploy(&workspace, clients, engine.endpoint(), &deployment, &console).await
}

/// How many records the function `account` says that it received of a table.
fn received(log: &str, table: &str) -> usize {
    let mark = format!("\"Table\":\"{table}\"");
    let lines = log.lines().filter(|line| line.contains(&mark));
    let counts = lines.filter_map(|line| {
        let (_, metrics) = line.split_once('{')?;
        let metrics: serde_json::Value = serde_json::from_str(&format!("{{{metrics}")).ok()?;
        metrics["Records"].as_u64()
    });
    counts.map(|count| count as usize).sum()
}

async fn play() -> Result<()> {
    let engine = Engine::start(&Workspace::find()?, None, &Console::stderr())?;
    let clients = Clients::from_endpoint(engine.endpoint());

    let stack = deployed(&clients, &engine, WITHOUT, &[]).await?;
    ensure!(
        stack.subject_keys().is_none() && stack.erasures().is_none(),
        "off is the default"
    );
    for name in ["subject-keys", "erasures"] {
        ensure!(
            !exists(&clients, &format!("{}-{name}", WITHOUT.0)).await,
            "{name}"
        );
    }
    let published = "/user-events/plain/subject-keys-table-arn";
    let published = clients.ssm.get_parameter().name(published).send().await;
    ensure!(published.is_err(), "off publishes no ARN");

    let stack = deployed(&clients, &engine, (STACK, STAGE), &[SUBJECT_KEYS]).await?;
    let table = stack.subject_keys().context("no table")?;
    let ledger = stack.erasures().context("no ledger")?;
    ensure!(table == format!("{STACK}-subject-keys") && ledger == format!("{STACK}-erasures"));
    let keys = described(&clients, table).await?;
    for description in [&keys, &described(&clients, ledger).await?] {
        let [key] = description.key_schema() else {
            anyhow::bail!("a key of one attribute: {:?}", description.key_schema());
        };
        ensure!(
            key.attribute_name == "pk" && key.key_type == KeyType::Hash,
            "{key:?}"
        );
    }
    let stream = keys.stream_specification().context("no stream")?;
    ensure!(
        stream.stream_view_type == Some(StreamViewType::NewImage),
        "{stream:?}"
    );
    ensure!(parameter(&clients, "subject-keys-table-arn").await? == keys.table_arn.context("no ARN")?);
    ensure!(parameter(&clients, "subject-keys-key-arn").await? == stack.output("SubjectKeysKeyArn")?);

    // A new key is no event, and its secret reaches no function. Then the same row becomes a tombstone.
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = || {
        clients
            .dynamodb
            .put_item()
            .table_name(table)
            .item("pk", text("0f"))
    };
    put()
        .item("keyId", text("AAAAAAAAAAAAAAAAAAAAAA"))
        .item("secret", AttributeValue::B(vec![7; 32].into()))
        .send()
        .await?;
    put()
        .item("erasedAt", text("2026-03-01T12:00:00.000Z"))
        .item("subject", text("users/42"))
        .send()
        .await?;
    let begun = Instant::now();
    let file = engine.log().context("the engine has no log")?;
    let log = || std::fs::read_to_string(file);
    while received(&log()?, table) == 0 && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let count = received(&log()?, table);
    ensure!(count == 1, "{count} records of two reached a function");
    Ok(())
}

/// The rows of a table that a publisher made, and a row that nobody can use.
async fn publish() -> Result<()> {
    let engine = Engine::start(&Workspace::find()?, None, &Console::stderr())?;
    let clients = Clients::from_endpoint(engine.endpoint());
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash);
    let definition = AttributeDefinition::builder().attribute_name("pk");
    let create = clients
        .dynamodb
        .create_table()
        .table_name("persons")
        .key_schema(key.build()?);
    create
        .attribute_definitions(definition.attribute_type(ScalarAttributeType::S).build()?)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    let keys = DynamoSubjectKeys::new(clients.dynamodb.clone(), "persons".to_owned());
    let failed = |TableFailed| anyhow::anyhow!("the table failed");
    let (mine, other) = (SubjectKey::random()?, SubjectKey::random()?);
    let is_mine = |row: &SubjectRow| matches!(row, SubjectRow::Key(key) if key.key_id == mine.key_id && key.secret == mine.secret);
    ensure!(
        is_mine(&keys.create("a", &mine).await.map_err(failed)?),
        "a new key"
    );
    ensure!(
        is_mine(&keys.create("a", &other).await.map_err(failed)?),
        "the first one stays"
    );
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = |pk: &str| {
        clients
            .dynamodb
            .put_item()
            .table_name("persons")
            .item("pk", text(pk))
    };
    put("b")
        .item("erasedAt", text("2026-03-01T12:00:00.000Z"))
        .send()
        .await?;
    put("c")
        .item("keyId", text("AAAAAAAAAAAAAAAAAAAAAA"))
        .send()
        .await?;
    let erased = keys.create("b", &other).await.map_err(failed)?;
    ensure!(matches!(erased, SubjectRow::Erased), "nothing brings a key back");
    ensure!(keys.create("c", &other).await.is_err(), "nobody can use the row");
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    let rows = keys.read(&names).await.map_err(failed)?;
    let found: Vec<_> = rows.found.keys().map(String::as_str).collect();
    ensure!(found == ["a", "b"] && is_mine(&rows.found["a"]), "{found:?}");
    ensure!(
        rows.unread.iter().map(String::as_str).eq(["c"]),
        "{:?}",
        rows.unread
    );
    let elsewhere = DynamoSubjectKeys::new(clients.dynamodb.clone(), "nothing".to_owned());
    ensure!(elsewhere.read(&names).await.is_err(), "there is no such table");
    Ok(())
}

#[test]
fn a_publisher_reads_and_creates_rows_and_never_replaces_one() {
    require(Tool::Python);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(publish()).unwrap();
}

#[test]
fn the_tables_of_keys_are_deployed_and_only_tombstones_reach_a_function() {
    require(Tool::Python);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(play()).unwrap();
}

/// The parameters of the stack of tables, as the root gives them.
fn given(policy: &str) -> Vec<(&'static str, String)> {
    let mut given = vec![
        ("Prefix", "kept".to_owned()),
        ("Stage", STAGE.to_owned()),
        ("DataDeletionPolicy", policy.to_owned()),
        ("EraserRoleName", String::new()),
    ];
    for name in [
        "AccountRoleArn",
        "ProfileRoleArn",
        "AuthenticationRoleArn",
        "SingleTableRoleArn",
        "RedriveRoleArn",
        "OperatorRoleArns",
        "EraserRoleArns",
        "BackfillRoleArns",
    ] {
        given.push((name, format!("arn:aws:iam::000000000000:role/{name}")));
    }
    for name in [
        "SubscriberOrganizationId",
        "ContactAccounts",
        "IdentityAccounts",
        "AddressAccounts",
        "NetworkAccounts",
    ] {
        given.push((name, String::new()));
    }
    given
}

async fn switched_off(policy: &str) -> Result<bool> {
    let console = Console::stderr();
    let engine = Engine::start(&Workspace::find()?, None, &console)?;
    let clients = Clients::from_endpoint(engine.endpoint());
    let given = given(policy);
    let parameters: Vec<_> = given
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let file = root().join("infra/subject-keys.yaml");
    deploy_template(&clients, engine.endpoint(), "keys", &file, &parameters, &console).await?;
    let item = || clients.dynamodb.get_item().table_name("kept-subject-keys");
    let pk = AttributeValue::S("0f".to_owned());
    clients
        .dynamodb
        .put_item()
        .table_name("kept-subject-keys")
        .item("pk", pk.clone())
        .send()
        .await?;
    clients
        .cloudformation
        .delete_stack()
        .stack_name("keys")
        .send()
        .await?;
    let begun = Instant::now();
    while parameter(&clients, "subject-keys-table-arn").await.is_ok() {
        ensure!(begun.elapsed() < PATIENCE, "the stack is not deleted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // A table that is to go may need a moment.
    let begun = Instant::now();
    while policy == "Delete" && exists(&clients, "kept-erasures").await && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let kept = item().key("pk", pk).send().await;
    let kept = kept.is_ok_and(|answer| answer.item.is_some());
    ensure!(
        kept == exists(&clients, "kept-erasures").await,
        "both tables, or neither"
    );
    Ok(kept)
}

#[test]
fn the_keys_stay_when_they_are_switched_off_unless_data_is_to_be_deleted() {
    require(Tool::Python);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for (policy, kept) in [("Retain", true), ("Delete", false)] {
        assert_eq!(runtime.block_on(switched_off(policy)).unwrap(), kept, "{policy}");
    }
}

#[test]
fn the_parameters_of_the_tests_are_those_of_the_template() {
    let template = template::load(&root().join("infra/subject-keys.yaml")).unwrap();
    let declared = template["Parameters"].as_object().unwrap();
    let given = given("Retain");
    let mut given: Vec<_> = given.iter().map(|(name, _)| *name).collect();
    let mut declared: Vec<_> = declared.keys().map(String::as_str).collect();
    given.sort_unstable();
    declared.sort_unstable();
    assert_eq!(given, declared);
}

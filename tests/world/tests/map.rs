//! `user-events map` on a table of the local engine: the proposal for it can be used, and the doctor finds nothing wrong.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use serde_json::Value;
use user_events::map::{Options, run};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

use crate::engine::shared;
use crate::written::Written;

const TABLE: &str = "map-people";
/// More items than one page of a scan in the command's default.
const PEOPLE: usize = 30;

/// Runs `user-events map`. Returns its results, its progress and whether it succeeded.
async fn map(arguments: &[&str]) -> Result<(String, String, bool)> {
    let (out, progress) = (Written::default(), Written::default());
    let code = run(
        &Options::read(arguments)?,
        &Console::writing_to(out.clone()),
        &Console::writing_to(progress.clone()),
        &Interrupt::new(),
    )
    .await?;
    let succeeded = format!("{code:?}") == format!("{:?}", std::process::ExitCode::SUCCESS);
    Ok((out.text(), progress.text(), succeeded))
}

async fn table(clients: &Clients) -> Result<()> {
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
    };
    let key = |name: &str, key_type: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(key_type)
            .build()
    };
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages);
    clients
        .dynamodb
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![attribute("who")?, attribute("what")?]))
        .set_key_schema(Some(vec![
            key("who", KeyType::Hash)?,
            key("what", KeyType::Range)?,
        ]))
        .stream_specification(stream.build()?)
        .send()
        .await?;
    let ttl = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("gone");
    clients
        .dynamodb
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl.build()?)
        .send()
        .await?;
    for person in 0..PEOPLE {
        let user = format!("USER#canary{person}");
        put(
            clients,
            &user,
            "INFO",
            &[("email", "canary@example.com"), ("fullName", "Canary")],
        )
        .await?;
        let token = format!("SESSION#canaryc3ludGhldGljIHRva2Vu{person}");
        put(clients, &user, &token, &[("expiresAt", "2030-03-01T12:00:00Z")]).await?;
    }
    Ok(())
}

async fn put(clients: &Clients, who: &str, what: &str, texts: &[(&str, &str)]) -> Result<()> {
    let all = [("who", who), ("what", what)]
        .into_iter()
        .chain(texts.iter().copied());
    let item: HashMap<_, _> = all
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())))
        .collect();
    clients
        .dynamodb
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item))
        .send()
        .await?;
    Ok(())
}

#[test]
fn a_table_is_read_a_mapping_is_proposed_and_the_doctor_finds_nothing_wrong() {
    let played = shared();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(whole_way(&played.endpoint)).unwrap();
}

async fn whole_way(endpoint: &str) -> Result<()> {
    table(&Clients::from_endpoint(endpoint)).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mapping.yaml");
    let file = file.to_str().context("a path is no text")?;

    let source = ["--table", TABLE, "--endpoint", endpoint];
    let (_, progress, succeeded) = map(&[&["infer", "--out", file][..], &source].concat()).await?;
    assert!(succeeded && progress.contains("read 60 items"), "{progress}");
    let proposal = std::fs::read_to_string(file)?;
    for part in [
        "keys: { partition: who, sort: what }",
        "ttl: gone",
        "kind: account",
        "digest:",
    ] {
        assert!(proposal.contains(part), "{part} is not in\n{proposal}");
    }
    assert!(!proposal.to_lowercase().contains("canary"), "{proposal}");
    let again = map(&[&["infer", "--out", file][..], &source].concat()).await;
    assert!(again.is_err(), "a file is never overwritten");

    let (summary, _, succeeded) = map(&["check", file]).await?;
    assert!(
        succeeded && summary.contains("UserRegisteredEventV1"),
        "{summary}"
    );

    let (findings, _, succeeded) = map(&[&["doctor", file, "--json"][..], &source].concat()).await?;
    assert!(succeeded && !findings.contains("canary"), "{findings}");
    let findings: Value = serde_json::from_str(&findings)?;
    assert_eq!(
        (&findings["items"], &findings["problems"]),
        (&Value::from(60), &Value::from(Vec::<Value>::new()))
    );

    let (_, progress, _) = map(&[&["doctor", file, "--samples", "7"][..], &source].concat()).await?;
    assert!(
        progress.contains("read 7 items") && progress.contains("it has more"),
        "{progress}"
    );

    let missing = map(&["infer", "--table", "no-such-table", "--endpoint", endpoint]).await;
    let error = missing.err().context("there is no such table")?.to_string();
    assert!(error.contains("no table no-such-table"), "{error}");
    Ok(())
}

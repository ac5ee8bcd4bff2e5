//! `user-events sample`: the publisher turns the printed stream record into exactly the printed envelope.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;
use user_events::names::registrations;
use user_events::sample::{Options, run};
use user_events_aws::{Config, DataKeys, Limits, Publisher};
use user_events_catalog::CATEGORIES;
use user_events_core::SealedEnvelope;
use user_events_core::description::open_sample_members;
use user_events_local::console::Console;
use user_events_testkit::{FixedKeys, MemoryParking, ScriptedTopics};

use crate::written::Written;

/// The output of the command.
fn sample(arguments: &[&str]) -> Result<Value> {
    let out = Written::default();
    run(
        &Options::read(arguments)?,
        &Console::writing_to(out.clone()),
        &Console::silent(),
    )?;
    Ok(serde_json::from_str(&out.text())?)
}

/// The events that the publisher makes from the records of a Lambda event.
async fn published(event: &Value) -> Result<Vec<SealedEnvelope>> {
    let config = Config::read(CATEGORIES, |name| match name {
        // Where the sample of an erasure comes from.
        "SUBJECT_KEYS_TABLE" => Some("subject-keys".to_owned()),
        "SUBJECT_KEYS" => Some("prepared".to_owned()),
        name => (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")),
    });
    let config = config.map_err(|error| anyhow::anyhow!("{error}"))?;
    let topics = ScriptedTopics::default();
    let keys = DataKeys::new(FixedKeys::default(), config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), MemoryParking::default(), keys);
    let records = event["Records"].as_array().context("no records")?;
    let raw: Vec<Box<RawValue>> = records.iter().map(to_raw_value).collect::<Result<_, _>>()?;
    let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
    let answer = publisher
        .handle(
            &raw,
            Limits::new(Instant::now() + Duration::from_secs(10), Duration::ZERO),
        )
        .await;
    answer.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(topics.accepted())
}

/// The event with its sealed classes opened in place. Tokens cannot be compared, because their nonces differ.
fn opened(mut document: Value) -> Result<Value> {
    let id = document["id"].as_str().context("no id")?.to_owned();
    for (class, content) in open_sample_members(&document["data"], &id)? {
        document["data"][class]["sealed"] = content;
    }
    Ok(document)
}

async fn assert_same(event_type: &str, more: &[&str]) -> Result<usize> {
    let stream = sample(&[&[event_type, "--as", "stream"][..], more].concat())?;
    let envelope = sample(&[&[event_type, "--as", "envelope"][..], more].concat())?;
    let events = published(&stream).await?;
    let of_the_type = events
        .iter()
        .map(|event| serde_json::from_str::<Value>(&event.body));
    let mut of_the_type: Vec<_> = of_the_type.collect::<Result<_, _>>()?;
    of_the_type.retain(|event| event["type"] == event_type);
    assert_eq!(of_the_type.len(), 1, "{event_type} appears once");
    let sealed = envelope.to_string().matches("\"sealed\"").count();
    assert_eq!(opened(of_the_type.remove(0))?, opened(envelope)?, "{event_type}");
    Ok(sealed)
}

#[test(start_paused)]
async fn the_stream_record_of_every_sample_is_published_as_its_envelope() -> Result<()> {
    let mut sealed = 0;
    for (_, registration) in registrations() {
        sealed += assert_same(registration.event_type().as_str(), &[]).await?;
    }
    assert!(sealed > 5, "classes were opened and compared: {sealed}");
    for event_type in [
        "UserEmailChangedEventV1",
        "RoleAssignedToUserEventV1",
        "UserLoggedInEventV1",
    ] {
        assert_same(event_type, &["--user", "42"]).await?;
    }
    Ok(())
}

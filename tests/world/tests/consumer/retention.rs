//! How long the inbox remembers, compared with how long a message can come again.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use user_events_consumer::{Inbox, InboxSettings, MemoryStore, ReceivedEvent};

use crate::messages::body;
use crate::support::root;

fn template(path: &str) -> Result<Value> {
    user_events_local::template::load(&root().join(path))
}

fn retention(template: &Value, queue: &str) -> Result<u64> {
    let properties = &template["Resources"][queue]["Properties"];
    let seconds = properties["MessageRetentionPeriod"].as_u64();
    seconds.with_context(|| format!("{queue} has no MessageRetentionPeriod"))
}

#[test]
fn the_inbox_remembers_longer_than_a_message_can_come_again() -> Result<()> {
    let publisher = template("template.yaml")?;
    let bucket = publisher["Parameters"]["FailureRetentionDays"]["Default"].as_u64();
    let bucket = bucket.context("FailureRetentionDays has no default")? * 86_400;
    let parked = retention(&template("infra/parking.yaml")?, "ParkedQueue")?;
    let subscriber = template("infra/subscriber.yaml")?;
    // A message that the queue moves to the dead-letter queue keeps its age, and one that the consumer sends there does
    // not.
    let waits = [
        retention(&subscriber, "Queue")?,
        retention(&subscriber, "DeadLetterQueue")?,
    ];
    let longest = bucket.max(parked) + waits.iter().sum::<u64>();

    let settings = InboxSettings::new("welcome");
    assert!(settings.keep > Duration::from_secs(longest), "{longest} seconds");
    let inbox = Inbox::new(MemoryStore::default(), settings)?;
    let event = ReceivedEvent::from_message_body(&body("users/user-1", 1))?;
    let (record, lane) = (inbox.record(&event), inbox.advance_write(&event));
    assert!(
        lane.ttl >= record.ttl + 30 * 86_400,
        "the order outlives the last duplicate"
    );
    Ok(())
}

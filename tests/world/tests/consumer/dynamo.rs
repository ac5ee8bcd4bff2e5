//! The inbox in a table of the local engine, with the layout in its documentation.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put, ScalarAttributeType,
    TransactWriteItem,
};
use user_events_consumer::{
    Claim, Clock, Committed, DynamoStore, Inbox, InboxSettings, Lane, LeaseError, Limit, Order, ProcessError,
    Processed, ReceivedEvent, Row, StoreError,
};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::engine::Engine;
use user_events_local::workspace::Workspace;

use crate::messages::body;
use crate::tools::{Tool, require};

const CONSUMER: &str = "welcome-mail";
/// 2026-03-01T12:00:00Z.
const NOW: u64 = 1_772_366_400;

/// The milliseconds by which the clock of the inboxes is ahead.
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// The clients of the engine that all of these tests share.
pub(crate) fn clients() -> Result<Clients> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    require(Tool::Python);
    let engine = ENGINE.get_or_init(|| {
        let start = || Engine::start(&Workspace::find()?, None, &Console::stderr());
        start().map_err(|error: anyhow::Error| format!("{error:#}"))
    });
    let engine = engine.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(Clients::from_endpoint(engine.endpoint()))
}

/// Creates a table with this name, with the layout in the inbox's documentation.
async fn table(name: &str) -> Result<(Client, String)> {
    let client = clients()?.dynamodb;
    let mut create = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let definition = AttributeDefinition::builder().attribute_name(attribute);
        let key = KeySchemaElement::builder()
            .attribute_name(attribute)
            .key_type(kind);
        create = create
            .attribute_definitions(definition.attribute_type(ScalarAttributeType::S).build()?)
            .key_schema(key.build()?);
    }
    create.send().await?;
    Ok((client, name.to_owned()))
}

fn inbox(client: &Client, table: &str, clock: &'static AtomicU64) -> Result<Inbox<DynamoStore>> {
    let settings = InboxSettings {
        lease: Duration::from_secs(60),
        clock: Clock::from_fn(move || {
            let ahead = Duration::from_millis(clock.load(Ordering::Relaxed));
            SystemTime::UNIX_EPOCH + Duration::from_secs(NOW) + ahead
        }),
        ..InboxSettings::new(CONSUMER)
    };
    Ok(Inbox::new(DynamoStore::new(client.clone(), table), settings)?)
}

fn event(number: u64) -> Result<ReceivedEvent> {
    Ok(ReceivedEvent::from_message_body(&body("users/user-1", number))?)
}

fn effect(table: &str, name: &str) -> Result<TransactWriteItem> {
    let put = Put::builder()
        .table_name(table)
        .item("pk", AttributeValue::S(name.to_owned()))
        .item("sk", AttributeValue::S("EFFECT".to_owned()))
        .condition_expression("attribute_not_exists(pk)");
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

async fn attribute(client: &Client, table: &str, key: (&str, &str), name: &str) -> Result<AttributeValue> {
    let get = client
        .get_item()
        .table_name(table)
        .key("pk", AttributeValue::S(key.0.to_owned()))
        .key("sk", AttributeValue::S(key.1.to_owned()));
    let item = get.send().await?.item.context("no such row")?;
    item.get(name).cloned().context("no such attribute")
}

#[test]
async fn a_lease_is_claimed_renewed_lost_given_back_and_completed_in_dynamodb() -> Result<()> {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    let (client, table) = table("inbox-leases").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let event = event(1)?;

    let Claim::Fresh(first) = inbox.claim(&event).await? else {
        anyhow::bail!("it is new")
    };
    let Claim::InProgress { until } = inbox.claim(&event).await? else {
        anyhow::bail!("another has it")
    };
    assert_eq!(until, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 60));
    let pk = format!("CONSUMER#welcome-mail#EVENT#{}", event.id());
    let key = (pk.as_str(), "INBOX");
    let state = attribute(&client, &table, key, "state").await?;
    assert_eq!(state, AttributeValue::S("CLAIMED".to_owned()));
    let in_one_write = inbox.commit(&event, vec![]).await?;
    assert_eq!(in_one_write, Committed::InProgress { until });

    AHEAD.store(30_000, Ordering::Relaxed);
    assert_eq!(first.renew().await, Ok(()));
    AHEAD.store(89_999, Ordering::Relaxed);
    assert!(matches!(inbox.claim(&event).await?, Claim::InProgress { .. }));
    AHEAD.store(90_000, Ordering::Relaxed);
    let Claim::Fresh(second) = inbox.claim(&event).await? else {
        anyhow::bail!("the first lease is over")
    };
    assert_eq!(first.renew().await, Err(LeaseError::Lost));
    assert_eq!(first.complete().await, Err(LeaseError::Lost));
    second.release().await?;

    let failed = inbox.process(&event, async |_| Err::<(), _>("no")).await;
    assert_eq!(failed, Err(ProcessError::Effect("no")));
    let done = inbox.process(&event, async |_| Ok::<_, &str>(7)).await;
    assert_eq!(done, Ok(Processed::Done(7)));
    assert!(matches!(inbox.claim(&event).await?, Claim::Completed));
    assert_eq!(inbox.commit(&event, vec![]).await?, Committed::Duplicate);
    let state = attribute(&client, &table, key, "state").await?;
    assert_eq!(state, AttributeValue::S("COMPLETED".to_owned()));
    let ttl = attribute(&client, &table, key, "ttl").await?;
    assert_eq!(ttl, AttributeValue::N((NOW + 90 + 60 * 86_400).to_string()));
    Ok(())
}

#[test]
async fn claim_effect_and_order_are_one_write_in_dynamodb() -> Result<()> {
    let (client, table) = table("inbox-commits").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let in_order = async |number: u64, name: &str| -> Result<Committed> {
        Ok(inbox
            .commit_in_order(&event(number)?, vec![effect(&table, name)?])
            .await?)
    };
    assert_eq!(in_order(2, "two").await?, Committed::Done);
    assert_eq!(in_order(2, "two again").await?, Committed::Duplicate);
    assert_eq!(in_order(1, "one").await?, Committed::Stale);
    for absent in ["two again", "one"] {
        let row = attribute(&client, &table, (absent, "EFFECT"), "pk").await;
        assert!(row.is_err(), "{absent}: nothing is written if a part is refused");
    }
    // A stale event is still recorded.
    let late = inbox
        .commit(&event(1)?, vec![effect(&table, "one, late")?])
        .await?;
    assert_eq!(late, Committed::Done);
    // If the effect's own condition fails, nothing is written.
    assert_eq!(in_order(3, "two").await?, Committed::EffectRefused(0));
    assert_eq!(in_order(3, "three").await?, Committed::Done);
    let key = (
        "CONSUMER#welcome-mail#LANE#users/user-1",
        "SEQUENCE#account#/user-service",
    );
    let sequence = attribute(&client, &table, key, "sequence").await?;
    assert_eq!(sequence, AttributeValue::S(format!("{:040}.0000", 3)));
    let ttl = attribute(&client, &table, key, "ttl").await?;
    let ninety_days = NOW + AHEAD.load(Ordering::Relaxed) / 1_000 + 90 * 86_400;
    assert_eq!(ttl, AttributeValue::N(ninety_days.to_string()));
    Ok(())
}

/// An event of the snapshot `run-1` about a role.
fn of_snapshot(id: &str, event_type: &str, data: &str) -> Result<ReceivedEvent> {
    let body = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/user-service","type":"{event_type}","subject":"roles/role-1",
        "sequence":"{}.0000","snapshotrun":"run-1","data":{data}}}"#,
        "0".repeat(40)
    );
    Ok(ReceivedEvent::from_message_body(&body)?)
}

#[test]
async fn the_events_of_a_snapshot_are_counted_and_its_marker_completes_it_in_dynamodb() -> Result<()> {
    let (client, table) = table("inbox-snapshots").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let marker = of_snapshot(
        "ffffffff-0000-5000-8000-000000000000",
        "SnapshotCompletedEventV1",
        r#"{"run":"run-1","events":34}"#,
    )?;
    assert_eq!(inbox.snapshot_completed().await?, None);
    // Two in each partition; one of them is only claimed.
    for digit in "0123456789abcdef".chars() {
        let id = format!("{digit}1111111-0000-5000-8000-000000000000");
        let event = of_snapshot(&id, "RoleSnapshotEventV1", "{}")?;
        assert_eq!(inbox.commit_in_order(&event, vec![]).await?, Committed::Done);
        assert_eq!(inbox.commit_in_order(&event, vec![]).await?, Committed::Duplicate);
        let id = format!("{digit}2222222-0000-5000-8000-000000000000");
        let event = of_snapshot(&id, "RoleSnapshotEventV1", "{}")?;
        let Claim::Fresh(lease) = inbox.claim(&event).await? else {
            anyhow::bail!("it is new")
        };
        if digit != 'f' {
            lease.complete().await?;
        }
    }
    // A page of a query has at most 1 MB before its filter: rows that fill several pages.
    for number in 0..4 {
        let put = client
            .put_item()
            .table_name(&table)
            .item(
                "pk",
                AttributeValue::S("CONSUMER#welcome-mail#SNAPSHOT#run-1#0".to_owned()),
            )
            .item("sk", AttributeValue::S(format!("0{number}")))
            .item("state", AttributeValue::S("COMPLETED".to_owned()))
            .item("filler", AttributeValue::S("x".repeat(390_000)));
        put.send().await?;
    }
    assert_eq!(inbox.snapshot_handled("run-1").await?, 31 + 4);
    assert_eq!(inbox.snapshot_handled("run-2").await?, 0);
    inbox.check_snapshot(&marker).await?;
    assert_eq!(
        inbox
            .commit_in_order(&marker, vec![effect(&table, "marker")?])
            .await?,
        Committed::Done
    );
    let completed = inbox.snapshot_completed().await?.context("it is complete")?;
    assert_eq!((completed.run.as_str(), completed.events), ("run-1", 34));
    let key = ("CONSUMER#welcome-mail", "SNAPSHOT");
    assert!(
        attribute(&client, &table, key, "ttl").await.is_err(),
        "it is kept for ever"
    );
    assert_eq!(
        inbox
            .commit_in_order(&marker, vec![effect(&table, "marker")?])
            .await?,
        Committed::Duplicate
    );
    inbox.complete_snapshot("run-2", 7).await?;
    let completed = inbox.snapshot_completed().await?.context("it is complete")?;
    assert_eq!((completed.run.as_str(), completed.events), ("run-2", 7));
    Ok(())
}

#[test]
async fn another_content_under_the_id_of_a_handled_event_is_told_apart_in_dynamodb() -> Result<()> {
    let (client, table) = table("inbox-content").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let genuine = event(1)?;
    let forged = body("users/user-1", 1).replace("AccountStatusChanged", "Registered");
    let forged = ReceivedEvent::from_message_body(&forged)?;
    assert_eq!(genuine.id(), forged.id());
    let Claim::Fresh(_crashed) = inbox.claim(&genuine).await? else {
        anyhow::bail!("it is new")
    };
    assert_eq!(inbox.commit(&forged, vec![]).await?, Committed::OtherContent);
    assert!(matches!(inbox.claim(&forged).await?, Claim::OtherContent));
    assert_eq!(
        inbox.commit_in_order(&forged, vec![]).await?,
        Committed::OtherContent
    );
    Ok(())
}

#[test]
async fn a_lane_is_shown_and_reset_in_dynamodb() -> Result<()> {
    let (client, table) = table("inbox-lanes").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let partition_key = event(1)?.partition_key().to_owned();
    assert_eq!(inbox.lanes(&partition_key).await?, []);
    inbox.commit_in_order(&event(7)?, vec![]).await?;
    assert_eq!(inbox.commit_in_order(&event(6)?, vec![]).await?, Committed::Stale);
    let lane = Lane {
        category: "account".to_owned(),
        source: "/user-service".to_owned(),
        sequence: format!("{:040}.0000", 7),
    };
    assert_eq!(inbox.lanes(&partition_key).await?, [lane]);
    assert!(
        inbox
            .reset_lane(&partition_key, "account", "/user-service")
            .await?
    );
    assert!(
        !inbox
            .reset_lane(&partition_key, "account", "/user-service")
            .await?
    );
    assert_eq!(inbox.lanes(&partition_key).await?, []);
    assert_eq!(inbox.commit_in_order(&event(6)?, vec![]).await?, Committed::Done);
    let handled = inbox.event_row(event(6)?.id()).await?;
    assert!(matches!(handled, Some(Row::Completed { .. })), "{handled:?}");
    assert_eq!(inbox.event_row(event(5)?.id()).await?, None);
    Ok(())
}

#[test]
async fn effects_over_a_limit_are_refused_before_anything_is_sent() -> Result<()> {
    // No such table: an answer of DynamoDB would say so.
    let inbox = inbox(&clients()?.dynamodb, "no-such-table", &AHEAD)?;
    let effects = vec![effect("no-such-table", "effect")?; 99];
    let refused = inbox.commit_in_order(&event(1)?, effects).await.unwrap_err();
    assert_eq!(refused, StoreError::Limit(Limit::Items));
    Ok(())
}

#[test]
async fn the_guard_distinguishes_latest_and_stale_in_dynamodb() -> Result<()> {
    let (client, table) = table("inbox-order").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    for (number, order) in [
        (2, Order::Latest),
        (2, Order::Latest),
        (1, Order::Stale),
        (3, Order::Latest),
    ] {
        assert_eq!(inbox.advance(&event(number)?).await?, order, "{number}");
    }
    Ok(())
}

#[test]
async fn of_many_who_commit_an_event_at_once_one_does() -> Result<()> {
    let (client, table) = table("inbox-race").await?;
    let inbox = inbox(&client, &table, &AHEAD)?;
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..8 {
        let (inbox, event) = (inbox.clone(), event(1)?);
        let effect = effect(&table, &format!("racer {racer}"))?;
        racers.spawn(async move { inbox.commit(&event, vec![effect]).await });
    }
    let committed = racers.join_all().await;
    let done = committed
        .iter()
        .filter(|committed| **committed == Ok(Committed::Done));
    assert_eq!(done.count(), 1, "{committed:?}");
    Ok(())
}

#[test]
async fn a_table_that_is_not_there_is_a_failure_with_its_code() -> Result<()> {
    let inbox = inbox(&clients()?.dynamodb, "no-such-table", &AHEAD)?;
    let failed = inbox.claim(&event(1)?).await.map(|_| ()).unwrap_err();
    let missing = StoreError::Unavailable {
        code: Some("ResourceNotFoundException".to_owned()),
    };
    assert_eq!(failed, missing);
    let failed = inbox.commit(&event(1)?, vec![]).await.unwrap_err();
    assert_eq!(failed, missing);
    Ok(())
}

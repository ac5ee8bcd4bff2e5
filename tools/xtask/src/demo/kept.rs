//! What `--keep` leaves running, and how to go on.

use std::path::Path;

use anyhow::Result;
use user_events_local::console::{Console, Style};
use user_events_local::deploy::Stack;
use user_events_local::engine::Engine;
use user_events_local::subscribe::Subscriptions;

/// Keeps everything running and prints how to continue.
pub(super) fn keep(
    engine: Engine,
    mut subscriptions: Subscriptions,
    stack: Option<&Stack>,
    mapping: Option<&Path>,
    console: &Console,
) -> Result<()> {
    subscriptions.stop();
    let endpoint = engine.endpoint().to_owned();
    let say = |what: &str, how: String| {
        console.line(format_args!(
            "  {what}\n    {}",
            console.paint(Style::Strong, how)
        ))
    };
    console.line("");
    console.step(format_args!("left running at {endpoint}"));
    let mapping = mapping.map(|mapping| format!(" --mapping {}", mapping.display()));
    say(
        "write rows of your own and see their events:",
        format!(
            "cargo demo --endpoint {endpoint}{} --writes my-writes.ndjson",
            mapping.unwrap_or_default()
        ),
    );
    if let Some(accounts) = stack.and_then(|stack| stack.table_name("accounts").ok()) {
        say(
            "write a row with the AWS command line (any credentials, region us-east-1):",
            format!(
                r#"aws --endpoint-url {endpoint} dynamodb put-item --table-name {accounts} --item '{{"pk":{{"S":"USER#1"}},"sk":{{"S":"ACCOUNT"}},"email":{{"S":"me@example.com"}},"status":{{"S":"ACTIVE"}},"createdAt":{{"S":"2026-03-01T08:00:00Z"}},"updatedAt":{{"S":"2026-03-01T08:00:00Z"}}}}'"#
            ),
        );
    }
    for subscription in subscriptions
        .all()
        .iter()
        .filter(|subscription| subscription.category == "account")
    {
        let url = &subscription.queue_url;
        say(
            "read the account queue, which is still subscribed:",
            format!(
                "aws --endpoint-url {endpoint} sqs receive-message --wait-time-seconds 5 --message-attribute-names All --queue-url {url}"
            ),
        );
    }
    if let Some(kept) = engine.keep()? {
        say(
            "read the log of the engine and its functions:",
            format!("tail -f {}", kept.log.display()),
        );
        say("stop it:", format!("kill -- -{}", kept.process_group));
    }
    Ok(())
}

//! The queues of the demo's subscriber.

use anyhow::Result;
use user_events_catalog::CATEGORIES;
use user_events_local::console::Console;
use user_events_local::deploy::Stack;
use user_events_local::subscribe::Subscriptions;

/// Subscribes a queue to each topic of the stack.
///
/// Fails when the engine refuses one.
pub(super) async fn subscribe(
    subscriptions: &mut Subscriptions,
    stack: &Stack,
    run: &str,
    console: &Console,
) -> Result<()> {
    console.step("subscribing a queue to each topic");
    for category in CATEGORIES.iter().map(|category| category.name) {
        let name = format!("{}-{category}-{run}", stack.name);
        subscriptions
            .add(category, stack.topic_arn(category)?, &name)
            .await?;
    }
    Ok(())
}

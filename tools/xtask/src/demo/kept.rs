//! What `--keep` leaves running.

use std::path::Path;

use anyhow::Result;
use user_events_local::console::Console;
use user_events_local::deploy::Stack;
use user_events_local::engine::Engine;
use user_events_local::subscribe::Subscriptions;

use super::next;

/// Keeps everything running and prints how to continue.
pub(super) fn keep(
    engine: Engine,
    mut subscriptions: Subscriptions,
    (stack_name, stage): (&str, &str),
    stack: Option<&Stack>,
    mapping: Option<&Path>,
    console: &Console,
) -> Result<()> {
    subscriptions.stop();
    let account = subscriptions
        .all()
        .iter()
        .find(|subscription| subscription.category == "account");
    let kept = next::Kept {
        endpoint: engine.endpoint(),
        stack: stack_name,
        stage,
        accounts: stack.and_then(|stack| stack.table_name("accounts").ok()),
        queue_url: account.map(|subscription| subscription.queue_url.as_str()),
        mapping,
    };
    next::with_engine(&kept, console);
    if let Some(kept) = engine.keep()? {
        next::with_process(&kept.log, kept.process_group, console);
    }
    Ok(())
}

//! Writes a row that causes an event for the subscriber.

use anyhow::{Context, Result};

use super::deployed::Deployed;
use super::request::Request;
use crate::arn;
use user_events_catalog::CATEGORIES;
use user_events_local::expectation::Expected;
use user_events_local::story::{Step, story};
use user_events_local::writes::perform;

/// Makes the writes of the demo's story until one causes an event for this subscriber. Returns the title of that write.
///
/// Fails when no write causes one, and when the table refuses a write.
pub(super) async fn write(request: &Request, deployed: &Deployed) -> Result<String> {
    let run = format!("{:06x}", fastrand::u32(..1 << 24));
    let category = CATEGORIES
        .iter()
        .find(|category| category.name == request.category)
        .context("the catalog does not have the category; see `user-events catalog list`")?;
    let table = category.table;
    let table_name = table_name(&deployed.topic_arn, request.category, table)
        .context("the topic is not named like one of user-events; check --stage and --endpoint")?;
    for step in story(&run)?.into_iter().filter(|step| step.write.table == table) {
        perform(&deployed.clients.dynamodb, &table_name, &step.write).await?;
        if is_for(request, &step) {
            return Ok(step.title);
        }
    }
    anyhow::bail!("no write of the story causes one of the chosen events; choose others with --events")
}

/// The name of the table, derived from the topic's: both begin with the name of the stack.
fn table_name(topic_arn: &str, category: &str, table: &str) -> Option<String> {
    let topic = arn::name(topic_arn).trim_end_matches(".fifo");
    let stack = topic.strip_suffix(&format!("-{category}"))?;
    Some(format!("{stack}-{table}"))
}

fn is_for(request: &Request, step: &Step) -> bool {
    let Expected::Events(events) = &step.expected else {
        return false;
    };
    let wanted = |event_type: &str| {
        request.events.is_empty() || request.events.iter().any(|wanted| wanted == event_type)
    };
    events.iter().any(|event| wanted(&event.event_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_named_after_the_stack_of_the_topic() {
        let name = |arn| table_name(arn, "account", "accounts");
        let arn = "arn:aws:sns:us-east-1:000000000000:user-events-demo-account.fifo";
        assert_eq!(name(arn).as_deref(), Some("user-events-demo-accounts"));
        assert_eq!(name("arn:aws:sns:us-east-1:000000000000:other"), None);
    }
}

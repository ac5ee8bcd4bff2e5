//! Creates the queues of a tail and keeps them marked as alive.

use std::time::Duration;

use anyhow::{Result, ensure};
use user_events_catalog::CATEGORIES;

use super::options::Options;
use super::span;
use crate::parameter;
use user_events_local::clients::Clients;
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::failure::explained;
use user_events_local::interrupt::Interrupt;
use user_events_local::subscribe::{Removal, SubscriptionFilter, Subscriptions, Wanted};
use user_events_policy::Scope;

/// The name prefix of all such queues.
pub(super) const PREFIX: &str = "user-events-tail-";
/// The tag with the topic that a queue is subscribed to.
pub(super) const TOPIC: &str = "user-events-tail-topic";
/// The tag with the start time of the tail.
pub(super) const STARTED: &str = "user-events-tail-started";
/// The tag with the last time at which the tail reported that it runs.
pub(super) const ALIVE: &str = "user-events-tail-alive";
/// How often it reports that.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(300);
/// A tail that did not report for this long is gone.
pub(super) const SILENCE: Duration = Duration::from_secs(1_200);
/// A viewer does not need messages that are older than an hour.
const RETENTION_SECONDS: u32 = 3_600;

/// Subscribes a new queue to each topic.
///
/// Fails when AWS refuses a call, and when it is interrupted.
pub(super) async fn subscribe(
    topics: &[(&'static str, String)],
    filter: Option<&(Scope, String)>,
    subscriptions: &mut Subscriptions,
    interrupt: &Interrupt,
) -> Result<()> {
    let run = fastrand::u64(..);
    for (category, topic_arn) in topics {
        let queue_name = format!("{PREFIX}{category}-{run:016x}");
        let now = clock::now().to_string();
        let wanted = Wanted {
            category,
            topic_arn,
            queue_name: &queue_name,
            filter: filter.map(|(scope, policy)| SubscriptionFilter {
                scope: scope.attribute_value(),
                policy: policy.clone(),
            }),
            tags: vec![(TOPIC, topic_arn.clone()), (STARTED, now.clone()), (ALIVE, now)],
            retention_seconds: Some(RETENTION_SECONDS),
        };
        // Checked between two queues, never in the middle of one, so that everything that is created is also removed.
        interrupt.check()?;
        subscriptions.add_wanted(&wanted).await?;
    }
    Ok(())
}

/// The topics to follow, each with its category: those that were named, or those of the stage.
pub(super) async fn topics(options: &Options, clients: &Clients) -> Result<Vec<(&'static str, String)>> {
    let region = clients.sns.config().region().map(AsRef::as_ref);
    let mut topics = Vec::new();
    for topic in &options.topic_arn {
        ensure!(
            region == Some(topic.region()),
            "--topic-arn: a topic is in another region than the caller; set AWS_REGION to the region of the topic"
        );
        topics.push((topic.category(), topic.as_str().to_owned()));
    }
    if !topics.is_empty() {
        return Ok(topics);
    }
    let all = CATEGORIES.iter().map(|category| category.name);
    for category in all.filter(|name| options.category.is_empty() || options.category.contains(name)) {
        let name = format!("topic/{category}");
        topics.push((category, parameter::read(clients, options.stage(), &name).await?));
    }
    Ok(topics)
}

/// Reports what was removed. Returns whether nothing is left.
pub(crate) fn report(removal: &Removal, progress: &Console) -> bool {
    if !removal.removed.is_empty() {
        let names = removal.removed.join(", ");
        progress.step(format_args!("removed, each with its subscription: {names}"));
    }
    for (name, why) in &removal.left {
        progress.line(format_args!(
            "{} {name}: {why}; `user-events tail --gc` removes it after {} without a sign of life",
            progress.paint(Style::Bad, "left behind:"),
            span::in_words(SILENCE),
        ));
    }
    removal.left.is_empty()
}

/// Marks each queue as alive by a tag.
pub(super) async fn say_alive(clients: &Clients, subscriptions: &Subscriptions, progress: &Console) {
    for queue in subscriptions.all() {
        let tag = clients.sqs.tag_queue().queue_url(&queue.queue_url);
        if let Err(error) = tag.tags(ALIVE, clock::now().to_string()).send().await {
            let what = format_args!("queue {} could not be marked as in use", queue.queue_name);
            let error = explained(what, "sqs:TagQueue on queues of that name", &error);
            progress.line(format_args!("{} {error}", progress.paint(Style::Bad, "note:")));
        }
    }
}

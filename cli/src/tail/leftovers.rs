//! Removes the queues of crashed tails, found by their names and tags.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::Result;
use user_events_core::Time;

use super::queues::{ALIVE, PREFIX, SILENCE, STARTED, TOPIC};
use super::span;
use crate::arn::{self, account};
use user_events_local::clients::Clients;
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::failure::explained;
use user_events_local::subscribe;

/// The state of a queue with the name prefix of tails.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Its tail is gone. Holds the topic that it is subscribed to.
    Left(String),
    /// Its tail probably still runs. Holds its start time.
    InUse(String),
    /// It does not have the tags of a tail.
    NotOurs,
}

/// Removes every queue without a running tail, and its subscription.
///
/// Fails when the queues cannot be listed.
pub(super) async fn remove(clients: &Clients, progress: &Console) -> Result<ExitCode> {
    let (mut removed, mut failed) = (0, 0);
    for url in queue_urls(clients).await? {
        let name = url.rsplit('/').next().unwrap_or(&url).to_owned();
        let tags = match tags(clients, &name, &url).await {
            Ok(tags) => tags,
            Err(error) => {
                failed += 1;
                progress.line(format_args!(
                    "{} {error:#}",
                    progress.paint(Style::Bad, "not checked:")
                ));
                continue;
            }
        };
        match judge(&tags, clock::now()) {
            Found::InUse(since) => progress.line(format_args!("in use since {since}: {name}")),
            Found::NotOurs => progress.line(format_args!(
                "left alone, because it lacks the tags of a tail: {name}"
            )),
            Found::Left(topic_arn) => match remove_one(clients, &name, &url, &topic_arn).await {
                Ok(()) => {
                    removed += 1;
                    progress.step(format_args!("removed with its subscription: {name}"));
                }
                Err(error) => {
                    failed += 1;
                    progress.line(format_args!(
                        "{} {error:#}",
                        progress.paint(Style::Bad, "not removed:")
                    ));
                }
            },
        }
    }
    progress.line(format_args!(
        "{removed} queues removed; a tail that was silent for {} counts as gone",
        span::in_words(SILENCE)
    ));
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The state of a queue with these tags.
pub(super) fn judge(tags: &HashMap<String, String>, now: Time) -> Found {
    let time = |name: &str| tags.get(name).and_then(|text| Time::parse(text));
    match (tags.get(TOPIC), time(STARTED), time(ALIVE)) {
        (Some(topic_arn), Some(started), Some(alive)) => {
            let silent = now.as_millisecond().saturating_sub(alive.as_millisecond());
            if u128::try_from(silent).is_ok_and(|silent| silent > SILENCE.as_millis()) {
                Found::Left(topic_arn.clone())
            } else {
                Found::InUse(started.to_string())
            }
        }
        _ => Found::NotOurs,
    }
}

async fn queue_urls(clients: &Clients) -> Result<Vec<String>> {
    let mut urls = Vec::new();
    let mut token = None;
    loop {
        let list = clients
            .sqs
            .list_queues()
            .queue_name_prefix(PREFIX)
            .max_results(1_000);
        let page = list.set_next_token(token).send().await;
        let page = page.map_err(|error| explained("queues could not be listed", "sqs:ListQueues", &error))?;
        urls.extend(page.queue_urls.unwrap_or_default());
        match page.next_token.filter(|token| !token.is_empty()) {
            None => return Ok(urls),
            next => token = next,
        }
    }
}

async fn tags(clients: &Clients, name: &str, url: &str) -> Result<HashMap<String, String>> {
    let answer = clients.sqs.list_queue_tags().queue_url(url).send().await;
    let answer = answer.map_err(|error| {
        let what = format_args!("queue {name}'s tags could not be read");
        explained(what, "sqs:ListQueueTags on queues of that name", &error)
    })?;
    Ok(answer.tags.unwrap_or_default())
}

async fn remove_one(clients: &Clients, name: &str, url: &str, topic_arn: &str) -> Result<()> {
    let subscription_arn = if account_of(url) == Some(account(topic_arn)) {
        subscription(clients, name, topic_arn).await?
    } else {
        own_subscription(clients, name, topic_arn).await?
    };
    subscribe::remove(clients, name, url, subscription_arn.as_deref()).await
}

/// The account in the URL of a queue: `https://host/account/name`.
pub(super) fn account_of(url: &str) -> Option<&str> {
    url.rsplit('/').nth(1)
}

/// The subscription of the queue of that name to a topic of another account, which lists its subscriptions to its own account
/// only. The subscription belongs to the account of the queue. `None` if it is gone.
async fn own_subscription(clients: &Clients, queue_name: &str, topic_arn: &str) -> Result<Option<String>> {
    let mut token = None;
    loop {
        let list = clients.sns.list_subscriptions().set_next_token(token);
        let page = list.send().await.map_err(|error| {
            let what = "the subscriptions of this account could not be listed";
            explained(what, "sns:ListSubscriptions", &error)
        })?;
        let subscriptions = page.subscriptions.unwrap_or_default().into_iter();
        let found = subscriptions
            .filter(|found| found.topic_arn.as_deref() == Some(topic_arn))
            .find(|found| is_of_queue(found.endpoint.as_deref(), queue_name));
        if let Some(found) = found {
            return Ok(found.subscription_arn);
        }
        match page.next_token.filter(|token| !token.is_empty()) {
            None => return Ok(None),
            next => token = next,
        }
    }
}

/// Whether the endpoint of a subscription is the queue of that name.
fn is_of_queue(endpoint: Option<&str>, queue_name: &str) -> bool {
    endpoint.is_some_and(|endpoint| arn::name(endpoint) == queue_name)
}

/// The subscription of the queue of that name to the topic. `None` if it is gone.
async fn subscription(clients: &Clients, queue_name: &str, topic_arn: &str) -> Result<Option<String>> {
    let mut token = None;
    loop {
        let list = clients.sns.list_subscriptions_by_topic().topic_arn(topic_arn);
        let page = match list.set_next_token(token).send().await {
            Ok(page) => page,
            // A deleted topic has no subscriptions.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_not_found_exception()) =>
            {
                return Ok(None);
            }
            Err(error) => {
                let what = format_args!("the subscriptions of {topic_arn} could not be listed");
                return Err(explained(
                    what,
                    "sns:ListSubscriptionsByTopic on the topic",
                    &error,
                ));
            }
        };
        let mut subscriptions = page.subscriptions.unwrap_or_default().into_iter();
        let found = subscriptions.find(|found| is_of_queue(found.endpoint.as_deref(), queue_name));
        if let Some(found) = found {
            return Ok(found.subscription_arn);
        }
        match page.next_token.filter(|token| !token.is_empty()) {
            None => return Ok(None),
            next => token = next,
        }
    }
}

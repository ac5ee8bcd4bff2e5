//! Answers the batches of Lambda's SQS trigger.

use std::fmt::Display;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::groups::lanes;
use crate::received::ReceivedEvent;

/// How many messages or groups are handled at once by default.
const CONCURRENCY: usize = 8;
/// The time that is kept free at the end of the invocation for the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// Answers the batches of Lambda's SQS trigger. The answer reports every message that was not handled; Lambda deletes
/// the others. The trigger must have the function response type `ReportBatchItemFailures` (AWS Lambda Developer Guide,
/// *Handling errors for an SQS event source in Lambda*).
///
/// - On a **FIFO** queue, a message group is handled one message at a time. A group stops at its first failure: that
///   message and all later ones of the group are reported, so that none overtakes it. Other groups continue.
/// - On a **standard** queue, each message is handled on its own, in no order.
/// - A body that is **not an event** fails alone: it has no place in an order, and no retry can help. SQS moves it to the
///   dead-letter queue after `maxReceiveCount` deliveries.
/// - At the **deadline**, running handlers are dropped and reported together with every message that was not begun. So a
///   timeout does not deliver the whole batch again. For the handler this is like a crash.
#[derive(Debug, Clone)]
pub struct Batches<H> {
    handler: H,
    concurrency: usize,
}

/// When a batch must be answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

/// The messages of a lane that must be reported.
type Failed = Vec<BatchItemFailure>;

impl Deadline {
    /// Half a second before the end of an invocation: `Deadline::from_invocation(event.context.deadline)`, which is in
    /// milliseconds since 1970.
    pub fn from_invocation(deadline_milliseconds: u64) -> Self {
        let left = deadline_milliseconds.saturating_sub(Clock::default().milliseconds());
        Self::after(Duration::from_millis(left).saturating_sub(MARGIN))
    }

    /// This long from now.
    pub fn after(left: Duration) -> Self {
        // `Instant` cannot hold every duration; a year is longer than any invocation.
        Self(Instant::now() + left.min(Duration::from_secs(31_536_000)))
    }
}

impl<H, E> Batches<H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), E>,
    E: Display,
{
    /// Passes every event to this handler. The text of an error that the handler returns is logged with the event's id
    /// and type, so it must not quote personal data.
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            concurrency: CONCURRENCY,
        }
    }

    /// Sets how many groups, or messages of a standard queue, are handled at once: 8 by default, at least 1.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Handles a batch and returns the messages that Lambda must deliver again.
    ///
    /// A failed message without an id is reported with an empty one, which makes Lambda deliver the whole batch again
    /// (*Implementing partial batch responses*). SQS gives every message an id.
    pub async fn answer(&self, event: SqsEvent, deadline: Deadline) -> SqsBatchResponse {
        let work = lanes(event.records, fifo_group)
            .into_iter()
            .map(|lane| self.handle_lane(lane, deadline.0));
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = futures_util::stream::iter(work)
            .buffer_unordered(self.concurrency)
            .concat()
            .await;
        response
    }

    async fn handle_lane(&self, lane: Vec<SqsMessage>, deadline: Instant) -> Failed {
        let mut failed = Failed::new();
        let mut messages = lane.into_iter();
        for message in messages.by_ref() {
            let id = message.message_id.clone();
            if Instant::now() >= deadline {
                failed.push(item(id));
                break;
            }
            let event = match ReceivedEvent::from_lambda(message) {
                Ok(event) => event,
                Err(error) => {
                    tracing::error!(message_id = id, %error, "a message is not an event");
                    failed.push(item(id));
                    continue;
                }
            };
            if !self.handle(event, deadline).await {
                failed.push(item(id));
                break;
            }
        }
        failed.extend(messages.map(|message| item(message.message_id)));
        failed
    }

    /// Returns whether the event was handled.
    async fn handle(&self, event: ReceivedEvent, deadline: Instant) -> bool {
        let (id, event_type) = (event.id().to_owned(), event.event_type().to_owned());
        match tokio::time::timeout_at(deadline, (self.handler)(event)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => {
                tracing::warn!(id, event_type, %error, "the handler failed; the event will be delivered again")
            }
            Err(_) => tracing::warn!(
                id,
                event_type,
                "the handler did not finish before the deadline; the event will be delivered again"
            ),
        }
        false
    }
}

/// The message group of a FIFO queue. Messages of a standard queue can carry a group, too, but it keeps no order.
fn fifo_group(message: &SqsMessage) -> Option<String> {
    let is_fifo = match &message.event_source_arn {
        Some(arn) => arn.ends_with(".fifo"),
        None => message.attributes.contains_key("SequenceNumber"),
    };
    let group = message.attributes.get("MessageGroupId");
    // Without its group a FIFO message could belong to any of them: all such messages share one lane.
    is_fifo.then(|| group.cloned().unwrap_or_default())
}

fn item(id: Option<String>) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id.unwrap_or_default();
    failure
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;

    const FIFO: &str = "arn:aws:sqs:eu-west-1:123456789012:welcome.fifo";
    const STANDARD: &str = "arn:aws:sqs:eu-west-1:123456789012:welcome";

    /// A message of the group; its event has this number as its id.
    fn message(queue: &str, group: &str, number: u32) -> SqsMessage {
        let body = json!({ "specversion": "1.0", "id": number.to_string(), "source": "/s", "type": "NewEventV1",
            "subject": group, "sequence": format!("{number:040}.0000"), "data": {} });
        let mut message = SqsMessage::default();
        message.message_id = Some(format!("m-{number}"));
        message.event_source_arn = Some(queue.to_owned());
        message.body = Some(body.to_string());
        message.attributes = [("MessageGroupId".to_owned(), group.to_owned())].into();
        message
    }

    fn batch(messages: Vec<SqsMessage>) -> SqsEvent {
        let mut event = SqsEvent::default();
        event.records = messages;
        event
    }

    /// The reported ids, sorted, and the handled events, when the events with these numbers fail.
    async fn answer(messages: Vec<SqsMessage>, failing: &[&str]) -> (Vec<String>, Vec<String>) {
        let handled = Mutex::new(Vec::new());
        let handler = async |event: ReceivedEvent| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if failing.contains(&event.id()) {
                return Err("it failed");
            }
            handled.lock().unwrap().push(event.id().to_owned());
            Ok(())
        };
        let deadline = Deadline::after(Duration::from_secs(30));
        let response = Batches::new(handler).answer(batch(messages), deadline).await;
        let failures = response.batch_item_failures.into_iter();
        let mut reported: Vec<_> = failures.map(|failure| failure.item_identifier).collect();
        reported.sort();
        (reported, handled.into_inner().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_fifo_group_stops_at_its_first_failure_and_others_go_on() {
        let messages = vec![
            message(FIFO, "a", 1),
            message(FIFO, "b", 2),
            message(FIFO, "a", 3),
            message(FIFO, "b", 4),
            message(FIFO, "a", 5),
        ];
        let (reported, mut handled) = answer(messages, &["3"]).await;
        assert_eq!(reported, ["m-3", "m-5"]);
        handled.sort();
        assert_eq!(handled, ["1", "2", "4"]);
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_standard_queue_each_message_is_handled_on_its_own_even_within_a_group() {
        let messages = (1..=5).map(|number| message(STANDARD, "a", number)).collect();
        let (reported, handled) = answer(messages, &["2"]).await;
        assert_eq!(reported, ["m-2"]);
        assert_eq!(handled, ["1", "3", "4", "5"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_not_an_event_fails_alone() {
        for queue in [FIFO, STANDARD] {
            let mut messages: Vec<_> = (1..=3).map(|number| message(queue, "a", number)).collect();
            messages[1].body = Some("hello".to_owned());
            let (reported, handled) = answer(messages, &[]).await;
            assert_eq!(reported, ["m-2"]);
            assert_eq!(handled, ["1", "3"]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_message_without_an_id_asks_for_the_whole_batch_again() {
        let mut nameless = message(FIFO, "a", 1);
        nameless.message_id = None;
        let (reported, _) = answer(vec![nameless, message(FIFO, "b", 2)], &["1"]).await;
        assert_eq!(reported, [""]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_done_at_the_deadline_is_reported_and_nothing_else_is() {
        let begun = Mutex::new(Vec::new());
        let handler = async |event: ReceivedEvent| {
            begun.lock().unwrap().push(event.id().to_owned());
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok::<_, &str>(())
        };
        let messages = (1..=4).map(|number| message(FIFO, "a", number)).collect();
        let deadline = Deadline::after(Duration::from_secs(5));
        let started = Instant::now();
        let response = Batches::new(handler).answer(batch(messages), deadline).await;
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        assert_eq!(*begun.lock().unwrap(), ["1", "2", "3"]);
        let reported: Vec<_> = response
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        assert_eq!(reported, ["m-3", "m-4"]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_lanes_are_handled_at_once_than_allowed() {
        let (running, most) = (Mutex::new(0_usize), Mutex::new(0_usize));
        let handler = async |_: ReceivedEvent| {
            let now = {
                let mut running = running.lock().unwrap();
                *running += 1;
                *running
            };
            let highest = (*most.lock().unwrap()).max(now);
            *most.lock().unwrap() = highest;
            tokio::time::sleep(Duration::from_millis(10)).await;
            *running.lock().unwrap() -= 1;
            Ok::<_, &str>(())
        };
        let messages = (1..=9).map(|number| message(STANDARD, "a", number)).collect();
        let batches = Batches::new(handler).concurrency(3);
        let deadline = Deadline::after(Duration::from_secs(5));
        assert!(
            batches
                .answer(batch(messages), deadline)
                .await
                .batch_item_failures
                .is_empty()
        );
        assert_eq!(*most.lock().unwrap(), 3);
    }

    #[test]
    fn the_answer_can_be_awaited_by_a_runtime_with_threads() {
        fn is_send<T: Send>(_: T) {}
        async fn handle(_: ReceivedEvent) -> Result<(), &'static str> {
            Ok(())
        }
        let batches = Batches::new(handle);
        is_send(batches.answer(SqsEvent::default(), Deadline::from_invocation(0)));
    }
}

//! Answers the batches of Lambda's SQS trigger.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::clock::Clock;
use crate::failure::Failure;
use crate::failures::{End, Failures, handle};
use crate::groups::lanes;
use crate::log::{Log, Names};
use crate::queue::{DeadLetter, DeadLetters, Hide, Sources};
use crate::received::ReceivedEvent;

/// How many messages or groups are handled at once by default.
const CONCURRENCY: usize = 8;
/// The time that is kept free at the end of the invocation for the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// Answers the batches of Lambda's SQS trigger. The answer reports every message that must be delivered again; Lambda
/// deletes the others. The trigger must have the function response type `ReportBatchItemFailures` (AWS Lambda Developer
/// Guide, *Handling errors for an SQS event source in Lambda*).
///
/// - On a **FIFO** queue, a message group is handled one message at a time. A group stops at its first failure that a
///   retry may mend: that message and all later ones of the group are reported, so that none overtakes it. Other groups
///   continue.
/// - On a **standard** queue, each message is handled on its own, in no order.
/// - A message that **no retry can mend**, such as a body that is not an event, is set aside: it is sent to the
///   dead-letter queue with its reason, and its group continues. Without a dead-letter queue, or if that does not accept
///   it, the message is reported on its own, until SQS moves it there after `maxReceiveCount` deliveries.
/// - A **panic** of the handler is a failure of its message, which is delivered again. A profile with `panic = "abort"`
///   ends the process instead, and the whole batch is delivered again.
/// - At the **deadline**, running handlers are dropped and reported together with every message that was not begun. So a
///   timeout does not deliver the whole batch again. For the handler this is like a crash.
#[derive(Clone)]
pub struct Batches<H> {
    handler: H,
    concurrency: usize,
    failures: Failures,
    sources: Sources,
    clock: Clock,
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

impl<H> Batches<H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    /// Passes every event to this handler.
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            concurrency: CONCURRENCY,
            failures: Failures::default(),
            sources: Sources::default(),
            clock: Clock::default(),
        }
    }

    /// Sets how many groups, or messages of a standard queue, are handled at once: 8 by default, at least 1.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Sends messages that no retry can mend to this queue.
    #[must_use]
    pub fn dead_letters(mut self, dead_letters: impl DeadLetters + 'static) -> Self {
        self.failures.dead_letters = Some(Arc::new(dead_letters));
        self
    }

    /// Hides a message in this queue, the one of the trigger, when its failure says until when no retry can succeed.
    /// Otherwise the message is hidden until the queue's visibility timeout ends.
    #[must_use]
    pub fn queue(mut self, queue: impl Hide + 'static) -> Self {
        self.sources.live = Some(Arc::new(queue));
        self
    }

    /// Hides a message in this queue instead, if it came from there by its `eventSourceARN`: for a function that reads a
    /// snapshot queue, too.
    #[must_use]
    pub fn snapshot_queue(mut self, queue: impl Hide + 'static) -> Self {
        self.sources.snapshot = Some(Arc::new(queue));
        self
    }

    /// Writes a line about every message that was not handled to this log.
    #[must_use]
    pub fn log(mut self, log: Log) -> Self {
        self.failures.log = Some(log);
        self
    }

    /// The parts that a consumer has.
    pub(crate) fn failures(mut self, failures: Failures, sources: Sources, clock: Clock) -> Self {
        self.failures = failures;
        self.sources = sources;
        self.clock = clock;
        self
    }

    /// Takes the time from this clock; the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
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
            match self.handle(message, deadline).await {
                None | Some(End::SetAside) => {}
                Some(End::NotAccepted(_)) => failed.push(item(id)),
                Some(End::Retry { .. }) => {
                    failed.push(item(id));
                    break;
                }
            }
        }
        failed.extend(messages.map(|message| item(message.message_id)));
        failed
    }

    /// Handles one message. `None` if it was handled.
    async fn handle(&self, message: SqsMessage, deadline: Instant) -> Option<End> {
        let event = ReceivedEvent::from_lambda(message.clone());
        let names = Names::new(message.message_id.clone(), event.as_ref());
        let handled = timeout_at(deadline, handle(&self.handler, event)).await;
        let failure = handled.unwrap_or_else(|_| Err(Failure::at_deadline())).err()?;
        let (receipt, source) = (message.receipt_handle.clone(), message.event_source_arn.clone());
        let letter = || DeadLetter::from_lambda(message, failure.reason());
        let end = self.failures.end(&names, &failure, letter, Some(deadline)).await;
        trace(&names, &failure, &end);
        if let End::Retry { until: Some(until) } = end {
            let queue = self.sources.of(source.as_deref());
            self.hide(queue, receipt, until, deadline).await;
        }
        Some(end)
    }

    async fn hide(
        &self,
        queue: Option<&dyn Hide>,
        receipt: Option<String>,
        until: SystemTime,
        deadline: Instant,
    ) {
        let (Some(queue), Some(receipt)) = (queue, receipt) else {
            return;
        };
        let hidden = timeout_at(deadline, queue.hide(&receipt, self.clock.time_until(until))).await;
        if !matches!(hidden, Ok(Ok(()))) {
            tracing::warn!(
                "a message could not be hidden; it is delivered again after the visibility timeout"
            );
        }
    }
}

fn trace(names: &Names, failure: &Failure, end: &End) {
    let what = match end {
        End::SetAside => "a message was set aside",
        End::NotAccepted(_) => {
            "a message could not be sent to the dead-letter queue; it will be delivered again"
        }
        End::Retry { .. } => "an event was not handled; it will be delivered again",
    };
    let code = match end {
        End::NotAccepted(code) => code.as_deref(),
        End::SetAside | End::Retry { .. } => None,
    };
    tracing::warn!(
        message_id = names.message_id,
        id = names.event_id,
        event_type = names.event_type,
        reason = failure.reason(),
        error = %failure,
        code,
        "{what}"
    );
}

impl<H> fmt::Debug for Batches<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
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
    use crate::queue::{QueueCall, QueueError};

    const FIFO: &str = "arn:aws:sqs:eu-west-1:123456789012:welcome.fifo";
    const STANDARD: &str = "arn:aws:sqs:eu-west-1:123456789012:welcome";

    /// A message of the group; its event has this number as its id.
    fn message(queue: &str, group: &str, number: u32) -> SqsMessage {
        let body = json!({ "specversion": "1.0", "id": format!("{number:08}-0000-4000-8000-000000000000"),
            "source": "/s", "type": "NewEventV1",
            "subject": group, "sequence": format!("{number:040}.0000"), "data": {} });
        let mut message = SqsMessage::default();
        message.message_id = Some(format!("m-{number}"));
        message.event_source_arn = Some(queue.to_owned());
        message.body = Some(body.to_string());
        message.attributes = [("MessageGroupId".to_owned(), group.to_owned())].into();
        message
    }

    /// The number of an event.
    fn number(event: &ReceivedEvent) -> String {
        let number = event.id().split('-').next().unwrap_or_default();
        number.trim_start_matches('0').to_owned()
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
            if failing.contains(&number(&event).as_str()) {
                return Err(Failure::retry("it failed"));
            }
            handled.lock().unwrap().push(number(&event));
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

    /// Notes what it is asked to do. Refuses it if told so.
    #[derive(Clone, Default)]
    struct Noting(Arc<Mutex<Vec<String>>>, bool);

    impl Noting {
        fn note(&self, what: String) -> Result<(), QueueError> {
            self.0.lock().unwrap().push(what);
            if self.1 {
                Err(QueueError { code: None })
            } else {
                Ok(())
            }
        }
    }

    impl DeadLetters for Noting {
        fn send(&self, letter: DeadLetter) -> QueueCall<'_> {
            let what = format!("{} {} {:?}", letter.message_id, letter.reason, letter.group);
            Box::pin(async move { self.note(what) })
        }
    }

    impl Hide for Noting {
        fn name(&self) -> &str {
            "welcome.fifo"
        }

        fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> QueueCall<'a> {
            Box::pin(async move { self.note(format!("{receipt} {}", time.as_secs())) })
        }
    }

    async fn reported<H>(batches: &Batches<H>, messages: Vec<SqsMessage>) -> Vec<String>
    where
        H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
    {
        let response = batches
            .answer(batch(messages), Deadline::after(Duration::from_secs(30)))
            .await;
        let failures = response.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_retry_can_mend_is_set_aside_with_its_reason_and_its_group_goes_on() {
        let handled = Mutex::new(Vec::new());
        let handler = async |event: ReceivedEvent| {
            if event.sequence().ends_with("2.0000") {
                return Err(Failure::set_aside("no-such-country", "it is unknown"));
            }
            handled.lock().unwrap().push(number(&event));
            Ok(())
        };
        let messages = || -> Vec<_> { (1..=3).map(|number| message(FIFO, "a", number)).collect() };
        let accepting = Noting::default();
        let batches = Batches::new(&handler).dead_letters(accepting.clone());
        assert_eq!(reported(&batches, messages()).await, Vec::<String>::new());
        assert_eq!(*accepting.0.lock().unwrap(), [r#"m-2 no-such-country Some("a")"#]);
        assert_eq!(handled.lock().unwrap().len(), 2);

        let refusing = Noting(Arc::default(), true);
        for batches in [
            Batches::new(&handler).dead_letters(refusing),
            Batches::new(&handler),
        ] {
            assert_eq!(reported(&batches, messages()).await, ["m-2"]);
        }
        assert_eq!(handled.lock().unwrap().len(), 6, "the group went on");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_is_hidden_until_a_retry_can_succeed() {
        let clock = Clock::from_fn(|| SystemTime::UNIX_EPOCH);
        let until = SystemTime::UNIX_EPOCH + Duration::from_millis(29_001);
        let handler = async |_: ReceivedEvent| Err(Failure::retry_at("another has it", until));
        let queue = Noting::default();
        let batches = Batches::new(handler).queue(queue.clone()).clock(clock);
        let mut first = message(FIFO, "a", 1);
        first.receipt_handle = Some("receipt".to_owned());
        assert_eq!(
            reported(&batches, vec![first, message(FIFO, "a", 2)]).await,
            ["m-1", "m-2"]
        );
        assert_eq!(*queue.0.lock().unwrap(), ["receipt 30"]);
    }

    #[tokio::test(start_paused = true)]
    async fn every_failure_is_a_line_of_the_log_without_a_value() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = Log::new("welcome").sink(move |line: &str| sink.lock().unwrap().push(line.to_owned()));
        let handler = async |_: ReceivedEvent| Err(Failure::retry("ada@example.com"));
        let mut hello = message(STANDARD, "a", 1);
        hello.body = Some("ada@example.com".to_owned());
        let dead_letters = Noting::default();
        let batches = Batches::new(handler)
            .concurrency(1)
            .log(log)
            .dead_letters(dead_letters);
        reported(&batches, vec![hello, message(STANDARD, "a", 2)]).await;
        let lines = lines.lock().unwrap();
        let refused = r#"{"outcome":"set-aside","opened":[],"denied":[],"erased":[],"reason":"not-an-event","message":"m-1"}"#;
        assert_eq!(lines[0], refused);
        assert!(lines[1].contains("\"SetAside\":1"), "{}", lines[1]);
        let retried: serde_json::Value = serde_json::from_str(&lines[2]).unwrap();
        assert_eq!(
            (&retried["outcome"], &retried["reason"]),
            (&json!("retry"), &json!("failed"))
        );
        assert_eq!(
            (&retried["type"], &retried["message"]),
            (&json!("NewEventV1"), &json!("m-2"))
        );
        assert!(!lines.concat().contains("ada"));
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
            begun.lock().unwrap().push(number(&event));
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok::<_, Failure>(())
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
            Ok::<_, Failure>(())
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
        async fn handle(_: ReceivedEvent) -> Result<(), Failure> {
            Ok(())
        }
        let batches = Batches::new(handle);
        is_send(batches.answer(SqsEvent::default(), Deadline::from_invocation(0)));
    }
}

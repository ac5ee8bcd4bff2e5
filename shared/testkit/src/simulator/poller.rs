//! The poller of an event source mapping: when it delivers records, delivers them again, and gives them up. It has no clock
//! of its own: the caller passes the time.
//!
//! The rules are those of the AWS Lambda Developer Guide, *Using AWS Lambda with Amazon DynamoDB*, *Configuring partial
//! batch response with DynamoDB*, *Retain discarded records for a DynamoDB event source*.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use user_events_aws::BatchResponse;

/// How often the poller asks a shard for records.
pub const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The settings of an event source mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// `BatchSize`
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`
    pub window: Duration,
    /// `ParallelizationFactor`: above 1, order is kept per item only.
    pub parallelization_factor: usize,
    /// `BisectBatchOnFunctionError`
    pub bisect: bool,
    /// `MaximumRetryAttempts`; `None` is unlimited.
    pub max_retries: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; `None` is unlimited.
    pub max_age: Option<Duration>,
    /// How long Lambda waits before it delivers a failed batch again.
    pub retry_pause: Duration,
    /// The function's timeout.
    pub function_timeout: Duration,
}

/// A record that waits for its delivery.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its place in the scenario.
    pub record: usize,
    /// Its sequence number.
    pub sequence_number: String,
    /// When it was written to the stream.
    pub arrival: Duration,
}

/// The poller's next step.
#[derive(Debug)]
pub enum Next {
    /// Invoke the function with these records.
    Deliver(Vec<Waiting>),
    /// Wait until this time.
    WaitUntil(Duration),
    /// Every record was handled or given up.
    Done,
}

/// The result of an invocation.
#[derive(Debug)]
pub enum Reply {
    /// The function's answer.
    Answer(Value),
    /// An error, a timeout or a crash.
    Failed,
}

/// The poller of one shard, or of one part of a shard where `ParallelizationFactor` splits it.
#[derive(Debug)]
pub struct Poller {
    mapping: Mapping,
    backlog: VecDeque<Waiting>,
    /// Batches to deliver before the backlog continues, in stream order.
    chunks: VecDeque<Chunk>,
    resume_at: Duration,
}

#[derive(Debug)]
struct Chunk {
    records: Vec<Waiting>,
    retries: u32,
}

impl Poller {
    /// A poller of these records, in stream order.
    pub fn new(mapping: Mapping, records: Vec<Waiting>) -> Self {
        Self {
            mapping,
            backlog: records.into(),
            chunks: VecDeque::new(),
            resume_at: Duration::ZERO,
        }
    }

    /// The next step at this time. Gives up records that are too old first: adds them to `on_failure`.
    pub fn next(&mut self, now: Duration, on_failure: &mut Vec<usize>) -> Next {
        self.give_up_aged(now, on_failure);
        if now < self.resume_at {
            return Next::WaitUntil(self.resume_at);
        }
        if let Some(chunk) = self.chunks.front() {
            return Next::Deliver(chunk.records.clone());
        }
        let Some(first) = self.backlog.front() else {
            return Next::Done;
        };
        let available = self
            .backlog
            .iter()
            .take_while(|record| record.arrival <= now)
            .count();
        let window_over = first.arrival + self.mapping.window;
        if available == 0 || available < self.mapping.batch_size && now < window_over {
            return Next::WaitUntil(now + POLL_INTERVAL);
        }
        let records: Vec<_> = self
            .backlog
            .drain(..available.min(self.mapping.batch_size))
            .collect();
        self.chunks.push_back(Chunk {
            records: records.clone(),
            retries: 0,
        });
        Next::Deliver(records)
    }

    /// Takes the result of the last delivery. Gives up the records that have no retry left.
    pub fn answered(&mut self, reply: &Reply, now: Duration, on_failure: &mut Vec<usize>) {
        let Some(mut chunk) = self.chunks.pop_front() else {
            return;
        };
        let from = match reply {
            Reply::Answer(answer) => match first_failure(answer, &chunk.records) {
                None => return,
                Some(from) => from,
            },
            Reply::Failed => 0,
        };
        self.resume_at = now + self.mapping.retry_pause;
        let remaining = chunk.records.split_off(from);
        if self.mapping.bisect && from > 0 {
            // The split at the reported record is the bisection. It does not count as a retry.
            self.chunks.push_front(Chunk {
                records: remaining,
                retries: chunk.retries,
            });
        } else if self.mapping.bisect && remaining.len() > 1 {
            let mut first = remaining;
            let second = first.split_off(first.len() / 2);
            for records in [second, first] {
                self.chunks.push_front(Chunk {
                    records,
                    retries: chunk.retries,
                });
            }
        } else if self.mapping.max_retries.is_some_and(|most| chunk.retries >= most) {
            on_failure.extend(remaining.iter().map(|record| record.record));
        } else {
            self.chunks.push_front(Chunk {
                records: remaining,
                retries: chunk.retries + 1,
            });
        }
    }

    fn give_up_aged(&mut self, now: Duration, on_failure: &mut Vec<usize>) {
        let Some(max_age) = self.mapping.max_age else {
            return;
        };
        for chunk in &mut self.chunks {
            chunk.records.retain(|record| {
                let aged = record.arrival + max_age < now;
                if aged {
                    on_failure.push(record.record);
                }
                !aged
            });
        }
        self.chunks.retain(|chunk| !chunk.records.is_empty());
        while let Some(record) = self.backlog.pop_front_if(|record| record.arrival + max_age < now) {
            on_failure.push(record.record);
        }
    }
}

/// The place of the record from which the batch is delivered again: the reported one with the lowest sequence number. An
/// empty list, a null list and no list are success. An identifier that is empty, null or unknown fails the whole batch.
fn first_failure(answer: &Value, records: &[Waiting]) -> Option<usize> {
    // An answer of another form fails the batch as a whole.
    let Ok(answer) = Option::<BatchResponse>::deserialize(answer) else {
        return Some(0);
    };
    let answer = answer.unwrap_or_default();
    let place = |identifier: &str| {
        records
            .iter()
            .position(|record| record.sequence_number == identifier)
    };
    // The records are in stream order: the lowest place is the lowest number.
    answer.failed().map(|failure| place(failure).unwrap_or(0)).min()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping() -> Mapping {
        Mapping {
            batch_size: 4,
            window: Duration::ZERO,
            parallelization_factor: 1,
            bisect: false,
            max_retries: None,
            max_age: None,
            retry_pause: Duration::from_secs(1),
            function_timeout: Duration::from_secs(10),
        }
    }

    fn poller(mapping: Mapping, records: usize) -> Poller {
        // The numbers cross a power of ten: 98, 99, 100, 101.
        let record = |record: usize| Waiting {
            record,
            sequence_number: (98 + record).to_string(),
            arrival: Duration::ZERO,
        };
        Poller::new(mapping, (0..records).map(record).collect())
    }

    fn report(ids: &[Value]) -> Reply {
        let failures: Vec<_> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        Reply::Answer(json!({ "batchItemFailures": failures }))
    }

    /// The records of the next delivery, and the records given up, after these replies.
    fn after(poller: &mut Poller, replies: &[Reply]) -> (Vec<usize>, Vec<usize>) {
        let mut on_failure = Vec::new();
        let mut now = Duration::ZERO;
        for reply in replies {
            assert!(matches!(poller.next(now, &mut on_failure), Next::Deliver(_)));
            poller.answered(reply, now, &mut on_failure);
            now += Duration::from_secs(1);
        }
        let next = match poller.next(now, &mut on_failure) {
            Next::Deliver(records) => records.iter().map(|record| record.record).collect(),
            Next::WaitUntil(_) | Next::Done => Vec::new(),
        };
        (next, on_failure)
    }

    #[test]
    fn everything_from_the_lowest_reported_number_is_delivered_again() {
        let reported = report(&[json!("101"), json!("99")]);
        assert_eq!(
            after(&mut poller(mapping(), 4), &[reported]),
            (vec![1, 2, 3], vec![])
        );
    }

    #[test]
    fn an_empty_null_or_absent_list_is_success() {
        for answer in [
            json!({ "batchItemFailures": [] }),
            json!({ "batchItemFailures": null }),
            json!({}),
            Value::Null,
        ] {
            assert_eq!(
                after(&mut poller(mapping(), 4), &[Reply::Answer(answer)]),
                (vec![], vec![])
            );
        }
    }

    #[test]
    fn an_empty_null_or_unknown_identifier_fails_the_whole_batch() {
        for id in [json!(""), json!(null), json!("7")] {
            let reported = report(&[json!("100"), id]);
            assert_eq!(after(&mut poller(mapping(), 4), &[reported]).0, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_bisection_splits_at_the_reported_record_and_costs_no_retry() {
        let bisecting = Mapping {
            bisect: true,
            max_retries: Some(0),
            ..mapping()
        };
        let reported = report(&[json!("100")]);
        assert_eq!(
            after(&mut poller(bisecting.clone(), 4), &[reported]),
            (vec![2, 3], vec![])
        );
        assert_eq!(
            after(&mut poller(bisecting.clone(), 4), &[Reply::Failed]),
            (vec![0, 1], vec![])
        );
        let failed = [Reply::Failed, Reply::Failed, Reply::Failed];
        assert_eq!(after(&mut poller(bisecting, 4), &failed), (vec![1], vec![0]));
    }

    #[test]
    fn a_batch_is_given_up_whole_one_past_its_last_retry() {
        let limited = Mapping {
            max_retries: Some(1),
            ..mapping()
        };
        assert_eq!(
            after(&mut poller(limited.clone(), 4), &[Reply::Failed]).1,
            [0_usize; 0]
        );
        let failed = [Reply::Failed, Reply::Failed];
        assert_eq!(
            after(&mut poller(limited, 4), &failed),
            (vec![], vec![0, 1, 2, 3])
        );
    }

    #[test]
    fn a_record_is_given_up_past_its_age() {
        let mut poller = poller(
            Mapping {
                max_age: Some(Duration::from_secs(60)),
                ..mapping()
            },
            2,
        );
        let mut on_failure = Vec::new();
        assert!(matches!(
            poller.next(Duration::ZERO, &mut on_failure),
            Next::Deliver(_)
        ));
        poller.answered(&Reply::Failed, Duration::from_secs(59), &mut on_failure);
        assert!(matches!(
            poller.next(Duration::from_secs(60), &mut on_failure),
            Next::Deliver(_)
        ));
        assert!(matches!(
            poller.next(Duration::from_millis(60_001), &mut on_failure),
            Next::Done
        ));
        assert_eq!(on_failure, [0, 1]);
    }

    #[test]
    fn a_batch_waits_for_its_window_unless_it_is_full() {
        let waiting = Mapping {
            window: Duration::from_secs(5),
            ..mapping()
        };
        let mut on_failure = Vec::new();
        let mut short = poller(waiting.clone(), 3);
        assert!(matches!(
            short.next(Duration::from_secs(4), &mut on_failure),
            Next::WaitUntil(_)
        ));
        assert!(matches!(
            short.next(Duration::from_secs(5), &mut on_failure),
            Next::Deliver(_)
        ));
        assert!(matches!(
            poller(waiting, 4).next(Duration::ZERO, &mut on_failure),
            Next::Deliver(_)
        ));
    }
}

//! Redrive: records that were parked, or that Lambda gave up, go through the same pipeline once more.
//!
//! The events have the same ids as the first time, and carry the `replay` message attribute: later events of their subject
//! may be published already. Subscribers recognise the order by `sequence`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::value::RawValue;
use user_events_core::{NotParked, Parked, RawRecord, Time, failed_records, stored_since};

use crate::bucket::{Failures, FetchFailed};
use crate::key_source::KeySource;
use crate::limits::Limits;
use crate::parking::Parking;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::response::BatchResponse;
use crate::stream::Malformed;
use crate::topic::Topics;

/// Publishes the records of parked messages. It accepts only records of the deployment's own tables: whoever can write
/// to the queue could otherwise publish events in the name of the User Service.
#[derive(Debug)]
pub struct Redrive<T, P, S, F> {
    publisher: Publisher<T, P, S>,
    failures: F,
    /// The ARNs of the deployment's tables. A stream's own ARN changes when the stream is switched off and on.
    tables: BTreeSet<String>,
}

/// A message of the redrive queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// The id that a batch response uses.
    pub message_id: String,
    /// A message of the parking-lot queue.
    pub body: String,
}

/// A record of a message.
struct Found {
    record: Box<RawValue>,
    /// When it was parked for the first time. `None` if Lambda gave it up before.
    since: Option<Time>,
}

/// Why a message stays in the queue.
#[derive(Clone, Copy)]
enum Unsettled {
    NotParked,
    Fetch,
    Foreign,
    Records,
}

impl<T: Topics, P: Parking, S: KeySource, F: Failures> Redrive<T, P, S, F> {
    /// A redrive through this publisher. Its configuration must be that of a redrive.
    pub fn new(publisher: Publisher<T, P, S>, failures: F) -> Self {
        let arns = publisher.config.stream_arns.iter();
        let tables = arns.map(|arn| table_arn(arn).to_owned()).collect();
        Self {
            publisher,
            failures,
            tables,
        }
    }

    /// Settles as many messages as it can within the limits. The records of all messages are one run, in the order of
    /// the stream. The answer names the messages with a record that is not settled: they stay in the queue, and return to
    /// the parking-lot queue if they keep failing. A record that fails again is parked again, which settles its message.
    pub async fn handle(&self, messages: &[QueueMessage], limits: Limits) -> (BatchResponse, Report) {
        let read = join_all(messages.iter().map(|message| self.read(&message.body, limits))).await;
        let mut unsettled: Vec<Option<Unsettled>> =
            read.iter().map(|read| read.as_ref().err().copied()).collect();
        let mut records = Vec::new();
        let mut foreign = 0;
        for (message, own) in read.iter().enumerate() {
            let Ok(own) = own else { continue };
            let own: Vec<_> = own
                .iter()
                .map(|found| self.publisher.read(&found.record).parked_before(found.since))
                .collect();
            let others = own.iter().filter(|record| self.is_foreign(record)).count();
            if others > 0 {
                foreign += others as u64;
                if let Some(state) = unsettled.get_mut(message) {
                    *state = Some(Unsettled::Foreign);
                }
                continue;
            }
            records.extend(own.into_iter().map(|record| (message, record)));
        }
        records.sort_by_cached_key(|(_, record)| place_in_stream(record));
        let (places, records): (Vec<usize>, Vec<RawRecord>) = records.into_iter().unzip();
        let invocation = self.publisher.settle(&records, limits).await;
        for (record, message) in places.into_iter().enumerate() {
            if !invocation.is_settled(record)
                && let Some(state) = unsettled.get_mut(message)
            {
                *state = Some(Unsettled::Records);
            }
        }
        let mut report = invocation.into_report();
        report.foreign = foreign;
        let failed = messages.iter().zip(unsettled).filter_map(|(message, unsettled)| {
            let reason = unsettled?.reason();
            tracing::warn!(
                message_id = message.message_id,
                reason,
                "a message was not redriven"
            );
            Some(message.message_id.clone())
        });
        (BatchResponse::new(failed.collect::<Vec<_>>()), report)
    }

    /// The records of a message.
    async fn read(&self, body: &str, limits: Limits) -> Result<Vec<Found>, Unsettled> {
        match Parked::read(body).map_err(|NotParked| Unsettled::NotParked)? {
            Parked::Announcement => Ok(Vec::new()),
            Parked::Record(message) => Ok(vec![Found {
                record: message.record.to_owned(),
                since: Some(message.since()),
            }]),
            Parked::Failures(objects) => {
                let mut records = Vec::new();
                for object in objects {
                    let fetch = self.failures.fetch(&object);
                    let fetched = tokio::time::timeout_at(limits.start_until, fetch).await;
                    let text = fetched
                        .unwrap_or(Err(FetchFailed))
                        .map_err(|FetchFailed| Unsettled::Fetch)?;
                    let since = stored_since(&text);
                    let found = failed_records(&text).map_err(|NotParked| Unsettled::NotParked)?;
                    records.extend(found.into_iter().map(|record| Found { record, since }));
                }
                Ok(records)
            }
        }
    }

    /// Whether the record names a table that is not the deployment's. A record that names none cannot become an event.
    fn is_foreign(&self, record: &RawRecord) -> bool {
        let stream_arn = record.coordinates().stream_arn;
        stream_arn.is_some_and(|arn| !self.tables.contains(table_arn(&arn)))
    }
}

/// The ARN of the table of a stream.
fn table_arn(stream_arn: &str) -> &str {
    stream_arn
        .split_once("/stream/")
        .map_or(stream_arn, |(table, _)| table)
}

/// Orders the records of a stream: sequence numbers are decimals of different lengths.
fn place_in_stream(record: &RawRecord) -> (Option<String>, usize, String) {
    let number = record.sequence_number().unwrap_or_default();
    let number = number.trim_start_matches('0').to_owned();
    (record.coordinates().stream_arn, number.len(), number)
}

/// The messages of an invocation by an SQS queue.
///
/// Fails when the payload has no list of messages.
pub fn queue_messages(payload: &RawValue) -> Result<Vec<QueueMessage>, Malformed> {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(rename = "Records")]
        records: Vec<QueueMessage>,
    }
    serde_json::from_str::<Payload>(payload.get())
        .map(|payload| payload.records)
        .map_err(|_| Malformed)
}

impl Unsettled {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotParked => "it is neither a parked record nor a notification of the bucket of failures",
            Self::Fetch => "the object that it names could not be read",
            Self::Foreign => "it holds a record of a table that is not this deployment's; see STREAM_ARNS",
            Self::Records => "not all of its records could be settled",
        }
    }
}

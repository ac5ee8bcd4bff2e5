//! Asks CloudWatch for the age of the oldest message of queues.

use std::collections::BTreeMap;

use anyhow::Result;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, StatusCode,
};
use user_events_local::clock::now;
use user_events_local::failure::explained;

use super::facts::Notes;
use crate::arn::{account, name, region};

const NAMESPACE: &str = "AWS/SQS";
/// In seconds (Amazon SQS Developer Guide, *Available CloudWatch metrics for Amazon SQS*).
const METRIC: &str = "ApproximateAgeOfOldestMessage";
const DIMENSION: &str = "QueueName";
/// What one call can ask for (Amazon CloudWatch API Reference, *GetMetricData*).
const MAX_QUERIES: usize = 500;
/// SQS sends a value every minute (Amazon SQS Developer Guide, *Monitoring Amazon SQS queues using CloudWatch*).
const PERIOD_SECONDS: i32 = 60;
/// Older values do not count. The same page says that values can be 15 minutes late.
const WINDOW_SECONDS: i64 = 15 * 60;

/// The age of the oldest message of each queue, in seconds, by the ARN of the queue. A queue without a value in CloudWatch is
/// left out; a queue that cannot be asked for, too, with a note.
///
/// CloudWatch answers for one account and region: that of `topic_arn`.
pub(super) async fn oldest(
    cloudwatch: &Client,
    topic_arn: &str,
    queues: Vec<&str>,
    notes: &mut Notes,
) -> BTreeMap<String, u64> {
    let (here, elsewhere): (Vec<_>, Vec<_>) = queues
        .into_iter()
        .partition(|arn| (region(arn), account(arn)) == (region(topic_arn), account(topic_arn)));
    for arn in elsewhere {
        notes.add(format!(
            "the age of the oldest message of {arn} is not known: CloudWatch is asked only in the account and region of the \
             publisher"
        ));
    }
    let mut ages = BTreeMap::new();
    for queues in here.chunks(MAX_QUERIES) {
        let found = ask(cloudwatch, queues, notes).await;
        ages.extend(notes.known(found).unwrap_or_default());
    }
    ages
}

/// Asks for at most [`MAX_QUERIES`] queues.
///
/// Fails when CloudWatch refuses.
async fn ask(cloudwatch: &Client, queues: &[&str], notes: &mut Notes) -> Result<BTreeMap<String, u64>> {
    let end = now().as_millisecond() / 1_000;
    let (mut newest, mut token) = (Newest::default(), None);
    loop {
        let get = cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(queries(queues)))
            .start_time(DateTime::from_secs(end - WINDOW_SECONDS))
            .end_time(DateTime::from_secs(end));
        let page = get.set_next_token(token).send().await.map_err(|error| {
            explained(
                "the age of the oldest message of the queues could not be read",
                "cloudwatch:GetMetricData",
                &error,
            )
        })?;
        for result in page.metric_data_results() {
            newest.add(result);
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(newest.ages(queues, notes));
        }
    }
}

/// One query per queue.
fn queries(queues: &[&str]) -> Vec<MetricDataQuery> {
    let query = |(place, arn): (usize, &&str)| {
        let dimension = Dimension::builder().name(DIMENSION).value(name(arn));
        let metric = Metric::builder()
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .dimensions(dimension.build());
        let statistic = MetricStat::builder()
            .metric(metric.build())
            .period(PERIOD_SECONDS)
            .stat("Maximum");
        MetricDataQuery::builder()
            .id(id(place))
            .metric_stat(statistic.build())
            .build()
    };
    queues.iter().enumerate().map(query).collect()
}

/// The id of the query for the queue at this place. An id must begin with a lower-case letter.
fn id(place: usize) -> String {
    format!("q{place}")
}

/// What is known of the queries, by their ids.
#[derive(Debug, Default)]
struct Newest {
    /// The newest value, with its time in seconds.
    values: BTreeMap<String, (i64, f64)>,
    /// The queries that CloudWatch could not answer.
    refused: BTreeMap<String, StatusCode>,
}

impl Newest {
    /// Adds the values of a query on one page; a later page can have more of them.
    fn add(&mut self, result: &MetricDataResult) {
        let id = result.id().unwrap_or_default();
        if let Some(status @ (StatusCode::InternalError | StatusCode::Forbidden)) = result.status_code() {
            self.refused.insert(id.to_owned(), status.clone());
        }
        for (time, value) in result.timestamps().iter().zip(result.values()) {
            let value = (time.secs(), *value);
            let newest = self.values.entry(id.to_owned()).or_insert(value);
            if newest.0 < value.0 {
                *newest = value;
            }
        }
    }

    /// The ages by the ARNs of the queues, which are those of [`queries`].
    fn ages(&self, queues: &[&str], notes: &mut Notes) -> BTreeMap<String, u64> {
        let mut ages = BTreeMap::new();
        for (place, arn) in queues.iter().enumerate() {
            let id = id(place);
            if let Some(status) = self.refused.get(&id) {
                notes.add(format!(
                    "the age of the oldest message of {arn} could not be read ({status})"
                ));
            }
            if let Some((_, seconds)) = self.values.get(&id) {
                ages.insert((*arn).to_owned(), seconds.round() as u64);
            }
        }
        ages
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use user_events_local::clients::Clients;

    use super::*;
    use crate::stub::{Answer, serve};

    const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:user-events-prod-account.fifo";
    const QUEUE: &str = "arn:aws:sqs:us-east-1:111111111111:welcome.fifo";

    fn result(id: &str, status: StatusCode, values: &[(i64, f64)]) -> MetricDataResult {
        let (times, values) = values.iter().copied().unzip::<_, _, Vec<_>, Vec<_>>();
        MetricDataResult::builder()
            .id(id)
            .status_code(status)
            .set_timestamps(Some(times.into_iter().map(DateTime::from_secs).collect()))
            .set_values(Some(values))
            .build()
    }

    /// An answer in CBOR.
    const fn cbor(status: u16, body: &'static [u8]) -> Answer {
        Answer {
            status,
            headers: &[
                ("smithy-protocol", "rpc-v2-cbor"),
                ("content-type", "application/cbor"),
            ],
            body,
        }
    }

    /// An empty map.
    const EMPTY: Answer = cbor(200, b"\xa0");
    const NOT_ALL: Answer = cbor(200, b"\xa1\x69NextToken\x66second");
    const DENIED: Answer = cbor(
        403,
        b"\xa2\x66__type\x75AccessDeniedException\x67message\x66denied",
    );

    /// What came of asking: the ages, the notes, and the bodies of the requests.
    struct Asked {
        ages: BTreeMap<String, u64>,
        notes: Vec<String>,
        bodies: Vec<Bytes>,
    }

    /// Asks a stub that gives these answers.
    async fn asked(answers: &[Answer], queues: Vec<&str>) -> Asked {
        let stub = serve(answers.to_vec()).await;
        let mut notes = Notes::default();
        let cloudwatch = Clients::from_endpoint(&stub.url).cloudwatch;
        let ages = oldest(&cloudwatch, TOPIC, queues, &mut notes).await;
        Asked {
            ages,
            notes: notes.iter().map(str::to_owned).collect(),
            bodies: stub.requests().into_iter().map(|request| request.body).collect(),
        }
    }

    #[tokio::test]
    async fn a_refusal_is_a_note_that_names_the_permission() {
        let asked = asked(&[DENIED], vec![QUEUE]).await;
        assert_eq!(asked.ages, BTreeMap::new());
        assert_eq!(
            asked.notes,
            [
                "the age of the oldest message of the queues could not be read (AccessDeniedException: denied); the caller \
                 needs cloudwatch:GetMetricData"
            ]
        );
    }

    #[tokio::test]
    async fn one_call_asks_for_at_most_500_queues() {
        let queues: Vec<_> = (0..501).map(|place| format!("{QUEUE}{place}")).collect();
        let queues: Vec<_> = queues.iter().map(String::as_str).collect();
        for (number, calls) in [(0, 0), (500, 1), (501, 2)] {
            let asked = asked(&[EMPTY], queues[..number].to_vec()).await;
            assert_eq!(
                (asked.notes.len(), asked.ages.len(), asked.bodies.len()),
                (0, 0, calls)
            );
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_not_complete_is_continued() {
        let asked = asked(&[NOT_ALL, EMPTY], vec![QUEUE]).await;
        let continues = |body: &Bytes| body.windows(6).any(|part| part == b"second");
        let continued: Vec<_> = asked.bodies.iter().map(continues).collect();
        assert_eq!(continued, [false, true]);
    }

    #[tokio::test]
    async fn cloudwatch_is_asked_only_about_queues_of_the_account_and_region() {
        for elsewhere in [
            "arn:aws:sqs:us-east-1:222222222222:welcome.fifo",
            "arn:aws:sqs:eu-west-1:111111111111:welcome.fifo",
        ] {
            let asked = asked(&[EMPTY], vec![elsewhere]).await;
            assert_eq!((asked.bodies.len(), asked.notes.len()), (0, 1), "{elsewhere}");
            assert!(asked.notes[0].contains(elsewhere), "{:?}", asked.notes);
        }
    }

    #[test]
    fn a_query_asks_for_the_metric_of_one_queue() {
        let queries = queries(&[QUEUE, "arn:aws:sqs:us-east-1:111111111111:other"]);
        assert_eq!(queries[1].id(), Some("q1"));
        let statistic = queries[0].metric_stat().unwrap();
        let metric = statistic.metric().unwrap();
        let dimension = &metric.dimensions()[0];
        assert_eq!(
            (metric.namespace(), metric.metric_name()),
            (Some("AWS/SQS"), Some("ApproximateAgeOfOldestMessage"))
        );
        assert_eq!(
            (dimension.name(), dimension.value()),
            (Some("QueueName"), Some("welcome.fifo"))
        );
        assert_eq!(
            (statistic.stat(), statistic.period()),
            (Some("Maximum"), Some(60))
        );
    }

    #[test]
    fn the_newest_value_counts_in_whatever_order_the_pages_have_it() {
        let queues = [QUEUE, "arn:aws:sqs:us-east-1:111111111111:idle"];
        let pages = [
            result("q0", StatusCode::PartialData, &[(120, 70.0), (60, 300.0)]),
            result("q0", StatusCode::Complete, &[(180, 30.4), (0, 900.0)]),
            result("q1", StatusCode::Complete, &[]),
        ];
        for pages in [pages.clone(), {
            let mut pages = pages;
            pages.reverse();
            pages
        }] {
            let (mut newest, mut notes) = (Newest::default(), Notes::default());
            pages.iter().for_each(|page| newest.add(page));
            let ages = newest.ages(&queues, &mut notes);
            assert_eq!(ages, BTreeMap::from([(QUEUE.to_owned(), 30)]));
            assert_eq!(notes.iter().count(), 0);
        }
    }

    #[test]
    fn a_query_that_cloudwatch_could_not_answer_is_a_note() {
        let (mut newest, mut notes) = (Newest::default(), Notes::default());
        newest.add(&result("q0", StatusCode::Forbidden, &[]));
        assert_eq!(newest.ages(&[QUEUE], &mut notes), BTreeMap::new());
        assert!(
            notes
                .iter()
                .any(|note| note.contains(QUEUE) && note.contains("Forbidden"))
        );
    }
}

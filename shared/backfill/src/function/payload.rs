//! What the state machine sends and reads.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use user_events_core::Time;

use crate::counts::Counts;
use crate::run::RunId;
use crate::segment::Segment;

/// The input of an invocation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "step", rename_all = "camelCase")]
pub enum Request {
    /// Says what the run is.
    Plan(PlanRequest),
    /// Reads and sends a segment, or goes on with it.
    Segment(SegmentRequest),
    /// Ends the run.
    Finish(FinishRequest),
}

/// Says what a run is. The same request again gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanRequest {
    /// The id of the run.
    pub run: RunId,
    /// The snapshot queue.
    pub queue_url: String,
    /// When the live queue was subscribed. An export must be later.
    pub subscribed_at: Option<Time>,
    /// The names of the categories. `None`: all.
    pub categories: Option<BTreeSet<String>>,
    /// The snapshot types. `None`: all of the categories.
    pub types: Option<BTreeSet<String>>,
    /// The user, if the run is for one.
    pub user_id: Option<String>,
    /// The segments of each table. `None`: 4.
    pub segments: Option<u32>,
    /// The most rows in a second, over all invocations.
    pub rate: Option<u32>,
    /// How many invocations run at once. `None`: 10.
    pub concurrency: Option<u32>,
    /// The folders of exports, by the names of their tables.
    #[serde(default)]
    pub exports: BTreeMap<String, String>,
}

/// The segments of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanAnswer {
    /// The id of the run.
    pub run: RunId,
    /// The inputs of the next step.
    pub segments: Vec<SegmentRequest>,
}

/// Reads and sends a segment, or goes on with it. Other members, such as those of an earlier answer, are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRequest {
    /// `segment`.
    #[serde(default = "segment_step", skip_deserializing)]
    pub step: &'static str,
    /// The id of the run.
    pub run: RunId,
    /// The segment.
    #[serde(flatten)]
    pub segment: Segment,
}

/// How far a segment is. It is the next input while it is not done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentAnswer {
    /// The input.
    #[serde(flatten)]
    pub request: SegmentRequest,
    /// Whether everything was read and sent.
    pub done: bool,
    /// The rows that were read.
    pub rows: u64,
    /// The events.
    pub events: u64,
    /// The bytes of their messages.
    pub bytes: u64,
    /// The rows that do not fit.
    pub unfit: u64,
}

/// Ends a run. Other members are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FinishRequest {
    /// The id of the run.
    pub run: RunId,
}

/// A run that is completed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FinishAnswer {
    /// The id of the run.
    pub run: RunId,
    /// `true`.
    pub done: bool,
    /// The id of the marker.
    pub marker: String,
    /// The rows that do not fit.
    pub unfit: u64,
    /// The same, by reason.
    pub unfit_by_reason: BTreeMap<String, u64>,
    rows: u64,
    events: u64,
    bytes: u64,
    by_type: BTreeMap<String, u64>,
    stateless: u64,
    unwanted: u64,
    deleted: u64,
    erased: u64,
    without_account: u64,
    capacity: f64,
}

fn segment_step() -> &'static str {
    "segment"
}

impl SegmentRequest {
    /// The input for a segment.
    pub fn new(run: RunId, segment: Segment) -> Self {
        Self {
            step: segment_step(),
            run,
            segment,
        }
    }
}

impl SegmentAnswer {
    /// The answer to a request.
    pub(super) fn new(request: SegmentRequest, done: bool, counts: &Counts) -> Self {
        Self {
            request,
            done,
            rows: counts.rows,
            events: counts.events,
            bytes: counts.bytes,
            unfit: counts.unfit_rows(),
        }
    }
}

impl FinishAnswer {
    /// The answer for a completed run.
    pub(super) fn new(run: RunId, marker: String, counts: Counts) -> Self {
        Self {
            run,
            done: true,
            marker,
            unfit: counts.unfit_rows(),
            unfit_by_reason: counts.unfit,
            rows: counts.rows,
            events: counts.events,
            bytes: counts.bytes,
            by_type: counts.by_type,
            stateless: counts.stateless,
            unwanted: counts.unwanted,
            deleted: counts.deleted,
            erased: counts.erased,
            without_account: counts.without_account,
            capacity: counts.capacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(json: Value) -> Request {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_answer_of_a_segment_is_its_next_input() {
        let input = json!({ "step": "segment", "run": "run-1", "table": "accounts", "segment": 1, "of": 4 });
        let Request::Segment(first) = request(input.clone()) else {
            panic!("another step")
        };
        assert_eq!(serde_json::to_value(&first).unwrap(), input);
        let answer = SegmentAnswer::new(first.clone(), false, &Counts::default());
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["done"], false);
        assert_eq!(request(answer), Request::Segment(first));
    }

    #[test]
    fn the_payloads_of_the_readme_are_read() {
        let readme = include_str!("../../README.md");
        let blocks: Vec<Value> = readme
            .split("```json\n")
            .skip(1)
            .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
            .collect();
        let [plan, planned, segment, finished] = blocks.as_slice() else {
            panic!("{} blocks", blocks.len())
        };
        let Request::Plan(plan) = request(plan.clone()) else {
            panic!("another step")
        };
        assert_eq!((plan.segments, plan.exports.len()), (Some(4), 1));
        assert!(matches!(
            request(planned["segments"][0].clone()),
            Request::Segment(_)
        ));
        assert!(matches!(request(segment.clone()), Request::Segment(_)));
        let answer = FinishAnswer::new(plan.run, String::new(), Counts::default());
        let answer = serde_json::to_value(answer).unwrap();
        let names = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&answer), names(finished));
    }

    #[test]
    fn an_unknown_member_of_a_plan_is_refused() {
        let mut plan = json!({ "step": "plan", "run": "run-1", "queueUrl": "https://sqs.example.com/1/q" });
        assert!(serde_json::from_value::<Request>(plan.clone()).is_ok());
        plan["category"] = json!(["account"]);
        assert!(serde_json::from_value::<Request>(plan).is_err());
    }
}

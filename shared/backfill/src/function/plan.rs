//! The plan of a run: what it is, saved before its first segment.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use user_events_catalog::SNAPSHOTS;
use user_events_core::Time;

use super::failed::StepFailed;
use super::payload::{PlanAnswer, PlanRequest, SegmentRequest};
use super::settings::{Settings, TableSetting};
use crate::run::Run;
use crate::segment::Segment;
use crate::selection::Selection;

/// What a run is. Every invocation reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    /// What was asked for.
    pub(super) request: PlanRequest,
    pub(super) started_at: Time,
    pub(super) selection: Selection,
    /// The rows in a second of one invocation.
    pub(super) rate: Option<u32>,
    pub(super) segments: Vec<Segment>,
}

/// The most segments of all tables: a state machine keeps their inputs in one state, of 256 KiB at most (AWS Step Functions
/// Developer Guide, *Service quotas*).
const MAX_SEGMENTS: usize = 1_000;
const SEGMENTS: u32 = 4;
const CONCURRENCY: u32 = 10;

impl Plan {
    /// The plan that a request asks for. `files` says how many files the export of a table has, if one is read instead of it.
    ///
    /// Fails when the request does not fit the deployment.
    pub(super) fn new(
        request: PlanRequest,
        settings: &Settings,
        files: impl Fn(&str) -> Option<u32>,
        now: Time,
    ) -> Result<Self, StepFailed> {
        let selection = selection(&request)?;
        let tables = tables(settings, &selection);
        if tables.is_empty() {
            return Err(StepFailed::unusable(
                "no table has rows of `categories`: correct them, or TABLES",
            ));
        }
        let unknown = |name: &&String| !tables.iter().any(|table| table.name == **name);
        if request.exports.keys().find(unknown).is_some() {
            return Err(StepFailed::unusable(
                "`exports` names a table that the run does not read: correct its name",
            ));
        }
        let wanted = request.segments.unwrap_or(SEGMENTS);
        let (most, concurrency) = (MAX_SEGMENTS, request.concurrency.unwrap_or(CONCURRENCY));
        if !(1..=1_000).contains(&wanted) || !(1..=10_000).contains(&concurrency) || request.rate == Some(0) {
            return Err(StepFailed::unusable(
                "`segments` is not from 1 to 1,000, `concurrency` not from 1 to 10,000, or `rate` is 0: correct that",
            ));
        }
        let segments = tables.iter().flat_map(|table| {
            let of = match files(&table.name) {
                Some(files) => wanted.min(files.max(1)),
                None if reads_partition(&request, settings, table) => 1,
                None => wanted,
            };
            Segment::all(&table.name, of)
        });
        let segments: Vec<_> = segments.collect();
        if segments.len() > most {
            return Err(StepFailed::unusable(format!(
                "the tables have more than {most} segments together: ask for fewer"
            )));
        }
        let at_once = concurrency
            .min(u32::try_from(segments.len()).unwrap_or(concurrency))
            .max(1);
        Ok(Self {
            rate: request.rate.map(|rate| (rate / at_once).max(1)),
            started_at: request.subscribed_at.unwrap_or(now),
            request,
            selection,
            segments,
        })
    }

    /// The run.
    pub(super) fn run(&self) -> Run {
        Run {
            id: self.request.run.clone(),
            started_at: self.started_at,
        }
    }

    /// The answer for the state machine.
    pub(super) fn answer(&self) -> PlanAnswer {
        let run = &self.request.run;
        let segments = self.segments.iter().cloned();
        PlanAnswer {
            run: run.clone(),
            segments: segments
                .map(|segment| SegmentRequest::new(run.clone(), segment))
                .collect(),
        }
    }
}

/// The tables with rows that the run sends.
pub(super) fn tables<'a>(settings: &'a Settings, selection: &Selection) -> Vec<&'a TableSetting> {
    let wanted = |table: &&TableSetting| {
        let mut categories = table.categories().into_iter();
        categories.any(|category| selection.has_category(category.name))
    };
    settings.tables.iter().filter(wanted).collect()
}

/// Whether only the partition of one user is read of the table. A mapping can take identifiers from anywhere.
pub(super) fn reads_partition(request: &PlanRequest, settings: &Settings, table: &TableSetting) -> bool {
    let mapping = settings.mapping.as_ref();
    request.user_id.is_some() && mapping.and_then(|mapping| mapping.table(&table.name)).is_none()
}

fn selection(request: &PlanRequest) -> Result<Selection, StepFailed> {
    let all = Selection::of_categories(SNAPSHOTS).categories;
    let categories = request.categories.clone().unwrap_or_else(|| all.clone());
    if categories.is_empty() || !categories.is_subset(&all) {
        let known: Vec<_> = all.into_iter().collect();
        let message = format!("`categories` has a name that is none of {}", known.join(", "));
        return Err(StepFailed::unusable(message));
    }
    let events = SNAPSHOTS
        .iter()
        .filter(|category| categories.contains(category.name));
    let known: BTreeSet<_> = events
        .flat_map(|category| category.events)
        .map(|event| event.event_type().as_str().to_owned())
        .collect();
    let types = request.types.clone().unwrap_or_default();
    if !types.is_subset(&known) {
        let known: Vec<_> = known.into_iter().collect();
        let message = format!("`types` has a name that is none of {}", known.join(", "));
        return Err(StepFailed::unusable(message));
    }
    if request.user_id.as_ref().is_some_and(String::is_empty) {
        return Err(StepFailed::unusable(
            "`userId` is empty: leave it out for all users",
        ));
    }
    Ok(Selection {
        categories,
        types,
        user: request.user_id.clone(),
        filter: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(tables: &str) -> Settings {
        let variables = [
            ("AWS_REGION", "eu-west-1"),
            ("BACKFILL_BUCKET", "b"),
            ("SEAL_KEY_ARN", "k"),
            ("TABLES", tables),
        ];
        let value = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Settings::read(value).unwrap()
    }

    const NATIVE: &str = "account=accounts,profile=profiles,authentication=authentication,access=access";

    fn plan(tables: &str, members: Value, files: Option<u32>) -> Result<Plan, StepFailed> {
        let mut request = json!({ "run": "run-1", "queueUrl": "https://sqs.example.com/1/q.fifo" });
        request
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let request = serde_json::from_value(request).unwrap();
        let exported = |table: &str| files.filter(|_| table == "accounts");
        Plan::new(request, &settings(tables), exported, Time::UNIX_EPOCH)
    }

    fn segments(plan: &Plan) -> Vec<String> {
        plan.segments.iter().map(Segment::name).collect()
    }

    #[test]
    fn every_table_with_wanted_rows_has_its_segments() {
        assert_eq!(plan(NATIVE, json!({}), None).unwrap().segments.len(), 16);
        let some = plan(
            NATIVE,
            json!({ "categories": ["access", "account"], "segments": 2 }),
            None,
        )
        .unwrap();
        let names = [
            "accounts/0-of-2",
            "accounts/1-of-2",
            "access/0-of-2",
            "access/1-of-2",
        ];
        assert_eq!(segments(&some), names);
        let single = plan("users", json!({ "categories": ["access"], "segments": 1 }), None).unwrap();
        assert_eq!(segments(&single), ["users/0-of-1"]);
        assert_eq!(single.answer().segments.len(), 1);
    }

    #[test]
    fn a_partition_is_one_segment_and_an_export_has_no_more_than_its_files() {
        let user = plan(NATIVE, json!({ "userId": "42", "categories": ["account"] }), None).unwrap();
        assert_eq!(segments(&user), ["accounts/0-of-1"]);
        assert_eq!(user.selection.user.as_deref(), Some("42"));
        let export = json!({
            "categories": ["account"], "segments": 100, "subscribedAt": "2026-03-02T09:00:00Z",
            "exports": { "accounts": "s3://b/f" },
        });
        let export = plan(NATIVE, export, Some(3)).unwrap();
        assert_eq!(export.segments.len(), 3);
        assert_eq!(export.started_at.to_string(), "2026-03-02T09:00:00.000Z");
    }

    #[test]
    fn the_rate_is_shared_by_the_invocations_that_run_at_once() {
        let rate = |members: Value| plan(NATIVE, members, None).unwrap().rate;
        assert_eq!(rate(json!({})), None);
        assert_eq!(rate(json!({ "rate": 1_000 })), Some(100));
        assert_eq!(rate(json!({ "rate": 1_000, "concurrency": 4 })), Some(250));
        // There are only two.
        assert_eq!(
            rate(json!({ "rate": 1_000, "segments": 1, "categories": ["account", "profile"] })),
            Some(500)
        );
        assert_eq!(rate(json!({ "rate": 1 })), Some(1));
    }

    #[test]
    fn a_request_that_does_not_fit_is_refused_with_the_member_to_correct() {
        for (members, part) in [
            (json!({ "categories": [] }), "`categories`"),
            (
                json!({ "categories": ["orders"] }),
                "account, authentication, profile",
            ),
            (
                json!({ "categories": ["account"], "types": ["RoleSnapshotEventV1"] }),
                "`types`",
            ),
            (
                json!({ "types": ["UserRegisteredEventV1"] }),
                "UserAccountSnapshotEventV1",
            ),
            (json!({ "segments": 0 }), "`segments`"),
            (json!({ "segments": 1_001 }), "`segments`"),
            (json!({ "segments": 300 }), "more than 1000 segments"),
            (json!({ "rate": 0 }), "`rate`"),
            (json!({ "userId": "" }), "`userId`"),
            (json!({ "exports": { "orders": "s3://b/f" } }), "`exports`"),
        ] {
            let failed = plan(NATIVE, members.clone(), None).unwrap_err();
            assert!(
                !failed.passing && failed.message.contains(part),
                "{members}: {failed}"
            );
        }
        assert!(plan("account=accounts", json!({ "categories": ["profile"] }), None).is_err());
    }

    #[test]
    fn a_saved_plan_is_read_as_it_was() {
        let plan = plan(
            NATIVE,
            json!({ "rate": 7, "types": ["UserAccountSnapshotEventV1"] }),
            None,
        )
        .unwrap();
        let json = serde_json::to_vec(&plan).unwrap();
        assert_eq!(serde_json::from_slice::<Plan>(&json).unwrap(), plan);
    }
}

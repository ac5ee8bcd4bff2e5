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

//! The steps of a run.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio_util::sync::CancellationToken;
use user_events_aws::now;

use super::deployment::Deployment;
use super::failed::StepFailed;
use super::payload::{FinishAnswer, PlanRequest, Request, SegmentAnswer, SegmentRequest};
use super::plan::Plan;
use crate::edge::checkpoints::Checkpoints;
use crate::run::RunId;

/// How long before the deadline of the invocation a segment stops: the page at hand is still sent then.
const MARGIN: Duration = Duration::from_secs(60);

/// The name under which the plan is saved.
const PLAN: &str = "plan";

impl Deployment {
    /// Takes a step. `left` is the time until the deadline.
    ///
    /// Fails when something has to be mended first, or passes by itself.
    pub async fn step(&self, payload: &RawValue, left: Duration) -> Result<Box<RawValue>, StepFailed> {
        let request = serde_json::from_str(payload.get()).map_err(|_| {
            StepFailed::unusable(
                "the payload is no step: write `step` as `plan`, `segment` or `finish`, with the members of the documentation",
            )
        })?;
        match request {
            Request::Plan(request) => answer(&self.plan(request).await?.answer()),
            Request::Segment(request) => answer(&self.segment(request, left).await?),
            Request::Finish(request) => answer(&self.finish(request.run).await?),
        }
    }

    async fn plan(&self, request: PlanRequest) -> Result<Plan, StepFailed> {
        let bucket = self.bucket(&request.run);
        if let Some(saved) = bucket.load(PLAN).await? {
            let saved: Plan = read(&saved)?;
            if saved.request == request {
                return Ok(saved);
            }
            return Err(StepFailed::unusable(
                "the run began with another request: send that request again, or take another id for the run",
            ));
        }
        let exports = self.exports(&request).await?;
        let files = |table: &str| exports.get(table).map(crate::aws::Export::max_segments);
        let plan = Plan::new(request, &self.settings, files, now())?;
        let json = serde_json::to_vec(&plan)
            .map_err(|_| StepFailed::unusable("the plan cannot be written as JSON"))?;
        bucket.save(PLAN, json).await?;
        Ok(plan)
    }

    async fn segment(&self, request: SegmentRequest, left: Duration) -> Result<SegmentAnswer, StepFailed> {
        let plan = self.planned(&request.run).await?;
        if !plan.segments.contains(&request.segment) {
            return Err(StepFailed::unusable(
                "the segment is none of the run's: send one of the answer to `plan`",
            ));
        }
        let backfill = self.backfill(&plan).await?;
        let stop = CancellationToken::new();
        // A function with a short timeout must get somewhere, too.
        let time = left.saturating_sub(MARGIN).max(left / 2);
        let segment = request.segment.clone();
        let work = backfill.segment(&segment, &stop);
        tokio::pin!(work);
        let ended = tokio::select! {
            biased;
            ended = &mut work => ended,
            () = tokio::time::sleep(time) => {
                stop.cancel();
                work.await
            }
        };
        let ended = ended?;
        Ok(SegmentAnswer::new(request, ended.done, &ended.counts))
    }

    async fn finish(&self, run: RunId) -> Result<FinishAnswer, StepFailed> {
        let plan = self.planned(&run).await?;
        let completed = self.backfill(&plan).await?.finish(&plan.segments).await?;
        Ok(FinishAnswer::new(run, completed.marker, completed.counts))
    }

    async fn planned(&self, run: &RunId) -> Result<Plan, StepFailed> {
        let saved = self.bucket(run).load(PLAN).await?;
        read(
            &saved.ok_or_else(|| {
                StepFailed::unusable("there is no plan of the run: take the step `plan` first")
            })?,
        )
    }
}

fn read(json: &[u8]) -> Result<Plan, StepFailed> {
    serde_json::from_slice(json).map_err(|_| {
        StepFailed::unusable(
            "the plan of the run was written by another version: take another id for the run",
        )
    })
}

fn answer(answer: &impl Serialize) -> Result<Box<RawValue>, StepFailed> {
    to_raw_value(answer).map_err(|_| StepFailed::unusable("the answer cannot be written as JSON"))
}

//! The end of a run: its sum, and the marker that closes the snapshot.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use user_events_catalog::{Summary, completed};
use user_events_core::Time;

use crate::backfill::Backfill;
use crate::checkpoint::FORMAT;
use crate::counts::{Counts, UnfitRow};
use crate::edge::queue::Message;
use crate::error::RunError;
use crate::halt::Halt;
use crate::segment::Segment;
use crate::sending::Sending;

/// A run that is completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The sum of all segments.
    pub counts: Counts,
    /// The rows that do not fit, the first [`crate::MAX_UNFIT_ROWS`] of each segment.
    pub unfit_rows: Vec<UnfitRow>,
    /// The id of the marker.
    pub marker: String,
}

/// The marker, as it is saved before it is sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    version: u32,
    run: String,
    events: u64,
    message: Message,
}

/// The name under which the marker is saved.
const NAME: &str = "marker";

impl Backfill {
    /// Ends the run: sums its segments, which must be all that it has, and sends the marker. Ending it again sends the same
    /// marker again, which is a plain duplicate.
    ///
    /// Fails when a segment is not done, and when the marker cannot be saved or sent.
    pub async fn finish(&self, segments: &[Segment]) -> Result<Completed, RunError> {
        let (mut counts, mut unfit_rows, mut left) = (Counts::default(), Vec::new(), 0);
        let mut started_at = self.run.started_at;
        for segment in segments {
            match self.checkpoint(segment).await? {
                Some(state) if state.is_done() => {
                    counts += &state.counts;
                    started_at = state
                        .started_at()
                        .map_or(started_at, |began| began.min(started_at));
                    unfit_rows.extend(state.unfit_rows);
                }
                _ => left += 1,
            }
        }
        if left > 0 {
            return Err(RunError::NotDone {
                left,
                all: segments.len(),
                run: self.run.id.to_string(),
            });
        }
        let marker = self.marker(&counts, started_at).await?;
        let never = CancellationToken::new();
        let sending = Sending {
            queue: &*self.queue,
            patience: &self.patience,
            stop: &never,
            run: self.run.id.as_str(),
            calls: 1,
        };
        match sending.send(std::slice::from_ref(&marker)).await {
            // Nobody stops it.
            Ok(()) | Err(Halt::Stopped) => {}
            Err(Halt::Failed(error)) => return Err(error),
        }
        Ok(Completed {
            counts,
            unfit_rows,
            marker: marker.id,
        })
    }

    /// The saved marker of the run; the first time a new one, which is saved then.
    async fn marker(&self, counts: &Counts, started_at: Time) -> Result<Message, RunError> {
        if let Some(json) = self.load(NAME).await? {
            let saved = serde_json::from_slice::<Marker>(&json).ok();
            let own = saved.filter(|saved| {
                saved.version == FORMAT && saved.run == self.run.id.as_str() && saved.events == counts.events
            });
            return own.map(|saved| saved.message).ok_or_else(|| RunError::Foreign {
                name: NAME.to_owned(),
                problem: "it is not the marker of these segments: finish the run with all of its segments, or start a new run"
                    .to_owned(),
            });
        }
        let summary = Summary {
            run: self.run.id.to_string(),
            started_at,
            completed_at: (self.clock)(),
            events: u32::try_from(counts.events).map_err(|_| {
                RunError::Marker(
                    "the run has more than 4,294,967,295 events: split it by category".to_owned(),
                )
            })?,
            categories: self.selection.categories.iter().cloned().collect(),
            user_id: self.selection.user.clone(),
        };
        let event = completed(&summary, &self.publication);
        let event = event.map_err(|error| RunError::Marker(error.message().to_owned()))?;
        let marker = Marker {
            version: FORMAT,
            run: self.run.id.to_string(),
            events: counts.events,
            message: event.into(),
        };
        match self.save(NAME, &marker, &CancellationToken::new()).await {
            Ok(()) | Err(Halt::Stopped) => Ok(marker.message),
            Err(Halt::Failed(error)) => Err(error),
        }
    }
}

//! The segments of a run, some of them at the same time.

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::backfill::Backfill;
use crate::counts::Counts;
use crate::error::RunError;
use crate::segment::{Ended, Segment};
use crate::work::Work;

impl Backfill {
    /// Reads and sends one segment, from its checkpoint on, to its end or until the run is stopped. It stops between two
    /// steps; the checkpoint has the messages that are not sent yet.
    ///
    /// Fails when something has to be mended first. The checkpoint is kept then.
    pub async fn segment(&self, segment: &Segment, stop: &CancellationToken) -> Result<Ended, RunError> {
        let work = Work::new(self, segment, stop)?;
        // Boxed, so that callers need not know how deep it goes.
        work.run().boxed().await
    }

    /// Reads and sends segments, `parallel` of them at once.
    ///
    /// Fails with the first failure; the other segments are then stopped, and all checkpoints are kept.
    pub async fn segments(
        &self,
        segments: &[Segment],
        parallel: usize,
        stop: &CancellationToken,
    ) -> Result<Ended, RunError> {
        let stop = stop.child_token();
        let mut endings = stream::iter(segments)
            .map(|segment| self.segment(segment, &stop))
            .buffer_unordered(parallel.max(1));
        let (mut done, mut counts, mut failure) = (true, Counts::default(), None);
        while let Some(ended) = endings.next().await {
            match ended {
                Ok(ended) => {
                    done &= ended.done;
                    counts += &ended.counts;
                }
                Err(error) => {
                    stop.cancel();
                    failure.get_or_insert(error);
                }
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(Ended { done, counts }),
        }
    }
}

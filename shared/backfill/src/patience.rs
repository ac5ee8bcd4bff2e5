//! Trying again: bounded, with pauses that grow and differ.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use user_events_aws::Backoff;

use crate::edge::failure::{Cause, Failure};
use crate::error::RunError;
use crate::halt::Halt;

/// About half a minute.
const PASSING: u32 = 13;
/// About five minutes: a table or queue with too little capacity can need that.
const THROTTLED: u32 = 75;

/// Makes calls again that failed for a cause that may pass.
#[derive(Debug)]
pub(crate) struct Patience(Backoff);

impl Patience {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(Backoff::default, Backoff::from_seed))
    }

    /// Waits before the next attempt, after this many failed for this cause.
    ///
    /// Fails when no repetition helps, when there were enough of them, and when the run is stopped.
    pub(crate) async fn pause(
        &self,
        failed: u32,
        failure: Failure,
        stop: &CancellationToken,
        error: impl FnOnce(Failure) -> RunError,
    ) -> Result<(), Halt> {
        let most = match failure.cause() {
            Cause::Throttled => THROTTLED,
            Cause::Passing => PASSING,
            Cause::Final => 0,
        };
        if failed >= most {
            return Err(Halt::Failed(error(failure)));
        }
        let stopped = stop
            .run_until_cancelled(tokio::time::sleep(self.0.pause(failed)))
            .await;
        stopped.ok_or(Halt::Stopped)
    }

    /// Makes a call until it succeeds.
    ///
    /// Fails as [`Patience::pause`] does.
    pub(crate) async fn call<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        stop: &CancellationToken,
        mut call: impl FnMut() -> F,
        error: impl Fn(Failure) -> RunError,
    ) -> Result<T, Halt> {
        let mut failed = 0;
        loop {
            match call().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    failed += 1;
                    self.pause(failed, failure, stop, &error).await?;
                }
            }
        }
    }
}

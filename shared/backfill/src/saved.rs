//! What a run saves: checkpoints, and its marker.

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::backfill::Backfill;
use crate::checkpoint::Checkpoint;
use crate::edge::failure::{Cause, Failure};
use crate::error::RunError;
use crate::halt::Halt;
use crate::segment::Segment;

impl Backfill {
    /// The checkpoint of a segment; `None` when nothing of it was read.
    ///
    /// Fails when it cannot be loaded, and when it is not of this run.
    pub async fn checkpoint(&self, segment: &Segment) -> Result<Option<Checkpoint>, RunError> {
        let name = segment.name();
        let Some(json) = self.load(&name).await? else {
            return Ok(None);
        };
        let read = Checkpoint::read(&json, &self.run, segment, &self.selection);
        read.map(Some)
            .map_err(|problem| RunError::Foreign { name, problem })
    }

    /// What is saved under a name; `None` when nothing is.
    pub(crate) async fn load(&self, name: &str) -> Result<Option<Vec<u8>>, RunError> {
        let call = || self.checkpoints.load(name);
        let never = CancellationToken::new();
        match self
            .patience
            .call(&never, call, |failure| self.unsaved(name, failure))
            .await
        {
            Ok(json) => Ok(json),
            Err(Halt::Failed(error)) => Err(error),
            // Nobody stops it.
            Err(Halt::Stopped) => Ok(None),
        }
    }

    /// Saves something under a name.
    pub(crate) async fn save(
        &self,
        name: &str,
        state: &impl Serialize,
        stop: &CancellationToken,
    ) -> Result<(), Halt> {
        let error = |failure| self.unsaved(name, failure);
        let json = serde_json::to_vec(state)
            .map_err(|_| error(Failure::new(Cause::Final, "its JSON cannot be written")))?;
        let call = || self.checkpoints.save(name, json.clone());
        self.patience.call(stop, call, error).await
    }

    fn unsaved(&self, name: &str, failure: Failure) -> RunError {
        RunError::Checkpoints {
            name: name.to_owned(),
            run: self.run.id.to_string(),
            failure,
        }
    }
}

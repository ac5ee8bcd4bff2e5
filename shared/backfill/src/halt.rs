//! Why a step did not come to its end.

use crate::error::RunError;

/// Why a step did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The run was stopped: it goes on from the checkpoint.
    Stopped,
    /// The run failed.
    Failed(RunError),
}

impl From<RunError> for Halt {
    fn from(error: RunError) -> Self {
        Self::Failed(error)
    }
}

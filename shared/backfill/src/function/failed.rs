//! How a step fails, as the state machine sees it.

use lambda_runtime::Diagnostic;
use thiserror::Error;

use crate::edge::failure::{Cause, Failure};
use crate::error::RunError;

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct StepFailed {
    /// Whether the same input can succeed later without anybody's help.
    pub passing: bool,
    /// What has to be mended.
    pub message: String,
}

impl StepFailed {
    /// Somebody has to change something first.
    pub(super) fn unusable(message: impl Into<String>) -> Self {
        Self {
            passing: false,
            message: message.into(),
        }
    }
}

impl From<Failure> for StepFailed {
    fn from(failure: Failure) -> Self {
        Self {
            passing: failure.cause() != Cause::Final,
            message: failure.to_string(),
        }
    }
}

impl From<RunError> for StepFailed {
    fn from(error: RunError) -> Self {
        let passing = match &error {
            RunError::Source { failure, .. }
            | RunError::Queue { failure, .. }
            | RunError::Users { failure, .. }
            | RunError::Checkpoints { failure, .. } => failure.cause() != Cause::Final,
            RunError::NoDataKey { .. } | RunError::Sealing(_) => true,
            RunError::Foreign { .. }
            | RunError::UnknownTable(_)
            | RunError::NotDone { .. }
            | RunError::Marker(_) => false,
        };
        Self {
            passing,
            message: error.to_string(),
        }
    }
}

impl From<StepFailed> for Diagnostic {
    fn from(failed: StepFailed) -> Self {
        let kind = if failed.passing { "Passing" } else { "Unusable" };
        Self {
            error_type: format!("Backfill.{kind}"),
            error_message: failed.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_repeats_what_passes_and_nothing_else() {
        let kind = |failed: StepFailed| Diagnostic::from(failed).error_type;
        let queue = |cause| RunError::Queue {
            run: "run-1".to_owned(),
            failure: Failure::new(cause, "no"),
        };
        assert_eq!(kind(queue(Cause::Throttled).into()), "Backfill.Passing");
        assert_eq!(kind(queue(Cause::Final).into()), "Backfill.Unusable");
        assert_eq!(
            kind(Failure::new(Cause::Passing, "no").into()),
            "Backfill.Passing"
        );
        assert_eq!(kind(StepFailed::unusable("no")), "Backfill.Unusable");
    }
}

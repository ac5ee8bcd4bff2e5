//! Every error of the library as a failure, with the right result of its message.

use super::Failure;
use crate::handled::Handled;
use crate::inbox::{Committed, LeaseError, ProcessError, SnapshotError, StoreError};
use crate::metric::Metric;
use crate::opener::{Cause, OpenFailure};
use crate::received::ReceiveError;
use crate::typed::ReadError;

impl Committed {
    /// How the event was handled.
    ///
    /// Fails when another handler has the event, when its id belongs to another content, and when the condition of an
    /// effect failed.
    pub fn into_result(self) -> Result<Handled, Failure> {
        match self {
            Self::Done => Ok(Handled::Done),
            Self::Duplicate => Ok(Handled::Duplicate),
            Self::Stale => Ok(Handled::Stale),
            Self::InProgress { until } => Err(Failure::in_progress(until)),
            Self::OtherContent => Err(Failure::other_content()),
            Self::EffectRefused(place) => Err(Failure::again(
                "effect-refused",
                format!("the condition of effect {place} failed"),
            )),
        }
    }
}

impl From<ReceiveError> for Failure {
    fn from(error: ReceiveError) -> Self {
        Self::set_aside("not-an-event", error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::set_aside("does-not-fit", error)
    }
}

impl From<OpenFailure> for Failure {
    fn from(failure: OpenFailure) -> Self {
        let reason = failure.reason();
        match &failure.cause {
            Cause::NotGranted => Self::again(reason, failure).counted(Metric::Denied),
            Cause::SubjectKeyMissing => Self::again(reason, failure).counted(Metric::SubjectKeyMissing),
            _ if failure.may_pass() => Self::again(reason, failure),
            _ => Self::set_aside(reason, failure),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Limit(_) => Self::set_aside("limits", error),
            StoreError::Unavailable { .. } => Self::again("store", error),
        }
    }
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::NotAMarker => Self::set_aside("does-not-fit", error),
            SnapshotError::Incomplete { until, .. } => Self::again_at("snapshot-incomplete", error, until),
            SnapshotError::Store(store) => store.into(),
        }
    }
}

impl From<LeaseError> for Failure {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lost => Self::again("lost", error),
            LeaseError::Store(store) => store.into(),
        }
    }
}

impl<E: Into<Self>> From<ProcessError<E>> for Failure {
    fn from(error: ProcessError<E>) -> Self {
        match error {
            ProcessError::Effect(error) => error.into(),
            ProcessError::InProgress { until } => Self::in_progress(until),
            ProcessError::OtherContent => Self::other_content(),
            ProcessError::Lost => LeaseError::Lost.into(),
            ProcessError::NotCompleted(error) => Self::again("not-completed", error),
            ProcessError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::failure::Disposition;
    use crate::inbox::Limit;

    const AGAIN: Disposition = Disposition::Retry { until: None };

    #[test]
    fn every_error_of_the_library_becomes_the_right_result_of_its_message() {
        let until = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        let open = |cause| {
            let class = "contact".to_owned();
            Failure::from(OpenFailure { class, cause })
        };
        let other = ReadError::OtherType { wanted: "X" };
        let unavailable = StoreError::Unavailable { code: None };
        let waits = ProcessError::<Failure>::InProgress { until };
        let effect = ProcessError::Effect(Failure::set_aside("no-such-country", "it is unknown"));
        let lost = ProcessError::<Failure>::Lost;
        let early = SnapshotError::Incomplete {
            handled: 1,
            events: 2,
            until,
        };
        let code = |code: &str| Cause::Kms(Some(code.to_owned()));
        for (failure, disposition, reason) in [
            (
                ReceiveError::NotJson.into(),
                Disposition::SetAside,
                "not-an-event",
            ),
            (other.into(), Disposition::SetAside, "does-not-fit"),
            (open(Cause::DoesNotFit), Disposition::SetAside, "does-not-fit"),
            (
                open(Cause::DataKey("InvalidCiphertextException".to_owned())),
                Disposition::SetAside,
                "data-key",
            ),
            (open(code("KMSInternalException")), AGAIN, "kms"),
            (open(Cause::NotGranted), AGAIN, "denied"),
            (
                open(Cause::NoSubjectKeys),
                Disposition::SetAside,
                "no-subject-keys",
            ),
            (open(Cause::SubjectKeyMissing), AGAIN, "subject-key-missing"),
            (open(Cause::OtherKey), Disposition::SetAside, "other-key"),
            (unavailable.into(), AGAIN, "store"),
            (
                StoreError::Limit(Limit::Items).into(),
                Disposition::SetAside,
                "limits",
            ),
            (
                waits.into(),
                Disposition::Retry { until: Some(until) },
                "in-progress",
            ),
            (
                SnapshotError::NotAMarker.into(),
                Disposition::SetAside,
                "does-not-fit",
            ),
            (
                early.into(),
                Disposition::Retry { until: Some(until) },
                "snapshot-incomplete",
            ),
            (effect.into(), Disposition::SetAside, "no-such-country"),
            (lost.into(), AGAIN, "lost"),
            (Failure::retry("it failed"), AGAIN, "failed"),
            (
                Failure::retry_at("it failed", until),
                Disposition::Retry { until: Some(until) },
                "failed",
            ),
        ] {
            assert_eq!(
                (failure.disposition(), failure.reason()),
                (disposition, reason),
                "{failure}"
            );
        }
    }

    #[test]
    fn another_content_is_set_aside_and_counted_and_a_claim_is_waited_for() {
        let other = Committed::OtherContent.into_result().unwrap_err();
        assert_eq!(
            (other.disposition(), other.reason()),
            (Disposition::SetAside, "other-content")
        );
        assert_eq!(other.metric(), Some(Metric::OtherContent));
        let until = SystemTime::UNIX_EPOCH;
        let waits = Committed::InProgress { until }.into_result().unwrap_err();
        assert_eq!(waits.disposition(), Disposition::Retry { until: Some(until) });
        assert_eq!(Committed::Stale.into_result().unwrap(), Handled::Stale);
    }
}

//! Why a message was not handled, and what happens to it.

mod conversions;

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use crate::handled::Classes;
use crate::metric::Metric;

/// Why an event was not handled, and what happens to its message. Every error of this library becomes a failure with `?`,
/// and the right of the two things happens:
///
/// - **retry**: the message returns to the queue, and the rest of its FIFO group waits behind it;
/// - **set aside**: the message is sent to the dead-letter queue with the reason, and its group goes on. For what no
///   retry can mend.
///
/// The text of a failure is logged, so it must not quote personal data.
pub struct Failure(Box<Parts>);

/// The parts of a failure, on the heap, so that a result with one is small.
struct Parts {
    disposition: Disposition,
    reason: &'static str,
    error: Box<dyn Error + Send + Sync>,
    metric: Option<Metric>,
    classes: Classes,
}

/// What happens to the message of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It returns to the queue.
    Retry {
        /// When a retry can succeed: the message is hidden until then. `None` if nobody knows.
        until: Option<SystemTime>,
    },
    /// It is sent to the dead-letter queue.
    SetAside,
}

/// An error that is its text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Text(&'static str);

impl Failure {
    /// A failure that may mend itself.
    pub fn retry(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Disposition::Retry { until: None }, "failed", error)
    }

    /// A failure that cannot mend itself before this time.
    pub fn retry_at(error: impl Into<Box<dyn Error + Send + Sync>>, until: SystemTime) -> Self {
        Self::new(Disposition::Retry { until: Some(until) }, "failed", error)
    }

    /// A failure that no retry can mend. The reason is the name of the fault, such as `no-such-country`; it becomes an
    /// attribute of the message, so it must not be empty.
    pub fn set_aside(reason: &'static str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Disposition::SetAside, reason, error)
    }

    /// What happens to the message.
    pub fn disposition(&self) -> Disposition {
        self.0.disposition
    }

    /// The name of the fault. A failure that your code made to be retried has the reason `failed`.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// The metric that counts the failure, if one does.
    pub fn metric(&self) -> Option<Metric> {
        self.0.metric
    }

    #[cfg(any(feature = "lambda", feature = "worker"))]
    pub(crate) fn classes(&self) -> &Classes {
        &self.0.classes
    }

    /// The failure with the classes that the handler had opened before.
    pub(crate) fn with_classes(mut self, classes: Classes) -> Self {
        self.0.classes = classes;
        self
    }

    /// The handler panicked.
    #[cfg(any(feature = "lambda", feature = "worker"))]
    pub(crate) fn panicked() -> Self {
        Self::again("panic", Text("the handler panicked"))
    }

    /// The invocation ended before the handler did.
    #[cfg(feature = "lambda")]
    pub(crate) fn at_deadline() -> Self {
        Self::again("deadline", Text("the handler did not finish before the deadline"))
    }

    /// The event is marked as a test.
    pub(crate) fn test_event() -> Self {
        Self::set_aside("test-event", Text("the event is marked as a test"))
    }

    /// A retry with a reason of this library.
    fn again(reason: &'static str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Disposition::Retry { until: None }, reason, error)
    }

    /// A retry that cannot succeed before this time, with a reason of this library.
    fn again_at(
        reason: &'static str,
        error: impl Into<Box<dyn Error + Send + Sync>>,
        until: SystemTime,
    ) -> Self {
        Self::new(Disposition::Retry { until: Some(until) }, reason, error)
    }

    fn in_progress(until: SystemTime) -> Self {
        Self::again_at("in-progress", Text("another handler has the event"), until)
    }

    fn other_content() -> Self {
        let error = Text("an event with this id and another content was handled before");
        Self::set_aside("other-content", error).counted(Metric::OtherContent)
    }

    /// The failure, counted in this metric.
    fn counted(mut self, metric: Metric) -> Self {
        self.0.metric = Some(metric);
        self
    }

    fn new(
        disposition: Disposition,
        reason: &'static str,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self(Box::new(Parts {
            disposition,
            reason,
            error: error.into(),
            metric: None,
            classes: Classes::default(),
        }))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.error.fmt(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("disposition", &self.0.disposition)
            .field("reason", &self.0.reason)
            .field("error", &self.0.error)
            .finish_non_exhaustive()
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.error.source()
    }
}

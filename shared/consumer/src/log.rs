//! The log: one line of JSON for each message, and one for each count of a metric.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use crate::clock::Clock;
#[cfg(any(feature = "lambda", feature = "worker"))]
use crate::failure::Failure;
use crate::handled::{Classes, Handled};
use crate::metric::Metric;
use crate::received::ReceivedEvent;

const NAMESPACE: &str = "UserEvents/Consumer";

/// Takes the lines of a log.
pub trait Sink: Send + Sync {
    /// Writes a line. The text has no line break.
    fn write_line(&self, line: &str);
}

/// Standard output, where Lambda and the CloudWatch agent read the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stdout;

/// The log of a consumer. Its lines hold names and never a value of an event: the id and type of the event, the outcome,
/// the classes. Clones share the sink.
///
/// A metric is a line in the embedded metric format (Amazon CloudWatch User Guide, *Specification: Embedded metric
/// format*).
#[derive(Clone)]
pub struct Log {
    consumer: String,
    sink: Arc<dyn Sink>,
    clock: Clock,
}

/// The line of a message.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    outcome: &'static str,
    opened: &'a [String],
    denied: &'a [String],
    erased: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// The names of a message in the log.
#[cfg(any(feature = "lambda", feature = "worker"))]
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) message_id: Option<String>,
    /// `None` if the message is not an event.
    pub(crate) event_id: Option<String>,
    pub(crate) event_type: Option<String>,
}

impl Log {
    /// A log of the consumer with this name, on standard output.
    pub fn new(consumer: impl Into<String>) -> Self {
        Self {
            consumer: consumer.into(),
            sink: Arc::new(Stdout),
            clock: Clock::default(),
        }
    }

    /// Writes the lines to this sink.
    #[must_use]
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Arc::new(sink);
        self
    }

    /// Takes the times of metrics from this clock; the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Counts one in a metric.
    pub fn count(&self, metric: Metric) {
        let name = metric.name();
        let line = json!({
            "_aws": {
                "Timestamp": self.clock.milliseconds(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Consumer"]],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            "Consumer": self.consumer,
            name: 1,
        });
        self.sink.write_line(&line.to_string());
    }

    /// An event was handled.
    pub(crate) fn handled(&self, event: &ReceivedEvent, handled: Handled, classes: &Classes) {
        self.write(&Line {
            event: Some(event.id()),
            r#type: Some(event.event_type()),
            outcome: handled.name(),
            opened: &classes.opened,
            denied: &classes.denied,
            erased: &classes.erased,
            reason: None,
            message: None,
        });
        if handled == Handled::Stale {
            self.count(Metric::Stale);
        }
    }

    /// A message was not handled: it is set aside, or delivered again.
    #[cfg(any(feature = "lambda", feature = "worker"))]
    pub(crate) fn failed(&self, names: &Names, failure: &Failure, is_set_aside: bool) {
        let classes = failure.classes();
        self.write(&Line {
            event: names.event_id.as_deref(),
            r#type: names.event_type.as_deref(),
            outcome: if is_set_aside { "set-aside" } else { "retry" },
            opened: &classes.opened,
            denied: &classes.denied,
            erased: &classes.erased,
            reason: Some(failure.reason()),
            message: names.message_id.as_deref(),
        });
        if let Some(metric) = failure.metric() {
            self.count(metric);
        }
        if is_set_aside {
            self.count(Metric::SetAside);
        }
    }

    fn write(&self, line: &Line<'_>) {
        if let Ok(line) = serde_json::to_string(line) {
            self.sink.write_line(&line);
        }
    }
}

impl<F: Fn(&str) + Send + Sync> Sink for F {
    fn write_line(&self, line: &str) {
        self(line);
    }
}

impl Sink for Stdout {
    fn write_line(&self, line: &str) {
        // One call, so that lines of several threads do not mix. Nobody can be told if standard output is closed.
        std::io::stdout()
            .lock()
            .write_all(format!("{line}\n").as_bytes())
            .ok();
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("consumer", &self.consumer)
            .finish_non_exhaustive()
    }
}

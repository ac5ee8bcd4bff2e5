//! The log: JSON lines, bounded per invocation, so that a fault that strikes every call does not drown the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::callsite::Identifier;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// The most lines from one place in the code for each invocation.
const MAX_LINES: u64 = 20;

/// Counts the lines of an invocation, and leaves out those that are too many.
#[derive(Debug, Clone, Default)]
pub struct LineLimit(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    lines: HashMap<Identifier, u64>,
    left_out: u64,
}

/// Installs the log of a function: JSON lines on standard output.
pub fn install() -> LineLimit {
    let limit = LineLimit::default();
    let lines = tracing_subscriber::fmt::layer().json().with_target(false);
    let lines: Filtered<_, _, Registry> = lines.with_filter(limit.clone());
    tracing_subscriber::registry().with(lines).init();
    limit
}

impl LineLimit {
    /// Ends an invocation: says how many lines were left out, and begins to count again.
    pub fn end_invocation(&self) {
        let ended = std::mem::take(&mut *self.counts());
        if ended.left_out > 0 {
            tracing::warn!(
                left_out = ended.left_out,
                limit = MAX_LINES,
                "further log lines of this invocation were left out; the report has the counts"
            );
        }
        self.counts().lines.clear();
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Filter<S> for LineLimit {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.level() <= &Level::INFO
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.level() <= &Level::INFO {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let mut counts = self.counts();
        let lines = counts.lines.entry(event.metadata().callsite()).or_default();
        *lines += 1;
        let allowed = *lines <= MAX_LINES;
        counts.left_out += u64::from(!allowed);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn one_place_in_the_code_writes_twenty_lines_and_the_end_tells_how_many_more_there_were() {
        let (limit, written) = (LineLimit::default(), Written::default());
        let to = written.clone();
        let lines = tracing_subscriber::fmt::layer()
            .json()
            .with_writer(move || to.clone());
        let lines: Filtered<_, _, Registry> = lines.with_filter(limit.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            for _ in 0..1_000 {
                tracing::warn!("a call failed");
                tracing::debug!("a detail");
            }
            tracing::warn!("another place");
            limit.end_invocation();
            tracing::warn!("a call failed");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 20 + 1 + 1 + 1, "{text}");
        assert!(lines[21].contains(r#""left_out":980"#), "{}", lines[21]);
    }
}

//! The summary of a run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use user_events_local::console::{Console, Style};
use user_events_local::expectation::ExpectedEvent;

const LOG_LINES: usize = 15;

/// Counts, latencies and differences of a run.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) writes: usize,
    pub(super) without_event: usize,
    pub(super) to_be_parked: u64,
    pub(super) parked: u64,
    /// Changes that cannot be made on an engine.
    pub(super) left_out: usize,
    pub(super) latencies: Vec<Duration>,
    pub(super) differences: Vec<String>,
    /// By category and type.
    events: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Outcome {
    /// Counts an event.
    pub(super) fn count(&mut self, event: &ExpectedEvent) {
        let category = self.events.entry(event.category.clone()).or_default();
        *category.entry(event.event_type.clone()).or_default() += 1;
    }

    /// Whether exactly the expected events arrived.
    pub(super) fn is_as_expected(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Prints the summary. If there are differences, also prints the last log lines of the functions.
pub(super) fn show(outcome: &Outcome, log: Option<&Path>, console: &Console) {
    console.line("");
    console.step("summary");
    let mut total = 0;
    let names = outcome.events.values().flat_map(BTreeMap::keys);
    let width = names.map(String::len).max().unwrap_or_default();
    let wide = width + 2;
    for (category, types) in &outcome.events {
        let count: usize = types.values().sum();
        total += count;
        console.line(format_args!(
            "  {} {count:>6}",
            console.paint(Style::Strong, format_args!("{category:<wide$}"))
        ));
        for (event_type, count) in types {
            console.line(format_args!("    {event_type:<width$} {count:>6}"));
        }
    }
    console.line(format_args!(
        "  {total} events of {} writes (no event: {}, parked: {})",
        outcome.writes, outcome.without_event, outcome.parked,
    ));
    if outcome.left_out > 0 {
        console.line(format_args!(
            "  not played: {} removals by a time to live, of which the engine makes no stream record",
            outcome.left_out
        ));
    }
    if let (Some(p50), Some(p99)) = (
        percentile(&outcome.latencies, 50),
        percentile(&outcome.latencies, 99),
    ) {
        console.line(format_args!(
            "  from write to queue: p50 {} ms, p99 {} ms",
            p50.as_millis(),
            p99.as_millis()
        ));
    }
    if outcome.is_as_expected() {
        console.line(format_args!(
            "  {}",
            console.paint(
                Style::Good,
                "every expected event came, once and in order, and nothing else"
            ),
        ));
        return;
    }
    console.line(format_args!(
        "  {}",
        console.paint(
            Style::Bad,
            format_args!("not as expected, {} in all:", outcome.differences.len())
        )
    ));
    for difference in &outcome.differences {
        console.folded(6, format_args!("    {difference}"));
    }
    if let Some(log) = log {
        console.line(format_args!("  the last problems in {}:", log.display()));
        for line in last_lines(log) {
            console.line(format_args!("    {}", console.paint(Style::Faint, line)));
        }
    }
}

/// The percentile, by nearest rank.
fn percentile(latencies: &[Duration], percent: usize) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The last log lines of the engine and its functions, without routine lines and metrics.
fn last_lines(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let is_telling =
        |line: &&str| !line.trim().is_empty() && !line.contains(" INFO [") && !line.contains("\"_aws\":");
    let telling: Vec<_> = text.lines().filter(is_telling).collect();
    telling[telling.len().saturating_sub(LOG_LINES)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let latencies: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&latencies, 50), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&latencies, 99), Some(Duration::from_millis(198)));
        assert_eq!(percentile(&latencies[..1], 99), Some(Duration::from_millis(1)));
        assert_eq!(percentile(&[], 50), None);
    }
}

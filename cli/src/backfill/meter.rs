//! How far a run is, how fast, and how long it still takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use user_events_backfill::{Counts, Progress, Segment};

/// Counts the rows of a run.
#[derive(Debug, Default)]
pub(super) struct Meter {
    rows: AtomicU64,
    unfit: AtomicU64,
    /// The rows that were read before this process began.
    before: u64,
    /// About how many rows the tables have.
    expected: u64,
}

impl Meter {
    /// `before` rows were read already, of about `expected`.
    pub(super) fn new(before: &Counts, expected: u64) -> Self {
        Self {
            rows: AtomicU64::new(before.rows),
            unfit: AtomicU64::new(before.unfit_rows()),
            before: before.rows,
            expected,
        }
    }

    /// A line that says how far the run is, after this process worked so long.
    pub(super) fn line(&self, worked: Duration) -> String {
        let rows = self.rows.load(Ordering::Relaxed);
        let speed = (rows - self.before.min(rows)) as f64 / worked.as_secs_f64().max(0.001);
        let mut line = grouped(rows);
        if self.expected > 0 {
            line += &format!(" of about {}", grouped(self.expected));
        }
        line += " rows";
        // The number of rows of a table is six hours old, and can be too small.
        if let Some(percent) = (rows * 100).checked_div(self.expected) {
            line += &format!(" ({} %)", percent.min(100));
        }
        line += &format!(", {} rows/s", grouped(speed.round() as u64));
        let left = self.expected.saturating_sub(rows);
        if speed >= 0.5 && left > 0 {
            line += &format!(", about {} left", duration((left as f64 / speed) as u64));
        }
        match self.unfit.load(Ordering::Relaxed) {
            0 => line,
            unfit => format!("{line}, {} do not fit", grouped(unfit)),
        }
    }
}

impl Progress for Meter {
    fn page(&self, _: &Segment, page: &Counts, _: &Counts) {
        self.rows.fetch_add(page.rows, Ordering::Relaxed);
        self.unfit.fetch_add(page.unfit_rows(), Ordering::Relaxed);
    }
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds in the two largest units.
fn duration(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: u64) -> Counts {
        Counts {
            rows,
            ..Counts::default()
        }
    }

    #[test]
    fn a_line_has_rows_percent_speed_and_the_time_left() {
        let meter = Meter::new(&rows(1_000), 10_000);
        let segment = &Segment::all("t", 1)[0];
        meter.page(segment, &rows(500), &rows(1_500));
        assert_eq!(
            meter.line(Duration::from_secs(5)),
            "1,500 of about 10,000 rows (15 %), 100 rows/s, about 1 min left"
        );
        let mut unfit = rows(20_000);
        unfit.unfit.insert("row-does-not-fit".to_owned(), 2);
        meter.page(segment, &unfit, &rows(0));
        assert_eq!(
            meter.line(Duration::from_secs(205)),
            "21,500 of about 10,000 rows (100 %), 100 rows/s, 2 do not fit"
        );
        let new = Meter::new(&rows(0), 0);
        assert_eq!(new.line(Duration::ZERO), "0 rows, 0 rows/s");
    }

    #[test]
    fn numbers_and_durations_are_readable() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [59, 60, 3_599, 3_600, 7_260].map(duration),
            ["59 s", "1 min", "59 min", "1 h 0 min", "2 h 1 min"]
        );
    }
}

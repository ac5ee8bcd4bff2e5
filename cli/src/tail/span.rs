//! Reads and writes durations: `90s`, `15m`, `2h`.

use std::time::Duration;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a whole number and a unit.
pub(super) fn read(text: &str) -> Result<Duration, String> {
    let shape = || "a time is a whole number above zero with the unit s, m, h or d, such as 15m".to_owned();
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(unit, _)| text.ends_with(*unit))
        .ok_or_else(shape)?;
    let number = text
        .get(..text.len() - 1)
        .and_then(|digits| digits.parse::<u64>().ok());
    let seconds = number.and_then(|number| number.checked_mul(seconds));
    // A year is long enough, and does not overflow a clock.
    seconds
        .filter(|seconds| (1..=365 * 86_400).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(shape)
}

/// The duration in the largest unit that fits.
pub(super) fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let (unit, length) = UNITS
        .into_iter()
        .find(|(_, length)| seconds >= *length && seconds.is_multiple_of(*length))
        .unwrap_or(('s', 1));
    format!(
        "{} {}",
        seconds / length,
        match unit {
            'd' => "days",
            'h' => "hours",
            'm' => "minutes",
            _ => "seconds",
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7_200), ("365d", 31_536_000)] {
            assert_eq!(read(text), Ok(Duration::from_secs(seconds)));
        }
        for text in [
            "",
            "15",
            "m",
            "0s",
            "-1s",
            "1.5h",
            "366d",
            "99999999999999999999d",
            "é",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(in_words(Duration::from_secs(1_200)), "20 minutes");
    }
}

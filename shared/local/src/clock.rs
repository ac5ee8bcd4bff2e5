//! The time of day, and ages for people.

use std::time::SystemTime;

use user_events_core::Time;

const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Now, to the millisecond.
pub fn now() -> Time {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let milliseconds = i64::try_from(since_1970.as_millis()).unwrap_or_default();
    Time::from_millisecond(milliseconds).unwrap_or(Time::UNIX_EPOCH)
}

/// The time since `then` in its largest unit, such as `3 d`. A time in the future gives `0 s`.
pub fn age(then: Time, now: Time) -> String {
    let seconds = (now.as_millisecond() - then.as_millisecond()) / 1_000;
    in_largest_unit(u64::try_from(seconds).unwrap_or_default())
}

/// Seconds in their largest unit, such as `3 d`.
pub fn in_largest_unit(seconds: u64) -> String {
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| seconds >= *unit)
        .unwrap_or((1, "s"));
    format!("{} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_in_the_largest_unit_that_fits() {
        let at = |seconds: i64| Time::from_millisecond(seconds * 1_000).unwrap();
        let ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 1_209_600].map(|age_| age(at(0), at(age_)));
        assert_eq!(
            ages,
            ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "14 d"]
        );
        assert_eq!(age(at(10), at(0)), "0 s");
    }
}

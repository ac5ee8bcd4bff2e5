//! Made-up series: what a metric has in each minute.

use std::collections::BTreeMap;

/// The values of one metric, one a minute at most.
#[derive(Clone, Copy)]
pub(super) enum Pattern {
    /// No data.
    Nothing,
    /// The same value in every minute.
    Each(f64),
    /// A value in the first minute of so many, and no data in the others.
    Every(usize, f64),
    /// A value in the first minute of so many, and zero in the others.
    Among(usize, f64),
    /// A value in the first minute, and no data after it.
    Once(f64),
    /// One value for so many minutes, then another one.
    Then(f64, usize, f64),
}

impl Pattern {
    fn at(self, minute: usize) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Each(value) => Some(value),
            Self::Every(minutes, value) => minute.is_multiple_of(minutes).then_some(value),
            Self::Among(minutes, value) => Some(if minute.is_multiple_of(minutes) {
                value
            } else {
                0.0
            }),
            Self::Once(value) => (minute == 0).then_some(value),
            Self::Then(first, minutes, then) => Some(if minute < minutes { first } else { then }),
        }
    }
}

/// What the metrics of an alarm have in one phase, by id of the metric in metric maths, or by name. A metric that is not
/// here has no data.
pub(super) type Phase<'a> = &'a [(&'a str, Pattern)];

/// The data of the metrics of one alarm.
#[derive(Default)]
pub(super) struct Data {
    minutes: usize,
    values: BTreeMap<String, Vec<Option<f64>>>,
}

impl Data {
    /// Adds minutes.
    pub(super) fn then(mut self, minutes: usize, phase: Phase) -> Self {
        for (metric, pattern) in phase {
            let values = self.values.entry((*metric).to_owned()).or_default();
            values.resize(self.minutes, None);
            values.extend((0..minutes).map(|minute| pattern.at(minute)));
        }
        self.minutes += minutes;
        self
    }

    pub(super) fn minutes(&self) -> usize {
        self.minutes
    }

    /// The names of the metrics with data.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The statistic of a metric from one minute to before another. `None` when there is no data.
    pub(super) fn statistic(&self, metric: &str, statistic: &str, from: isize, until: isize) -> Option<f64> {
        let values = self.values.get(metric)?;
        let from = usize::try_from(from).unwrap_or(0).min(values.len());
        let until = usize::try_from(until).unwrap_or(0).clamp(from, values.len());
        let values = || values[from..until].iter().copied().flatten();
        let count = values().count();
        if count == 0 {
            return None;
        }
        Some(match statistic {
            // Of a metric of which the number of samples counts, the series has that number.
            "Sum" | "SampleCount" => values().sum(),
            "Average" => values().sum::<f64>() / count as f64,
            "Maximum" => values().fold(f64::MIN, f64::max),
            "Minimum" => values().fold(f64::MAX, f64::min),
            other => panic!("the evaluator lacks the statistic {other}"),
        })
    }
}

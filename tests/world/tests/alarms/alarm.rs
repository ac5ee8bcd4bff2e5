//! One metric alarm: its definition in a template, and its state on made-up series (Amazon CloudWatch User Guide, *Alarm
//! evaluation* and *Configuring how CloudWatch alarms treat missing data*).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::maths::{Maths, Missing, Value};
use super::series::{Data, Pattern};

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

/// What the guide leaves open. An alarm must work with each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// What metric maths makes of missing operands.
    missing: Missing,
    /// CloudWatch reads more periods than it evaluates, and «the exact number» is not told. If periods lack data, it looks
    /// at older ones among those.
    more_periods: usize,
    /// Whether periods begin at multiples of their length, or end with the minute of the evaluation.
    pub(super) aligned: bool,
}

#[derive(Debug)]
pub(super) struct Alarm {
    metrics: Vec<Metric>,
    /// Expressions by id, and the id of the one that is watched.
    expressions: BTreeMap<String, String>,
    watched: String,
    pub(super) period_minutes: usize,
    pub(super) evaluation_periods: usize,
    pub(super) datapoints_to_alarm: usize,
    threshold: f64,
    comparison: String,
    missing_data: String,
}

#[derive(Debug)]
struct Metric {
    /// The id in metric maths, or the metric's name.
    id: String,
    statistic: String,
}

impl Alarm {
    /// Reads the properties of an alarm. Parameters have these values.
    pub(super) fn read(properties: &Json, parameters: &[(&str, &str)]) -> Self {
        let number = |value: &Json| rendered(value, parameters).parse().unwrap();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let whole = |value: &Json| usize::try_from(value.as_u64().unwrap()).unwrap();
        let evaluation_periods = whole(&properties["EvaluationPeriods"]);
        let mut alarm = Self {
            metrics: Vec::new(),
            expressions: BTreeMap::new(),
            watched: text(&properties["MetricName"]),
            period_minutes: 0,
            evaluation_periods,
            datapoints_to_alarm: properties["DatapointsToAlarm"]
                .as_u64()
                .map_or(evaluation_periods, |points| usize::try_from(points).unwrap()),
            threshold: number(&properties["Threshold"]),
            comparison: text(&properties["ComparisonOperator"]),
            missing_data: text(&properties["TreatMissingData"]),
        };
        let mut periods = BTreeSet::new();
        if !properties["MetricName"].is_null() {
            alarm.metrics.push(Metric {
                id: alarm.watched.clone(),
                statistic: text(&properties["Statistic"]),
            });
            periods.insert(whole(&properties["Period"]));
        }
        for query in properties["Metrics"].as_array().into_iter().flatten() {
            let id = text(&query["Id"]);
            if query["ReturnData"] != Json::Bool(false) {
                assert_eq!(alarm.watched, "", "an alarm watches one series");
                alarm.watched.clone_from(&id);
            }
            if let Some(expression) = query["Expression"].as_str() {
                alarm.expressions.insert(id, expression.to_owned());
                continue;
            }
            periods.insert(whole(&query["MetricStat"]["Period"]));
            alarm.metrics.push(Metric {
                id,
                statistic: text(&query["MetricStat"]["Stat"]),
            });
        }
        let period = periods.pop_first().unwrap();
        assert!(periods.is_empty(), "all metrics of an alarm have one period");
        assert!(period.is_multiple_of(60), "a period is a multiple of a minute");
        alarm.period_minutes = period / 60;
        alarm
    }

    /// The ways to read the guide that can differ for this alarm.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        for missing in [Missing::Propagates, Missing::IsZero] {
            if missing == Missing::IsZero && self.expressions.is_empty() {
                continue;
            }
            for more_periods in [0, 2] {
                for aligned in [false, true] {
                    if self.period_minutes > 1 || !aligned {
                        readings.push(Reading {
                            missing,
                            more_periods,
                            aligned,
                        });
                    }
                }
            }
        }
        readings
    }

    /// The state at the end of some minute, after a state before.
    fn state(&self, data: &Data, minute: usize, before: State, reading: Reading) -> State {
        let points = self.points(data, minute, reading);
        let real: Vec<bool> = points
            .iter()
            .rev()
            .flatten()
            .map(|value| self.breaches(*value))
            .collect();
        // The newest points with data, and as many filled ones as lack.
        let used = &real[..real.len().min(self.evaluation_periods)];
        let filled = self.evaluation_periods - used.len();
        let breaching = used.iter().filter(|breaches| **breaches).count();
        let (breaching, all_missing) = match self.missing_data.as_str() {
            "breaching" => (breaching + filled, false),
            "notBreaching" => (breaching, false),
            "ignore" if filled > 0 => return before,
            "missing" | "" => (breaching, used.is_empty()),
            "ignore" => (breaching, false),
            other => panic!("missing data cannot be treated as {other}"),
        };
        if all_missing {
            State::InsufficientData
        } else if breaching >= self.datapoints_to_alarm {
            State::Alarm
        } else {
            State::Ok
        }
    }

    /// The values of the periods that end with a minute, the oldest first.
    fn points(&self, data: &Data, minute: usize, reading: Reading) -> Vec<Option<f64>> {
        let periods = self.evaluation_periods + reading.more_periods;
        let unfinished = if reading.aligned {
            (minute + 1) % self.period_minutes
        } else {
            0
        };
        let end = isize::try_from(minute + 1 - unfinished).unwrap();
        let length = isize::try_from(self.period_minutes).unwrap();
        let mut series = BTreeMap::new();
        for metric in &self.metrics {
            let value = |back: isize| {
                let until = end - back * length;
                data.statistic(&metric.id, &metric.statistic, until - length, until)
            };
            let values = (0..isize::try_from(periods).unwrap()).rev().map(value).collect();
            series.insert(metric.id.clone(), Value::Series(values));
        }
        let mut open: Vec<_> = self.expressions.iter().collect();
        // An expression may use others, which come first.
        while !open.is_empty() {
            let ready = |expression: &str, open: &[(&String, &String)]| {
                let words = expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                !words
                    .into_iter()
                    .any(|word| open.iter().any(|(id, _)| *id == word))
            };
            let next = open.iter().position(|(_, expression)| ready(expression, &open));
            let (id, expression) = open.remove(next.expect("expressions use each other in a circle"));
            let maths = Maths {
                series: &series,
                missing: reading.missing,
            };
            let value = maths.evaluate(expression);
            series.insert(id.clone(), value);
        }
        match series.remove(&self.watched) {
            Some(Value::Series(values)) => values,
            other => panic!("an alarm watches a series, not {other:?}"),
        }
    }

    fn breaches(&self, value: f64) -> bool {
        match self.comparison.as_str() {
            "GreaterThanThreshold" => value > self.threshold,
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            "LessThanThreshold" => value < self.threshold,
            "LessThanOrEqualToThreshold" => value <= self.threshold,
            other => panic!("the evaluator lacks {other}"),
        }
    }

    /// The state at the end of each minute. An alarm is evaluated every minute; one over more than a day, every hour. To
    /// save time, one with many periods is evaluated here once in five minutes.
    pub(super) fn states(&self, data: &Data, reading: Reading) -> Vec<State> {
        for metric in data.metrics() {
            assert!(
                self.metrics.iter().any(|own| own.id == metric),
                "the alarm does not watch {metric}"
            );
        }
        let step = if self.period_minutes * self.evaluation_periods > 24 * 60 {
            60
        } else {
            1
        };
        let mut state = State::InsufficientData;
        let mut states = Vec::with_capacity(data.minutes());
        for minute in 0..data.minutes() {
            if (minute + 1).is_multiple_of(step) {
                state = self.state(data, minute, state, reading);
            }
            states.push(state);
        }
        states
    }
}

/// The text of a value with `Ref` and `Fn::Sub` of parameters.
fn rendered(value: &Json, parameters: &[(&str, &str)]) -> String {
    let parameter = |name: &str| {
        let found = parameters.iter().find(|(own, _)| *own == name);
        found
            .unwrap_or_else(|| panic!("no value for the parameter {name}"))
            .1
    };
    if let Some(name) = value["Ref"].as_str() {
        return parameter(name).to_owned();
    }
    if let Some(text) = value["Fn::Sub"].as_str() {
        return parameters.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        });
    }
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The state of an alarm on `X` (breaching), `0` (not) and `-` (missing), as in the tables of the guide.
fn state(points: &str, (m, n): (usize, usize), treatment: &str) -> State {
    let properties = json!({
        "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": n, "DatapointsToAlarm": m,
        "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": treatment,
    });
    let mut data = Data::default();
    for point in points.split(' ') {
        let pattern = match point {
            "X" => Pattern::Each(1.0),
            "0" => Pattern::Each(0.0),
            _ => Pattern::Nothing,
        };
        data = data.then(1, &[("M", pattern)]);
    }
    // The tables read five points.
    let reading = Reading {
        missing: Missing::Propagates,
        more_periods: 5 - n,
        aligned: false,
    };
    Alarm::read(&properties, &[]).state(&data, 4, State::Ok, reading)
}

#[test]
fn the_tables_of_the_guide_hold() {
    use State::{Alarm, InsufficientData, Ok};
    for (points, missing, ignore, breaching, not_breaching) in [
        ("0 - X - X", Ok, Ok, Ok, Ok),
        ("- - - - 0", Ok, Ok, Ok, Ok),
        ("- - - - -", InsufficientData, Ok, Alarm, Ok),
        ("0 X X - X", Alarm, Alarm, Alarm, Alarm),
    ] {
        let states = ["missing", "ignore", "breaching", "notBreaching"]
            .map(|treatment| state(points, (3, 3), treatment));
        assert_eq!(states, [missing, ignore, breaching, not_breaching], "{points}");
    }
    for (points, breaching, not_breaching) in [
        ("0 - X - X", Alarm, Alarm),
        ("0 0 X 0 X", Alarm, Alarm),
        ("0 - X - -", Alarm, Ok),
        ("- - - - 0", Alarm, Ok),
        ("- - - X -", Alarm, Ok),
    ] {
        let states = ["breaching", "notBreaching"].map(|treatment| state(points, (2, 3), treatment));
        assert_eq!(states, [breaching, not_breaching], "{points}");
    }
}

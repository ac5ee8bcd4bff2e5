//! For every alarm: a series with which it goes off and is over again, one that it must bear, and what silence does.

use std::collections::BTreeSet;

use super::alarm::{Alarm, State};
use super::series::Pattern::{Among, Each, Every, Nothing, Once, Then};
use super::series::{Data, Phase};
use super::templates::{alarm, alarms, templates};

/// What it means that the metrics of an alarm have no data.
#[derive(Debug)]
enum Silence {
    /// That nothing happened.
    Harmless,
    /// That something may be broken. This alarm says so.
    SeenBy(&'static str),
    /// That the thing is broken, and the alarm goes off: it is the trouble itself.
    IsTheTrouble,
    /// That what reports all the time has stopped, so that missing data counts as trouble.
    GoesOff,
}

struct Case {
    alarm: &'static str,
    quiet: Phase<'static>,
    trouble: Phase<'static>,
    /// Minutes of trouble after which the alarm has gone off.
    fires_within: usize,
    /// Minutes of quiet after which it is over.
    clears_within: usize,
    /// Minutes of something that looks like trouble and is none.
    bears: (usize, Phase<'static>),
    silence: Silence,
}

const PARAMETERS: [(&str, &str); 2] = [("IteratorAgeAlarmSeconds", "300"), ("AgeAlarmSeconds", "900")];

const SILENT: &str = "publisher/SilentAlarm";

fn silent(alarm: &'static str) -> Case {
    Case {
        alarm,
        quiet: &[("written", Each(5.0)), ("records", Each(5.0))],
        trouble: &[("written", Each(5.0)), ("records", Nothing)],
        fires_within: 20,
        clears_within: 60,
        // A mapping that waits five minutes for a full batch.
        bears: (60, &[("written", Each(5.0)), ("records", Every(5, 25.0))]),
        silence: Silence::IsTheTrouble,
    }
}

fn undeliverable(alarm: &'static str) -> Case {
    Case {
        alarm,
        quiet: &[("NumberOfNotificationsFailedToRedriveToDlq", Nothing)],
        trouble: &[("NumberOfNotificationsFailedToRedriveToDlq", Once(1.0))],
        fires_within: 1,
        clears_within: 30,
        bears: (10, &[("NumberOfNotificationsFailedToRedriveToDlq", Each(0.0))]),
        silence: Silence::Harmless,
    }
}

/// An alarm on a metric that the functions or the consumer count, over one period.
fn counted(
    alarm: &'static str,
    quiet: Phase<'static>,
    trouble: Phase<'static>,
    clears_within: usize,
) -> Case {
    Case {
        alarm,
        quiet,
        trouble,
        fires_within: 1,
        clears_within,
        bears: (10, quiet),
        silence: Silence::Harmless,
    }
}

fn errors(alarm: &'static str, silence: Silence) -> Case {
    Case {
        alarm,
        quiet: &[("Errors", Each(0.0))],
        trouble: &[("Errors", Each(1.0))],
        fires_within: 3,
        clears_within: 5,
        // One crash and its retry.
        bears: (60, &[("Errors", Among(10, 2.0))]),
        silence,
    }
}

fn throttles(alarm: &'static str, silence: Silence) -> Case {
    Case {
        alarm,
        quiet: &[("Throttles", Each(0.0))],
        trouble: &[("Throttles", Each(3.0))],
        fires_within: 3,
        clears_within: 5,
        bears: (60, &[("Throttles", Among(5, 3.0))]),
        silence,
    }
}

fn depth(alarm: &'static str) -> Case {
    Case {
        alarm,
        quiet: &[("visible", Each(0.0)), ("hidden", Each(0.0))],
        trouble: &[("visible", Each(1.0)), ("hidden", Each(0.0))],
        fires_within: 1,
        clears_within: 3,
        bears: (10, &[("visible", Nothing), ("hidden", Nothing)]),
        silence: Silence::Harmless,
    }
}

/// Queue metrics are missing only when a queue was empty and unused for hours (Amazon SQS Developer Guide, Available
/// CloudWatch metrics for Amazon SQS).
fn stuck(alarm: &'static str, fires_within: usize) -> Case {
    Case {
        alarm,
        quiet: &[
            ("visible", Each(0.0)),
            ("hidden", Each(2.0)),
            ("deleted", Each(2.0)),
        ],
        trouble: &[
            ("visible", Each(3.0)),
            ("hidden", Each(2.0)),
            ("deleted", Each(0.0)),
        ],
        fires_within,
        clears_within: 15,
        // A long queue that moves.
        bears: (
            120,
            &[
                ("visible", Each(90_000.0)),
                ("hidden", Each(20.0)),
                ("deleted", Every(4, 1.0)),
            ],
        ),
        silence: Silence::Harmless,
    }
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case {
            alarm: "publisher/IteratorAgeAlarm",
            quiet: &[("IteratorAge", Each(900.0))],
            trouble: &[("IteratorAge", Each(300_001.0))],
            fires_within: 3,
            clears_within: 5,
            bears: (60, &[("IteratorAge", Each(300_000.0))]),
            silence: Silence::SeenBy(SILENT),
        },
        errors("publisher/ErrorsAlarm", Silence::SeenBy(SILENT)),
        Case {
            alarm: "publisher/ErrorsPersistAlarm",
            quiet: &[("Errors", Each(0.0))],
            // A timeout of 15 minutes.
            trouble: &[("Errors", Every(15, 1.0))],
            fires_within: 31,
            clears_within: 60,
            bears: (180, &[("Errors", Among(30, 3.0))]),
            silence: Silence::SeenBy(SILENT),
        },
        Case {
            alarm: "publisher/FailedRecordsLostAlarm",
            quiet: &[("DestinationDeliveryFailures", Nothing)],
            trouble: &[("DestinationDeliveryFailures", Once(1.0))],
            fires_within: 5,
            // The stream still has the records.
            clears_within: 24 * 60 + 10,
            bears: (10, &[("DestinationDeliveryFailures", Each(0.0))]),
            silence: Silence::Harmless,
        },
        throttles("publisher/ThrottlesAlarm", Silence::SeenBy(SILENT)),
        Case {
            alarm: "publisher/NothingRecognisedAlarm",
            quiet: &[("skipped", Each(0.0)), ("recognised", Each(5.0))],
            trouble: &[("skipped", Each(5.0)), ("recognised", Each(0.0))],
            fires_within: 15,
            clears_within: 15,
            bears: (60, &[("skipped", Each(100.0)), ("recognised", Every(15, 1.0))]),
            silence: Silence::SeenBy(SILENT),
        },
        Case {
            alarm: "publisher/SealKeyRefusedAlarm",
            quiet: &[("DataKeysRefused", Each(0.0))],
            trouble: &[("DataKeysRefused", Each(12.0))],
            fires_within: 1,
            clears_within: 5,
            bears: (10, &[("DataKeysRefused", Nothing)]),
            silence: Silence::SeenBy("observability/SealKeyChangedAlarm"),
        },
        Case {
            alarm: "publisher/SubjectKeysFailedAlarm",
            quiet: &[("SubjectKeysFailed", Each(0.0))],
            trouble: &[("SubjectKeysFailed", Each(2.0))],
            fires_within: 3,
            clears_within: 5,
            // A request and its repetition, now and then.
            bears: (60, &[("SubjectKeysFailed", Among(10, 2.0))]),
            silence: Silence::SeenBy(SILENT),
        },
        counted(
            "publisher/UnknownValuesAlarm",
            &[("UnknownValues", Each(0.0))],
            &[("UnknownValues", Once(1.0))],
            60,
        ),
        counted(
            "publisher/StoredAlarm",
            &[("Stored", Each(0.0))],
            &[("Stored", Once(1.0))],
            5,
        ),
        counted(
            "publisher/OrderBrokenAlarm",
            &[("OrderBroken", Each(0.0))],
            &[("OrderBroken", Once(1.0))],
            5,
        ),
        counted(
            "publisher/OriginMissingAlarm",
            &[("OriginMissing", Each(0.0))],
            &[("OriginMissing", Once(1.0))],
            60,
        ),
        errors(
            "redrive/ErrorsAlarm",
            Silence::SeenBy("observability/RedriveStuckAlarm"),
        ),
        throttles(
            "redrive/ThrottlesAlarm",
            Silence::SeenBy("observability/RedriveStuckAlarm"),
        ),
        counted(
            "redrive/ForeignAlarm",
            &[("Foreign", Each(0.0))],
            &[("Foreign", Once(1.0))],
            5,
        ),
        depth("observability/ParkedDepthAlarm"),
        Case {
            alarm: "observability/ParkedNewAlarm",
            quiet: &[("sent", Each(0.0)), ("visible", Each(4.0)), ("hidden", Each(0.0))],
            trouble: &[("sent", Once(1.0)), ("visible", Each(5.0)), ("hidden", Each(0.0))],
            fires_within: 1,
            clears_within: 15,
            // Somebody reads the queue.
            bears: (
                60,
                &[
                    ("sent", Each(0.0)),
                    ("visible", Then(0.0, 2, 4.0)),
                    ("hidden", Then(4.0, 2, 0.0)),
                ],
            ),
            silence: Silence::Harmless,
        },
        Case {
            alarm: "observability/ParkedAgeAlarm",
            quiet: &[("visible", Each(0.0)), ("hidden", Each(0.0))],
            trouble: &[("visible", Each(1.0)), ("hidden", Each(0.0))],
            fires_within: 7 * 24 * 60,
            clears_within: 6 * 60,
            bears: (6 * 24 * 60, &[("visible", Each(1.0)), ("hidden", Each(0.0))]),
            silence: Silence::Harmless,
        },
        stuck("observability/RedriveStuckAlarm", 60),
        undeliverable("observability/AccountUndeliverableAlarm"),
        undeliverable("observability/ProfileUndeliverableAlarm"),
        undeliverable("observability/AuthenticationUndeliverableAlarm"),
        undeliverable("observability/AccessUndeliverableAlarm"),
        Case {
            alarm: "observability/SealKeyChangedAlarm",
            quiet: &[("matched", Nothing), ("triggered", Nothing)],
            trouble: &[("matched", Nothing), ("triggered", Once(1.0))],
            fires_within: 1,
            clears_within: 80,
            bears: (60, &[("matched", Each(0.0)), ("triggered", Each(0.0))]),
            // An account without a trail.
            silence: Silence::SeenBy("publisher/SealKeyRefusedAlarm"),
        },
        Case {
            alarm: "observability/SubjectKeysChangedAlarm",
            quiet: &[("matched", Nothing), ("triggered", Nothing)],
            trouble: &[("matched", Once(1.0)), ("triggered", Nothing)],
            fires_within: 1,
            clears_within: 80,
            bears: (60, &[("matched", Each(0.0)), ("triggered", Each(0.0))]),
            // An account without a trail.
            silence: Silence::SeenBy("publisher/SubjectKeysFailedAlarm"),
        },
        Case {
            alarm: "subscriber/AgeAlarm",
            quiet: &[("ApproximateAgeOfOldestMessage", Each(2.0))],
            trouble: &[("ApproximateAgeOfOldestMessage", Each(901.0))],
            fires_within: 3,
            clears_within: 5,
            bears: (60, &[("ApproximateAgeOfOldestMessage", Each(900.0))]),
            silence: Silence::SeenBy("subscriber/StuckAlarm"),
        },
        stuck("subscriber/StuckAlarm", 15),
        stuck("subscriber/SnapshotStuckAlarm", 15),
        depth("subscriber/DeadLetterAlarm"),
        depth("subscriber/UndeliveredAlarm"),
        Case {
            alarm: "subscriber/NewDeadLetterAlarm",
            quiet: &[
                ("aside", Each(0.0)),
                ("visible1", Each(2.0)),
                ("hidden1", Each(0.0)),
                ("visible2", Each(3.0)),
            ],
            trouble: &[
                ("aside", Each(0.0)),
                ("visible1", Each(3.0)),
                ("hidden1", Each(0.0)),
                ("visible2", Each(3.0)),
            ],
            fires_within: 5,
            clears_within: 20,
            bears: (
                60,
                &[
                    ("visible1", Then(0.0, 2, 2.0)),
                    ("hidden1", Then(2.0, 2, 0.0)),
                    ("visible2", Each(3.0)),
                ],
            ),
            silence: Silence::Harmless,
        },
        counted(
            "subscriber/StaleAlarm",
            &[("Stale", Nothing)],
            &[("Stale", Once(1.0))],
            4,
        ),
        counted(
            "subscriber/DeniedAlarm",
            &[("Denied", Nothing)],
            &[("Denied", Once(1.0))],
            4,
        ),
        counted(
            "subscriber/OtherContentAlarm",
            &[("OtherContent", Nothing)],
            &[("OtherContent", Once(1.0))],
            4,
        ),
        counted(
            "subscriber/SubjectKeyMissingAlarm",
            &[("SubjectKeyMissing", Nothing)],
            &[("SubjectKeyMissing", Once(1.0))],
            4,
        ),
        Case {
            alarm: "backfill/FailedAlarm",
            // Without an execution there is no metric.
            quiet: &[("failed", Nothing), ("late", Nothing)],
            trouble: &[("failed", Once(1.0)), ("late", Each(0.0))],
            fires_within: 5,
            clears_within: 10,
            bears: (60, &[("failed", Each(0.0)), ("late", Each(0.0))]),
            silence: Silence::Harmless,
        },
        Case {
            alarm: "canary/Alarm",
            quiet: &[("CameBack", Every(5, 1.0))],
            trouble: &[("CameBack", Every(5, 0.0))],
            fires_within: 10,
            clears_within: 10,
            // A run that is late.
            bears: (60, &[("CameBack", Every(9, 1.0))]),
            silence: Silence::GoesOff,
        },
    ];
    cases.extend(
        [
            SILENT,
            "publisher/Silent2Alarm",
            "publisher/Silent3Alarm",
            "publisher/Silent4Alarm",
            "publisher/Silent5Alarm",
            "publisher/SilentErasuresAlarm",
        ]
        .map(silent),
    );
    cases
}

#[test]
fn every_alarm_of_the_templates_has_a_case() {
    let templates = templates();
    let alarms: BTreeSet<_> = alarms(&templates).map(|(path, _)| path).collect();
    let cases: BTreeSet<_> = cases().iter().map(|case| case.alarm.to_owned()).collect();
    assert_eq!(alarms, cases, "add a case in alarms/cases.rs");
}

#[test]
fn every_alarm_goes_off_and_is_over_again() {
    let templates = templates();
    for case in cases() {
        let alarm = Alarm::read(alarm(&templates, case.alarm), &PARAMETERS);
        let lead = (alarm.period_minutes * (alarm.evaluation_periods + 2)).min(240);
        for reading in alarm.readings() {
            let name = format!("{} with {reading:?}", case.alarm);
            // A period that begins at a multiple of its length may have to end first.
            let late = if reading.aligned { alarm.period_minutes } else { 0 };
            let trouble = case.fires_within + late;
            let data = Data::default()
                .then(lead, case.quiet)
                .then(trouble, case.trouble)
                // Longer than CloudWatch may look back, but not so long that nothing is proved.
                .then(case.clears_within + 2 * alarm.period_minutes + late, case.quiet);
            let states = alarm.states(&data, reading);
            assert_eq!(states[lead - 1], State::Ok, "before, {name}");
            let in_trouble = &states[lead..lead + trouble];
            assert!(in_trouble.contains(&State::Alarm), "in trouble, {name}");
            assert_eq!(states.last(), Some(&State::Ok), "after, {name}");
        }
    }
}

#[test]
fn no_alarm_goes_off_for_what_it_must_bear() {
    let templates = templates();
    for case in cases() {
        let alarm = Alarm::read(alarm(&templates, case.alarm), &PARAMETERS);
        let lead = (alarm.period_minutes * (alarm.evaluation_periods + 2)).min(240);
        let (minutes, harmless) = case.bears;
        for reading in alarm.readings() {
            let data = Data::default().then(lead, case.quiet).then(minutes, harmless);
            let states = alarm.states(&data, reading);
            let fired = states[lead - 1..].iter().position(|state| *state == State::Alarm);
            assert_eq!(fired, None, "{} with {reading:?}", case.alarm);
        }
    }
}

#[test]
fn silence_is_harmless_or_another_alarm_sees_it() {
    let templates = templates();
    let cases = cases();
    let known: BTreeSet<_> = cases.iter().map(|case| case.alarm).collect();
    for case in &cases {
        let alarm = Alarm::read(alarm(&templates, case.alarm), &PARAMETERS);
        let lead = (alarm.period_minutes * (alarm.evaluation_periods + 2)).min(240);
        match case.silence {
            Silence::Harmless | Silence::IsTheTrouble | Silence::GoesOff => {}
            Silence::SeenBy(other) => assert!(known.contains(other) && other != case.alarm, "{other}"),
        }
        let long = alarm.period_minutes * (alarm.evaluation_periods + 4);
        for reading in alarm.readings() {
            if matches!(case.silence, Silence::GoesOff) {
                let states = alarm.states(&Data::default().then(lead, case.quiet).then(long, &[]), reading);
                assert_eq!(
                    states.last(),
                    Some(&State::Alarm),
                    "{} with {reading:?}",
                    case.alarm
                );
                continue;
            }
            // From the start, and after a quiet time: no data is no alarm of its own.
            let states = alarm.states(&Data::default().then(long.min(600), &[]), reading);
            assert!(!states.contains(&State::Alarm), "{} with {reading:?}", case.alarm);
            let states = alarm.states(&Data::default().then(lead, case.quiet).then(long, &[]), reading);
            assert_eq!(states.last(), Some(&State::Ok), "{} with {reading:?}", case.alarm);
            // In trouble, silence ends the alarm: it says that the trouble is not seen any more.
            let data = Data::default()
                .then(lead, case.quiet)
                .then(case.fires_within, case.trouble)
                .then(long, &[]);
            let states = alarm.states(&data, reading);
            assert_eq!(states.last(), Some(&State::Ok), "{} with {reading:?}", case.alarm);
        }
    }
}

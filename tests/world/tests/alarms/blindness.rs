//! What the alarms could not see, one case each: first how an earlier alarm missed it, then the alarm that sees it.

use serde_json::{Value, json};

use super::alarm::{Alarm, State};
use super::series::Data;
use super::series::Pattern::{Each, Every, Nothing, Once, Then};
use super::templates::{alarm, templates};

/// An alarm on one metric, as there was one.
fn earlier(
    metric: &str,
    statistic: &str,
    (period, periods, points): (u64, u64, u64),
    threshold: u64,
) -> Value {
    json!({
        "MetricName": metric, "Statistic": statistic, "Period": period, "EvaluationPeriods": periods,
        "DatapointsToAlarm": points, "Threshold": threshold, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    })
}

/// How often an alarm goes off, at most and at least, over the ways to read the guide.
fn times_on(properties: &Value, data: &Data) -> (usize, usize) {
    let parameters = [("IteratorAgeAlarmSeconds", "300"), ("AgeAlarmSeconds", "900")];
    let alarm = Alarm::read(properties, &parameters);
    let times = alarm.readings().into_iter().map(|reading| {
        let states = alarm.states(data, reading);
        let on = |index: usize| states[index] == State::Alarm;
        (0..states.len())
            .filter(|index| on(*index) && (*index == 0 || !on(index - 1)))
            .count()
    });
    let times: Vec<_> = times.collect();
    (*times.iter().min().unwrap(), *times.iter().max().unwrap())
}

fn assert_silent(properties: &Value, data: &Data) {
    assert_eq!(times_on(properties, data), (0, 0), "{properties}");
}

/// Goes off, and as often with each way to read the guide.
fn assert_rings(properties: &Value, data: &Data, times: usize) {
    assert_eq!(times_on(properties, data), (times, times), "{properties}");
}

const DAY: usize = 24 * 60;
const VISIBLE: &str = "ApproximateNumberOfMessagesVisible";
const AGE: &str = "ApproximateAgeOfOldestMessage";

#[test]
fn a_parked_message_that_was_listed_three_times_still_grows_old() {
    let old = earlier(AGE, "Maximum", (300, 1, 1), 604_800);
    // SQS leaves the message out of the age after the third listing, on the second day.
    let age = Data::default().then(2 * DAY, &[(AGE, Each(100_000.0))]);
    assert_silent(&old, &age.then(6 * DAY, &[(AGE, Each(0.0))]));
    let listed = [("visible", Each(1.0)), ("hidden", Each(0.0))];
    let hours = Data::default().then(8 * DAY, &listed);
    assert_rings(alarm(&templates(), "observability/ParkedAgeAlarm"), &hours, 1);
}

#[test]
fn reading_a_queue_hides_its_messages_from_no_alarm() {
    let hour = [
        (60, Each(5.0), Each(0.0)),
        // Listing hides them all.
        (60, Each(0.0), Each(5.0)),
        (60, Each(5.0), Each(0.0)),
    ];
    let old = hour.iter().fold(Data::default(), |data, (minutes, visible, _)| {
        data.then(*minutes, &[(VISIBLE, *visible)])
    });
    // It said that the queue is empty, and rang again.
    assert_eq!(times_on(&earlier(VISIBLE, "Maximum", (60, 1, 1), 0), &old).1, 2);
    let new = hour
        .iter()
        .fold(Data::default(), |data, (minutes, visible, hidden)| {
            data.then(*minutes, &[("visible", *visible), ("hidden", *hidden)])
        });
    for path in [
        "observability/ParkedDepthAlarm",
        "subscriber/DeadLetterAlarm",
        "subscriber/UndeliveredAlarm",
    ] {
        assert_rings(alarm(&templates(), path), &new, 1);
    }
    assert_silent(
        alarm(&templates(), "observability/ParkedAgeAlarm"),
        &Data::default().then(6 * DAY, &[("visible", Each(0.0)), ("hidden", Each(5.0))]),
    );
}

#[test]
fn a_new_record_rings_while_the_queue_is_not_empty() {
    let mut depth = Data::default();
    let mut new = Data::default();
    for records in 1..=3 {
        let visible = Each(f64::from(records));
        depth = depth.then(60, &[("visible", visible), ("hidden", Each(0.0))]);
        new = new.then(
            60,
            &[("sent", Once(1.0)), ("visible", visible), ("hidden", Each(0.0))],
        );
    }
    let templates = templates();
    assert_rings(alarm(&templates, "observability/ParkedDepthAlarm"), &depth, 1);
    assert_rings(alarm(&templates, "observability/ParkedNewAlarm"), &new, 3);
}

#[test]
fn a_message_that_a_redrive_policy_moves_rings_although_sqs_does_not_count_it_as_sent() {
    // In the middle of a period, so that the average of that period is between the two.
    let moved = |[visible, hidden]: [&'static str; 2]| {
        Data::default()
            .then(63, &[(visible, Each(0.0)), (hidden, Each(0.0))])
            .then(60, &[(visible, Each(1.0)), (hidden, Each(0.0))])
    };
    let templates = templates();
    let parked = alarm(&templates, "observability/ParkedNewAlarm");
    assert_rings(parked, &moved(["visible", "hidden"]), 1);
    let dead = alarm(&templates, "subscriber/NewDeadLetterAlarm");
    assert_rings(dead, &moved(["visible1", "hidden1"]), 1);
}

#[test]
fn a_stopped_mapping_a_lost_permission_and_full_throttling_are_silence_that_rings() {
    let templates = templates();
    let silence = |metric| {
        Data::default()
            .then(120, &[(metric, Each(100.0))])
            .then(DAY, &[(metric, Nothing)])
    };
    assert_silent(
        alarm(&templates, "publisher/IteratorAgeAlarm"),
        &silence("IteratorAge"),
    );
    let quiet = Data::default().then(120, &[("Errors", Each(0.0))]).then(DAY, &[]);
    assert_silent(alarm(&templates, "publisher/ErrorsAlarm"), &quiet);
    let data = Data::default()
        .then(120, &[("written", Each(3.0)), ("records", Each(3.0))])
        .then(DAY, &[("written", Each(3.0))]);
    assert_rings(alarm(&templates, "publisher/SilentAlarm"), &data, 1);
    let throttled = Data::default()
        .then(30, &[("Throttles", Each(0.0))])
        .then(DAY, &[("Throttles", Each(9.0))]);
    assert_rings(alarm(&templates, "publisher/ThrottlesAlarm"), &throttled, 1);
}

#[test]
fn a_table_that_is_written_once_an_hour_rings_for_each_write_that_nobody_receives() {
    let templates = templates();
    let silent = alarm(&templates, "publisher/SilentAlarm");
    let lost = Data::default().then(180, &[("written", Every(60, 1.0))]);
    assert_rings(silent, &lost, 3);
    // The record comes three minutes after the write, in another period of some evaluations.
    let mut received = Data::default();
    for _ in 0..5 {
        received = received
            .then(3, &[("written", Once(1.0))])
            .then(57, &[("records", Once(1.0))]);
    }
    assert_silent(silent, &received);
}

#[test]
fn records_of_another_table_do_not_hide_a_silent_one() {
    // The function with several streams counts each table for itself.
    let templates = templates();
    let alarms =
        ["", "2", "3", "4", "5"].map(|number| alarm(&templates, &format!("publisher/Silent{number}Alarm")));
    let dimensions = |alarm: &Value, id: &str| {
        let metrics = alarm["Metrics"].as_array().unwrap();
        let metric = metrics.iter().find(|metric| metric["Id"] == id).unwrap();
        metric["MetricStat"]["Metric"]["Dimensions"].clone()
    };
    for (number, alarm) in ["", "2", "3", "4", "5"].iter().zip(alarms) {
        // arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>
        let table =
            json!({ "Fn::Select": [1, { "Fn::Split": ["/", { "Ref": format!("StreamArn{number}") }] }] });
        assert_eq!(
            dimensions(alarm, "written"),
            json!([{ "Name": "TableName", "Value": table }])
        );
        assert_eq!(
            dimensions(alarm, "records"),
            json!([
                { "Name": "FunctionName", "Value": { "Ref": "FunctionName" } },
                { "Name": "Table", "Value": table }
            ])
        );
    }
}

#[test]
fn what_the_silent_alarm_cannot_tell_is_as_documented() {
    let templates = templates();
    let silent = alarm(&templates, "publisher/SilentAlarm");
    // A table of another account: CloudWatch has no metric of it here.
    assert_silent(silent, &Data::default().then(DAY, &[("records", Nothing)]));
    // Writes that change nothing make no records, and look like a stopped mapping.
    assert_rings(silent, &Data::default().then(60, &[("written", Each(1.0))]), 1);
}

#[test]
fn a_function_that_times_out_every_quarter_of_an_hour_rings() {
    let templates = templates();
    let timeouts = Data::default().then(180, &[("Errors", Every(15, 1.0))]);
    assert_silent(alarm(&templates, "publisher/ErrorsAlarm"), &timeouts);
    assert_rings(alarm(&templates, "publisher/ErrorsPersistAlarm"), &timeouts, 1);
}

#[test]
fn a_queue_that_is_received_in_vain_rings_although_its_messages_have_no_age() {
    // A visibility timeout of three minutes: the third receive is after six, and the age never reaches 15 minutes.
    let templates = templates();
    let age = Data::default()
        .then(9, &[(AGE, Each(540.0))])
        .then(60, &[(AGE, Each(0.0))]);
    assert_silent(alarm(&templates, "subscriber/AgeAlarm"), &age);
    let stuck = [
        ("visible", Then(0.0, 1, 2.0)),
        ("hidden", Each(1.0)),
        ("deleted", Each(0.0)),
    ];
    for path in ["subscriber/StuckAlarm", "observability/RedriveStuckAlarm"] {
        assert_rings(alarm(&templates, path), &Data::default().then(120, &stuck), 1);
    }
}

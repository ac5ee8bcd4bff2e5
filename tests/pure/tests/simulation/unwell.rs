//! The publisher while KMS, SQS or SNS is unwell for minutes: its promises in numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use user_events_testkit::simulator::{
    Fault, Happening, Kind, Manner, Mapping, Outage, Run, Scenario, Service, Truth, UNKNOWN_STATUS, run,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A deployment with the template's defaults.
fn deployed() -> Scenario {
    Scenario {
        mapping: Mapping {
            max_retries: Some(100),
            max_age: Some(Duration::from_secs(43_200)),
            function_timeout: MINUTE,
            ..Scenario::default().mapping
        },
        ..Scenario::default()
    }
}

/// The same with a service that is down from the start.
fn without(service: Service, manner: Manner, until: Duration) -> Scenario {
    let mut scenario = deployed();
    scenario.faults.until = until;
    scenario.faults.outages.push(Outage {
        service,
        manner,
        from: Duration::ZERO,
        until,
    });
    scenario
}

/// Runs the scenario. Fails if it breaks a promise.
fn kept(scenario: &Scenario) -> Run {
    let run = run(scenario).unwrap();
    let broken: Vec<_> = run.judgement.violations.iter().take(3).collect();
    assert!(
        broken.is_empty(),
        "{} broken, among them {broken:?}",
        run.judgement.violations.len()
    );
    run
}

/// When each record was first delivered.
fn delivered(run: &Run) -> BTreeMap<usize, Duration> {
    let mut delivered = BTreeMap::new();
    for moment in &run.history {
        if let Happening::Invoked { records, .. } = &moment.what {
            for record in records {
                delivered.entry(*record).or_insert(moment.at);
            }
        }
    }
    delivered
}

/// The longest time from a record's first delivery to the publication of its last event, among these records.
fn slowest(run: &Run, among: impl Fn(&Truth) -> bool) -> Duration {
    let mut taken = BTreeMap::new();
    for moment in &run.history {
        if let Happening::Taken { id, .. } = &moment.what {
            taken.entry(id.as_str()).or_insert(moment.at);
        }
    }
    let delivered = delivered(run);
    let records = run.truths.iter().enumerate().filter(|(_, truth)| among(truth));
    let delays = records.flat_map(|(record, truth)| {
        let (taken, delivered) = (&taken, delivered[&record]);
        let events = truth.events.iter();
        events.map(move |event| {
            taken
                .get(event.id.as_str())
                .map_or(Duration::MAX, |at| *at - delivered)
        })
    });
    delays.max().unwrap()
}

fn needs_no_key(truth: &Truth) -> bool {
    !truth.parks && truth.events.iter().all(|event| !event.sealed)
}

fn deliveries(run: &Run, record: usize) -> usize {
    let delivers =
        |what: &Happening| matches!(what, Happening::Invoked { records, .. } if records.contains(&record));
    run.history.iter().filter(|moment| delivers(&moment.what)).count()
}

fn copies(run: &Run) -> usize {
    let parks = |what: &Happening| matches!(what, Happening::Parked { .. });
    run.history.iter().filter(|moment| parks(&moment.what)).count()
}

#[test]
fn a_silent_kms_does_not_hold_events_that_need_no_key() {
    let classes = [
        Kind::Registered,
        Kind::ProfileUpdated,
        Kind::AddressAdded,
        Kind::LoggedIn,
    ];
    for (timeout, classes) in [(15, &classes[..1]), (60, &classes[..1]), (60, &classes[..])] {
        let mut scenario = without(Service::Keys, Manner::Silent, 10 * MINUTE);
        scenario.mapping.function_timeout = Duration::from_secs(timeout);
        for (user, kind) in (100..).zip(classes) {
            scenario.write(Duration::ZERO, user, *kind);
        }
        for user in 0..10 {
            scenario.write(Duration::ZERO, user, Kind::SoftDeleted);
        }
        let first = run(&scenario).unwrap();
        let slowest = slowest(&first, needs_no_key);
        let case = format!("{} classes, a timeout of {timeout} s", classes.len());
        assert!(
            slowest <= SECOND,
            "{case}: the deletions were out after {slowest:?}"
        );
        kept(&scenario);
    }
}

#[test]
fn an_hour_without_kms_gives_nothing_up_and_holds_nothing_that_needs_no_key() {
    for manner in [Manner::Refuses, Manner::Throttles, Manner::Silent] {
        let mut scenario = without(Service::Keys, manner, 60 * MINUTE);
        for minute in 0..70 {
            let arrival = (MINUTE * minute).saturating_sub(9 * MINUTE);
            let (user, kind) = match minute % 4 {
                0 => (1, Kind::EmailChanged),
                1 => (2, Kind::LoggedIn),
                2 => (u64::from(10 + minute), Kind::SessionRevoked),
                _ => (u64::from(10 + minute), Kind::RoleUnassigned),
            };
            scenario.write(arrival, user, kind);
        }
        let run = run(&scenario).unwrap();
        let (given_up, retries) = (run.judgement.given_up, deliveries(&run, 0) - 1);
        assert_eq!(given_up, 0, "{manner:?}: {given_up} records went to OnFailure");
        assert!(retries < 100, "{manner:?}: {retries} retries");
        let slowest = slowest(&run, needs_no_key);
        assert!(slowest <= SECOND, "{manner:?}: {slowest:?} for what needs no key");
        kept(&scenario);
    }
}

#[test]
fn a_parked_queue_that_is_down_does_not_hold_good_records() {
    for manner in [Manner::Silent, Manner::Throttles, Manner::Refuses] {
        for poison in [8, 40] {
            let mut scenario = without(Service::Parking, manner, 10 * MINUTE);
            for user in 0..100 {
                let kind = match user {
                    user if user < poison => Kind::MissingAttribute,
                    user if user % 2 == 0 => Kind::Registered,
                    _ => Kind::SoftDeleted,
                };
                scenario.write(Duration::ZERO, user, kind);
            }
            let run = run(&scenario).unwrap();
            let slowest = slowest(&run, |truth| !truth.parks);
            let good = 100 - poison;
            assert!(
                slowest <= SECOND,
                "{manner:?}: {good} good records were out after {slowest:?}, with {poison} to be parked"
            );
            let given_up = run.judgement.given_up;
            assert_eq!(given_up, 0, "{manner:?}: {given_up} records went to OnFailure");
            kept(&scenario);
        }
    }
}

#[test]
fn a_record_above_the_limit_of_the_parked_queue_is_kept_and_does_not_block_its_shard() {
    let mut scenario = deployed();
    scenario.mapping.max_retries = Some(3);
    scenario.write(Duration::ZERO, 1, Kind::Oversized);
    scenario.write(Duration::ZERO, 2, Kind::SoftDeleted);
    scenario.write(MINUTE, 1, Kind::SoftDeleted);
    let run = run(&scenario).unwrap();
    let judgement = &run.judgement;
    assert_eq!((judgement.given_up, judgement.parked), (0, 1), "given up, kept");
    assert_eq!(run.judgement.stored, 1);
    assert!(slowest(&run, |truth| !truth.parks) <= SECOND);
    kept(&scenario);
}

#[test]
fn the_same_poison_delivered_a_hundred_times_is_parked_once() {
    let mut scenario = without(Service::Keys, Manner::Refuses, 10 * MINUTE);
    scenario.mapping.function_timeout = 5 * SECOND;
    (scenario.mapping.max_retries, scenario.mapping.bisect) = (None, false);
    scenario.write(Duration::ZERO, 1, Kind::Registered);
    scenario.write(Duration::ZERO, 2, Kind::MissingAttribute);
    let run = run(&scenario).unwrap();
    let (deliveries, copies) = (deliveries(&run, 1), copies(&run));
    assert!(deliveries >= 100, "{deliveries} deliveries");
    assert_eq!(copies, 1, "copies after {deliveries} deliveries");
    kept(&scenario);
}

#[test]
fn a_record_that_is_twice_in_a_batch_is_sent_or_parked_once() {
    let mut scenario = deployed();
    scenario.faults.until = MINUTE;
    scenario.faults.per_mille.insert(Fault::RecordTwice, 1_000);
    let kinds = [
        Kind::Registered,
        Kind::SoftDeleted,
        Kind::VerifiedAndActivated,
        Kind::MissingAttribute,
    ];
    for (user, kind) in (0..).zip(kinds) {
        scenario.write(Duration::ZERO, user, kind);
    }
    let run = run(&scenario).unwrap();
    let sent = run.history.iter().filter_map(|moment| match &moment.what {
        Happening::Sent { ids, .. } => Some(ids.len()),
        _ => None,
    });
    assert_eq!(
        (sent.sum::<usize>(), copies(&run)),
        (4, 1),
        "events sent, records parked"
    );
    kept(&scenario);
}

#[test]
fn calls_under_way_when_the_time_is_up_are_awaited_within_the_margin() {
    let mut scenario = deployed();
    // No call starts after 2.5 s, and the answers arrive 0.9 s later.
    scenario.mapping.function_timeout = 4 * SECOND;
    scenario.mapping.max_retries = Some(1);
    scenario.faults.call_time = Some(Duration::from_millis(3_400));
    for user in 0..80 {
        scenario.write(Duration::ZERO, user, Kind::SoftDeleted);
    }
    let run = run(&scenario).unwrap();
    let again: usize = run.judgement.duplicates.values().sum();
    assert_eq!(again, 0, "{again} events were sent again");
    assert_eq!(run.judgement.invocations, 1);
    kept(&scenario);
}

#[test]
fn with_no_time_left_no_call_starts() {
    let mut scenario = deployed();
    scenario.mapping.function_timeout = Duration::from_millis(1_500);
    scenario.mapping.max_retries = Some(0);
    scenario.mapping.bisect = false;
    for user in 0..80 {
        scenario.write(Duration::ZERO, user, Kind::SoftDeleted);
    }
    let run = run(&scenario).unwrap();
    let calls = |what: &Happening| matches!(what, Happening::Sent { .. });
    let calls = run.history.iter().filter(|moment| calls(&moment.what)).count();
    assert_eq!(calls, 0, "calls started with no time left");
}

#[test]
fn a_guessed_password_does_not_hold_the_revocations_of_its_user_while_kms_is_down() {
    let mut scenario = without(Service::Keys, Manner::Refuses, 10 * MINUTE);
    scenario.write(Duration::ZERO, 1, Kind::KnownLoginFailed);
    scenario.write(Duration::ZERO, 1, Kind::SessionRevoked);
    let slowest = slowest(&run(&scenario).unwrap(), needs_no_key);
    assert!(slowest <= SECOND, "the revocation was out after {slowest:?}");
    kept(&scenario);
}

#[test]
fn every_kind_of_change_is_published_as_what_it_is() {
    let broken = Kind::all().filter_map(|kind| {
        let mut scenario = deployed();
        scenario.write(Duration::ZERO, 1, kind);
        scenario.write(Duration::ZERO, 2, kind);
        let violations = run(&scenario).unwrap().judgement.violations;
        let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
        (!violations.is_empty()).then(|| format!("{kind:?}: {}", violations.join("; ")))
    });
    let broken: Vec<_> = broken.collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn an_unknown_value_of_an_enumeration_is_published_as_it_is() {
    let mut scenario = deployed();
    scenario.write(Duration::ZERO, 1, Kind::UnknownValue);
    let run = kept(&scenario);
    let bodies = run.history.iter().filter_map(|moment| match &moment.what {
        Happening::Taken { body, .. } => serde_json::from_str::<Value>(body).ok(),
        _ => None,
    });
    let statuses: Vec<_> = bodies.map(|event| event["data"]["status"].clone()).collect();
    assert_eq!(statuses, [UNKNOWN_STATUS]);
}

#[test]
fn a_batch_of_ten_thousand_records_is_published_in_one_invocation() {
    let kinds = [
        Kind::Registered,
        Kind::SoftDeleted,
        Kind::SessionRevoked,
        Kind::RoleUnassigned,
        Kind::MissingAttribute,
    ];
    let mut scenario = deployed();
    scenario.mapping.batch_size = 10_000;
    for place in 0..10_000 {
        // Every second record is of one user.
        let user = if place % 2 == 0 { place } else { 1 };
        let kind = kinds.into_iter().cycle().nth(place as usize / 2).unwrap();
        let kind = if user == 1 { Kind::SessionRevoked } else { kind };
        scenario.write(Duration::ZERO, user, kind);
    }
    scenario.mapping.function_timeout = 15 * MINUTE;
    let run = kept(&scenario);
    assert_eq!(run.judgement.invocations, 1);
    assert_eq!(run.judgement.published + run.judgement.parked, 10_000);
}

#[test]
fn with_lane_batching_a_hot_user_gets_four_hundred_events_a_second() {
    let mut scenario = deployed();
    scenario.lane_batching = true;
    scenario.mapping.batch_size = 1_000;
    scenario.faults.call_time = Some(Duration::from_millis(25));
    for _ in 0..400 {
        scenario.write(Duration::ZERO, 1, Kind::SessionRevoked);
    }
    let run = kept(&scenario);
    let took = slowest(&run, needs_no_key);
    let rate = 400.0 / took.as_secs_f64();
    assert!(rate >= 400.0, "{rate:.0} events a second");
}

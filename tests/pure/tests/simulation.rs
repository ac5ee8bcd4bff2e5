//! The publisher under seeded faults in virtual time, and the proof that the oracle detects every violation.

mod unwell;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use user_events_catalog::classes::Contact;
use user_events_core::description::sample_data_key;
use user_events_core::{Seal, Sensitive, SubjectKey, subject_key_name};
use user_events_testkit::simulator::{
    Breach, Cause, End, Expected, Fault, Happening, Moment, Scenario, Tally, Terms, Truth, judge, run, shrink,
};

const SEEDS: u64 = 1_000;
const EVENTS_PER_RUN: usize = 10;

#[test]
fn a_thousand_seeded_runs_lose_nothing_and_keep_order() {
    let half = |parity: u64| {
        std::thread::spawn(move || {
            let mut tally = Tally::default();
            for seed in (0..SEEDS).filter(|seed| seed % 2 == parity) {
                let scenario = Scenario::from_seed(seed, EVENTS_PER_RUN);
                let run = run(&scenario).unwrap();
                if !run.judgement.violations.is_empty() {
                    let (_, smallest) = shrink(&scenario).unwrap().unwrap();
                    panic!(
                        "seed {seed} breaks a promise; replay it with: {}\n{}",
                        scenario.command(),
                        smallest
                    );
                }
                tally.add(&scenario, &run);
            }
            tally
        })
    };
    let tallies = [half(0), half(1)].map(|half| half.join().unwrap());
    let sum = |count: &dyn Fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>();
    assert_eq!(sum(&Tally::runs), 1_000);
    assert!(sum(&Tally::events) >= 1_000 * EVENTS_PER_RUN);
    assert!(sum(&Tally::faults) >= 5_000, "{} faults", sum(&Tally::faults));
    for fault in Fault::ALL {
        assert!(sum(&|tally| tally.struck(fault)) > 0, "{fault}: not once");
    }
}

#[test]
fn a_thousand_runs_with_persons_keys_leave_nothing_of_the_erased_and_everything_of_the_others() {
    let half = |parity: u64| {
        std::thread::spawn(move || {
            let mut tally = Tally::default();
            for seed in (0..SEEDS).filter(|seed| seed % 2 == parity) {
                let scenario = Scenario::with_persons(seed, EVENTS_PER_RUN);
                let run = run(&scenario).unwrap();
                if let Some(violation) = run.judgement.violations.first() {
                    panic!(
                        "seed {seed} breaks a promise: {violation}\nreplay it with: {}",
                        scenario.command()
                    );
                }
                tally.add(&scenario, &run);
            }
            tally
        })
    };
    let tallies = [half(0), half(1)].map(|half| half.join().unwrap());
    let sum = |count: &dyn Fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>();
    assert_eq!(sum(&Tally::runs), 1_000);
    let (sealed, erased) = (sum(&|tally| tally.persons().0), sum(&|tally| tally.persons().1));
    assert!(
        sealed >= 2_000 && erased >= 500,
        "{sealed} sealed, {erased} erased"
    );
    for fault in Fault::OF_PERSONS {
        assert!(sum(&|tally| tally.struck(fault)) > 0, "{fault}: not once");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..20 {
        for scenario in [Scenario::from_seed(seed, 30), Scenario::with_persons(seed, 30)] {
            let trace = || run(&scenario).unwrap().to_string();
            let (first, second) = (trace(), trace());
            assert!(first.lines().count() > 30);
            assert_eq!(first, second, "seed {seed}");
        }
    }
}

/// The records of one user, one event each. The last one is poison if asked for.
fn truths(records: usize) -> Vec<Truth> {
    let truth = |record: usize| Truth {
        raw: json!({ "record": record }).to_string(),
        sequence_number: (100 + record).to_string(),
        arrival: Duration::ZERO,
        about: "by hand".to_owned(),
        lane: Some("users/u1".to_owned()),
        group: Some("users/u1".to_owned()),
        events: vec![Expected {
            id: format!("event-{record}"),
            event_type: "UserRegisteredEventV1",
            sealed: false,
        }],
        parks: false,
    };
    (0..records).map(truth).collect()
}

fn poison(mut truths: Vec<Truth>, record: usize) -> Vec<Truth> {
    truths[record].parks = true;
    truths[record].events.clear();
    truths
}

fn sent(call: u64, process: u64, events: &[&str]) -> Happening {
    let ids = events.iter().map(|id| (*id).to_owned()).collect();
    Happening::Sent { call, process, ids }
}

fn told(call: u64, process: u64, event: &str) -> Happening {
    Happening::Told {
        call,
        process,
        ids: vec![event.to_owned()],
    }
}

fn taken_saying(call: u64, event: &str, data: &Value) -> Happening {
    let record: usize = event.trim_start_matches("event-").parse().unwrap_or(0);
    let body = json!({
        "id": event, "type": "UserRegisteredEventV1", "sequence": format!("{:0>40}.0000", 100 + record),
        "partitionkey": "users/u1", "data": data,
    });
    Happening::Taken {
        call,
        id: event.to_owned(),
        body: body.to_string(),
        replay: false,
    }
}

fn taken(call: u64, event: &str) -> Happening {
    taken_saying(call, event, &json!({}))
}

/// The complete history of one event without faults.
fn published(call: u64, process: u64, event: &str) -> Vec<Happening> {
    vec![
        sent(call, process, &[event]),
        taken(call, event),
        told(call, process, event),
    ]
}

fn parked_by(process: u64, record: usize) -> Vec<Happening> {
    let raw = json!({ "record": record }).to_string();
    let message = format!(r#"{{"record":{raw}}}"#);
    vec![
        Happening::Parked { process, message },
        Happening::ParkedTold { process, raw },
    ]
}

fn parked(record: usize) -> Vec<Happening> {
    parked_by(1, record)
}

fn invoked(records: &[usize]) -> Vec<Happening> {
    let records = records.to_vec();
    vec![Happening::Invoked { process: 1, records }]
}

fn fault(fault: Fault) -> Vec<Happening> {
    vec![Happening::Struck { fault, number: 1 }]
}

/// An answer that reports the record.
fn reported(record: usize) -> Vec<Happening> {
    let answer = json!({ "batchItemFailures": [{ "itemIdentifier": (100 + record).to_string() }] });
    ended(1, End::Answered(answer))
}

fn ended(process: u64, end: End) -> Vec<Happening> {
    vec![Happening::Ended { process, end }]
}

/// The promises that a history breaks. One second passes between two happenings.
fn breaches(truths: &[Truth], history: Vec<Vec<Happening>>) -> Vec<Breach> {
    let terms = Terms {
        longest_delay: Some(Duration::from_secs(10)),
        ..Terms::default()
    };
    breaches_by(&terms, truths, history)
}

fn breaches_by(terms: &Terms, truths: &[Truth], history: Vec<Vec<Happening>>) -> Vec<Breach> {
    let history: Vec<_> = (1..)
        .zip(history.into_iter().flatten())
        .map(|(second, what)| Moment {
            at: Duration::from_secs(second),
            what,
        })
        .collect();
    let judgement = judge(truths, &history, terms);
    judgement
        .violations
        .iter()
        .map(|violation| violation.breach)
        .collect()
}

#[test]
fn a_history_without_fault_breaks_no_promise() {
    let history = vec![published(1, 1, "event-0"), parked(1), published(2, 1, "event-2")];
    assert_eq!(breaches(&poison(truths(3), 1), history), []);
}

#[test]
fn an_event_that_was_not_published_is_lost() {
    assert_eq!(breaches(&truths(1), vec![]), [Breach::Lost]);
    assert_eq!(breaches(&poison(truths(1), 0), vec![]), [Breach::Lost]);
    assert_eq!(
        breaches(&truths(1), vec![vec![sent(1, 1, &["event-0"])]]),
        [Breach::Lost]
    );
    let given_up = vec![vec![Happening::OnFailure { records: vec![0] }]];
    assert_eq!(breaches(&truths(1), given_up), []);
}

#[test]
fn first_deliveries_out_of_stream_order_are_reordered() {
    let history = vec![published(1, 1, "event-1"), published(2, 1, "event-0")];
    assert_eq!(
        breaches(&truths(2), history),
        [Breach::Reordered, Breach::PastUnsettled]
    );
}

#[test]
fn an_event_is_not_sent_past_one_whose_outcome_is_unknown_or_that_is_not_parked() {
    let unknown = vec![
        vec![sent(1, 1, &["event-0"]), taken(1, "event-0")],
        published(2, 1, "event-1"),
    ];
    assert_eq!(breaches(&truths(2), unknown), [Breach::PastUnsettled]);
    let unparked = vec![published(1, 1, "event-1"), parked(0)];
    assert_eq!(breaches(&poison(truths(2), 0), unparked), [Breach::PastUnsettled]);
}

#[test]
fn two_of_a_lane_in_a_call_are_seen() {
    let call = vec![
        sent(1, 1, &["event-0", "event-1"]),
        taken(1, "event-0"),
        taken(1, "event-1"),
        told(1, 1, "event-0"),
        told(1, 1, "event-1"),
    ];
    assert_eq!(
        breaches(&truths(2), vec![call]),
        [Breach::TwoOfALane, Breach::PastUnsettled]
    );
}

#[test]
fn a_duplicate_is_a_violation_only_if_the_process_knew_of_the_acceptance() {
    let twice = |process| vec![published(1, 1, "event-0"), published(2, process, "event-0")];
    assert_eq!(breaches(&truths(1), twice(1)), [Breach::NeedlessDuplicate]);
    assert_eq!(breaches(&truths(1), twice(2)), []);
    let unknown = vec![
        vec![sent(1, 1, &["event-0"]), taken(1, "event-0")],
        published(2, 1, "event-0"),
    ];
    assert_eq!(breaches(&truths(1), unknown), []);
}

#[test]
fn duplicates_are_counted_by_their_cause() {
    let again = |end: Option<End>| {
        let end = end.map(|end| ended(1, end)).unwrap_or_default();
        let history = vec![published(1, 1, "event-0"), end, published(2, 2, "event-0")];
        let history = history.into_iter().flatten();
        let history: Vec<_> = history
            .map(|what| Moment {
                at: Duration::ZERO,
                what,
            })
            .collect();
        judge(&truths(1), &history, &Terms::default()).duplicates
    };
    for (end, cause) in [
        (Some(End::Crashed), Cause::Crash),
        (Some(End::Froze), Cause::Timeout),
        (None, Cause::NewInstance),
    ] {
        assert_eq!(again(end), [(cause, 1)].into());
    }
}

#[test]
fn a_duplicate_must_say_the_same() {
    let other = vec![
        sent(2, 2, &["event-0"]),
        taken_saying(2, "event-0", &json!({ "other": true })),
    ];
    let history = vec![published(1, 1, "event-0"), other];
    assert_eq!(breaches(&truths(1), history), [Breach::DuplicateDiffers]);
}

#[test]
fn an_event_without_a_change_is_invented() {
    let history = vec![published(1, 1, "event-0"), published(2, 1, "event-9")];
    assert_eq!(
        breaches(&truths(1), history),
        [Breach::Invented, Breach::Invented]
    );
}

#[test]
fn an_event_says_what_its_change_was_and_opens() {
    let mut other = truths(1);
    other[0].sequence_number = "7".to_owned();
    assert_eq!(
        breaches(&other, vec![published(1, 1, "event-0")]),
        [Breach::Misdescribed]
    );
    let mut unsealed = truths(1);
    unsealed[0].events[0].sealed = true;
    assert_eq!(
        breaches(&unsealed, vec![published(1, 1, "event-0")]),
        [Breach::Misdescribed]
    );
    let sealed = json!({ "contact": { "sealed": "a.b.c.d.e", "dataKey": "", "keyArn": "" } });
    let history = vec![sent(1, 1, &["event-0"]), taken_saying(1, "event-0", &sealed)];
    assert_eq!(breaches(&truths(1), vec![history]), [Breach::Misdescribed]);
}

#[test]
fn only_poison_is_parked_and_it_is_parked_whole() {
    let needless = vec![published(1, 1, "event-0"), parked(0)];
    assert_eq!(breaches(&truths(1), needless), [Breach::ParkedNeedlessly]);
    assert_eq!(
        breaches(&poison(truths(1), 0), vec![parked(9)]),
        [Breach::Lost, Breach::NotParkedWhole]
    );
}

#[test]
fn an_event_of_another_group_is_misdescribed() {
    let mut other = truths(1);
    other[0].group = Some("attempts/t1".to_owned());
    assert_eq!(
        breaches(&other, vec![published(1, 1, "event-0")]),
        [Breach::Misdescribed]
    );
}

#[test]
fn a_record_that_is_stored_whole_in_the_bucket_is_kept() {
    let stored = |raw: &str| Happening::Stored {
        process: 1,
        object: format!(
            r#"{{"requestContext":{{"condition":"RecordTooLarge"}},"payload":{{"Records":[{raw}]}}}}"#
        ),
    };
    let poison = poison(truths(1), 0);
    let whole = poison[0].raw.clone();
    assert_eq!(breaches(&poison, vec![vec![stored(&whole)]]), []);
    assert_eq!(
        breaches(&poison, vec![vec![stored("{}")]]),
        [Breach::Lost, Breach::NotParkedWhole]
    );
}

#[test]
fn a_second_copy_of_a_parked_record_is_a_violation_only_if_the_process_knew_of_the_first() {
    let poison = poison(truths(1), 0);
    let untold = || parked(0).into_iter().take(1).collect::<Vec<_>>();
    assert_eq!(
        breaches(&poison, vec![parked(0), parked(0)]),
        [Breach::ParkedTwice]
    );
    assert_eq!(breaches(&poison, vec![untold(), parked(0)]), []);
    assert_eq!(breaches(&poison, vec![parked(0), parked_by(2, 0)]), []);
    let history = [
        parked(0),
        ended(1, End::Crashed),
        parked_by(2, 0),
        untold(),
        parked(0),
    ];
    let moment = |what| Moment {
        at: Duration::ZERO,
        what,
    };
    let history: Vec<_> = history.into_iter().flatten().map(moment).collect();
    let judgement = judge(&poison, &history, &Terms::default());
    assert_eq!(
        judgement.copies,
        [
            (Cause::Crash, 1),
            (Cause::NewInstance, 1),
            (Cause::UnknownOutcome, 1),
        ]
        .into()
    );
}

/// The terms of a function with this many seconds to start calls.
fn working(seconds: u64) -> Terms {
    Terms {
        working_time: Some(Duration::from_secs(seconds)),
        ..Terms::default()
    }
}

#[test]
fn an_event_that_waits_for_a_service_it_does_not_need_is_withheld() {
    let withheld = |truths: &[Truth], happened: Fault| {
        let history = vec![invoked(&[0]), fault(happened), published(1, 1, "event-0")];
        breaches_by(&working(10), truths, history).contains(&Breach::Withheld)
    };
    assert!(withheld(&truths(1), Fault::KeyNoAnswer));
    assert!(withheld(&truths(1), Fault::ParkingSilence));
    assert!(
        !withheld(&truths(1), Fault::Throttled),
        "the topic is unwell, too"
    );
    assert!(!withheld(&truths(1), Fault::Crash));
    let mut sealed = truths(1);
    sealed[0].events[0].sealed = true;
    assert!(!withheld(&sealed, Fault::KeyNoAnswer), "it needs a key");
    assert!(withheld(&sealed, Fault::ParkingSilence));
}

#[test]
fn an_event_behind_one_that_waits_for_a_service_is_not_withheld() {
    let late = |truths: &[Truth], happened: Fault| {
        let history = vec![
            invoked(&[0, 1]),
            fault(happened),
            published(1, 1, "event-0"),
            published(2, 1, "event-1"),
        ];
        let broken = breaches_by(&working(10), truths, history);
        broken.contains(&Breach::Withheld)
    };
    let mut sealed = truths(2);
    sealed[0].events[0].sealed = true;
    assert!(!late(&sealed, Fault::KeySilence), "its lane waits for a key");
    sealed[0].group = Some("users/u2".to_owned());
    sealed[0].lane = sealed[0].group.clone();
    assert!(late(&sealed, Fault::KeySilence));
    assert!(!late(&poison(truths(2), 0), Fault::ParkingOutage));
}

#[test]
fn a_record_is_given_up_early_if_the_function_answered_with_most_of_its_time_left() {
    let given_up = |wait: usize, end: Vec<Happening>| {
        let wait = vec![ended(9, End::Errored); wait];
        let history = [
            vec![invoked(&[0])],
            wait,
            vec![end, vec![Happening::OnFailure { records: vec![0] }]],
        ];
        breaches_by(&working(30), &truths(1), history.concat())
    };
    assert_eq!(given_up(0, reported(0)), [Breach::GivenUpEarly]);
    assert_eq!(given_up(8, reported(0)), [Breach::GivenUpEarly]);
    assert_eq!(given_up(10, reported(0)), []);
    assert_eq!(given_up(0, ended(1, End::Crashed)), []);
    assert_eq!(given_up(0, ended(1, End::AnswerLost)), []);
    let aged = Terms {
        max_age: Some(Duration::from_secs(1)),
        ..working(30)
    };
    let history = vec![
        invoked(&[0]),
        reported(0),
        vec![Happening::OnFailure { records: vec![0] }],
    ];
    assert_eq!(
        breaches_by(&aged, &truths(1), history),
        [],
        "it is given up for its age"
    );
}

#[test]
fn an_answer_while_calls_are_under_way_and_a_call_when_the_time_is_over_are_seen() {
    let terms = Terms {
        answer_time: Some(Duration::from_secs(5)),
        ..working(2)
    };
    let answered = |wait: usize| {
        let wait = vec![ended(9, End::Errored); wait];
        let end = ended(1, End::Answered(json!({ "batchItemFailures": [] })));
        let call = vec![sent(1, 1, &["event-0"]), taken(1, "event-0")];
        breaches_by(
            &terms,
            &truths(1),
            [vec![invoked(&[0]), call], wait, vec![end]].concat(),
        )
    };
    assert_eq!(answered(0), [Breach::Unheard]);
    assert_eq!(answered(3), [], "no time was left");
    let late = vec![invoked(&[0]), ended(9, End::Errored), ended(9, End::Errored)];
    let late = [late, vec![published(1, 1, "event-0")]].concat();
    assert_eq!(breaches_by(&terms, &truths(1), late), [Breach::Overran]);
}

/// With lane batching.
fn batching() -> Terms {
    Terms {
        lane_batching: true,
        ..Terms::default()
    }
}

fn all_of(call: u64, events: &[&str], accepted: &[&str]) -> Vec<Happening> {
    let mut happenings = vec![sent(call, 1, events)];
    happenings.extend(accepted.iter().map(|event| taken(call, event)));
    happenings.extend(accepted.iter().map(|event| told(call, 1, event)));
    happenings
}

fn as_a_replay(mut happenings: Vec<Happening>) -> Vec<Happening> {
    for happening in &mut happenings {
        if let Happening::Taken { replay, .. } = happening {
            *replay = true;
        }
    }
    happenings
}

#[test]
fn with_lane_batching_a_call_may_carry_consecutive_events_of_a_lane_and_no_others() {
    let both = ["event-0", "event-1"];
    let history = || vec![all_of(1, &both, &both)];
    assert_eq!(breaches_by(&batching(), &truths(2), history()), []);
    assert_eq!(
        breaches(&truths(2), history()),
        [Breach::TwoOfALane, Breach::PastUnsettled]
    );
    let gap = vec![
        all_of(1, &["event-0", "event-2"], &["event-0", "event-2"]),
        published(2, 1, "event-1"),
    ];
    assert!(breaches_by(&batching(), &truths(3), gap).contains(&Breach::PastUnsettled));
    let backwards = vec![all_of(1, &["event-1", "event-0"], &both)];
    assert_eq!(
        breaches_by(&batching(), &truths(2), backwards),
        [Breach::PastUnsettled]
    );
}

#[test]
fn with_lane_batching_an_event_that_follows_a_later_one_must_say_so_and_is_counted() {
    let broken = all_of(1, &["event-0", "event-1"], &["event-1"]);
    let again = || published(2, 1, "event-0");
    assert_eq!(
        breaches_by(&batching(), &truths(2), vec![broken.clone(), again()]),
        [Breach::Reordered]
    );
    let marked = vec![broken.clone(), as_a_replay(again())];
    assert_eq!(breaches_by(&batching(), &truths(2), marked.clone()), []);
    assert_eq!(breaches(&truths(2), marked).first(), Some(&Breach::Reordered));
    let unheard = broken.into_iter().take(2).collect();
    assert_eq!(
        breaches_by(
            &batching(),
            &truths(2),
            vec![
                unheard,
                all_of(2, &["event-0", "event-1"], &["event-0", "event-1"])
            ]
        ),
        [],
        "the process did not know of the later one"
    );
}

#[test]
fn with_lane_batching_the_process_that_sends_an_event_last_need_not_know_what_another_knew() {
    let broken = all_of(1, &["event-0", "event-1"], &["event-1"]);
    // The first process sends the event again, marked, and the connection breaks. Then it is killed.
    let lost = vec![sent(2, 1, &["event-0"])];
    let by_the_next = published(3, 2, "event-0");
    assert_eq!(
        breaches_by(&batching(), &truths(2), vec![broken, lost, by_the_next]),
        []
    );
}

#[test]
fn a_good_record_that_waits_too_long_is_delayed() {
    let idle = vec![
        Happening::Invoked {
            process: 1,
            records: vec![0]
        };
        9
    ];
    assert_eq!(
        breaches(&truths(1), vec![idle, published(1, 1, "event-0")]),
        [Breach::Delayed]
    );
}

#[test]
fn work_past_the_deadline_and_work_without_end_are_seen() {
    let history = vec![
        published(1, 1, "event-0"),
        ended(1, End::Overran),
        vec![Happening::StillUnsettled],
    ];
    assert_eq!(
        breaches(&truths(1), history),
        [Breach::Overran, Breach::NeverSettled]
    );
}

/// The row of the user of the histories by hand, and a key.
fn persons_key(secret: u8) -> (String, Arc<SubjectKey>) {
    let key = SubjectKey {
        key_id: BASE64_URL_SAFE_NO_PAD.encode([secret; 16]),
        secret: [secret; 32].into(),
    };
    (subject_key_name("/user-service", "users/u1"), Arc::new(key))
}

/// The history of an event whose class is sealed with this key of the person.
fn sealed_for_person(key: &SubjectKey) -> Vec<Happening> {
    let data_key = sample_data_key("contact");
    let mut content = Contact::default();
    content.email = Some("ada@example.com".to_owned());
    let mut contact = Sensitive::new(content);
    let contact = contact.as_mut().unwrap();
    contact.seal("event-0", &data_key, Some(key), [7; 12]).unwrap();
    let Happening::Taken {
        call,
        id,
        body,
        replay,
    } = taken_saying(1, "event-0", &json!({ "contact": contact }))
    else {
        panic!("it is taken")
    };
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["source"] = "/user-service".into();
    body["subject"] = "users/u1".into();
    let body = body.to_string();
    vec![
        sent(1, 1, &["event-0"]),
        Happening::Taken {
            call,
            id,
            body,
            replay,
        },
        told(1, 1, "event-0"),
    ]
}

fn breaches_with_persons(before: Vec<Happening>, after: Vec<Happening>) -> Vec<Breach> {
    let (_, key) = persons_key(1);
    let mut truths = truths(1);
    truths[0].events[0].sealed = true;
    let happenings = before.into_iter().chain(sealed_for_person(&key)).chain(after);
    let moment = |what| Moment {
        at: Duration::ZERO,
        what,
    };
    let history: Vec<_> = happenings.map(moment).collect();
    let terms = Terms {
        has_persons: true,
        ..Terms::default()
    };
    let violations = judge(&truths, &history, &terms).violations;
    violations.iter().map(|violation| violation.breach).collect()
}

#[test]
fn what_an_erased_person_leaves_readable_and_what_nobody_can_read_without_an_erasure_is_seen() {
    let (name, key) = persons_key(1);
    let (_, other) = persons_key(2);
    let row = |key: Option<&Arc<SubjectKey>>| Happening::PersonsKey {
        name: name.clone(),
        key: key.map(Arc::clone),
    };
    let erased = || Happening::Erased { name: name.clone() };
    let created = || vec![row(Some(&key))];
    assert_eq!(breaches_with_persons(created(), Vec::new()), []);
    assert_eq!(breaches_with_persons(created(), vec![erased(), row(None)]), []);
    assert_eq!(
        breaches_with_persons(created(), vec![erased()]),
        [Breach::Readable]
    );
    let restored = vec![erased(), row(None), row(Some(&key))];
    let twice = [Breach::Readable, Breach::Readable];
    assert_eq!(breaches_with_persons(created(), restored), twice);
    assert_eq!(
        breaches_with_persons(created(), vec![row(None)]),
        [Breach::Unreadable]
    );
    assert_eq!(
        breaches_with_persons(created(), vec![row(Some(&other))]),
        [Breach::Unreadable]
    );
    assert_eq!(
        breaches_with_persons(vec![row(Some(&other))], Vec::new()),
        [Breach::Misdescribed]
    );
}

//! The publisher under seeded faults in virtual time, and the proof that the oracle detects every violation.

use std::time::Duration;

use serde_json::{Value, json};
use user_events_testkit::simulator::{
    Breach, Cause, End, Expected, Fault, Happening, Moment, Scenario, Tally, Truth, judge, run, shrink,
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
fn the_same_seed_gives_the_same_run() {
    for seed in 0..20 {
        let trace = || run(&Scenario::from_seed(seed, 30)).unwrap().to_string();
        let (first, second) = (trace(), trace());
        assert!(first.lines().count() > 30);
        assert_eq!(first, second, "seed {seed}");
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
        events: vec![Expected {
            id: format!("event-{record}"),
            event_type: "UserRegisteredEventV1",
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
        "id": event, "type": "UserRegisteredEventV1", "sequence": format!("{:0>40}.0000", 100 + record), "data": data,
    });
    Happening::Taken {
        call,
        id: event.to_owned(),
        body: body.to_string(),
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

fn parked(record: usize) -> Vec<Happening> {
    let raw = json!({ "record": record }).to_string();
    let message = format!(r#"{{"record":{raw}}}"#);
    vec![Happening::Parked { message }, Happening::ParkedTold { raw }]
}

fn ended(process: u64, end: End) -> Vec<Happening> {
    vec![Happening::Ended { process, end }]
}

/// The promises that a history breaks. One second passes between two happenings.
fn breaches(truths: &[Truth], history: Vec<Vec<Happening>>) -> Vec<Breach> {
    let history: Vec<_> = (1..)
        .zip(history.into_iter().flatten())
        .map(|(second, what)| Moment {
            at: Duration::from_secs(second),
            what,
        })
        .collect();
    let judgement = judge(truths, &history, Some(Duration::from_secs(10)));
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
        judge(&truths(1), &history, None).duplicates
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

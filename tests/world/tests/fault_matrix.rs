//! The release binary under faults on the wire, one kind after the other. A poller redelivers by the rules of an event
//! source mapping, and the oracle of the simulation judges the run.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use user_events_testkit::simulator::{
    Fault, Happening, Kind, MAX_MESSAGE_BYTES, Manner, Mapping, Outage, Run, Scenario, Service, Verdict,
};
use user_events_testkit::{FunctionProcess, Stub, run_binary};

use crate::real_binaries::binary;

/// A scenario of the accounts table for one process, with all records in the stream from the start.
fn scenario(seed: u64, events: usize) -> Scenario {
    let mut scenario = Scenario::from_seed(seed, events);
    scenario.records.retain(|planned| planned.kind.is_account());
    for planned in &mut scenario.records {
        planned.arrival = Duration::ZERO;
        planned.verdict = None;
    }
    scenario.shards = 1;
    scenario.mapping = Mapping {
        batch_size: 10,
        retry_pause: Duration::from_millis(10),
        function_timeout: Duration::from_millis(1_500),
        ..Scenario::default().mapping
    };
    scenario.faults.per_mille.clear();
    scenario.faults.outages.clear();
    scenario.faults.slowest = Duration::from_millis(800);
    scenario
}

fn with_fault(fault: Fault, per_mille: u64) -> Scenario {
    let mut scenario = scenario(1_000 + fault as u64, 120);
    scenario.faults.per_mille.insert(fault, per_mille);
    scenario
}

fn with_poison(mut scenario: Scenario) -> Scenario {
    for (planned, kind) in scenario.records.iter_mut().step_by(5).zip(
        [
            Kind::MissingAttribute,
            Kind::TooLarge,
            Kind::UnknownAttributeType,
            Kind::NoRecord,
        ]
        .into_iter()
        .cycle(),
    ) {
        planned.kind = kind;
    }
    scenario
}

fn with_outage(service: Service, scenario: Scenario) -> Scenario {
    let mut scenario = scenario;
    scenario.faults.outages.push(Outage {
        service,
        manner: Manner::Refuses,
        from: Duration::ZERO,
        until: Duration::from_millis(1_200),
    });
    scenario
}

fn with_verdict(verdict: Verdict) -> Scenario {
    let mut scenario = scenario(2_000, 120);
    for planned in scenario
        .records
        .iter_mut()
        .filter(|planned| planned.place % 4 == 0)
    {
        planned.kind = Kind::VerifiedAndActivated;
        planned.verdict = Some(verdict);
    }
    scenario
}

/// Runs the account function through a scenario.
fn run(scenario: &Scenario, kill: impl FnMut(usize) -> Option<Duration>) -> Run {
    let limit = MAX_MESSAGE_BYTES.to_string();
    let variables = [
        ("MAX_MESSAGE_BYTES", limit.as_str()),
        ("DEADLINE_MARGIN_MS", "400"),
        ("FAILURE_BUCKET", "failures"),
    ];
    // Before the run, because its clock starts with the stub, and a first build takes minutes.
    let binary = binary("account");
    let start = |stub: &Stub| FunctionProcess::start(&binary, stub, &variables);
    run_binary(scenario, start, kill).unwrap()
}

/// Runs the account function through a scenario. Fails if the oracle finds a violation.
fn hold(name: &str, scenario: &Scenario) -> Run {
    let run = run(scenario, |_| None);
    assert!(run.judgement.violations.is_empty(), "{name}\n{run}");
    run
}

/// Prints to the test's output, even if the test passes.
fn say(text: &str) {
    let line = format!("{text}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn the_release_binary_keeps_every_promise_under_every_fault_at_the_wire() {
    let of = |fault, per_mille| (format!("{fault}"), with_fault(fault, per_mille), Some(fault));
    let cases = vec![
        of(Fault::Throttled, 400),
        of(Fault::ServerError, 400),
        of(Fault::Reset, 400),
        of(Fault::TakenThenDisconnected, 300),
        of(Fault::SlowAnswer, 200),
        of(Fault::NoAnswer, 150),
        of(Fault::EntryRefused, 300),
        of(Fault::EntryMissing, 300),
        of(Fault::EntryMissingTaken, 300),
        of(Fault::KeyDenied, 700),
        of(Fault::KeyNoAnswer, 700),
        (
            "outage of SNS".into(),
            with_outage(Service::Topic, scenario(1, 120)),
            Some(Fault::TopicOutage),
        ),
        (
            "outage of KMS".into(),
            with_outage(Service::Keys, scenario(2, 120)),
            Some(Fault::KeyOutage),
        ),
        (
            "outage of SQS".into(),
            with_outage(Service::Parking, with_poison(scenario(3, 120))),
            Some(Fault::ParkingOutage),
        ),
        (
            "SQS disconnects".into(),
            with_poison(with_fault(Fault::ParkingDisconnected, 400)),
            Some(Fault::ParkingDisconnected),
        ),
        (
            "SQS is silent".into(),
            with_poison(with_fault(Fault::ParkingNoAnswer, 300)),
            Some(Fault::ParkingNoAnswer),
        ),
        (
            "refused as the sender's fault".into(),
            with_verdict(Verdict::Refused),
            None,
        ),
        (
            "refused as a whole call".into(),
            with_verdict(Verdict::SpoilsItsCall),
            None,
        ),
    ];
    let left = Mutex::new(cases);
    let work = || {
        loop {
            let Some((name, scenario, fault)) = left.lock().unwrap().pop() else {
                return;
            };
            let run = hold(&name, &scenario);
            let judgement = &run.judgement;
            if let Some(fault) = fault {
                assert!(judgement.faults.contains_key(&fault), "{name} did not happen");
            }
            assert!(
                scenario.poison() == 0 || judgement.parked == scenario.poison(),
                "{name}\n{run}"
            );
            say(&format!(
                "{name}: {} published, {} parked, {} invocations, {:?}",
                judgement.published, judgement.parked, judgement.invocations, judgement.faults
            ));
        }
    };
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(work));
        threads.map(|thread| thread.join().unwrap())
    });
}

#[test]
fn a_deadline_that_is_too_short_for_a_batch_delays_it_and_loses_nothing() {
    let mut scenario = with_fault(Fault::SlowAnswer, 600);
    scenario.mapping.function_timeout = Duration::from_millis(700);
    scenario.mapping.batch_size = 40;
    let run = hold("short deadlines", &scenario);
    assert!(
        run.judgement.invocations > 2,
        "the batch fitted into one invocation\n{run}"
    );
}

#[test]
fn what_the_mapping_gives_up_goes_to_on_failure_whole() {
    let mut scenario = with_fault(Fault::Throttled, 1_000);
    scenario.records.truncate(10);
    scenario.mapping.max_retries = Some(1);
    scenario.mapping.bisect = false;
    let run = hold("retries used up", &scenario);
    let events = run.truths.iter().filter(|truth| !truth.events.is_empty()).count();
    assert!(events > 0 && run.judgement.published == 0);
    assert!(run.judgement.given_up >= events, "{run}");
}

#[test]
fn the_release_binary_killed_in_two_hundred_batches_loses_nothing() {
    const KILLS: usize = 200;
    let mut scenario = scenario(3_000, 10_000);
    // Answers take milliseconds, so that the process can be killed in the middle of a batch.
    scenario.faults.per_mille.insert(Fault::SlowAnswer, 1_000);
    scenario.faults.slowest = Duration::from_millis(8);
    let (mut seed, mut invocations) = (0x5EED_u64, 0);
    let kill = |killed| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        invocations += 1;
        // Every second invocation, at a random point of the batch.
        (killed < KILLS && invocations % 2 == 0).then(|| Duration::from_micros(seed >> 33 & 0x1FFF))
    };
    let run = run(&scenario, kill);
    let judgement = &run.judgement;
    assert!(judgement.violations.is_empty(), "{:?}", judgement.violations);
    let ended = |moment: &&user_events_testkit::simulator::Moment| {
        matches!(
            moment.what,
            Happening::Ended {
                end: user_events_testkit::simulator::End::Crashed,
                ..
            }
        )
    };
    let killed = run.history.iter().filter(ended).count();
    let again = judgement.duplicates.values().sum::<usize>();
    say(&format!(
        "killed in {killed} batches: {} events published, {again} again, {} parked, none lost",
        judgement.published, judgement.parked
    ));
    assert_eq!(killed, KILLS, "killed in {killed} batches only");
}

//! A run over the wire: a real binary behind the Lambda Runtime API, the faults of the stub, and a poller in real time.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::value::RawValue;

use crate::process::FunctionProcess;
use crate::simulator::{
    End, Happening, Moment, Next, Poller, Reply, Run, Scenario, Truth, Waiting, judge_over_the_wire,
};
use crate::stub::Stub;

/// How long after its timeout a function without an answer is ended.
const GRACE: Duration = Duration::from_secs(2);
/// No run over the wire takes longer, unless records are delivered again without end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a scenario of one shard through a real binary and judges it. `start` starts a process against the stub. `kill`
/// gets the number of processes killed so far, and returns after how long to kill the next invocation, if at all.
///
/// Fails when the binary does not start, and when the scenario has more than one reader.
pub fn run_binary(
    scenario: &Scenario,
    mut start: impl FnMut(&Stub) -> Result<FunctionProcess>,
    mut kill: impl FnMut(usize) -> Option<Duration>,
) -> Result<Run> {
    if scenario.shards * scenario.mapping.parallelization_factor != 1 {
        bail!("the scenario has more than one reader; set `shards` and `parallelization_factor` to 1");
    }
    let truths: Vec<Truth> = scenario.stream().into_iter().map(|(truth, _)| truth).collect();
    let stub = Stub::start_in(scenario)?;
    stub.replace_process();
    let waiting = truths.iter().enumerate().map(|(record, truth)| Waiting {
        record,
        sequence_number: truth.sequence_number.clone(),
        arrival: truth.arrival,
    });
    let mut poller = Poller::new(scenario.mapping.clone(), waiting.collect());
    let mut process = start(&stub)?;
    let mut killed = 0;
    loop {
        let mut given_up = Vec::new();
        let next = poller.next(stub.world().now(), &mut given_up);
        note_given_up(&stub, given_up);
        match next {
            Next::Done => break,
            Next::WaitUntil(at) => std::thread::sleep(at.saturating_sub(stub.world().now())),
            Next::Deliver(_) if stub.world().now() > PATIENCE => {
                stub.world().note(Happening::StillUnsettled);
                break;
            }
            Next::Deliver(records) => {
                let number = stub.process();
                stub.wait_until_ready()?;
                let end = invoke(
                    &stub,
                    &records,
                    &truths,
                    kill(killed),
                    scenario.mapping.function_timeout,
                )?;
                let reply = match &end {
                    End::Answered(answer) => Reply::Answer(answer.clone()),
                    _ => Reply::Failed,
                };
                if matches!(end, End::Crashed | End::Overran) {
                    killed += usize::from(end == End::Crashed);
                    process.kill()?;
                    stub.replace_process();
                    process = start(&stub)?;
                }
                stub.world().note(Happening::Ended { process: number, end });
                let mut given_up = Vec::new();
                poller.answered(&reply, stub.world().now(), &mut given_up);
                note_given_up(&stub, given_up);
            }
        }
    }
    drop(process.end()?);
    let history: Vec<Moment> = stub.take_history();
    let judgement = judge_over_the_wire(&truths, &history);
    Ok(Run {
        truths,
        history,
        judgement,
    })
}

fn invoke(
    stub: &Stub,
    records: &[Waiting],
    truths: &[Truth],
    kill: Option<Duration>,
    timeout: Duration,
) -> Result<End> {
    stub.world().note(Happening::Invoked {
        process: stub.process(),
        records: records.iter().map(|record| record.record).collect(),
    });
    let raw: Vec<Box<RawValue>> = records
        .iter()
        .filter_map(|record| truths.get(record.record))
        .map(|truth| RawValue::from_string(truth.raw.clone()))
        .collect::<Result<_, _>>()?;
    let invocation = stub.begin(format!(r#"{{"Records":{}}}"#, serde_json::to_string(&raw)?));
    let answer = stub.answer_within(invocation, kill.unwrap_or(timeout + GRACE));
    Ok(match answer {
        Some(answer) if answer.failed => End::Errored,
        Some(answer) => End::Answered(answer.body),
        None if kill.is_some() => End::Crashed,
        None => End::Overran,
    })
}

fn note_given_up(stub: &Stub, records: Vec<usize>) {
    if !records.is_empty() {
        stub.world().note(Happening::OnFailure { records });
    }
}

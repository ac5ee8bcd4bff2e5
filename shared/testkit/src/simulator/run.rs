//! A run in virtual time: the real publisher in this process, pollers of simulated shards, and faults.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::{join, join_all};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::history::{End, Happening, Moment, Truth};
use super::judge::judge;
use super::judgement::Judgement;
use super::poller::{Next, POLL_INTERVAL, Poller, Reply, Waiting};
use super::process::Process;
use super::scenario::Scenario;
use super::terms::Terms;
use super::world::World;
use crate::random::{mix, number_of};

/// How long after the last fault and the last write every record must be acknowledged: this time, and more for each record, because a
/// large run has more to repeat.
const PATIENCE: Duration = Duration::from_secs(1_800);
const PATIENCE_PER_RECORD: Duration = Duration::from_secs(60);
/// After this time every call that was sent has arrived.
const AFTERMATH: Duration = Duration::from_secs(10);

/// The result of a scenario.
#[derive(Debug)]
pub struct Run {
    /// The records, with their expected outcomes.
    pub truths: Vec<Truth>,
    /// Everything that happened.
    pub history: Vec<Moment>,
    /// The oracle's judgement.
    pub judgement: Judgement,
}

/// Runs a scenario and judges it. The same scenario gives the same run.
///
/// Fails when the configuration is invalid or the runtime does not start.
pub fn run(scenario: &Scenario) -> Result<Run> {
    let (truths, readers): (Vec<_>, Vec<_>) = scenario.stream().into_iter().unzip();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("the runtime of the simulation does not start")?;
    let history = runtime.block_on(async {
        let world = Arc::new(World::new(scenario));
        let read = |reader| Shard::new(scenario, &world, &truths, &readers, reader).read();
        let count = scenario.shards * scenario.mapping.parallelization_factor;
        let reading = join_all((0..count).map(read));
        let (ended, ()) = match &scenario.persons {
            Some(persons) => join(reading, world.persons(persons)).await,
            None => (reading.await, ()),
        };
        let ended: Result<Vec<()>> = ended.into_iter().collect();
        tokio::time::sleep(AFTERMATH).await;
        ended.map(|_| world.take_history())
    })?;
    let judgement = judge(&truths, &history, &scenario.terms());
    Ok(Run {
        truths,
        history,
        judgement,
    })
}

impl Scenario {
    fn terms(&self) -> Terms {
        Terms {
            longest_delay: self.longest_delay(),
            working_time: Some(self.working_time()),
            answer_time: Some(self.answer_time()),
            max_age: self.mapping.max_age,
            call_time: self.faults.call_time,
            lane_batching: self.lane_batching,
            has_persons: self.persons.is_some(),
        }
    }

    /// How long every good record may take to be published in a run without faults: its window, and the calls for all
    /// records before it, one after the other. Poison adds nothing. `None` in a run with faults.
    fn longest_delay(&self) -> Option<Duration> {
        let calm = self.faults.outages.is_empty() && self.faults.per_mille.values().all(|rate| *rate == 0);
        let work =
            Duration::from_millis(150) * u32::try_from(self.size + self.records.len()).unwrap_or(u32::MAX);
        calm.then(|| self.mapping.window + Duration::from_secs(5) + work)
    }
}

/// A reader of a shard, and the process that it invokes.
struct Shard<'a> {
    scenario: &'a Scenario,
    world: Arc<World>,
    truths: &'a [Truth],
    poller: Poller,
    process: Option<Process>,
}

impl<'a> Shard<'a> {
    fn new(
        scenario: &'a Scenario,
        world: &Arc<World>,
        truths: &'a [Truth],
        readers: &[usize],
        reader: usize,
    ) -> Self {
        let own = truths
            .iter()
            .enumerate()
            .filter(|(record, _)| readers.get(*record) == Some(&reader));
        let waiting = own.map(|(record, truth)| Waiting {
            record,
            sequence_number: truth.sequence_number.clone(),
            arrival: truth.arrival,
        });
        Self {
            scenario,
            world: Arc::clone(world),
            truths,
            poller: Poller::new(scenario.mapping.clone(), waiting.collect()),
            process: None,
        }
    }

    fn patience(&self) -> Duration {
        let last = self.truths.last().map(|truth| truth.arrival).unwrap_or_default();
        last + PATIENCE + PATIENCE_PER_RECORD * u32::try_from(self.truths.len()).unwrap_or(u32::MAX)
    }

    async fn read(mut self) -> Result<()> {
        loop {
            let mut given_up = Vec::new();
            let next = self.poller.next(self.world.now(), &mut given_up);
            self.note_given_up(given_up);
            match next {
                Next::Done => return Ok(()),
                Next::WaitUntil(at) => tokio::time::sleep_until(self.world.instant(at)).await,
                Next::Deliver(_) if self.world.now() > self.world.calm_from() + self.patience() => {
                    self.world.note(Happening::StillUnsettled);
                    return Ok(());
                }
                Next::Deliver(records) => {
                    let reply = self.invoke(&records).await?;
                    let mut given_up = Vec::new();
                    self.poller.answered(&reply, self.world.now(), &mut given_up);
                    self.note_given_up(given_up);
                }
            }
        }
    }

    fn note_given_up(&self, records: Vec<usize>) {
        if !records.is_empty() {
            self.world.note(Happening::OnFailure { records });
        }
    }

    async fn invoke(&mut self, records: &[Waiting]) -> Result<Reply> {
        let first = records.first().map(|first| number_of(&first.sequence_number));
        let target = self.world.attempt(mix(&[first.unwrap_or_default(), 2]));
        if self.process.is_some() && self.world.strikes(Fault::NewInstance, target) {
            self.process = None;
        }
        let process = match self.process.take() {
            Some(process) => process,
            None => Process::start(self.scenario, &self.world)?,
        };
        let records = self.delivered(records);
        let raw: Vec<Box<RawValue>> = records
            .iter()
            .filter_map(|record| self.truths.get(*record))
            .map(|truth| RawValue::from_string(truth.raw.clone()))
            .collect::<Result<_, _>>()?;
        self.world.note(Happening::Invoked {
            process: process.number,
            records,
        });
        let raw: Vec<&RawValue> = raw.iter().map(AsRef::as_ref).collect();
        let (end, survives) = self.handle(&process, &raw, target).await?;
        let reply = match &end {
            End::Answered(answer) => Reply::Answer(answer.clone()),
            _ => Reply::Failed,
        };
        self.world.note(Happening::Ended {
            process: process.number,
            end,
        });
        self.process = survives.then_some(process);
        Ok(reply)
    }

    /// The places of the records of a batch. A record may be in it twice.
    fn delivered(&self, records: &[Waiting]) -> Vec<usize> {
        let mut delivered = Vec::with_capacity(records.len());
        for waiting in records {
            let target = mix(&[number_of(&waiting.sequence_number), 3]);
            let twice = self.world.strikes(Fault::RecordTwice, target);
            delivered.extend(std::iter::repeat_n(waiting.record, 1 + usize::from(twice)));
        }
        delivered
    }

    /// How the invocation ends, and whether the process survives it.
    async fn handle(&self, process: &Process, raw: &[&RawValue], target: u64) -> Result<(End, bool)> {
        let world = &self.world;
        let start = world.now();
        let timeout = self.scenario.mapping.function_timeout;
        let deadline = world.instant(start + timeout);
        // A process dies or hangs at some early millisecond, because that is when it makes its calls.
        let fatal = [Fault::Crash, Fault::Timeout]
            .into_iter()
            .find_map(|fault| world.would_strike(fault, target).map(|number| (fault, number)));
        let busy = POLL_INTERVAL.as_millis() as u64;
        let cut = fatal.map_or(deadline, |_| {
            world.instant(start + Duration::from_millis(target % busy))
        });
        let handling = process.handle(raw, deadline);
        match (tokio::time::timeout_at(cut, handling).await, fatal) {
            (Ok(Some(response)), _) => {
                let answer = serde_json::to_value(&response)?;
                let lost = world.strikes(Fault::AnswerLost, target);
                Ok((
                    if lost {
                        End::AnswerLost
                    } else {
                        End::Answered(answer)
                    },
                    true,
                ))
            }
            (Ok(None), _) => Ok((End::Errored, true)),
            (Err(_), None) => Ok((End::Overran, false)),
            (Err(_), Some((fault, number))) => {
                world.note(Happening::Struck { fault, number });
                if fault == Fault::Crash {
                    return Ok((End::Crashed, false));
                }
                tokio::time::sleep_until(deadline).await;
                Ok((End::Froze, false))
            }
        }
    }
}

//! Generates a scenario from a seed.

use std::time::Duration;

use super::fault::{Fault, Manner, Service};
use super::kinds::{GOOD, IDLE, Kind, POISON};
use super::plan::{FaultPlan, Outage};
use super::poller::Mapping;
use super::scenario::{Persons, Planned, Restore, Scenario, Verdict};
use crate::random::{Random, mix};

/// One run in so many has a batch of 10,000 records, the most that a mapping delivers, which costs seconds.
const LARGE_BATCHES: u64 = 5_000;
/// The number of records of such a batch.
const LARGEST_BATCH: usize = 10_000;

/// Which services and processes have faults in a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// None.
    Calm,
    /// KMS and SQS only, and for minutes, so that delays can be judged.
    KeysAndParking,
    /// Any.
    Rough,
}

impl Scenario {
    /// The scenario of a seed, with at least `size` events.
    pub fn from_seed(seed: u64, size: usize) -> Self {
        let mut random = Random::new(mix(&[seed]));
        let weather = match random.below(1_000) {
            0..100 => Weather::Calm,
            100..250 => Weather::KeysAndParking,
            _ => Weather::Rough,
        };
        let large = seed % LARGE_BATCHES == LARGE_BATCHES - 1;
        let size = if large { size.max(LARGEST_BATCH) } else { size };
        let mut pick = |values: &[u64]| random.pick(values).unwrap_or_default();
        let limited = pick(&[0, 0, 1]) == 1;
        let batch_size = usize::try_from(pick(&[1, 3, 10, 10, 25, 100])).unwrap_or(1);
        let mapping = Mapping {
            batch_size: if large { LARGEST_BATCH } else { batch_size },
            window: Duration::from_secs(pick(&[0, 0, 1, 5])),
            parallelization_factor: usize::try_from(pick(&[1, 1, 1, 1, 1, 1, 2, 4])).unwrap_or(1),
            bisect: pick(&[0, 1]) == 1,
            max_retries: limited
                .then(|| pick(&[0, 1, 2, 5, 10]))
                .and_then(|retries| u32::try_from(retries).ok()),
            max_age: (limited && pick(&[0, 1]) == 1).then(|| Duration::from_secs(pick(&[60, 120, 600]))),
            retry_pause: Duration::from_secs(1),
            function_timeout: Duration::from_secs(pick(&[5, 10, 30, 60])),
        };
        let shards = usize::try_from(pick(&[1, 1, 2, 3, 4])).unwrap_or(1);
        let publish_concurrency = usize::try_from(pick(&[1, 2, 8, 8])).unwrap_or(1);
        let data_key_max_messages = pick(&[3, 20, 1_000]);
        let crowd = Crowd {
            users: pick(&[1, 3, 8, 20, 60]),
            hot: pick(&[0, 0, 0, 800]),
            pace: Duration::from_millis(if large { 0 } else { pick(&[0, 20, 200, 1_000]) }),
        };
        let lane_batching = pick(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) == 1;
        let faults = faults(mix(&[seed, 1]), weather);
        let records = records(mix(&[seed, 2]), size, crowd);
        Self {
            seed,
            size,
            mapping,
            shards,
            publish_concurrency,
            data_key_max_messages,
            lane_batching,
            records,
            faults,
            persons: None,
        }
    }
}

/// How much later each record is written in a run with persons' keys, so that some come long after an erasure.
const STRETCHES: [u32; 4] = [1, 5, 40, 200];

impl Scenario {
    /// The scenario of a seed with persons' keys: some persons are erased, the table has faults, and may be restored.
    pub fn with_persons(seed: u64, size: usize) -> Self {
        let mut scenario = Self::from_seed(seed, size);
        let mut random = Random::new(mix(&[seed, 4]));
        let mut persons = Persons::default();
        let stretch = random.pick(&STRETCHES).unwrap_or(1);
        // An event that is too large with its classes may fit without them, so its fate would depend on the race.
        scenario.records.retain(|planned| planned.kind != Kind::TooLarge);
        for planned in &mut scenario.records {
            planned.arrival *= stretch;
        }
        for planned in &scenario.records {
            // Around the time of a record: some before the person's key is created, some while it is.
            if random.per_mille(150) {
                let at = (planned.arrival + Duration::from_millis(random.below(3_000)))
                    .saturating_sub(Duration::from_millis(1_500));
                persons.erasures.push((at, planned.user));
            }
        }
        let is_calm = scenario.faults.per_mille.values().all(|rate| *rate == 0);
        if !is_calm {
            for fault in Fault::OF_PERSONS {
                let rate = random.pick(&[0, 0, 10, 50, 150]).unwrap_or_default();
                scenario.faults.per_mille.insert(fault, rate);
            }
            let manners = [Manner::Refuses, Manner::Throttles, Manner::Silent];
            let from = Duration::from_millis(random.below(20_000));
            let until = from + Duration::from_millis(random.below(60_000));
            if random.per_mille(400) {
                scenario.faults.outages.push(Outage {
                    service: Service::SubjectKeys,
                    manner: random.pick(&manners).unwrap_or(Manner::Refuses),
                    from,
                    until,
                });
            }
            if random.per_mille(300) {
                let backup = Duration::from_millis(random.below(10_000));
                let lost = backup + Duration::from_millis(random.below(20_000));
                let back = lost + Duration::from_millis(random.below(60_000));
                persons.restore = Some(Restore { backup, lost, back });
                scenario.faults.outages.push(Outage {
                    service: Service::SubjectKeys,
                    manner: Manner::Refuses,
                    from: lost,
                    until: back,
                });
            }
        }
        scenario.persons = Some(persons);
        scenario
    }
    /// A scenario with lane batching and one hot user, of a topic that refuses this many entries in a thousand and has no
    /// other fault.
    pub fn with_lane_batching(seed: u64, size: usize, refused: u64) -> Self {
        let crowd = Crowd {
            users: 20,
            hot: 800,
            pace: Duration::ZERO,
        };
        let mut records = records(mix(&[seed, 2]), size, crowd);
        records.retain(|planned| planned.verdict.is_none() && !planned.kind.is_poison());
        Self {
            seed,
            size,
            lane_batching: true,
            records,
            faults: FaultPlan {
                seed: mix(&[seed, 1]),
                per_mille: [(Fault::EntryRefused, refused)].into(),
                until: Duration::from_secs(300),
                ..FaultPlan::default()
            },
            ..Self::default()
        }
    }
}

/// The users of a run.
#[derive(Clone, Copy)]
struct Crowd {
    users: u64,
    /// How many records in a thousand are of one user, besides its share.
    hot: u64,
    /// How long after each record the next one is written, on average.
    pace: Duration,
}

fn records(seed: u64, size: usize, crowd: Crowd) -> Vec<Planned> {
    let mut random = Random::new(seed);
    let (poison, idle, verdicts) = (
        random.pick(&[0, 10, 30, 150]).unwrap_or_default(),
        random.pick(&[0, 50, 200]).unwrap_or_default(),
        random.pick(&[0, 0, 10, 50]).unwrap_or_default(),
    );
    let (mut records, mut events, mut arrival) = (Vec::new(), 0, Duration::ZERO);
    while events < size {
        let kinds = match random.below(1_000) {
            number if number < poison => POISON,
            number if number < poison + idle => IDLE,
            _ => GOOD,
        };
        let kind = random.pick(kinds).unwrap_or(Kind::Registered);
        let kind = if poison > 0 && random.below(OVERSIZED) == 0 {
            Kind::Oversized
        } else {
            kind
        };
        let hot = random.per_mille(crowd.hot);
        let (user, place) = (
            random.below(if hot { 1 } else { crowd.users }),
            records.len() as u64,
        );
        let made = kind.make(user, place);
        let verdict = random.pick(&[Verdict::Refused, Verdict::SpoilsItsCall]);
        records.push(Planned {
            place,
            arrival,
            user,
            kind,
            verdict: verdict.filter(|_| !made.types.is_empty() && random.per_mille(verdicts)),
        });
        events += made.types.len();
        arrival += crowd.pace.mul_f64(random.below(1_000) as f64 / 500.0);
    }
    records
}

/// In runs with poison, one record in so many is larger than the parked queue accepts.
const OVERSIZED: u64 = 2_000;

fn faults(seed: u64, weather: Weather) -> FaultPlan {
    let mut random = Random::new(seed);
    let mut plan = FaultPlan {
        seed,
        slowest: Duration::from_secs(7),
        until: Duration::from_secs(300),
        ..FaultPlan::default()
    };
    if weather == Weather::Calm {
        return plan;
    }
    let alone = weather == Weather::KeysAndParking;
    let has_faults =
        |service: Option<Service>| !alone || matches!(service, Some(Service::Keys | Service::Parking));
    for fault in Fault::ALL {
        let rate = random.pick(&[0, 0, 10, 50, 150]).unwrap_or_default();
        if has_faults(fault.service()) || fault == Fault::RecordTwice {
            plan.per_mille.insert(fault, rate);
        }
    }
    let (often, longest) = if alone { (600, 240_000) } else { (200, 60_000) };
    for service in [Service::Topic, Service::Keys, Service::Parking] {
        if random.per_mille(often) && has_faults(Some(service)) {
            let manner = random.pick(&[Manner::Refuses, Manner::Throttles, Manner::Silent]);
            let from = Duration::from_millis(random.below(20_000));
            plan.outages.push(Outage {
                service,
                manner: manner.unwrap_or(Manner::Refuses),
                from,
                until: from + Duration::from_millis(random.below(longest)),
            });
        }
    }
    plan
}

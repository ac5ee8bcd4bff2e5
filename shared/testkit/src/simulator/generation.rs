//! Generates a scenario from a seed.

use std::time::Duration;

use super::kinds::{GOOD, IDLE, Kind, POISON};
use super::plan::{Fault, FaultPlan, Outage, Service};
use super::poller::Mapping;
use super::scenario::{Planned, Scenario, Verdict};
use crate::random::{Random, mix};

impl Scenario {
    /// The scenario of a seed, with at least `size` events.
    pub fn from_seed(seed: u64, size: usize) -> Self {
        let mut random = Random::new(mix(&[seed]));
        let calm = random.per_mille(100);
        let mut pick = |values: &[u64]| random.pick(values).unwrap_or_default();
        let limited = pick(&[0, 0, 1]) == 1;
        let mapping = Mapping {
            batch_size: usize::try_from(pick(&[1, 3, 10, 10, 25, 100])).unwrap_or(1),
            window: Duration::from_secs(pick(&[0, 0, 1, 5])),
            parallelization_factor: usize::try_from(pick(&[1, 1, 1, 1, 1, 1, 2, 4])).unwrap_or(1),
            bisect: pick(&[0, 1]) == 1,
            max_retries: limited
                .then(|| pick(&[0, 1, 2, 5, 10]))
                .and_then(|retries| u32::try_from(retries).ok()),
            max_age: (limited && pick(&[0, 1]) == 1).then(|| Duration::from_secs(pick(&[60, 120, 600]))),
            retry_pause: Duration::from_secs(1),
            function_timeout: Duration::from_secs(pick(&[5, 10, 30])),
        };
        let shards = usize::try_from(pick(&[1, 1, 2, 3, 4])).unwrap_or(1);
        let publish_concurrency = usize::try_from(pick(&[1, 2, 8, 8])).unwrap_or(1);
        let data_key_max_messages = pick(&[3, 20, 1_000]);
        let (users, pace) = (pick(&[1, 3, 8, 20, 60]), pick(&[0, 20, 200, 1_000]));
        let faults = faults(mix(&[seed, 1]), calm);
        let records = records(mix(&[seed, 2]), size, users, Duration::from_millis(pace));
        Self {
            seed,
            size,
            mapping,
            shards,
            publish_concurrency,
            data_key_max_messages,
            records,
            faults,
        }
    }
}

fn records(seed: u64, size: usize, users: u64, pace: Duration) -> Vec<Planned> {
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
        let (user, place) = (random.below(users), records.len() as u64);
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
        arrival += pace.mul_f64(random.below(1_000) as f64 / 500.0);
    }
    records
}

fn faults(seed: u64, calm: bool) -> FaultPlan {
    let mut random = Random::new(seed);
    let mut plan = FaultPlan {
        seed,
        slowest: Duration::from_secs(7),
        until: Duration::from_secs(300),
        ..FaultPlan::default()
    };
    if calm {
        return plan;
    }
    for fault in Fault::ALL {
        let rate = random.pick(&[0, 0, 10, 50, 150]).unwrap_or_default();
        plan.per_mille.insert(fault, rate);
    }
    for service in [Service::Topic, Service::Keys, Service::Parking] {
        if random.per_mille(200) {
            let from = Duration::from_millis(random.below(20_000));
            let until = from + Duration::from_millis(random.below(60_000));
            plan.outages.push(Outage { service, from, until });
        }
    }
    plan
}

//! A scenario: everything that a run is made of, from a seed or by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::history::{Expected, Truth};
use super::kinds::{GOOD, IDLE, Kind, Made, POISON, TABLE};
use super::plan::{Fault, FaultPlan, Outage, Service};
use super::poller::Mapping;
use super::random::{Random, mix, number_of};

/// The namespace of event ids (RFC 9562, section 5.5), written down a second time on purpose: ids are part of the
/// contract.
const EVENT_ID_NAMESPACE: Uuid = Uuid::from_u128(0xa62167451fb4520a8c77c6ff53b640c1);

/// One record to be written to the table.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its place in time among all records; it gives sequence number and identity.
    pub place: u64,
    /// When it is written.
    pub arrival: Duration,
    /// Whose it is.
    pub user: u64,
    /// What it tells.
    pub kind: Kind,
    /// What the topic will always say to one of its events.
    pub verdict: Option<Verdict>,
}

/// What the topic always says to an event, however often it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The entry is refused as the sender's fault.
    Refused,
    /// Every call that holds the entry is refused as a whole.
    SpoilsItsCall,
}

/// Everything that a run is made of.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The seed that it came from.
    pub seed: u64,
    /// How many events were asked for; with the seed it tells the whole scenario.
    pub size: usize,
    /// The event source mapping.
    pub mapping: Mapping,
    /// The shards of the stream.
    pub shards: usize,
    /// `PUBLISH_CONCURRENCY`
    pub publish_concurrency: usize,
    /// `DATA_KEY_MAX_MESSAGES`
    pub data_key_max_messages: u64,
    /// The records, in stream order.
    pub records: Vec<Planned>,
    /// The faults.
    pub faults: FaultPlan,
}

impl Scenario {
    /// The scenario of a seed, with so many events at least.
    pub fn of_seed(seed: u64, size: usize) -> Self {
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

    /// The command that runs it again.
    pub fn command(&self) -> String {
        format!("cargo soak --seed {} --events {}", self.seed, self.size)
    }

    /// What the topic always says, by event id.
    pub fn verdicts(&self) -> BTreeMap<String, Verdict> {
        let of_record = |planned: &Planned| {
            let verdict = planned.verdict?;
            let events = truth(planned, self).0.events;
            // The last one: what came before it in the record was published already.
            events.last().map(|event| (event.id.clone(), verdict))
        };
        self.records.iter().filter_map(of_record).collect()
    }

    /// The records as the stream delivers them, each with the number of its reader: shards times
    /// `ParallelizationFactor` there are.
    pub fn stream(&self) -> Vec<(Truth, usize)> {
        self.records.iter().map(|planned| truth(planned, self)).collect()
    }

    /// How many of its records no retry can publish, those that the topic refuses for good included.
    pub fn poison(&self) -> usize {
        let poison = |planned: &&Planned| planned.verdict.is_some() || POISON.contains(&planned.kind);
        self.records.iter().filter(poison).count()
    }
}

fn truth(planned: &Planned, scenario: &Scenario) -> (Truth, usize) {
    let Made {
        record,
        pk,
        sk,
        subject,
        types,
    } = planned.kind.make(planned.user, planned.place);
    // Numbers of 21 to 38 digits, which get one digit longer in the middle of the run.
    let digits = 21 + u32::try_from(scenario.seed % 17).unwrap_or_default();
    let middle = scenario.size as u128 / 2 * 100;
    let sequence_number =
        (10_u128.pow(digits) - middle + u128::from(planned.place) * 100 + u128::from(planned.user % 100))
            .to_string();
    let event_id = format!("{:032x}", mix(&[scenario.seed, planned.place]));
    let record = record
        .with("/dynamodb/SequenceNumber", json!(sequence_number))
        .with("/eventID", json!(event_id));
    let shard = number_of(&pk) % scenario.shards as u64;
    let factor = scenario.mapping.parallelization_factor as u64;
    let part = number_of(&format!("{pk}|{sk}")) % factor;
    let event = |event_type: &&'static str| Expected {
        id: Uuid::new_v5(
            &EVENT_ID_NAMESPACE,
            format!("{TABLE}/{event_id}/{event_type}").as_bytes(),
        )
        .to_string(),
        event_type,
    };
    let truth = Truth {
        raw: record.json().to_string(),
        sequence_number,
        arrival: planned.arrival,
        about: format!("{:?} of u{}", planned.kind, planned.user),
        lane: subject.map(|subject| match factor {
            1 => subject,
            _ => format!("{subject} {sk}"),
        }),
        events: types.iter().map(event).collect(),
        parks: planned.verdict.is_some() || POISON.contains(&planned.kind),
    };
    (truth, usize::try_from(shard * factor + part).unwrap_or_default())
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

impl Default for Scenario {
    /// No records, no faults, a plain mapping.
    fn default() -> Self {
        Self {
            seed: 0,
            size: 0,
            mapping: Mapping {
                batch_size: 100,
                window: Duration::ZERO,
                parallelization_factor: 1,
                bisect: true,
                max_retries: None,
                max_age: None,
                retry_pause: Duration::from_secs(1),
                function_timeout: Duration::from_secs(30),
            },
            shards: 1,
            publish_concurrency: 8,
            data_key_max_messages: 1_000,
            records: Vec::new(),
            faults: FaultPlan::default(),
        }
    }
}

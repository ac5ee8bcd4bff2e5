//! A scenario: the input of a run, generated from a seed or built by hand.

use std::time::Duration;

use super::kinds::Kind;
use super::plan::FaultPlan;
use super::poller::Mapping;

/// How long before Lambda's deadline a function starts no more calls: the default of `DEADLINE_MARGIN_MS`.
pub(super) const DEADLINE_MARGIN: Duration = Duration::from_millis(1_500);

/// One record to be written to the table.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its place among all records, which determines its sequence number and its identity.
    pub place: u64,
    /// When it is written to the stream.
    pub arrival: Duration,
    /// The number of its user.
    pub user: u64,
    /// Its kind of change.
    pub kind: Kind,
    /// How the topic always refuses one of its events, if it does.
    pub verdict: Option<Verdict>,
}

/// How the topic refuses an event every time it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The topic refuses the entry as the sender's fault.
    Refused,
    /// The topic refuses every call with this entry as a whole.
    SpoilsItsCall,
}

/// The input of a run.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The seed that generated it.
    pub seed: u64,
    /// How many events were asked for. Seed and size determine the whole scenario.
    pub size: usize,
    /// The event source mapping.
    pub mapping: Mapping,
    /// The number of shards of the stream.
    pub shards: usize,
    /// `PUBLISH_CONCURRENCY`
    pub publish_concurrency: usize,
    /// `DATA_KEY_MAX_MESSAGES`
    pub data_key_max_messages: u64,
    /// `LANE_BATCHING`: whether up to ten consecutive events of a lane may go in one call.
    pub lane_batching: bool,
    /// The records, in stream order.
    pub records: Vec<Planned>,
    /// The faults.
    pub faults: FaultPlan,
    /// What happens to the table of persons' keys. `None` if there is none.
    pub persons: Option<Persons>,
}

/// What happens to the table in a run.
#[derive(Debug, Clone, Default)]
pub struct Persons {
    /// When each user is erased.
    pub erasures: Vec<(Duration, u64)>,
    /// The table is damaged and restored.
    pub restore: Option<Restore>,
}

/// A table that loses rows, and gets them back from a backup.
#[derive(Debug, Clone, Copy)]
pub struct Restore {
    /// When the backup is made.
    pub backup: Duration,
    /// When all rows that are in the backup are lost. From then on the table answers nobody.
    pub lost: Duration,
    /// When they are copied back. From then on the table answers again.
    pub back: Duration,
}

impl Scenario {
    /// The command that repeats the run.
    pub fn command(&self) -> String {
        let persons = if self.persons.is_some() { " --persons" } else { "" };
        format!("cargo soak --seed {} --events {}{persons}", self.seed, self.size)
    }

    /// Adds a record that is written to the stream at this time.
    pub fn write(&mut self, arrival: Duration, user: u64, kind: Kind) {
        self.records.push(Planned {
            place: self.records.len() as u64,
            arrival,
            user,
            kind,
            verdict: None,
        });
    }

    /// How long the publisher may start calls in an invocation.
    pub fn working_time(&self) -> Duration {
        self.mapping.function_timeout.saturating_sub(DEADLINE_MARGIN)
    }

    /// How long the publisher awaits the answers of calls in an invocation.
    pub fn answer_time(&self) -> Duration {
        self.mapping.function_timeout.saturating_sub(DEADLINE_MARGIN / 5)
    }

    /// How many of its records no retry can publish, including those that the topic always refuses.
    pub fn poison(&self) -> usize {
        let poison = |planned: &&Planned| planned.verdict.is_some() || planned.kind.is_poison();
        self.records.iter().filter(poison).count()
    }
}

impl Default for Scenario {
    /// A scenario without records and faults, with default settings of the event source mapping.
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
            lane_batching: false,
            records: Vec::new(),
            faults: FaultPlan::default(),
            persons: None,
        }
    }
}

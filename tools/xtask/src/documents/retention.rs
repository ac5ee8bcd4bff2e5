//! How long published data is kept, read from this project's templates.

use anyhow::{Context, Result};
use serde_json::Value;

use user_events_local::template;

const ROOT: &str = include_str!("../../../../template.yaml");
const PARKING: &str = include_str!("../../../../infra/parking.yaml");
pub(super) const SUBSCRIBER: &str = include_str!("../../../../infra/subscriber.yaml");

const SECONDS_OF_A_DAY: u64 = 86_400;

/// Retention times in days. For parameters, the default.
#[derive(Debug)]
pub(super) struct Retention {
    pub(super) archive: u64,
    pub(super) logs: u64,
    pub(super) failures: u64,
    pub(super) old_failures: u64,
    pub(super) parked: u64,
    pub(super) redrive: u64,
    pub(super) subscriber: u64,
    pub(super) subscriber_dead_letters: u64,
    pub(super) subscriber_undelivered: u64,
}

impl Retention {
    /// Reads the times.
    ///
    /// Fails when a template has an unexpected form.
    pub(super) fn read() -> Result<Self> {
        let (root, parking, subscriber) = (
            template::parse(ROOT)?,
            template::parse(PARKING)?,
            template::parse(SUBSCRIBER)?,
        );
        let queue = |template: &Value, name: &str| {
            number(
                template,
                &format!("/Resources/{name}/Properties/MessageRetentionPeriod"),
            )
            .map(|seconds| seconds / SECONDS_OF_A_DAY)
        };
        let parameter = |name: &str| number(&root, &format!("/Parameters/{name}/Default"));
        let rule = "/Resources/FailureBucket/Properties/LifecycleConfiguration/Rules/0";
        Ok(Self {
            archive: parameter("ArchiveDays")?,
            logs: parameter("LogRetentionDays")?,
            failures: parameter("FailureRetentionDays")?,
            old_failures: number(
                &parking,
                &format!("{rule}/NoncurrentVersionExpiration/NoncurrentDays"),
            )?,
            parked: queue(&parking, "ParkedQueue")?,
            redrive: queue(&parking, "RedriveQueue")?,
            subscriber: queue(&subscriber, "Queue")?,
            subscriber_dead_letters: queue(&subscriber, "DeadLetterQueue")?,
            subscriber_undelivered: queue(&subscriber, "UndeliveredQueue")?,
        })
    }
}

/// The number at a JSON pointer into a template.
///
/// Fails where there is none.
pub(super) fn number(template: &Value, pointer: &str) -> Result<u64> {
    template
        .pointer(pointer)
        .and_then(Value::as_u64)
        .with_context(|| format!("a template has no number at {pointer}"))
}

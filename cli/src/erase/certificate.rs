//! The certificate of an erasure. It holds no personal data: the person is a pseudonym.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use user_events_core::Time;

use super::ledger::{Entry, Find};
use super::statements::{NOT_REACHED, NotReached, UNREADABLE, Unreadable};
use super::work::Looked;

/// Readers and publishers remember a secret for so long.
const CACHE_SECONDS: i64 = 300;
/// A stream keeps its records for so long (Amazon DynamoDB Developer Guide, *Change data capture for DynamoDB Streams*).
const STREAM_SECONDS: i64 = 86_400;
/// The table of keys can be restored to a moment within so many days.
const BACKUP_SECONDS: i64 = 7 * 86_400;
/// The version of the form.
const VERSION: u32 = 1;

/// What was done to erase a person, what became unreadable, and what was not reached. It holds no personal data; `pk` is a
/// pseudonym, which the controller can assign to the person.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Certificate {
    /// The version of this form: 1.
    pub(super) version: u32,
    /// The version of the command that wrote it.
    pub(super) command_version: String,
    /// The pseudonym of the person: SHA-256 of source, line feed and subject, in hexadecimal.
    pub(super) pk: String,
    /// The publisher.
    pub(super) publisher: Publisher,
    /// When the person was erased first.
    pub(super) erased_at: Time,
    /// When the key was deleted last: later than `erasedAt` only if it had come back from a backup.
    pub(super) tombstone_at: Time,
    /// When the run ended that wrote the certificate.
    pub(super) run_at: Time,
    /// Whether the last run saw everything and left nothing of the person behind.
    pub(super) complete: bool,
    /// When to run the command once more: until then, records that were written before can still fail to be published.
    /// Absent if this run was later and complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repeat_after: Option<Time>,
    /// The stores that were looked through.
    pub(super) stores: Vec<Store>,
    /// The copies that nobody can read any more, because the key is gone.
    pub(super) unreadable: Vec<Unreadable>,
    /// When the last copies of the key and of its effects are gone.
    pub(super) moments: Vec<Moment>,
    /// What was not reached.
    pub(super) not_reached: Vec<NotReached>,
}

/// Which publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Publisher {
    /// Its stack, unless every part was named on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack: Option<String>,
    /// Its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<String>,
    /// The source of its events.
    pub(super) source: String,
}

/// A store that was looked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Store {
    /// What it is.
    pub(super) store: StoreKind,
    /// Its name or URL.
    pub(super) place: String,
    /// How many messages, or versions of objects, the last run looked through.
    pub(super) looked_through: u64,
    /// How many records of the person were found, over all runs.
    pub(super) found: u64,
    /// How many of them were deleted, over all runs.
    pub(super) deleted: u64,
    /// Objects that held records of the person alone and were deleted, over all runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objects_deleted: Option<u64>,
    /// Objects that hold records of others, and were written again without the person's, over all runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) objects_rewritten: Option<u64>,
    /// What stays, by the last run.
    pub(super) remaining: Remaining,
}

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum StoreKind {
    /// The records that Lambda gave up, and those too large for the parked queue.
    FailureBucket,
    /// Parked records that are being published again.
    RedriveQueue,
    /// Records that could not be published.
    ParkedQueue,
}

/// What stays in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Remaining {
    /// Items with rows of the person and of others.
    pub(super) holds_others_too: u64,
    /// Records that mention the person and of which nobody can tell whose they are.
    pub(super) unclear: u64,
    /// Messages that another reader held, and objects that changed meanwhile.
    pub(super) not_seen: u64,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment {
    /// What is over then.
    pub(super) what: &'static str,
    /// When.
    pub(super) at: Time,
}

/// What a run found, by store.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) kind: StoreKind,
    pub(super) place: String,
    pub(super) looked: Looked,
}

impl Certificate {
    /// The certificate of a run that ended at `run_at`.
    pub(super) fn new(
        entry: &Entry,
        publisher: Publisher,
        findings: &[Finding],
        failure_days: Option<i64>,
        run_at: Time,
    ) -> Self {
        let stream_forgets = after(entry.tombstone_at, STREAM_SECONDS);
        let complete = is_complete(findings);
        let mut moments = vec![
            Moment {
                what: "the last cache of a publisher or a subscriber has forgotten the key",
                at: after(entry.tombstone_at, CACHE_SECONDS),
            },
            Moment {
                what: "the last record that was written before the erasure has left the streams of the user tables",
                at: stream_forgets,
            },
            Moment {
                what: "the last backup of the table of keys has forgotten the key",
                at: after(entry.tombstone_at, BACKUP_SECONDS),
            },
        ];
        moments.extend(failure_days.map(|days| Moment {
            what: "whatever is in the failure bucket now has been deleted by its lifecycle",
            at: after(run_at, (days + FAILURE_VERSION_DAYS) * 86_400),
        }));
        Self {
            version: VERSION,
            command_version: env!("CARGO_PKG_VERSION").to_owned(),
            pk: entry.pk.clone(),
            publisher,
            erased_at: entry.erased_at,
            tombstone_at: entry.tombstone_at,
            run_at,
            complete,
            repeat_after: match complete {
                true if run_at >= stream_forgets => None,
                _ => Some(stream_forgets.max(run_at)),
            },
            stores: findings.iter().map(|finding| finding.store(entry)).collect(),
            unreadable: UNREADABLE.to_vec(),
            moments,
            not_reached: NOT_REACHED.to_vec(),
        }
    }
}

/// Whether a run saw everything and left nothing of the person behind.
pub(super) fn is_complete(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.looked.is_complete())
}

impl Finding {
    fn store(&self, entry: &Entry) -> Store {
        let find = match self.kind {
            StoreKind::FailureBucket => Find::Record,
            StoreKind::RedriveQueue => Find::Redrive,
            StoreKind::ParkedQueue => Find::Parked,
        };
        let objects = |find| (self.kind == StoreKind::FailureBucket).then(|| entry.count(find));
        Store {
            store: self.kind,
            place: self.place.clone(),
            looked_through: self.looked.looked_through,
            found: entry.count(find),
            deleted: entry.count(find).saturating_sub(self.looked.kept),
            objects_deleted: objects(Find::Deleted),
            objects_rewritten: objects(Find::Rewritten),
            remaining: Remaining {
                holds_others_too: self.looked.shared,
                unclear: self.looked.unclear,
                not_seen: self.looked.not_seen,
            },
        }
    }
}

/// The JSON Schema (2020-12) of a certificate.
pub fn certificate_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Certificate>().to_value();
    if let Some(members) = schema.as_object_mut() {
        // What it is comes first, for people.
        for name in ["description", "title", "$schema"] {
            if let Some(member) = members.shift_remove(name) {
                members.shift_insert(0, name.to_owned(), member);
            }
        }
    }
    schema
}

fn after(time: Time, seconds: i64) -> Time {
    Time::from_millisecond(time.as_millisecond() + seconds * 1_000).unwrap_or(time)
}

/// The bucket keeps a deleted version for so many days.
const FAILURE_VERSION_DAYS: i64 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_one_of_this_version_and_has_no_member_for_a_person() {
        let schema = certificate_schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let members = schema["properties"].as_object().unwrap();
        assert!(members.contains_key("pk") && members.contains_key("repeatAfter"));
        for personal in ["user", "userId", "subject", "id"] {
            assert!(!members.contains_key(personal), "{personal}");
        }
    }
}

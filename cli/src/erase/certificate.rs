//! The certificate of an erasure. It holds no personal data: the person is a pseudonym.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;
use user_events_core::Time;

use super::ledger::{Entry, Find};
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

/// Copies that nobody can read any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unreadable {
    /// Which copies.
    pub(super) copies: &'static str,
    /// Why.
    pub(super) reason: &'static str,
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

/// Data that was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotReached {
    /// Which data.
    pub(super) what: &'static str,
    /// Whose duty it is.
    pub(super) duty: &'static str,
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
        let complete = findings.iter().all(|finding| finding.looked.is_complete());
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
            repeat_after: (!complete || run_at < stream_forgets).then_some(stream_forgets),
            stores: findings.iter().map(|finding| finding.store(entry)).collect(),
            unreadable: UNREADABLE.to_vec(),
            moments,
            not_reached: NOT_REACHED.to_vec(),
        }
    }
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
            deleted: entry.count(find),
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
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Certificate>().to_value()
}

fn after(time: Time, seconds: i64) -> Time {
    Time::from_millisecond(time.as_millisecond() + seconds * 1_000).unwrap_or(time)
}

/// The bucket keeps a deleted version for so many days.
const FAILURE_VERSION_DAYS: i64 = 7;

/// By construction: whatever was encrypted with the person's key.
const UNREADABLE: [Unreadable; 3] = [
    Unreadable {
        copies: "events in queues and dead-letter queues of subscribers, in every account",
        reason: "their data classes need the key that was deleted",
    },
    Unreadable {
        copies: "events in the archives of the topics, also when they are replayed",
        reason: "their data classes need the key that was deleted",
    },
    Unreadable {
        copies: "saved messages, copies of them and backups of them, wherever they are",
        reason: "their data classes need the key that was deleted",
    },
];

const NOT_REACHED: [NotReached; 7] = [
    NotReached {
        what: "the fields of events that are not encrypted: the id of the user, statuses, reasons and times, also where \
               the person is named as the one who made a change",
        duty: "each holder of a copy: the publisher until queues and archives forget it, the subscriber for its own",
    },
    NotReached {
        what: "what subscribers made of the events: their databases, logs, e-mails, exports",
        duty: "each subscriber, which is told by UserErasedEventV1",
    },
    NotReached {
        what: "the rows of the person in the user tables, their streams and their backups",
        duty: "the service that owns the tables",
    },
    NotReached {
        what: "events that were published before SubjectKeys was switched on",
        duty: "the publisher: they can be opened until queues and archives forget them; each subscriber for its own copies",
    },
    NotReached {
        what: "failed log-ins of an unknown user, if the person was the one who tried: nothing links them to the person",
        duty: "the publisher: queues, archives and the failure bucket forget them",
    },
    NotReached {
        what: "logs and traces of the services that wrote or read the rows; the logs of this publisher hold no values",
        duty: "each service that writes them",
    },
    NotReached {
        what: "the pseudonym of the person in the table of keys and in the ledger, which keep the erasure in force",
        duty: "the publisher: they stay",
    },
];

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

//! The row that causes an event, before and after the change. Rows are in DynamoDB's JSON.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use user_events_core::{Registration, Time, attributes};
use user_events_local::writes::{Key, KeyAttribute, KeyValue};

/// The prefix of the partition key of a user's rows.
const USER: &str = "USER#";
/// A row that DynamoDB could have removed has been over its time to live for this long, in seconds.
const OVERDUE_SECONDS: i64 = 60;

/// The row of the event's sample change, under another ID.
#[derive(Debug)]
pub(super) struct Rows {
    /// The table, by its name in the catalog.
    pub(super) table: String,
    /// The key of the row.
    pub(super) key: Key,
    /// The row before the change; `None` if the change inserts it.
    pub(super) old: Option<Value>,
    /// The row after the change; `None` if the change removes it.
    pub(super) new: Option<Value>,
}

impl Rows {
    /// The row about the user, or else about the new ID. `now` is the time of the change.
    ///
    /// Fails when no row of a user table causes the event, when the event is not about a user, but a user is given, and when
    /// an ID cannot be part of a key.
    pub(super) fn new(
        registration: &Registration,
        user: Option<&str>,
        new_id: &str,
        now: Time,
    ) -> Result<Self> {
        if registration.is_from_subject_keys() {
            bail!(
                "{} comes from no row of a user table, but from `user-events erase`; to send a sample of it, use \
                 `user-events send`",
                registration.event_type()
            );
        }
        if registration.is_of_snapshot() {
            bail!(
                "{} is a part of a snapshot, which `user-events backfill` sends; no write causes it. To send a sample of it, use \
                 `user-events send`",
                registration.event_type()
            );
        }
        let change = registration.sample_change();
        let is_expiry = change.record().get("userIdentity").is_some();
        let sample = change.new_row().or(change.old()).unwrap_or(&Value::Null);
        let text = |name: &str| sample[name].as_str().unwrap_or_default();
        let kind = text("pk").split_inclusive('#').next().unwrap_or_default();
        if user.is_some() && kind != USER {
            bail!("{} is not about a user; omit --user", registration.event_type());
        }
        let pk = format!("{kind}{}", id(user.unwrap_or(new_id))?);
        let row = |row: Option<&Value>| {
            let mut row = attributes(row?);
            row["pk"] = json!({ "S": pk });
            if is_expiry {
                // Nobody but DynamoDB can remove a row by its time to live. The removal of an overdue row counts, too.
                let overdue = now.as_millisecond() / 1_000 - OVERDUE_SECONDS;
                row["ttl"] = json!({ "N": overdue.to_string() });
            }
            Some(row)
        };
        let attribute = |name: &str, value: &str| KeyAttribute {
            name: name.to_owned(),
            value: KeyValue::Text(value.to_owned()),
        };
        Ok(Self {
            table: change.table().to_owned(),
            key: Key {
                partition: attribute("pk", &pk),
                sort: Some(attribute("sk", text("sk"))),
            },
            old: row(change.old()),
            new: row(change.new_row()),
        })
    }
}

/// The ID, if it can be the end of a key.
fn id(id: &str) -> Result<&str> {
    if id.is_empty() || id.contains('#') || id.contains(char::is_control) {
        bail!("--user: the ID must not be empty, and must not contain `#` or control characters");
    }
    Ok(id)
}

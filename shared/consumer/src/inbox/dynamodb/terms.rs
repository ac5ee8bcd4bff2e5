//! Translates writes into DynamoDB's expressions, and items into rows.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::inbox::store::{Row, RowKey, Rule, Snapshot, Write};

/// No handler has claimed the event, or its lease has ended. The same condition in all languages: docs/reading.md.
const CLAIMABLE: &str =
    "attribute_not_exists(pk) OR (#state = :claimed AND leaseUntil <= :now AND content = :content)";
const OWNED: &str = "#state = :claimed AND #owner = :owner";
/// No later event of the lane was handled. An equal sequence is not later: the event's own row shows a duplicate.
const NOT_EARLIER: &str = "attribute_not_exists(pk) OR #sequence <= :sequence";

pub(super) type Item = HashMap<String, AttributeValue>;

/// One conditional write as DynamoDB's expressions.
pub(super) struct Terms {
    pub(super) change: Change,
    /// `None` for a write that is made in any case.
    pub(super) condition: Option<&'static str>,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

pub(super) enum Change {
    Put(Item),
    Update(&'static str),
    Delete,
}

impl Terms {
    pub(super) fn from_write(write: &Write) -> Self {
        let ttl = number(write.ttl);
        match &write.rule {
            Rule::Claim {
                owner,
                lease_until,
                now,
                content,
            } => Self::claim(
                put(
                    &write.key,
                    [
                        ("state", text("CLAIMED")),
                        ("content", text(content)),
                        ("owner", text(owner)),
                        ("leaseUntil", number(*lease_until)),
                        ("ttl", ttl),
                    ],
                ),
                *now,
                content,
            ),
            Rule::Record { now, content } => Self::claim(
                put(
                    &write.key,
                    [
                        ("state", text("COMPLETED")),
                        ("content", text(content)),
                        ("completedAt", number(*now)),
                        ("ttl", ttl),
                    ],
                ),
                *now,
                content,
            ),
            Rule::Complete { owner, now } => Self::owned(
                Change::Update("SET #state = :completed, completedAt = :now, #ttl = :ttl REMOVE leaseUntil"),
                owner,
                &["#ttl"],
                [
                    (":completed", text("COMPLETED")),
                    (":now", number(*now)),
                    (":ttl", ttl),
                ],
            ),
            Rule::Renew { owner, lease_until } => Self::owned(
                Change::Update("SET leaseUntil = :until, #ttl = :ttl"),
                owner,
                &["#ttl"],
                [(":until", number(*lease_until)), (":ttl", ttl)],
            ),
            Rule::Release { owner } => Self::owned(Change::Delete, owner, &[], []),
            Rule::Advance { sequence } => Self {
                change: Change::Update("SET #sequence = :sequence, #ttl = :ttl"),
                condition: Some(NOT_EARLIER),
                names: names(&["#sequence", "#ttl"]),
                values: item([(":sequence", text(sequence)), (":ttl", ttl)]),
            },
            Rule::CompleteSnapshot(snapshot) => Self {
                change: put(
                    &write.key,
                    [
                        ("run", text(&snapshot.run)),
                        ("events", number(snapshot.events)),
                        ("completedAt", number(snapshot.completed_at)),
                    ],
                ),
                condition: None,
                names: HashMap::new(),
                values: Item::new(),
            },
        }
    }

    fn claim(change: Change, now: u64, content: &str) -> Self {
        Self {
            change,
            condition: Some(CLAIMABLE),
            names: names(&["#state"]),
            values: item([
                (":claimed", text("CLAIMED")),
                (":now", number(now)),
                (":content", text(content)),
            ]),
        }
    }

    fn owned<const N: usize>(
        change: Change,
        owner: &str,
        more_names: &[&str],
        more: [(&str, AttributeValue); N],
    ) -> Self {
        let mut values = item([(":claimed", text("CLAIMED")), (":owner", text(owner))]);
        values.extend(item(more));
        Self {
            change,
            condition: Some(OWNED),
            names: names(&[&["#state", "#owner"], more_names].concat()),
            values,
        }
    }
}

/// `None` for no placeholders: DynamoDB refuses an empty map.
pub(super) fn some<V>(placeholders: HashMap<String, V>) -> Option<HashMap<String, V>> {
    (!placeholders.is_empty()).then_some(placeholders)
}

pub(super) fn key(key: &RowKey) -> Item {
    item([("pk", text(&key.pk)), ("sk", text(&key.sk))])
}

/// The row in an item; `None` for an item that this library did not write.
pub(super) fn row(item: &Item) -> Option<Row> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    if let Some(sequence) = text("sequence") {
        return Some(Row::Sequence(sequence));
    }
    if let Some(run) = text("run") {
        let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
        return Some(Row::Snapshot(Snapshot {
            run,
            events: number("events")?,
            completed_at: number("completedAt")?,
        }));
    }
    let content = text("content").unwrap_or_default();
    match text("state")?.as_str() {
        "COMPLETED" => Some(Row::Completed {
            owner: text("owner"),
            content,
        }),
        "CLAIMED" => {
            let lease_until = item.get("leaseUntil").and_then(|value| value.as_n().ok());
            Some(Row::Claimed {
                owner: text("owner")?,
                lease_until: lease_until?.parse().ok()?,
                content,
            })
        }
        _ => None,
    }
}

fn put<const N: usize>(row: &RowKey, attributes: [(&str, AttributeValue); N]) -> Change {
    let mut put = item(attributes);
    put.extend(key(row));
    Change::Put(put)
}

fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Placeholders with a hash sign for attribute names that are reserved words (Amazon DynamoDB Developer Guide, *Reserved
/// words in DynamoDB*).
fn names(names: &[&str]) -> HashMap<String, String> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), name.trim_start_matches('#').to_owned()))
        .collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

//! Selects the messages that a command is about.

use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use user_events_core::Time;

use super::entry::{Content, Entry};

/// Which messages to redrive.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Selection {
    /// The IDs as `list` shows them, or unique prefixes
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,

    /// All messages that meet this condition; can be given more than once
    #[arg(long = "where", value_name = "NAME=VALUE")]
    conditions: Vec<Condition>,

    /// All messages that can be redriven
    #[arg(long)]
    all: bool,
}

/// A condition on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Code(String),
    Table(String),
    Subject(String),
    Before(Time),
    After(Time),
}

impl Selection {
    /// The IDs that were given; none if the messages are selected in another way.
    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The selected messages, in the order given.
    ///
    /// Fails when an ID matches no message, several, or one that cannot be redriven. Conditions and `--all` skip messages that
    /// cannot be redriven.
    pub(super) fn select<'a>(&self, entries: &'a [Entry]) -> Result<Vec<&'a Entry>> {
        let mut named = Vec::new();
        for id in &self.ids {
            let entry = find(id, entries)?;
            if !entry.can_be_redriven() {
                bail!(
                    "message {id} is neither a parked record nor an S3 notification, so it cannot be redriven; \
                     look at it with `user-events parked show {id} --reveal`, then delete it with \
                     `user-events parked discard {id}`"
                );
            }
            named.push(&entry.message_id);
        }
        let selected = |entry: &&Entry| {
            entry.can_be_redriven()
                && if self.ids.is_empty() {
                    self.all || self.holds(entry)
                } else {
                    named.contains(&&entry.message_id)
                }
        };
        Ok(entries.iter().filter(selected).collect())
    }

    /// Whether the message matches one value of each name, and all times.
    fn holds(&self, entry: &Entry) -> bool {
        self.conditions.iter().all(|condition| {
            let alternatives = |other: &&Condition| {
                std::mem::discriminant(*other) == std::mem::discriminant(condition) && !condition.is_time()
            };
            condition.holds(entry)
                || self
                    .conditions
                    .iter()
                    .filter(alternatives)
                    .any(|other| other.holds(entry))
        })
    }
}

/// The message with that ID prefix.
///
/// Fails when there is none or more than one.
pub(super) fn find<'a>(id: &str, entries: &'a [Entry]) -> Result<&'a Entry> {
    let wanted = id.to_ascii_lowercase();
    let mut found = entries
        .iter()
        .filter(|entry| entry.message_id.to_ascii_lowercase().starts_with(&wanted));
    match (found.next(), found.count()) {
        (Some(entry), 0) => Ok(entry),
        (None, _) => bail!(
            "no message of the parked queue has an ID that begins with {id}; it may have been redriven or deleted, or \
             another reader may be holding it; list the messages with `user-events parked list`"
        ),
        (Some(_), others) => bail!(
            "{} messages have IDs that begin with {id}; give a longer prefix",
            others + 1
        ),
    }
}

impl Condition {
    fn is_time(&self) -> bool {
        matches!(self, Self::Before(_) | Self::After(_))
    }

    fn holds(&self, entry: &Entry) -> bool {
        let record = match &entry.content {
            Content::Record(record) => Some(record),
            _ => None,
        };
        match self {
            Self::Code(code) => record.is_some_and(|record| record.code == *code),
            Self::Table(table) => record
                .and_then(|record| record.table.as_deref())
                .is_some_and(|name| is_named(name, table)),
            Self::Subject(subject) => record.is_some_and(|record| record.subject.as_ref() == Some(subject)),
            Self::Before(time) => entry.since().is_some_and(|since| since < *time),
            Self::After(time) => entry.since().is_some_and(|since| since >= *time),
        }
    }
}

/// Whether it is the name of the table or its last part: `accounts` of `user-events-prod-accounts`.
fn is_named(table: &str, wanted: &str) -> bool {
    table
        .strip_suffix(wanted)
        .is_some_and(|before| before.is_empty() || before.ends_with('-'))
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
            .ok_or("a condition has the form NAME=VALUE, such as code=row-does-not-fit")?;
        let text = || value.to_owned();
        let time = || {
            Time::parse(value)
                .ok_or("the time must be RFC 3339 with an offset, such as 2026-03-01T12:00:00Z".to_owned())
        };
        match name {
            "code" => Ok(Self::Code(text())),
            "table" => Ok(Self::Table(text())),
            "subject" => Ok(Self::Subject(text())),
            "before" => time().map(Self::Before),
            "after" => time().map(Self::After),
            _ => Err("the names are code, table, subject, before and after".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parked::examples;

    fn by(conditions: &[&str]) -> Selection {
        Selection {
            ids: Vec::new(),
            conditions: conditions.iter().map(|text| text.parse().unwrap()).collect(),
            all: false,
        }
    }

    fn by_ids(ids: &[&str]) -> Selection {
        Selection {
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            conditions: Vec::new(),
            all: false,
        }
    }

    fn selected(selection: &Selection) -> Vec<String> {
        let entries = examples::entries();
        let selected = selection.select(&entries).unwrap();
        selected.iter().map(|entry| entry.message_id.clone()).collect()
    }

    #[test]
    fn one_value_of_a_name_is_enough_and_different_names_must_all_match() {
        for (conditions, expected) in [
            (&["code=row-does-not-fit"][..], &["aaaa0001", "aaaa0002"][..]),
            (&["code=row-does-not-fit", "table=accounts"], &["aaaa0001"]),
            (&["table=accounts"], &["aaaa0001"]),
            (&["table=shop-accounts"], &["aaaa0001"]),
            (&["table=counts"], &[]),
            (&["table=accounts", "table=profiles"], &["aaaa0001", "aaaa0002"]),
            (&["subject=users/user-2"], &["aaaa0002"]),
            (&["subject=users/user"], &[]),
            (&["code=unsealed"], &[]),
        ] {
            assert_eq!(selected(&by(conditions)), expected, "{conditions:?}");
        }
    }

    #[test]
    fn times_bound_the_selection_and_the_first_moment_belongs_to_after() {
        for (conditions, expected) in [
            (&["before=2026-03-01T12:01:00Z"][..], &["aaaa0001"][..]),
            (
                &["after=2026-03-01T12:01:00Z", "before=2026-03-01T12:02:00Z"],
                &["aaaa0002"],
            ),
            (&["after=2026-03-01T12:02:00Z"], &["bbbb0003", "cccc0004"]),
        ] {
            assert_eq!(selected(&by(conditions)), expected, "{conditions:?}");
        }
    }

    #[test]
    fn all_selects_every_message_that_can_be_redriven() {
        let all = Selection { all: true, ..by(&[]) };
        assert_eq!(selected(&all), ["aaaa0001", "aaaa0002", "bbbb0003", "cccc0004"]);
    }

    #[test]
    fn an_id_matches_one_message_or_the_error_says_why_not() {
        assert_eq!(
            selected(&by_ids(&["BBBB", "aaaa0002", "bbbb"])),
            ["aaaa0002", "bbbb0003"]
        );
        let entries = examples::entries();
        for (id, why) in [
            ("aaaa", "2 messages"),
            ("9", "no message"),
            ("dddd", "neither a parked record nor an S3 notification"),
        ] {
            let error = by_ids(&[id]).select(&entries).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn an_invalid_condition_is_refused_with_the_valid_form() {
        for (text, why) in [
            ("code", "NAME=VALUE"),
            ("code=", "NAME=VALUE"),
            ("email=a@example.com", "the names are"),
            ("before=yesterday", "RFC 3339"),
            ("after=2026-03-01T12:00:00", "with an offset"),
        ] {
            let error = text.parse::<Condition>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}

//! Prints messages as a table, and counts them by kind.

use std::borrow::Cow;

use user_events_core::Time;
use user_events_local::clock::{age, now};
use user_events_local::console::Console;

use super::entry::{Content, Entry, Object};
use crate::printable::printable;
use crate::table::lines as columns;

/// The minimum length of a printed ID: a shorter one would soon match several messages.
pub(super) const SHORTEST_ID: usize = 8;
const HEADINGS: [&str; COLUMNS] = [
    "ID",
    "PARKED AT",
    "AGE",
    "CODE",
    "TABLE",
    "CHANGE",
    "ROW",
    "SUBJECT",
    "REASON",
];
const COLUMNS: usize = 9;
const ABSENT: &str = "-";

/// Prints the table.
pub(super) fn print(entries: &[Entry], out: &Console) {
    for line in lines(entries, now()) {
        out.line(line);
    }
}

/// The lines of the table. No lines if there is no message.
pub(super) fn lines(entries: &[Entry], now: Time) -> Vec<String> {
    if entries.is_empty() {
        return Vec::new();
    }
    let ids = short_ids(entries);
    let headings = HEADINGS.map(str::to_owned);
    let rows = entries.iter().zip(ids).map(|(entry, id)| row(entry, id, now));
    columns(std::iter::once(headings).chain(rows))
}

/// The number of messages of each kind.
pub(super) fn count(entries: &[Entry]) -> String {
    let mut counts = [0_usize; 4];
    for entry in entries {
        let kind = match entry.content {
            Content::Record(_) => 0,
            Content::Failures { .. } => 1,
            Content::Announcement => 2,
            Content::Foreign => 3,
        };
        counts[kind] += 1;
    }
    let [records, failures, announcements, foreign] = counts;
    format!(
        "{} messages: {records} parked records, {failures} S3 notifications, {announcements} S3 test events, \
         {foreign} others",
        entries.len()
    )
}

/// The shortest prefixes of the IDs that are still unique.
pub(super) fn short_ids(entries: &[Entry]) -> Vec<&str> {
    let mut sorted: Vec<_> = entries.iter().map(|entry| entry.message_id.as_str()).collect();
    sorted.sort_unstable();
    let common = |pair: &[&str]| match pair {
        [one, other] => one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    let needed = sorted.windows(2).map(common).max().map_or(0, |common| common + 1);
    let length = needed.max(SHORTEST_ID);
    entries
        .iter()
        .map(|entry| entry.message_id.get(..length).unwrap_or(&entry.message_id))
        .collect()
}

fn row(entry: &Entry, id: &str, now: Time) -> [String; COLUMNS] {
    let parked_at = entry.since().map(|time| format!("{:.19}Z", time.to_string()));
    let age = entry.since().map(|time| age(time, now));
    let (record, what): (_, Cow<str>) = match &entry.content {
        Content::Record(record) => (Some(record), record.reason.as_str().into()),
        Content::Failures { objects } => (None, failures(objects).into()),
        Content::Announcement => (
            None,
            "S3 test event of the failure bucket; nothing to redrive".into(),
        ),
        Content::Foreign => (None, "neither a parked record nor an S3 notification".into()),
    };
    let code = match &entry.content {
        Content::Record(record) => record.code.as_str(),
        Content::Failures { .. } => "(given up)",
        Content::Announcement => "(announcement)",
        Content::Foreign => "(foreign)",
    };
    [
        Some(id),
        parked_at.as_deref(),
        age.as_deref(),
        Some(code),
        record.and_then(|record| record.table.as_deref()),
        record.and_then(|record| record.change),
        record.and_then(|record| record.row),
        record.and_then(|record| record.subject.as_deref()),
        Some(what.as_ref()),
    ]
    .map(|cell| printable(cell.unwrap_or(ABSENT)))
}

fn failures(objects: &[Object]) -> String {
    let object = |Object { bucket, key, bytes }: &Object| {
        let size = bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        format!("s3://{bucket}/{key}{size}")
    };
    let objects: Vec<_> = objects.iter().map(object).collect();
    format!("retries or age used up; records in {}", objects.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parked::examples;
    use crate::parked::record::Record;

    fn at() -> Time {
        Time::parse("2026-03-01T15:30:00Z").unwrap()
    }

    #[test]
    fn every_message_is_a_line_that_describes_it_without_values() {
        let lines = lines(&examples::entries(), at());
        assert_eq!(
            lines,
            [
                "ID        PARKED AT             AGE  CODE              TABLE          CHANGE  ROW       SUBJECT       REASON",
                "aaaa0001  2026-03-01T12:00:00Z  3 h  row-does-not-fit  shop-accounts  MODIFY  ACCOUNT   users/user-1  account row: required attribute `status` is missing",
                "aaaa0002  2026-03-01T12:01:00Z  3 h  row-does-not-fit  shop-profiles  MODIFY  ADDRESS#  users/user-2  account row: required attribute `status` is missing",
                "bbbb0003  2026-03-01T12:02:00Z  3 h  (given up)        -              -       -         -             retries or age used up; records in s3://failures/aws/lambda/a b, 1234 bytes",
                "cccc0004  2026-03-01T12:03:00Z  3 h  (announcement)    -              -       -         -             S3 test event of the failure bucket; nothing to redrive",
                "dddd0005  2026-03-01T12:04:00Z  3 h  (foreign)         -              -       -         -             neither a parked record nor an S3 notification",
            ]
        );
    }

    #[test]
    fn the_age_of_a_record_that_was_parked_again_counts_from_the_first_time() {
        let body = examples::record(9, "accounts", "user-1", "ACCOUNT");
        let first = r#"{"firstParkedAt":"2026-02-27T12:00:00Z","parkedAt""#;
        let entry = Entry::new("aaaa0001", None, &body.replacen(r#"{"parkedAt""#, first, 1));
        let lines = lines(std::slice::from_ref(&entry), at());
        assert!(lines[1].contains("2026-02-27T12:00:00Z  2 d"), "{lines:?}");
        let json = serde_json::to_value(&entry).unwrap();
        assert_eq!(
            (&json["firstParkedAt"], &json["parkedAt"]),
            (
                &"2026-02-27T12:00:00.000Z".into(),
                &"2026-03-01T12:09:00.000Z".into()
            )
        );
    }

    #[test]
    fn no_message_is_no_table_but_a_count() {
        assert!(lines(&[], at()).is_empty());
        assert!(count(&[]).starts_with("0 messages"));
        assert!(count(&examples::entries()).starts_with("5 messages: 2 parked records, 1 S3 notifications"));
    }

    #[test]
    fn ids_are_only_as_long_as_needed_to_be_unique() {
        let ids = ["aaaaaaaa-1", "aaaaaaaa-2", "b"];
        let entries = ids.map(|id| Entry::new(id, None, "hello"));
        assert_eq!(short_ids(&entries), ids);
        let entries = ["aaaaaaaa-1", "bbbbbbbb-1"].map(|id| Entry::new(id, None, "hello"));
        assert_eq!(short_ids(&entries), ["aaaaaaaa", "bbbbbbbb"]);
    }

    #[test]
    fn no_character_of_a_record_controls_the_terminal() {
        let record = Record {
            code: "c".into(),
            reason: "\u{1b}[2J\u{9b}he\u{202e}llo\n".into(),
            ..Record::default()
        };
        let entry = Entry {
            message_id: "1".into(),
            parked_at: None,
            first_parked_at: None,
            content: Content::Record(record),
        };
        let lines = lines(&[entry], at());
        assert!(
            lines[1].ends_with(r"\u001b[2J\u009bhe\u202ello\u000a"),
            "{lines:?}"
        );
    }
}

//! Waits for what became of redriven records: published, or parked again.
//!
//! Nothing answers a redrive. A record that left the redrive queue was published, unless it is in the parked queue again: the
//! redrive function parks it first, and acknowledges its message then.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;
use user_events_core::{Parked, RawRecord};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;
use uuid::Uuid;

use super::drawer::read_all;
use super::entry::{Content, Entry};
use super::outcome::Outcome;
use super::queues::{Message, Queues};

/// How often the queues are looked at.
const PAUSE: Duration = Duration::from_secs(2);
/// How long after the last message the counts of a queue may be wrong (Amazon SQS API Reference, *GetQueueAttributes*: "at
/// least 1 minute").
pub(super) const UNTIL_COUNTS_ARE_RIGHT: Duration = Duration::from_secs(60);

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// A result that is still missing then is reported as unknown.
    pub(super) limit: Duration,
    /// The counts of the queues are believed so long after the last message.
    pub(super) believed_after: Duration,
}

/// A message that was redriven.
#[derive(Debug)]
pub(super) struct Sent {
    /// It, as it was in the parked queue.
    pub(super) message: Message,
    /// What it was foretold to become.
    pub(super) foretold: Outcome,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its events were published.
    Published,
    /// It was settled, and has no event.
    Settled(&'static str),
    /// It is in the parked queue again.
    ParkedAgain {
        /// Its new ID.
        message_id: String,
        /// Why, with the code.
        reason: String,
    },
    /// Nobody knows yet.
    Unknown(&'static str),
}

impl Fate {
    /// Whether nothing is left to do.
    pub(super) fn is_good(&self) -> bool {
        matches!(self, Self::Published | Self::Settled(_))
    }
}

/// What became of these messages, in their order. `before` are the IDs of the messages that were in the parked queue when
/// they were sent.
///
/// Fails when a queue cannot be read, and when the command is interrupted.
pub(super) async fn fates<Q: Queues>(
    queues: &Q,
    sent: &[Sent],
    before: &HashSet<String>,
    patience: Patience,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<Vec<Fate>> {
    let begun = Instant::now();
    loop {
        interrupt.check()?;
        let is_over = begun.elapsed() >= patience.limit;
        let left = queues.redrive_depth().await?;
        let left = left.visible + left.hidden;
        let is_empty = left == 0 && begun.elapsed() >= patience.believed_after;
        if is_empty || is_over {
            let hidden = queues.parked_depth().await?.hidden;
            let messages = read_all(queues, interrupt, progress).await?;
            let is_whole = is_empty && hidden == 0;
            if is_whole || is_over {
                return Ok(told(sent, &messages, before, is_whole));
            }
        }
        progress.step(if left == 0 {
            "waiting until the counts of the queues can be believed".to_owned()
        } else {
            format!("waiting for the redrive function: {left} messages in the redrive queue")
        });
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = interrupt.raised() => {}
        }
    }
}

/// What became of these messages, by those that are in the parked queue now. `is_whole`: the redrive queue is empty, and
/// nobody hides a message of the parked queue.
fn told(sent: &[Sent], now: &[Message], before: &HashSet<String>, is_whole: bool) -> Vec<Fate> {
    let new: Vec<&Message> = now
        .iter()
        .filter(|message| !before.contains(&message.entry.message_id))
        .collect();
    let one = |sent: &Sent| {
        let message = &sent.message;
        let again = |other: &&&Message| {
            is_same(identity(&message.body), identity(&other.body)) || other.body == message.body
        };
        if let Some(again) = new.iter().find(again) {
            return Fate::ParkedAgain {
                message_id: again.entry.message_id.clone(),
                reason: reason(&again.entry),
            };
        }
        match (&message.entry.content, &sent.foretold) {
            _ if !is_whole => Fate::Unknown("it may still be in the redrive queue"),
            (Content::Announcement, _) => Fate::Settled("it had nothing to publish"),
            (Content::Record(_), Outcome::NoEvent { why }) => Fate::Settled(why),
            (Content::Record(_), _) => Fate::Published,
            _ => Fate::Unknown("its records are in the bucket, and were published or parked one by one"),
        }
    };
    sent.iter().map(one).collect()
}

fn reason(entry: &Entry) -> String {
    match &entry.content {
        Content::Record(record) => format!("{}: {}", record.code, record.reason),
        _ => "the redrive function gave it back".to_owned(),
    }
}

/// The identity of the record in a message.
fn identity(body: &str) -> Option<Uuid> {
    match Parked::read(body) {
        Ok(Parked::Record(message)) => Some(RawRecord::read(message.record).identity()),
        _ => None,
    }
}

fn is_same(one: Option<Uuid>, other: Option<Uuid>) -> bool {
    one.is_some() && one == other
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;
    use crate::parked::deployment::Deployment;
    use crate::parked::examples;
    use crate::parked::outcome::preview;

    fn message(id: &str, body: &str) -> Message {
        Message {
            entry: Entry::new(id, None, body),
            receipt: id.to_owned(),
            body: body.to_owned(),
            attributes: HashMap::new(),
        }
    }

    fn sent(body: &str) -> Vec<Sent> {
        vec![Sent {
            message: message("old", body),
            foretold: preview(&Deployment::default(), body),
        }]
    }

    fn fate(body: &str, now: &[Message], is_whole: bool) -> Fate {
        let before = HashSet::from(["old".to_owned(), "older".to_owned()]);
        told(&sent(body), now, &before, is_whole).remove(0)
    }

    #[test]
    fn a_record_that_left_the_redrive_queue_was_published_unless_it_is_parked_again() {
        let good = examples::account(json!({}));
        assert_eq!(fate(&good, &[], true), Fate::Published);
        let other = examples::record(0, "accounts", "user-1", "ACCOUNT");
        assert_eq!(fate(&good, &[message("new", &other)], true), Fate::Published);
        assert_eq!(
            fate(&good, &[message("older", &good)], true),
            Fate::Published,
            "an older copy says nothing"
        );
        let again = good.replace("account row", "redriven and parked again: account row");
        let Fate::ParkedAgain { message_id, reason } = fate(&good, &[message("new", &again)], false) else {
            panic!("not parked again")
        };
        assert_eq!(message_id, "new");
        assert!(
            reason.starts_with("row-does-not-fit: redriven and parked again: "),
            "{reason}"
        );
    }

    #[test]
    fn what_is_not_known_is_unknown_and_never_published() {
        let good = examples::account(json!({}));
        assert!(matches!(fate(&good, &[], false), Fate::Unknown(_)));
        let notice = r#"{"Records":[{"s3":{"bucket":{"name":"failures"},"object":{"key":"a"}}}]}"#;
        assert!(matches!(fate(notice, &[], true), Fate::Unknown(_)));
        let returned = fate(notice, &[message("new", notice)], true);
        assert!(matches!(returned, Fate::ParkedAgain { .. }), "{returned:?}");
    }

    #[test]
    fn what_has_no_event_is_settled() {
        let announcement = r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#;
        let unknown_kind = examples::account(json!({ "sk": { "S": "NOTE#1" } }));
        for body in [announcement, &unknown_kind] {
            let fate = fate(body, &[], true);
            assert!(matches!(fate, Fate::Settled(_)) && fate.is_good(), "{fate:?}");
        }
    }
}

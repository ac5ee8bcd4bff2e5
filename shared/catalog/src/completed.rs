//! The end of a run of a backfill, as an event.

use user_events_core::pipeline::{Decoded, envelopes};
use user_events_core::{
    Attribute, Change, Code, Error, KeyRing, Keys, Origin, Place, Publication, SealedEnvelope, StreamRecord,
    Time, random_nonce,
};

use crate::snapshot::{CATEGORY, COMPLETED, SEPARATOR};

/// A run of a backfill that is completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The id of the run.
    pub run: String,
    /// When it began, before the first row was read.
    pub started_at: Time,
    /// When the last event was accepted by the queue.
    pub completed_at: Time,
    /// How many snapshot events it sent, each id once.
    pub events: u32,
    /// The names of its categories.
    pub categories: Vec<String>,
    /// The user whom it was for; `None` when it was for all.
    pub user_id: Option<String>,
}

/// The event that ends a run. It is the same whenever it is made of the same summary.
///
/// Fails when the deployment's events are thin and this one cannot be.
pub fn completed(summary: &Summary, publication: &Publication) -> Result<SealedEnvelope, Error> {
    let text = |text: &str| Attribute::S(text.to_owned());
    let mut image = vec![
        ("startedAt".to_owned(), text(&summary.started_at.to_string())),
        ("completedAt".to_owned(), text(&summary.completed_at.to_string())),
        ("events".to_owned(), Attribute::N(summary.events.to_string())),
        (
            "categories".to_owned(),
            text(&summary.categories.join(&SEPARATOR.to_string())),
        ),
    ];
    image.extend(
        summary
            .user_id
            .as_deref()
            .map(|user| ("userId".to_owned(), text(user))),
    );
    let decoded = Decoded::from(StreamRecord {
        origin: Origin {
            table: CATEGORY.table.to_owned(),
            region: String::new(),
            place: Place::Snapshot {
                run: summary.run.clone(),
            },
            recorded: summary.completed_at,
        },
        keys: Keys {
            pk: format!("SNAPSHOT#{}", summary.run),
            sk: COMPLETED.to_owned(),
        },
        change: Change::Inserted {
            new: image.into_iter().collect(),
        },
        last_change: None,
        last_change_malformed: false,
        mapped: None,
        from_subject_keys: false,
    });
    let envelope = envelopes(&[&CATEGORY], &decoded, publication)?.and_then(|mut events| events.next());
    match envelope {
        Some(envelope) => envelope?.seal(&KeyRing::new(), &mut random_nonce),
        None => Err(Error::new(
            Code::RowDoesNotFit,
            "the summary of the run is not complete",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_end_of_a_run_is_an_event_of_its_own_group() {
        let time = |text| Time::parse(text).unwrap();
        let summary = Summary {
            run: "run-1".to_owned(),
            started_at: time("2026-03-02T09:00:00Z"),
            completed_at: time("2026-03-02T10:00:00Z"),
            events: 3,
            categories: vec!["account".to_owned(), "profile".to_owned()],
            user_id: Some("user-1".to_owned()),
        };
        let event = completed(&summary, &Publication::default()).unwrap();
        assert_eq!(event.partition_key, "snapshots/run-1");
        let body: Value = serde_json::from_str(&event.body).unwrap();
        assert_eq!(body["snapshotrun"], "run-1");
        assert_eq!(
            body["data"],
            json!({
                "run": "run-1", "startedAt": "2026-03-02T09:00:00.000Z", "completedAt": "2026-03-02T10:00:00.000Z",
                "events": 3, "categories": ["account", "profile"], "userId": "user-1",
            })
        );
        assert_eq!(event, completed(&summary, &Publication::default()).unwrap());
    }
}

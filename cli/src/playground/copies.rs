//! What the page offers to copy: the same thing as a command in a shell, or as data.

use serde::Serialize;
use user_events_local::clients::{ACCESS_KEY, REGION, SECRET_KEY};
use user_events_local::expectation::{ExpectedEvent, record};
use user_events_local::writes::{Action, Item, Write, item_json};

use super::place::Place;
use crate::shell::word;

/// Something to copy.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Copy {
    /// Its label.
    pub(super) name: &'static str,
    /// What is copied.
    pub(super) text: String,
}

/// A write as a call of the AWS command line, and its stream record. Of the first event that it becomes, the commands of
/// [`of_event`].
pub(super) fn of_write(
    place: &Place,
    write: &Write,
    before: Option<&Item>,
    after: Option<&Item>,
    events: &[ExpectedEvent],
) -> Vec<Copy> {
    let table = place
        .tables
        .get(&write.table)
        .map_or(write.table.as_str(), String::as_str);
    let (name, what) = match &write.action {
        Action::Delete => (
            "delete-item",
            format!(
                "delete-item --table-name {table} --key {}",
                word(&item_json(&write.key.attributes()).to_string())
            ),
        ),
        _ => {
            let item = after.map(item_json).unwrap_or_default();
            (
                "put-item",
                format!("put-item --table-name {table} --item {}", word(&item.to_string())),
            )
        }
    };
    let aws = format!(
        "AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} aws --region {REGION} --endpoint-url {} dynamodb {what}",
        place.endpoint
    );
    let record = record(place.layout(), write, before, after);
    let mut copies = vec![
        Copy { name, text: aws },
        Copy {
            name: "stream record",
            text: serde_json::to_string_pretty(&record).unwrap_or_default(),
        },
    ];
    if let Some(event) = events.first() {
        copies.extend(of_event(
            place,
            &event.category,
            &event.event_type,
            &event.subject,
            &[],
        ));
    }
    copies
}

/// The commands about an event: its sample, following its type, and a subscriber of it.
pub(super) fn of_event(
    place: &Place,
    category: &str,
    event_type: &str,
    subject: &str,
    classes: &[&str],
) -> Vec<Copy> {
    let (endpoint, stage) = (&place.endpoint, &place.stage);
    let user = subject
        .strip_prefix("users/")
        .map(|user| format!(" --user {}", word(user)))
        .unwrap_or_default();
    let classes = if classes.is_empty() {
        String::new()
    } else {
        format!(" --classes {}", classes.join(","))
    };
    [
        ("sample", format!("user-events sample {event_type}{user}")),
        ("tail", format!("user-events tail --endpoint {endpoint} --stage {stage} --type {event_type} --open")),
        (
            "scaffold",
            format!(
                "user-events scaffold subscriber --language python --name my-subscriber --category {category} --events {event_type}{classes} --stage {stage} --endpoint {endpoint}"
            ),
        ),
    ]
    .map(|(name, text)| Copy { name, text })
    .into()
}

//! What a parked record would become now: derived locally, by the same pipeline as in the redrive function.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use user_events_catalog::CATEGORIES;
use user_events_core::description::{open_sample_members, sample_key_ring, sample_nonce};
use user_events_core::pipeline::sealed_events;
use user_events_core::{Code, Error, Parked, RawRecord, SealedEnvelope};

use super::deployment::Deployment;

/// What a message would become if it were redriven now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub(crate) enum Outcome {
    /// Its events would be published.
    Published {
        /// At least one, in order.
        events: Vec<Foretold>,
        /// What a local derivation cannot know of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'static str>,
    },
    /// It would be parked again.
    Parked {
        /// The code of the reason.
        code: String,
        /// The reason in words, without a value.
        reason: String,
    },
    /// It would be settled without an event.
    NoEvent {
        /// Why there is none.
        why: &'static str,
    },
    /// It cannot be derived locally.
    Unknown {
        /// Why not.
        why: &'static str,
    },
}

/// An event that a record would become. Without a value of personal data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Foretold {
    /// Its category.
    pub(crate) category: &'static str,
    /// Its type.
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    /// Its id: that which the original has.
    pub(crate) id: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Its place in the order of the subject.
    pub(crate) sequence: String,
    /// Its data outside the data classes.
    pub(crate) data: Value,
    /// The data classes that would be encrypted.
    pub(crate) classes: Vec<String>,
}

const OF_A_MAPPED_TABLE: &str =
    "a mapping is for its table; name the mapping file of the deployment with --mapping";
const IN_THE_BUCKET: &str = "its records are in the failure bucket; the redrive function reads them there";
const FOREIGN: &str = "it is neither a parked record nor an S3 notification";
const UNFORESEEABLE: &str = "the topic refused it before; only the topic knows whether it accepts it now";

/// Derives what the message would become if it were redriven now. Sends nothing.
pub(crate) fn preview(deployment: &Deployment, body: &str) -> Outcome {
    let message = match Parked::read(body) {
        Ok(Parked::Record(message)) => message,
        Ok(Parked::Failures(_)) => return Outcome::Unknown { why: IN_THE_BUCKET },
        Ok(Parked::Announcement) => {
            return Outcome::NoEvent {
                why: "the test event of the bucket has nothing to publish",
            };
        }
        Err(_) => return Outcome::Unknown { why: FOREIGN },
    };
    let raw = RawRecord::read(message.record);
    let keys = deployment.subject_keys_table.as_deref();
    let raw = raw.of_subject_keys(keys.is_some() && raw.table().as_deref() == keys);
    let mapping = deployment.mapping.as_ref();
    let is_mapped = mapping.is_some_and(|mapping| mapping.is_for(&raw));
    if message.source.mapped && !is_mapped {
        return Outcome::Unknown {
            why: OF_A_MAPPED_TABLE,
        };
    }
    let events = sealed_events(
        CATEGORIES,
        mapping,
        &raw,
        &deployment.publication,
        |envelope| sample_key_ring(envelope.classes()),
        &mut sample_nonce,
    );
    let events = match events {
        Ok(Some(events)) => events,
        Ok(None) if raw.is_of_subject_keys() => {
            return Outcome::NoEvent {
                why: "the change of the table of persons' keys erases nobody",
            };
        }
        Ok(None) if is_mapped => {
            return Outcome::NoEvent {
                why: "no rule of the mapping matches the item",
            };
        }
        Ok(None) => {
            return Outcome::NoEvent {
                why: "no event of the catalog reads rows of this kind; docs/rows.md lists the kinds",
            };
        }
        Err(error) => return Outcome::from(&error),
    };
    if events.is_empty() {
        return Outcome::NoEvent {
            why: without_event(message.record),
        };
    }
    let largest = events.iter().map(SealedEnvelope::bytes).max().unwrap_or_default();
    if largest > deployment.max_message_bytes {
        return Outcome::Parked {
            code: Code::EventTooLarge.as_str().to_owned(),
            reason: "an event is larger than its topic accepts".to_owned(),
        };
    }
    match events.iter().map(Foretold::new).collect::<Result<_>>() {
        Ok(events) => Outcome::Published {
            events,
            note: (message.reason.code == Code::RefusedByTopic.as_str()).then_some(UNFORESEEABLE),
        },
        Err(_) => Outcome::Unknown {
            why: "its events cannot be read; this command and its catalog are of different versions",
        },
    }
}

/// Why a change of rows that are known is no event.
fn without_event(record: &RawValue) -> &'static str {
    let record: Value = serde_json::from_str(record.get()).unwrap_or_default();
    let stream = &record["dynamodb"];
    if stream["NewImage"] == stream["OldImage"] {
        "the images before and after the change are equal"
    } else {
        "no event of the catalog says this change; docs/rows.md lists which change is which event"
    }
}

impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        Self::Parked {
            code: error.code().as_str().to_owned(),
            reason: error.message().to_owned(),
        }
    }
}

impl Foretold {
    fn new(event: &SealedEnvelope) -> Result<Self> {
        let document: Value = serde_json::from_str(&event.body)?;
        let text = |name: &str| {
            document[name]
                .as_str()
                .map(str::to_owned)
                .context("a member is missing")
        };
        let mut data = document["data"].clone();
        let sealed = open_sample_members(&data, &event.id)?;
        if let Some(data) = data.as_object_mut() {
            data.retain(|name, _| !sealed.contains_key(name));
        }
        Ok(Self {
            category: event.category,
            event_type: text("type")?,
            id: event.id.clone(),
            subject: text("subject")?,
            sequence: text("sequence")?,
            data,
            classes: sealed.into_keys().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::parked::examples;

    #[test]
    fn a_record_that_fits_is_foretold_with_its_public_data_and_no_value_of_a_class() {
        let outcome = preview(&Deployment::default(), &examples::account(json!({})));
        let Outcome::Published { events, note } = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].event_type.as_str(), events[0].subject.as_str()),
            ("UserRegisteredEventV1", "users/42")
        );
        assert!(events[0].classes.contains(&"contact".to_owned()), "{events:?}");
        assert_eq!(*note, None);
        let json = serde_json::to_string(&outcome).unwrap();
        assert!(
            json.contains(r#""outcome":"published""#) && !json.contains("canary"),
            "{json}"
        );
    }

    #[test]
    fn a_record_that_does_not_fit_would_be_parked_with_the_reason_of_the_pipeline() {
        let outcome = preview(
            &Deployment::default(),
            &examples::account(json!({ "status": null })),
        );
        let Outcome::Parked { code, reason } = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(code, "row-does-not-fit");
        assert!(reason.contains("`status`"), "{reason}");
    }

    #[test]
    fn an_event_that_no_topic_of_the_deployment_accepts_would_be_parked() {
        let deployment = Deployment {
            max_message_bytes: 100,
            ..Deployment::default()
        };
        let outcome = preview(&deployment, &examples::account(json!({})));
        assert!(
            matches!(&outcome, Outcome::Parked { code, .. } if code == "event-too-large"),
            "{outcome:?}"
        );
    }

    #[test]
    fn what_only_the_topic_the_bucket_or_a_mapping_knows_is_said_to_be_unknown() {
        let standard = Deployment::default();
        let refused = examples::account(json!({})).replace("row-does-not-fit", "refused-by-topic");
        assert!(matches!(
            preview(&standard, &refused),
            Outcome::Published {
                note: Some(UNFORESEEABLE),
                ..
            }
        ));
        let mapped = examples::account(json!({})).replace(r#""source":{"#, r#""source":{"mapped":true,"#);
        for (body, expected) in [
            (mapped.as_str(), OF_A_MAPPED_TABLE),
            (
                r#"{"Records":[{"s3":{"bucket":{"name":"failures"},"object":{"key":"a"}}}]}"#,
                IN_THE_BUCKET,
            ),
            ("hello", FOREIGN),
        ] {
            assert_eq!(preview(&standard, body), Outcome::Unknown { why: expected });
        }
    }

    #[test]
    fn a_change_that_is_no_event_says_why() {
        let inserted: Value = serde_json::from_str(&examples::account(json!({}))).unwrap();
        let mut modified = inserted.clone();
        let stream = &mut modified["record"]["dynamodb"];
        stream["OldImage"] = stream["NewImage"].clone();
        modified["record"]["eventName"] = json!("MODIFY");
        let same = preview(&Deployment::default(), &modified.to_string());
        modified["record"]["dynamodb"]["NewImage"]["version"] = json!({ "N": "2" });
        let silent = preview(&Deployment::default(), &modified.to_string());
        for (outcome, part) in [
            (same, "are equal"),
            (silent, "no event of the catalog says this change"),
        ] {
            let Outcome::NoEvent { why } = outcome else {
                panic!("{outcome:?}")
            };
            assert!(why.contains(part), "{why}");
        }
        let unknown = examples::account(json!({ "sk": { "S": "NOTE#1" } }));
        let Outcome::NoEvent { why } = preview(&Deployment::default(), &unknown) else {
            panic!("an event")
        };
        assert!(why.contains("rows of this kind"), "{why}");
    }
}

//! The messages of the scenarios.

mod snapshots;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use user_events_consumer::{Inbox, InboxSettings, MemoryStore, ReceivedEvent, Rule};
use user_events_core::NONCE_BYTES;
use user_events_core::description::sample_data_key;

use crate::vectors::making::sealed_under;
use crate::vectors::persons::content_key as content_key_of;

/// An event of a user: the place in the user's order gives it its id and its sequence.
struct Made {
    user: &'static str,
    place: u8,
    nonce: u8,
    /// The person whose key its token needs.
    person: Option<&'static str>,
}

/// The secret of a person.
pub(super) fn secret(user: &str) -> [u8; 32] {
    [user.as_bytes().first().copied().unwrap_or_default(); 32]
}

/// The id of a person's key.
pub(super) fn key_id(user: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode([user.as_bytes().first().copied().unwrap_or_default(); 16])
}

impl Made {
    fn new(user: &'static str, place: u8) -> Self {
        let nonce = place;
        Self {
            user,
            place,
            nonce,
            person: None,
        }
    }

    fn of_person(self, person: &'static str) -> Self {
        let person = Some(person);
        Self { person, ..self }
    }

    fn id(&self) -> String {
        let user = self.user.as_bytes().first().copied().unwrap_or_default();
        format!("{user:02x}{:02x}0000-0000-5000-8000-000000000000", self.place)
    }

    fn event(&self) -> Result<Value> {
        let email = format!("{}{}@example.com", self.user, self.place);
        let contact = sealed_contact(&self.id(), self.person, &email, self.nonce)?;
        let subject = format!("users/{}", self.user);
        Ok(json!({
            "specversion": "1.0",
            "id": self.id(),
            "source": "/user-service",
            "type": "UserEmailVerifiedEventV1",
            "subject": subject,
            "time": "2026-03-01T12:00:00.000Z",
            "datacontenttype": "application/json",
            "dataschema": "urn:user-events:schemas/account/UserEmailVerifiedEventV1.json",
            "partitionkey": subject,
            "sequence": format!("{:040}.0000", u64::from(self.place) * 1_000),
            "recordedtime": "2026-03-01T12:00:00.000Z",
            "data": {
                "userId": self.user,
                "verifiedAt": "2026-03-01T12:00:00.000Z",
                "contact": contact,
            },
        }))
    }
}

/// The class `contact` of an event.
fn sealed_contact(event_id: &str, person: Option<&str>, email: &str, nonce: u8) -> Result<Value> {
    let key = sample_data_key("contact");
    let mut kid = format!("{event_id}/contact");
    let mut content_key = key.plaintext.to_vec();
    if let Some(person) = person {
        kid = format!("{kid}/{}", key_id(person));
        content_key = content_key_of(&content_key, &secret(person), &kid)?;
    }
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{kid}"}}"#);
    let contact = json!({ "email": email }).to_string();
    let token = sealed_under(&header, contact.as_bytes(), &content_key, [nonce; NONCE_BYTES])?;
    Ok(json!({ "sealed": token, "dataKey": key.wrapped, "keyArn": key.key_arn }))
}

pub(super) fn messages() -> Result<Value> {
    let mut messages = Map::new();
    let mut add = |name: &str, event: &Value| messages.insert(name.to_owned(), message(&event.to_string()));
    for place in 1..=6 {
        add(&format!("a{place}"), &Made::new("a", place).event()?);
    }
    for place in 1..=3 {
        add(&format!("b{place}"), &Made::new("b", place).event()?);
    }
    for place in 1..=3 {
        let event = Made::new("a", place).of_person("a").event()?;
        add(&format!("a{place}-personal"), &event);
    }
    add("b1-of-a", &Made::new("b", 1).of_person("a").event()?);
    let (first, second) = (Made::new("a", 1).event()?, Made::new("a", 2).event()?);
    let changed = |event: &Value, change: &dyn Fn(&mut Value)| {
        let mut event = event.clone();
        change(&mut event);
        event
    };
    let mut same_change = Made::new("a", 7).event()?;
    same_change["sequence"] = second["sequence"].clone();
    add("a2-same-change", &same_change);
    let mut profile = Made::new("a", 8).event()?;
    profile["sequence"] = first["sequence"].clone();
    profile["type"] = json!("UserProfileDeletedEventV1");
    profile["dataschema"] = json!("urn:user-events:schemas/profile/UserProfileDeletedEventV1.json");
    profile["data"] = json!({ "userId": "a", "deletedAt": "2026-03-01T12:00:00.000Z" });
    add("a1-profile", &profile);
    let token = first["data"]["contact"].clone();
    add(
        "a2-moved",
        &changed(&second, &|event| event["data"]["contact"] = token.clone()),
    );
    let foreign = "arn:aws:kms:eu-west-1:210987654321:key/00000000-0000-4000-8000-000000000000";
    add(
        "a1-other-key",
        &changed(&first, &|event| {
            event["data"]["contact"]["keyArn"] = json!(foreign)
        }),
    );
    add(
        "a1-other-content",
        &changed(&first, &|event| {
            event["data"]["verifiedAt"] = json!("2026-03-02T12:00:00.000Z")
        }),
    );
    let again = Made {
        nonce: 99,
        ..Made::new("a", 1)
    };
    let mut again = again.event()?;
    again["data"]["contact"]["dataKey"] = json!("YW5vdGhlciBkYXRhIGtleQ==");
    add("a1-sealed-again", &again);
    let mut forged = Made::new("a", 9).event()?;
    forged["sequence"] = json!(format!("{}.0000", "9".repeat(40)));
    add("a-of-forty-nines", &forged);
    let wrapped = json!({ "Type": "Notification", "Message": first.to_string() });
    add("a1-wrapped", &wrapped);
    let odd = first
        .to_string()
        .replacen(r#""data":{"#, &format!(r#""data":{{{ODD}"#), 1);
    messages.insert("a1-odd-numbers".to_owned(), message(&odd));
    messages.insert("a-not-an-event".to_owned(), json!({ "body": "hello" }));
    messages.insert(
        "a1-test".to_owned(),
        json!({ "body": first.to_string(), "attributes": { "test": "true" } }),
    );
    snapshots::add(&mut messages)?;
    Ok(Value::Object(messages))
}

/// Members that libraries could write in different ways.
const ODD: &str = r#""n":[1.0,1e21,9007199254740993,12345678901234567890123,-0.0,1e-7,4.50],"\u20ac":"\u00e9\u2028","\ud83d\ude00":{"sealed":"x","b":1,"a":2},"list":[{"sealed":"y"}],"#;

/// A message with this body, and the digest of its content that the inbox keeps.
fn message(body: &str) -> Value {
    let event = ReceivedEvent::from_message_body(body);
    let inbox = Inbox::new(MemoryStore::default(), InboxSettings::new("welcome"));
    let (Ok(event), Ok(inbox)) = (event, inbox) else {
        return json!({ "body": body });
    };
    match inbox.record(&event).rule {
        Rule::Record { content, .. } => json!({ "body": body, "content": content }),
        _ => json!({ "body": body }),
    }
}

//! From the raw JSON of one stream record to a change.
//!
//! Records are decoded one by one: what cannot be read names the field that is at fault and leaves the
//! others alone. Nothing here quotes a value, and no cause of `serde_json` becomes text, because its
//! messages quote the offending input.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::attribute::{Attribute, Image};
use crate::change::{Change, Keys, LastChange, Origin, StreamRecord};
use crate::error::{Code, Error};
use crate::time::Time;
use crate::wire::is_plain_text;

/// The view type that events can be made from (Amazon DynamoDB API Reference, *StreamSpecification*).
const VIEW_TYPE: &str = "NEW_AND_OLD_IMAGES";
/// Sequence numbers have 21 to 40 digits (Amazon DynamoDB API Reference, *StreamRecord*); shorter ones come
/// from local engines.
const MAX_SEQUENCE_DIGITS: usize = 40;

/// Where a record stands in its stream, as far as it can be told: enough to park a record that is
/// unreadable otherwise, and to report one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coordinates {
    /// The ARN of the stream.
    pub stream_arn: Option<String>,
    /// The record's `eventID`.
    pub event_id: Option<String>,
    /// The record's sequence number.
    pub sequence_number: Option<String>,
    /// The row's partition key, which tells whose order the record belongs to.
    pub pk: Option<String>,
}

/// A JSON object whose members are still raw.
type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Decodes one record of a Lambda event from a DynamoDB stream.
///
/// Fails with [`Code::UndecodableRecord`] when it is no such record or an attribute of the image that events
/// are made from has no known type, with [`Code::ImplausibleTime`] when its time is missing or cannot be
/// true, and with [`Code::WrongViewType`] when an image is missing.
pub fn decode(raw: &RawValue) -> Result<StreamRecord, Error> {
    let record: Object = object(raw, "the record")?;
    let stream: Object = object(member(&record, "dynamodb")?, "`dynamodb`")?;

    let stream_arn = text(&record, "eventSourceARN")?;
    let origin = Origin {
        table: table_name(&stream_arn)
            .ok_or_else(|| undecodable("`eventSourceARN` is not the ARN of a DynamoDB stream"))?,
        region: stream_arn.split(':').nth(3).unwrap_or_default().to_owned(),
        event_id: text(&record, "eventID")?,
        sequence_number: sequence_number(&stream)?,
        recorded: recorded(&stream)?,
    };
    let by_ttl = removed_by_ttl(&record)?;
    let change = change(&text(&record, "eventName")?, &stream, by_ttl)?;
    if let Some(name) = change.image().unknown().next() {
        return Err(undecodable(format!(
            "attribute `{name}` is in none of DynamoDB's types"
        )));
    }
    let keys: Image = image(member(&stream, "Keys")?, "`Keys`")?;
    let (last_change, last_change_malformed) = match noted(&change) {
        None => (None, false),
        Some(attribute) => {
            let read = read_last_change(attribute);
            (read.clone(), read.is_none())
        }
    };
    Ok(StreamRecord {
        origin,
        keys: Keys {
            pk: key(&keys, "pk")?,
            sk: key(&keys, "sk")?,
        },
        change,
        last_change,
        last_change_malformed,
    })
}

impl Coordinates {
    /// Reads what there is to read of a record; what is missing or of another type is absent.
    pub fn read(raw: &RawValue) -> Self {
        let record: Object = serde_json::from_str(raw.get()).unwrap_or_default();
        let stream: Object = parse(&record, "dynamodb").unwrap_or_default();
        let keys: Object = parse(&stream, "Keys").unwrap_or_default();
        Self {
            stream_arn: parse(&record, "eventSourceARN"),
            event_id: parse(&record, "eventID"),
            sequence_number: sequence_number(&stream).ok(),
            pk: parse::<Attribute>(&keys, "pk").and_then(|pk| pk.as_text().map(str::to_owned)),
        }
    }
}

fn undecodable(message: impl Into<String>) -> Error {
    Error::new(Code::UndecodableRecord, message)
}

fn object<'a>(raw: &'a RawValue, name: &str) -> Result<Object<'a>, Error> {
    serde_json::from_str(raw.get()).map_err(|_| undecodable(format!("{name} is not a JSON object")))
}

fn member<'a>(object: &Object<'a>, name: &str) -> Result<&'a RawValue, Error> {
    object
        .get(name)
        .copied()
        .ok_or_else(|| undecodable(format!("`{name}` is missing")))
}

fn text(object: &Object, name: &str) -> Result<String, Error> {
    serde_json::from_str(member(object, name)?.get())
        .map_err(|_| undecodable(format!("`{name}` is not text")))
}

fn parse<'a, T: Deserialize<'a>>(object: &Object<'a>, name: &str) -> Option<T> {
    object
        .get(name)
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// The table's name in `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>`.
fn table_name(stream_arn: &str) -> Option<String> {
    let resource = stream_arn.splitn(6, ':').nth(5)?;
    let name = resource.strip_prefix("table/")?.split('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn sequence_number(stream: &Object) -> Result<String, Error> {
    let number = text(stream, "SequenceNumber")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if digits && number.len() <= MAX_SEQUENCE_DIGITS {
        Ok(number)
    } else {
        Err(undecodable(
            "`SequenceNumber` is not a decimal number of at most 40 digits",
        ))
    }
}

fn recorded(stream: &Object) -> Result<Time, Error> {
    let name = "ApproximateCreationDateTime";
    let raw = stream
        .get(name)
        .ok_or_else(|| Error::new(Code::ImplausibleTime, format!("`{name}` is missing")))?;
    Time::from_record_seconds(raw.get()).ok_or_else(|| {
        let message = format!("`{name}` is not a plausible time in seconds since 1970");
        Error::new(Code::ImplausibleTime, message)
    })
}

/// A TTL deletion is made by the service itself (Amazon DynamoDB Developer Guide, *DynamoDB Streams and Time
/// to Live*).
fn removed_by_ttl(record: &Object) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Identity {
        #[serde(alias = "Type")]
        r#type: Option<String>,
        #[serde(rename = "principalId", alias = "PrincipalId")]
        principal: Option<String>,
    }
    let Some(raw) = record.get("userIdentity") else {
        return Ok(false);
    };
    let identity: Option<Identity> =
        serde_json::from_str(raw.get()).map_err(|_| undecodable("`userIdentity` is not an identity"))?;
    Ok(identity.is_some_and(|identity| {
        identity.r#type.as_deref() == Some("Service")
            && identity.principal.as_deref() == Some("dynamodb.amazonaws.com")
    }))
}

fn change(event_name: &str, stream: &Object, by_ttl: bool) -> Result<Change, Error> {
    if let Some(view_type) = parse::<String>(stream, "StreamViewType")
        && view_type != VIEW_TYPE
    {
        let message =
            format!("the stream's view type is not {VIEW_TYPE}; mend the table's StreamSpecification");
        return Err(Error::new(Code::WrongViewType, message));
    }
    let image = |name: &str| match stream.get(name) {
        Some(raw) => image(raw, &format!("`{name}`")),
        None => {
            let message =
                format!("`{name}` is missing; the table's stream must have the view type {VIEW_TYPE}");
            Err(Error::new(Code::WrongViewType, message))
        }
    };
    match event_name {
        "INSERT" => Ok(Change::Inserted {
            new: image("NewImage")?,
        }),
        "MODIFY" => Ok(Change::Modified {
            old: image("OldImage")?,
            new: image("NewImage")?,
        }),
        "REMOVE" => Ok(Change::Removed {
            old: image("OldImage")?,
            by_ttl,
        }),
        _ => Err(undecodable("`eventName` is none of INSERT, MODIFY, REMOVE")),
    }
}

fn image(raw: &RawValue, name: &str) -> Result<Image, Error> {
    let members: Object = object(raw, name)?;
    let attribute = |raw: &RawValue| {
        serde_json::from_str(raw.get()).unwrap_or_else(|_| Attribute::Unknown(raw.get().to_owned()))
    };
    Ok(members
        .into_iter()
        .map(|(name, raw)| (name, attribute(raw)))
        .collect())
}

fn key(keys: &Image, name: &str) -> Result<String, Error> {
    match keys.get(name) {
        Some(Attribute::S(text)) => Ok(text.clone()),
        Some(_) => Err(undecodable(format!("key `{name}` is not text (S)"))),
        None => Err(undecodable(format!("key `{name}` is missing"))),
    }
}

/// The `lastChange` that belongs to this change. One that equals the old image's is stale: the User Service
/// did not write it now. On a removal the old row's belongs to an earlier write.
fn noted(change: &Change) -> Option<&Attribute> {
    match change {
        Change::Inserted { new } => new.get("lastChange"),
        Change::Modified { old, new } => new
            .get("lastChange")
            .filter(|attribute| old.get("lastChange") != Some(attribute)),
        Change::Removed { .. } => None,
    }
}

/// `None` when it is malformed.
fn read_last_change(attribute: &Attribute) -> Option<LastChange> {
    let Attribute::M(members) = attribute else {
        return None;
    };
    let member = |name: &str| match members.get(name) {
        None | Some(Attribute::Null(_)) => Some(None),
        Some(Attribute::S(text)) => Some(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => None,
    };
    // These become attributes of the envelope, which may not hold control characters.
    let plain = |name: &str| member(name).filter(|text| text.as_deref().is_none_or(is_plain_text));
    let actor_type = member("actorType")?;
    if actor_type
        .as_deref()
        .is_some_and(|kind| !["USER", "ADMIN", "SYSTEM"].contains(&kind))
    {
        return None;
    }
    Some(LastChange {
        at: Time::parse(&member("at")??)?,
        actor: plain("actor")?,
        actor_type,
        reason: member("reason")?,
        correlation_id: plain("correlationId")?,
        causation_id: plain("causationId")?,
        traceparent: plain("traceparent")?,
    })
}

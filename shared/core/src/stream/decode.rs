//! Decodes the raw JSON of one stream record into a change.
//!
//! Each record is decoded by itself: an error names the field at fault and does not affect other records. No message
//! quotes a value, and no error of `serde_json` becomes text, because its messages quote the input.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::error::{Code, Error};
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::{Change, Keys, LastChange, StreamRecord};
use crate::stream::expiry::{is_time_to_live, time_had_come};
use crate::stream::members::members;
use crate::stream::origin::{Origin, Place};
use crate::stream::raw::{RawRecord, RecordMembers, StreamMembers, table_name, text};
use crate::time::Time;
use crate::wire::is_plain_text;

/// The only view type that events can be made from (Amazon DynamoDB API Reference, *StreamSpecification*).
const VIEW_TYPE: &str = "NEW_AND_OLD_IMAGES";

/// Decodes one record of a DynamoDB stream.
///
/// Fails with [`Code::UndecodableRecord`] when it is not such a record, or when an attribute of a row that was written
/// has no known type; with [`Code::ImplausibleTime`] when its time is missing or implausible; and
/// with [`Code::WrongViewType`] when an image is missing.
pub fn decode(raw: &RawRecord) -> Result<StreamRecord, Error> {
    let (origin, mut change) = origin_and_change(raw, &Image::read)?;
    if let Change::Removed { old, by_ttl } = &mut change {
        *by_ttl = *by_ttl || time_had_come(old.get("ttl"), old, origin.recorded);
    }
    let keys = raw.stream.and_then(|stream| stream.keys);
    let keys = members(required(keys, "Keys")?, ["pk", "sk"]);
    let [pk, sk] = keys.ok_or_else(|| undecodable("`Keys` is not a JSON object"))?;
    let noted = noted(&change).map(read_last_change);
    Ok(StreamRecord {
        origin,
        keys: Keys {
            pk: key(pk, "pk")?,
            sk: key(sk, "sk")?,
        },
        last_change_malformed: matches!(noted, Some(None)),
        last_change: noted.flatten(),
        change,
        mapped: None,
        from_subject_keys: false,
    })
}

/// Where a record was found, and its change, with images that `read_image` reads. Only DynamoDB's own word counts for an
/// expiry.
///
/// Fails as [`decode`] does.
pub(super) fn origin_and_change(
    raw: &RawRecord,
    read_image: &dyn Fn(&RawValue) -> Option<Image>,
) -> Result<(Origin, Change), Error> {
    let (record, stream, origin) = parts(raw)?;
    let change = change(&record, &stream, read_image)?;
    if let Some(name) = unreadable(&change) {
        return Err(undecodable(format!(
            "attribute `{name}` is in none of DynamoDB's types"
        )));
    }
    Ok((origin, change))
}

/// The members of a record, and where it was found.
///
/// Fails when it is not a stream record.
pub(super) fn parts<'a>(
    raw: &RawRecord<'a>,
) -> Result<(RecordMembers<'a>, StreamMembers<'a>, Origin), Error> {
    let record = raw
        .record
        .ok_or_else(|| undecodable("the record is not a JSON object"))?;
    required(record.dynamodb, "dynamodb")?;
    let stream = raw
        .stream
        .ok_or_else(|| undecodable("`dynamodb` is not a JSON object"))?;
    let origin = origin(&record, &stream)?;
    Ok((record, stream, origin))
}

pub(super) fn undecodable(message: impl Into<String>) -> Error {
    Error::new(Code::UndecodableRecord, message)
}

pub(super) fn required<'a>(member: Option<&'a RawValue>, name: &str) -> Result<&'a RawValue, Error> {
    member.ok_or_else(|| undecodable(format!("`{name}` is missing")))
}

pub(super) fn required_text<'a>(member: Option<&'a RawValue>, name: &str) -> Result<Cow<'a, str>, Error> {
    text(required(member, name)?).ok_or_else(|| undecodable(format!("`{name}` is not text")))
}

/// Where the record was found.
fn origin(record: &RecordMembers, stream: &StreamMembers) -> Result<Origin, Error> {
    let stream_arn = required_text(record.stream_arn, "eventSourceARN")?;
    Ok(Origin {
        table: table_name(&stream_arn)
            .ok_or_else(|| undecodable("`eventSourceARN` is not the ARN of a DynamoDB stream"))?,
        region: stream_arn.split(':').nth(3).unwrap_or_default().to_owned(),
        place: Place::Stream {
            event_id: required_text(record.event_id, "eventID")?.into_owned(),
            sequence_number: sequence_number(stream)?,
        },
        recorded: recorded(stream)?,
    })
}

fn sequence_number(stream: &StreamMembers) -> Result<String, Error> {
    let number = required_text(stream.sequence_number, "SequenceNumber")?;
    if Origin::is_sequence_number(&number) {
        Ok(number.into_owned())
    } else {
        Err(undecodable(
            "`SequenceNumber` is not a decimal number of at most 40 digits",
        ))
    }
}

fn recorded(stream: &StreamMembers) -> Result<Time, Error> {
    let name = "ApproximateCreationDateTime";
    let raw = stream
        .recorded
        .ok_or_else(|| Error::new(Code::ImplausibleTime, format!("`{name}` is missing")))?;
    Time::from_record_seconds(raw.get()).ok_or_else(|| {
        let message = format!("`{name}` is not a plausible time in seconds since 1970");
        Error::new(Code::ImplausibleTime, message)
    })
}

/// The name of an attribute that is in no known type. A removal needs little of the row, and reads it when it needs it.
fn unreadable(change: &Change) -> Option<&str> {
    match change {
        Change::Inserted { new } | Change::Modified { new, .. } => new.unknown().next(),
        Change::Removed { .. } => None,
    }
}

fn change(
    record: &RecordMembers,
    stream: &StreamMembers,
    read_image: &dyn Fn(&RawValue) -> Option<Image>,
) -> Result<Change, Error> {
    let by_ttl = match record.user_identity.map(is_time_to_live) {
        None => false,
        Some(identity) => identity.ok_or_else(|| undecodable("`userIdentity` is not an identity"))?,
    };
    let event_name = required_text(record.event_name, "eventName")?;
    if let Some(view_type) = stream.view_type.and_then(text)
        && view_type != VIEW_TYPE
    {
        let message =
            format!("the stream's view type is not {VIEW_TYPE}; mend the table's StreamSpecification");
        return Err(Error::new(Code::WrongViewType, message));
    }
    let new = || image(stream.new_image, "NewImage", read_image);
    let old = || image(stream.old_image, "OldImage", read_image);
    match &*event_name {
        "INSERT" => Ok(Change::Inserted { new: new()? }),
        "MODIFY" => Ok(Change::Modified {
            old: old()?,
            new: new()?,
        }),
        "REMOVE" => Ok(Change::Removed { old: old()?, by_ttl }),
        _ => Err(undecodable("`eventName` is none of INSERT, MODIFY, REMOVE")),
    }
}

fn image(
    member: Option<&RawValue>,
    name: &str,
    read_image: &dyn Fn(&RawValue) -> Option<Image>,
) -> Result<Image, Error> {
    let json = member.ok_or_else(|| {
        let message = format!("`{name}` is missing; the table's stream must have the view type {VIEW_TYPE}");
        Error::new(Code::WrongViewType, message)
    })?;
    read_image(json).ok_or_else(|| undecodable(format!("`{name}` is not a JSON object")))
}

fn key(member: Option<&RawValue>, name: &str) -> Result<String, Error> {
    let missing = || undecodable(format!("key `{name}` is missing"));
    match serde_json::from_str(member.ok_or_else(missing)?.get()) {
        Ok(Attribute::S(text)) => Ok(text),
        Ok(Attribute::Null(_)) => Err(missing()),
        _ => Err(undecodable(format!("key `{name}` is not text (S)"))),
    }
}

/// The `lastChange` that the User Service wrote with this change.
///
/// One that equals the old image's is stale: this write did not set it. The one in a removed row belongs to an earlier
/// write.
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
pub(crate) fn read_last_change(attribute: &Attribute) -> Option<LastChange> {
    let Attribute::M(members) = attribute else {
        return None;
    };
    let member = |name: &str| match members.get(name) {
        None | Some(Attribute::Null(_)) => Some(None),
        Some(Attribute::S(text)) => Some(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => None,
    };
    // These become attributes of the envelope, which must not hold control characters.
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

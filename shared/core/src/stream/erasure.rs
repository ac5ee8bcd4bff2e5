//! Records of the table of persons' keys: a tombstone becomes a virtual row, and everything else no event.

use std::collections::BTreeSet;

use crate::error::{Code, Error};
use crate::stream::attribute::Image;
use crate::stream::change::{Change, Keys, StreamRecord};
use crate::stream::decode::{parts, required_text, undecodable};
use crate::stream::identifier::encoded;
use crate::stream::origin::Origin;
use crate::stream::raw::{RawRecord, text};
use crate::wire::is_plain_text;

/// The attribute that makes a row a tombstone: when the person was erased.
const ERASED_AT: &str = "erasedAt";
/// The attribute of a tombstone that names the person: `users/<userId>`.
const SUBJECT: &str = "subject";
/// All that is read of a row. Its secret and the secret's id are never looked at.
pub(crate) const READ: [&str; 2] = [ERASED_AT, SUBJECT];
/// The view types that show a tombstone (Amazon DynamoDB API Reference, *StreamSpecification*). The table has the first,
/// so that the record of an erasure does not hold the secret that it deleted.
const VIEW_TYPES: [&str; 2] = ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"];

/// A change of the table of persons' keys.
#[derive(Debug)]
pub(crate) enum KeyChange {
    /// A tombstone was written: the insertion of the virtual row `USER#<userId>`, `ERASED`. The stream does not show the
    /// row before, so a tombstone that is replaced by another is an insertion again.
    Erased(Box<StreamRecord>),
    /// A secret was created, or a row was removed; or a restore made a tombstone of a person whom the ledger knows by the
    /// name of the row alone, whose erasure was published when it happened: no event.
    Other(Origin),
}

/// Decodes a record of the table of persons' keys.
///
/// Fails with [`Code::UndecodableRecord`] and [`Code::ImplausibleTime`] as [`crate::decode`] does; with
/// [`Code::WrongViewType`] when the new image is missing; and with [`Code::RowDoesNotFit`] when the subject of a tombstone is no
/// user.
pub(crate) fn key_change(raw: &RawRecord<'_>) -> Result<KeyChange, Error> {
    let (record, stream, origin) = parts(raw)?;
    match &*required_text(record.event_name, "eventName")? {
        "INSERT" | "MODIFY" => {}
        "REMOVE" => return Ok(KeyChange::Other(origin)),
        _ => return Err(undecodable("`eventName` is none of INSERT, MODIFY, REMOVE")),
    }
    let view_type = stream.view_type.and_then(text);
    let is_shown = view_type.is_none_or(|view_type| VIEW_TYPES.contains(&&*view_type));
    let Some(image) = stream.new_image.filter(|_| is_shown) else {
        let message =
            "the stream of the table of persons' keys shows no new image; give it the view type NEW_IMAGE";
        return Err(Error::new(Code::WrongViewType, message));
    };
    let image = read(image).ok_or_else(|| undecodable("`NewImage` is not a JSON object"))?;
    let Some(erased_at) = image.get(ERASED_AT) else {
        return Ok(KeyChange::Other(origin));
    };
    if image.get(SUBJECT).is_none() {
        return Ok(KeyChange::Other(origin));
    }
    let user = user(&image).ok_or_else(|| {
        let message = "a tombstone in the table of persons' keys: attribute `subject` is not `users/<userId>`; \
             correct the row, that write publishes the event";
        Error::new(Code::RowDoesNotFit, message)
    })?;
    let new = [(ERASED_AT.to_owned(), erased_at.clone())];
    Ok(KeyChange::Erased(Box::new(StreamRecord {
        origin,
        keys: Keys {
            pk: format!("USER#{}", encoded(user)),
            sk: "ERASED".to_owned(),
        },
        change: Change::Inserted {
            new: new.into_iter().collect(),
        },
        last_change: None,
        last_change_malformed: false,
        mapped: None,
        from_subject_keys: true,
    })))
}

/// The user whom a tombstone names, as far as it can be read.
pub(crate) fn erased_user(raw: &RawRecord<'_>) -> Option<String> {
    user(&read(raw.stream?.new_image?)?).map(str::to_owned)
}

fn read(image: &serde_json::value::RawValue) -> Option<Image> {
    let names: BTreeSet<String> = READ.map(str::to_owned).into();
    Image::read_selected(image, &names)
}

fn user(image: &Image) -> Option<&str> {
    let user = image.text(SUBJECT)?.strip_prefix("users/")?;
    (!user.is_empty() && is_plain_text(user)).then_some(user)
}

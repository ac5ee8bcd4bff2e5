//! Reads a JSON document in one pass: the members that an event or a notification has, each once, everything else checked
//! and dropped.

use std::borrow::Cow;
use std::ops::Range;

use user_events_core::strict::{Kind, NotStrict, Reader};

use super::classes::Classes;
use super::error::{MAX_BYTES, ReceiveError};
use super::member::{Member, Sealed};

/// The members of an event and of a notification. CloudEvents names are lower case and SNS names are not, so one document
/// can be read as either.
#[derive(Default)]
pub(super) struct Document<'a> {
    pub(super) texts: Texts<'a>,
    pub(super) data: Data<'a>,
    pub(super) notification: Member<'a>,
    pub(super) message: Member<'a>,
    pub(super) message_attributes: NamedTexts<'a>,
}

/// The attributes of the envelope that are texts, in the order of [`NAMES`].
pub(super) type Texts<'a> = [Member<'a>; NAMES.len()];

/// Texts with their names, in the order of the document.
pub(super) type NamedTexts<'a> = Vec<(String, Cow<'a, str>)>;

/// The attributes of the envelope that are texts. The first six are required.
pub(super) const NAMES: [&str; 16] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "sequence",
    "partitionkey",
    "snapshotrun",
    "dataschema",
    "time",
    "recordedtime",
    "correlationid",
    "causationid",
    "traceparent",
    "initiator",
    "initiatortype",
];

/// The place of a name in [`NAMES`]. A `match` is much faster than a search, and every member of every event comes here. Where
/// the name is a constant, the place is, too.
#[inline]
pub(super) fn place(name: &str) -> Option<usize> {
    Some(match name {
        "specversion" => 0,
        "id" => 1,
        "source" => 2,
        "type" => 3,
        "subject" => 4,
        "sequence" => 5,
        "partitionkey" => 6,
        "snapshotrun" => 7,
        "dataschema" => 8,
        "time" => 9,
        "recordedtime" => 10,
        "correlationid" => 11,
        "causationid" => 12,
        "traceparent" => 13,
        "initiator" => 14,
        "initiatortype" => 15,
        _ => return None,
    })
}

/// The value of `data`.
#[derive(Default)]
pub(super) struct Data<'a> {
    /// Where it is in the document. `None` if it is no object.
    pub(super) place: Option<Range<usize>>,
    pub(super) user_id: Member<'a>,
    /// Whether it has the member that only thin events have.
    pub(super) has_callback: bool,
    pub(super) classes: Classes,
}

impl<'a> Document<'a> {
    /// Reads a text.
    ///
    /// Fails when it is too long, and when it is not one strict JSON object.
    pub(super) fn read(text: &'a str) -> Result<Self, ReceiveError> {
        if text.len() > MAX_BYTES {
            return Err(ReceiveError::TooLarge);
        }
        let mut document = Self::default();
        document
            .read_members(text)
            .map_err(|NotStrict| ReceiveError::NotJson)?;
        Ok(document)
    }

    fn read_members(&mut self, text: &'a str) -> Result<(), NotStrict> {
        let mut reader = Reader::new(text);
        reader.object(|reader, name| {
            match name {
                "data" => self.data = Data::read(reader, text)?,
                "Type" => self.notification = Member::read(reader)?,
                "Message" => self.message = Member::read_long(reader)?,
                "MessageAttributes" => self.message_attributes = values(reader)?,
                name => match place(name).and_then(|place| self.texts.get_mut(place)) {
                    Some(member) => *member = Member::read(reader)?,
                    None => reader.skip()?,
                },
            }
            Ok(())
        })?;
        reader.end()
    }
}

impl<'a> Data<'a> {
    fn read(reader: &mut Reader<'a>, text: &'a str) -> Result<Self, NotStrict> {
        let mut data = Self::default();
        if reader.kind() != Some(Kind::Object) {
            return reader.skip().map(|()| data);
        }
        let begin = reader.place();
        reader.object(|reader, name| {
            data.has_callback |= name == "callback";
            if name == "userId" {
                data.user_id = Member::read(reader)?;
            } else if let Some(class) = Sealed::read(reader)? {
                data.classes.add(text, name, class);
            }
            Ok(())
        })?;
        data.place = Some(begin..reader.place());
        Ok(data)
    }
}

/// The strings `Value` in the objects of an object, by the names of the objects. Other values are left out.
fn values<'a>(reader: &mut Reader<'a>) -> Result<NamedTexts<'a>, NotStrict> {
    let mut values = Vec::new();
    if reader.kind() != Some(Kind::Object) {
        return reader.skip().map(|()| values);
    }
    reader.object(|reader, name| {
        if reader.kind() != Some(Kind::Object) {
            return reader.skip();
        }
        let mut value = Member::Absent;
        reader.object(|reader, name| {
            if name != "Value" {
                return reader.skip();
            }
            value = Member::read(reader)?;
            Ok(())
        })?;
        if let Member::Text(value) = value {
            values.push((name.to_owned(), value));
        }
        Ok(())
    })?;
    Ok(values)
}

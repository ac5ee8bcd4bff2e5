//! Reads a JSON document in one pass: the members that an event or a notification has, each once, everything else checked
//! and dropped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use user_events_core::strict::{MemberNames, Name, Strict, is_number};

use super::member::{MaybeSealed, Member, Sealed, Text, other_values};

/// The members of an event and of a notification. CloudEvents names are lower case and SNS names are not, so one document
/// can be read as either.
#[derive(Default)]
pub(super) struct Document<'a> {
    pub(super) texts: Texts<'a>,
    pub(super) data: Option<Data<'a>>,
    /// The names of `data` and of the member after it, where they are in the text; `None` for one that has escapes.
    pub(super) data_name: Option<&'a str>,
    pub(super) name_after_data: Option<&'a str>,
    pub(super) notification: Option<Member<'a>>,
    pub(super) message: Option<Member<'a>>,
    pub(super) message_attributes: Option<&'a RawValue>,
}

/// The attributes of the envelope that are texts, in the order of [`NAMES`].
pub(super) type Texts<'a> = [Option<Member<'a>>; NAMES.len()];

/// The attributes of the envelope that are texts. The first six are required.
pub(super) const NAMES: [&str; 15] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "sequence",
    "partitionkey",
    "dataschema",
    "time",
    "recordedtime",
    "correlationid",
    "causationid",
    "traceparent",
    "initiator",
    "initiatortype",
];

/// The place of a name in [`NAMES`]. A `match` is much faster than a search, and every member of every event comes here.
pub(super) fn place(name: &str) -> Option<usize> {
    Some(match name {
        "specversion" => 0,
        "id" => 1,
        "source" => 2,
        "type" => 3,
        "subject" => 4,
        "sequence" => 5,
        "partitionkey" => 6,
        "dataschema" => 7,
        "time" => 8,
        "recordedtime" => 9,
        "correlationid" => 10,
        "causationid" => 11,
        "traceparent" => 12,
        "initiator" => 13,
        "initiatortype" => 14,
        _ => return None,
    })
}

/// The value of `data`.
#[derive(Default)]
pub(super) struct Data<'a> {
    pub(super) is_object: bool,
    pub(super) user_id: Option<Member<'a>>,
    /// Whether it has the member that only thin events have.
    pub(super) has_callback: bool,
    /// The members that have the form of a sealed class, in the order of the document.
    pub(super) sealed: Vec<(Cow<'a, str>, Sealed<'a>)>,
}

/// A check of the members of the document.
const IN_DOCUMENT: Strict = Strict::at_depth(1);
/// A check of the members of `data`.
const IN_DATA: Strict = Strict::at_depth(2);

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document<'de>, A::Error> {
        let mut document = Document::default();
        let mut others = MemberNames::default();
        let mut is_after_data = false;
        while let Some(Name(name)) = members.next_key()? {
            let in_text = match &name {
                Cow::Borrowed(name) => Some(*name),
                Cow::Owned(_) => None,
            };
            if name == "data" {
                document.data_name = in_text;
                is_after_data = true;
            } else if std::mem::take(&mut is_after_data) {
                document.name_after_data = in_text;
                document.data_name = document.data_name.filter(|_| in_text.is_some());
            }
            let twice = match name.as_ref() {
                "data" => document
                    .data
                    .replace(members.next_value_seed(DataSeed)?)
                    .is_some(),
                "Type" => document
                    .notification
                    .replace(members.next_value_seed(Text(IN_DOCUMENT))?)
                    .is_some(),
                "Message" => document
                    .message
                    .replace(members.next_value_seed(Text(IN_DOCUMENT))?)
                    .is_some(),
                "MessageAttributes" => {
                    let raw: &RawValue = members.next_value()?;
                    check(raw)?;
                    document.message_attributes.replace(raw).is_some()
                }
                known => match place(known) {
                    Some(place) => {
                        let text = members.next_value_seed(Text(IN_DOCUMENT))?;
                        let place = document.texts.get_mut(place);
                        place.is_some_and(|member| member.replace(text).is_some())
                    }
                    None => {
                        members.next_value_seed(IN_DOCUMENT)?;
                        others.add::<A::Error>(name)?;
                        false
                    }
                },
            };
            if twice {
                return Err(A::Error::custom("the document has the same member twice"));
            }
        }
        Ok(document)
    }
}

/// Checks a value that is kept as text.
fn check<E: serde::de::Error>(raw: &RawValue) -> Result<(), E> {
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    IN_DOCUMENT.deserialize(&mut reader).map_err(E::custom)
}

/// Collects the sealed classes of `data`, and checks everything else.
struct DataSeed;

impl DataSeed {
    fn strict(self) -> Strict {
        IN_DOCUMENT
    }
}

impl<'de> DeserializeSeed<'de> for DataSeed {
    type Value = Data<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DataSeed {
    type Value = Data<'de>;

    other_values!(Data::default());

    fn visit_unit<E>(self) -> Result<Data<'de>, E> {
        Ok(Data::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Data<'de>, E> {
        Ok(Data::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Data<'de>, A::Error> {
        let mut data = Data {
            is_object: true,
            ..Data::default()
        };
        let mut names = MemberNames::default();
        while let Some(Name(name)) = members.next_key()? {
            if is_number(&name, &mut members)? {
                return Ok(Data::default());
            }
            data.has_callback |= name == "callback";
            if name == "userId" {
                data.user_id = Some(members.next_value_seed(Text(IN_DATA))?);
            } else if let Some(sealed) = members.next_value_seed(MaybeSealed(IN_DATA))? {
                data.sealed.push((name.clone(), sealed));
            }
            names.add::<A::Error>(name)?;
        }
        Ok(data)
    }
}

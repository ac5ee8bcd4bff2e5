//! Checks the attributes of an event against their forms.

use std::ops::Range;

use super::classes::Classes;
use super::document::{Document, NAMES, place};
use super::error::ReceiveError;
use super::member::Member;
use super::piece::Piece;

/// How many of [`NAMES`] are required.
const REQUIRED: usize = 6;
const MAX_SOURCE: usize = 256;
const MAX_TYPE: usize = 128;
const MAX_SUBJECT: usize = 4_096;
const MAX_PARTITION_KEY: usize = 128;
const SEQUENCE_DIGITS: usize = 40;
const PLACE_DIGITS: usize = 4;
const MAX_CATEGORY: usize = 64;

/// The attributes of the envelope, without `data`.
#[derive(Debug, Clone)]
pub(super) struct Head {
    texts: [Option<Piece>; NAMES.len()],
    pub(super) is_thin: bool,
    /// Where `data` is in the text. `None` if its name, or the next one, has escapes.
    pub(super) data: Option<Range<usize>>,
}

impl Head {
    /// An attribute; `None` if the event does not have it.
    pub(super) fn get<'a>(&'a self, text: &'a str, name: &str) -> Option<&'a str> {
        Some(self.texts.get(place(name)?)?.as_ref()?.in_text(text))
    }
}

impl Document<'_> {
    /// The event in the document.
    ///
    /// Fails when an attribute is missing or not in its form.
    pub(super) fn into_event(self, text: &str) -> Result<(Head, Classes), ReceiveError> {
        for (place, (name, member)) in NAMES.into_iter().zip(&self.texts).enumerate() {
            let is_valid = match member {
                Some(Member::Text(value)) => has_form(name, value),
                Some(Member::Null) | None => place >= REQUIRED,
                Some(Member::Other) => false,
            };
            if !is_valid {
                return Err(match name {
                    "specversion" => ReceiveError::NotACloudEvent,
                    name => ReceiveError::Lacks(name),
                });
            }
        }
        let data = self.data.filter(|data| data.is_object);
        let data = data.ok_or(ReceiveError::Lacks("data"))?;
        let texts = self.texts.map(|member| match member {
            Some(Member::Text(value)) => Some(Piece::new(text, value)),
            _ => None,
        });
        let place = self
            .data_name
            .and_then(|name| place_of_data(text, name, self.name_after_data));
        let head = Head {
            data: place,
            texts,
            is_thin: data.has_callback,
        };
        let subject = head.get(text, "subject").unwrap_or_default();
        if head.get(text, "partitionkey").is_none() && !is_partition_key(subject) {
            return Err(ReceiveError::Lacks("partitionkey"));
        }
        if let Some(user) = subject.strip_prefix("users/")
            && !matches!(&data.user_id, Some(Member::Text(id)) if id == user)
        {
            return Err(ReceiveError::OtherUser);
        }
        Ok((head, Classes::new(text, data.sealed)))
    }
}

/// The value of the member with this name, which is an object. Between it and its name, and between it and the next one,
/// are only white space and a mark.
fn place_of_data(text: &str, name: &str, next: Option<&str>) -> Option<Range<usize>> {
    let offset = |part: &str| (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let after_name = offset(name) + name.len();
    let begin = after_name + text.get(after_name..)?.find('{')?;
    let until = match next {
        Some(next) => offset(next),
        // The end of the document.
        None => text.rfind('}')?,
    };
    let end = begin + text.get(begin..until)?.rfind('}')? + 1;
    Some(begin..end)
}

fn has_form(name: &str, value: &str) -> bool {
    match name {
        "specversion" => value == "1.0",
        "id" => is_uuid(value),
        "source" => is_visible(value, MAX_SOURCE),
        "type" => {
            (1..=MAX_TYPE).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }
        "subject" => (1..=MAX_SUBJECT).contains(&value.len()),
        "sequence" => is_sequence(value),
        "partitionkey" => is_partition_key(value),
        _ => true,
    }
}

/// A UUID in lower case, as it is written (RFC 9562, section 4). Upper case would be another id for the same event.
fn is_uuid(text: &str) -> bool {
    let is_hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_hexadecimal(byte),
        })
}

/// Forty digits, a dot and four digits, so that text order is the order of the changes.
fn is_sequence(text: &str) -> bool {
    let is_number =
        |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(number, place)| is_number(number, SEQUENCE_DIGITS) && is_number(place, PLACE_DIGITS))
}

/// A message group of SNS and SQS (Amazon SNS API Reference, *Publish*, `MessageGroupId`).
fn is_partition_key(text: &str) -> bool {
    is_visible(text, MAX_PARTITION_KEY)
}

fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text can be the name of a category.
pub(super) fn is_category(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= MAX_CATEGORY
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
}

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
const MAX_RUN: usize = 64;
/// The sequence of every event of a snapshot: before every change of its lane.
const BEFORE_ALL: &str = "0000000000000000000000000000000000000000.0000";

/// The attributes of the envelope, without `data`.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// In the order of [`NAMES`].
    texts: Vec<Option<Piece>>,
    pub(super) is_thin: bool,
    /// Where `data` is in the text.
    pub(super) data: Range<usize>,
}

impl Head {
    /// An attribute; `None` if the event does not have it.
    #[inline]
    pub(super) fn get<'a>(&'a self, text: &'a str, name: &str) -> Option<&'a str> {
        Some(self.texts.get(place(name)?)?.as_ref()?.in_text(text))
    }
}

impl Document<'_> {
    /// Takes the event out of the document.
    ///
    /// Fails when an attribute is missing or not in its form.
    pub(super) fn take_event(&mut self, text: &str) -> Result<(Head, Classes), ReceiveError> {
        let mut texts = Vec::with_capacity(NAMES.len());
        for (place, member) in self.texts.iter_mut().enumerate() {
            texts.push(match std::mem::take(member) {
                Member::Text(value) if FORMS.get(place).is_none_or(|has_form| has_form(&value)) => {
                    Some(Piece::new(text, value))
                }
                Member::Absent if place >= REQUIRED => None,
                _ => {
                    return Err(match NAMES.get(place) {
                        Some(name) if place > 0 => ReceiveError::Lacks(name),
                        _ => ReceiveError::NotACloudEvent,
                    });
                }
            });
        }
        let head = Head {
            texts,
            data: self.data.place.take().ok_or(ReceiveError::Lacks("data"))?,
            is_thin: self.data.has_callback,
        };
        if head.get(text, "snapshotrun").is_some() && head.get(text, "sequence") != Some(BEFORE_ALL) {
            return Err(ReceiveError::Lacks("sequence"));
        }
        let subject = head.get(text, "subject").unwrap_or_default();
        if head.get(text, "partitionkey").is_none() && !is_partition_key(subject) {
            return Err(ReceiveError::Lacks("partitionkey"));
        }
        if let Some(user) = subject.strip_prefix("users/")
            && !matches!(&self.data.user_id, Member::Text(id) if id == user)
        {
            return Err(ReceiveError::OtherUser);
        }
        Ok((head, std::mem::take(&mut self.data.classes)))
    }
}

/// The forms of the first of [`NAMES`]; the others may be any string.
const FORMS: [fn(&str) -> bool; 8] = [
    |version| version == "1.0",
    is_uuid,
    |source| is_visible(source, MAX_SOURCE),
    |name| (1..=MAX_TYPE).contains(&name.len()) && all(name.as_bytes(), |byte| byte.is_ascii_alphanumeric()),
    |subject| (1..=MAX_SUBJECT).contains(&subject.len()),
    is_sequence,
    is_partition_key,
    is_run,
];

/// Whether all bytes pass a test. It does not stop at the first that fails, so that many are tested at once.
fn all(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, byte| all & test(*byte))
}

/// A UUID in lower case, as it is written (RFC 9562, section 4). Upper case would be another id for the same event.
fn is_uuid(text: &str) -> bool {
    const FORM: &[u8; 36] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'-' => *byte == b'-',
        _ => byte.is_ascii_digit() | (b'a'..=b'f').contains(byte),
    };
    let text: Result<&[u8; 36], _> = text.as_bytes().try_into();
    text.is_ok_and(|text| text.iter().zip(FORM).fold(true, |all, pair| all & fits(pair)))
}

/// Forty digits, a dot and four digits, so that text order is the order of the changes.
fn is_sequence(text: &str) -> bool {
    const LENGTH: usize = SEQUENCE_DIGITS + 1 + PLACE_DIGITS;
    let is_number = |digits: &[u8]| all(digits, |byte| byte.is_ascii_digit());
    match text.as_bytes().split_at_checked(SEQUENCE_DIGITS) {
        Some((number, [b'.', place @ ..])) => text.len() == LENGTH && is_number(number) && is_number(place),
        _ => false,
    }
}

/// A message group of SNS and SQS (Amazon SNS API Reference, *Publish*, `MessageGroupId`).
fn is_partition_key(text: &str) -> bool {
    is_visible(text, MAX_PARTITION_KEY)
}

/// The id of a run of snapshots.
fn is_run(text: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=MAX_RUN).contains(&text.len())
        && text.bytes().next().is_some_and(is_alphanumeric)
        && all(text.as_bytes(), |byte| is_alphanumeric(byte) || byte == b'-')
}

fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && all(text.as_bytes(), |byte| byte.is_ascii_graphic())
}

/// Whether a text can be the name of a category.
pub(super) fn is_category(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= MAX_CATEGORY
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
}

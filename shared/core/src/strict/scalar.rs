//! Reads strings, numbers, booleans and `null`: the values that hold no others.

use std::borrow::Cow;

use crate::strict::number;
use crate::strict::reader::{NotStrict, Reader};
use crate::strict::text;

impl<'a> Reader<'a> {
    /// Reads the string that is next, if it has no escapes. `None`, and nothing is read, when anything else is next; use
    /// [`text`](Self::text) then.
    #[inline]
    pub fn plain_text(&mut self) -> Option<&'a str> {
        let begin = self.place + 1;
        if self.next() != Some(b'"') {
            return None;
        }
        let end = self.marks.next(begin);
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.place = end + 1;
        self.text.get(begin..end)
    }

    /// Reads a string, borrowed from the text if it has no escapes.
    ///
    /// Fails when the next value is no string, and when the string is not Unicode.
    #[inline]
    pub fn text(&mut self) -> Result<Cow<'a, str>, NotStrict> {
        self.text_of(0)
    }

    /// Reads a string like [`text`](Self::text). If it has escapes, its value gets as much memory at once as the rest of
    /// the text may need.
    ///
    /// Fails like [`text`](Self::text).
    pub fn long_text(&mut self) -> Result<Cow<'a, str>, NotStrict> {
        self.text_of(self.text.len() - self.place)
    }

    /// Reads a number, a boolean or `null`, and returns its text.
    pub(super) fn scalar(&mut self) -> Result<&'a str, NotStrict> {
        self.space();
        let rest = self.text.get(self.place..).unwrap_or_default();
        let literal = ["false", "true", "null"]
            .into_iter()
            .find(|literal| rest.starts_with(literal));
        let length = literal
            .map(str::len)
            .or_else(|| number::length(rest))
            .ok_or(NotStrict)?;
        self.place += length;
        rest.get(..length).ok_or(NotStrict)
    }

    /// Checks the string that is next, and passes it over.
    pub(super) fn skip_text(&mut self) -> Option<()> {
        let mut place = self.place + 1;
        loop {
            place = self.marks.next(place);
            match self.text.as_bytes().get(place..)? {
                [b'"', ..] => {
                    self.place = place + 1;
                    return Some(());
                }
                [b'\\', escape @ ..] => {
                    let (_, rest) = text::escape(escape)?;
                    place = self.text.len() - rest.len();
                }
                // A control character.
                _ => return None,
            }
        }
    }

    fn text_of(&mut self, capacity: usize) -> Result<Cow<'a, str>, NotStrict> {
        self.space();
        if let Some(text) = self.plain_text() {
            return Ok(Cow::Borrowed(text));
        }
        self.mark(b'"')?;
        let rest = self.text.as_bytes().get(self.place..).unwrap_or_default();
        let (value, length) = text::unescape(rest, capacity).ok_or(NotStrict)?;
        self.place += length;
        String::from_utf8(value).map(Cow::Owned).map_err(|_| NotStrict)
    }
}

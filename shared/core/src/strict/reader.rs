//! Reads strict JSON value by value. A caller takes what it needs, and the rest is checked and skipped.

use crate::strict::marks::Marks;
use crate::strict::names::{Names, ObjectNames};

/// How deep objects and arrays may be nested; the outermost one counts as 1.
pub const MAX_DEPTH: usize = 32;

/// The text is not strict JSON, or not a value of the kind that was to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not strict JSON")]
pub struct NotStrict;

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A string.
    Text,
    /// `null`.
    Null,
    /// A number, a boolean, or no value at all.
    Other,
}

/// A place in a text of strict JSON. After a failure it is of no use.
#[derive(Debug)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) marks: Marks<'a>,
    pub(super) place: usize,
    /// How many more levels of objects and arrays may be opened.
    levels: usize,
    names: Names<'a>,
}

/// An object that is open.
#[derive(Debug)]
pub(super) struct Members<'a> {
    names: ObjectNames<'a>,
    /// The last name that has escapes.
    unescaped: String,
    is_begun: bool,
}

/// Whether the text is one JSON object that keeps the rules.
pub fn is_strict_object(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.kind() == Some(Kind::Object) && reader.skip().and_then(|()| reader.end()).is_ok()
}

impl<'a> Reader<'a> {
    /// Begins to read a text.
    pub fn new(text: &'a str) -> Self {
        Self::with_names(text, Names::new())
    }

    /// Begins to read a text again that was found strict before, so that no object has a member twice.
    pub(super) fn again(text: &'a str) -> Self {
        Self::with_names(text, Names::unchecked())
    }

    fn with_names(text: &'a str, names: Names<'a>) -> Self {
        Self {
            text,
            marks: Marks::new(text),
            place: 0,
            levels: MAX_DEPTH,
            names,
        }
    }

    /// The kind of the next value. `None` at the end of the text.
    #[inline]
    pub fn kind(&mut self) -> Option<Kind> {
        self.space();
        Some(match self.next()? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::Text,
            b'n' => Kind::Null,
            _ => Kind::Other,
        })
    }

    /// Where the reader is in the text: after the last value, or, after [`kind`](Self::kind), before the next one.
    #[inline]
    pub fn place(&self) -> usize {
        self.place
    }

    /// Reads an object. `member` must read the value of the member with this name, or skip it.
    ///
    /// Fails when the next value is no object, when the object has a member twice, and when `member` fails.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), NotStrict>,
    ) -> Result<(), NotStrict> {
        let mut members = self.open_object()?;
        while let Some(name) = self.name(&mut members)? {
            member(self, name)?;
        }
        Ok(())
    }

    /// Opens an object. The caller must read its names and values one after the other, until there is no further name.
    pub(super) fn open_object(&mut self) -> Result<Members<'a>, NotStrict> {
        self.open(b'{')?;
        Ok(Members {
            names: self.names.open(),
            unescaped: String::new(),
            is_begun: false,
        })
    }

    /// The name of the next member. `None` at the end of the object, which is then closed.
    #[inline]
    pub(super) fn name<'m>(&mut self, members: &'m mut Members<'a>) -> Result<Option<&'m str>, NotStrict> {
        self.space();
        match self.next() {
            Some(b'}') => {
                self.place += 1;
                self.names.close(&members.names);
                self.levels += 1;
                return Ok(None);
            }
            Some(b',') if members.is_begun => {
                self.place += 1;
                self.space();
            }
            _ if members.is_begun => return Err(NotStrict),
            _ => members.is_begun = true,
        }
        let (name, is_new): (&'m str, _) = match self.plain_text() {
            Some(name) => (name, self.names.add(&mut members.names, name)),
            None => self.escaped_name(members)?,
        };
        self.mark(b':')?;
        if is_new { Ok(Some(name)) } else { Err(NotStrict) }
    }

    /// The name that has escapes, and whether it is new.
    #[cold]
    fn escaped_name<'m>(&mut self, members: &'m mut Members<'a>) -> Result<(&'m str, bool), NotStrict> {
        members.unescaped = self.text()?.into_owned();
        let is_new = self.names.add_unescaped(&mut members.names, &members.unescaped);
        Ok((&members.unescaped, is_new))
    }

    /// Opens an array. The caller must read its elements for as long as [`has_element`](Self::has_element) says so.
    pub(super) fn open_array(&mut self) -> Result<(), NotStrict> {
        self.open(b'[')
    }

    /// Whether the array has another element; if not, it is closed.
    pub(super) fn has_element(&mut self, is_first: bool) -> Result<bool, NotStrict> {
        if self.closes(b']') {
            self.levels += 1;
            return Ok(false);
        }
        if !is_first {
            self.mark(b',')?;
        }
        Ok(true)
    }

    /// Checks a value of any kind, and passes it over.
    ///
    /// Fails when there is no value, or it is not strict.
    pub fn skip(&mut self) -> Result<(), NotStrict> {
        match self.kind().ok_or(NotStrict)? {
            Kind::Object => self.object(|reader, _| reader.skip()),
            Kind::Array => self.array(),
            Kind::Text => self.skip_text().ok_or(NotStrict),
            Kind::Null | Kind::Other => self.scalar().map(drop),
        }
    }

    /// Fails when anything but white space comes after the value.
    pub fn end(mut self) -> Result<(), NotStrict> {
        self.space();
        self.next().map_or(Ok(()), |_| Err(NotStrict))
    }

    fn array(&mut self) -> Result<(), NotStrict> {
        self.open_array()?;
        let mut is_first = true;
        while self.has_element(is_first)? {
            is_first = false;
            self.skip()?;
        }
        Ok(())
    }

    #[inline]
    fn open(&mut self, mark: u8) -> Result<(), NotStrict> {
        self.mark(mark)?;
        self.levels = self.levels.checked_sub(1).ok_or(NotStrict)?;
        Ok(())
    }

    /// Passes over a mark, and white space before it.
    #[inline]
    pub(super) fn mark(&mut self, mark: u8) -> Result<(), NotStrict> {
        if self.closes(mark) { Ok(()) } else { Err(NotStrict) }
    }

    /// Whether this mark is next, after white space. It is then passed over.
    #[inline]
    fn closes(&mut self, mark: u8) -> bool {
        self.space();
        let is_next = self.next() == Some(mark);
        self.place += usize::from(is_next);
        is_next
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.next() {
            self.place += 1;
        }
    }

    #[inline]
    pub(super) fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }
}

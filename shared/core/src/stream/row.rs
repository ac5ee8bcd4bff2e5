//! Reading a row: its shape from its keys, and only the attributes that the contract names.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Display;

use serde::Deserialize;

use crate::error::Error;
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::Keys;
use crate::stream::choice::Choice;
use crate::stream::identifier::identifier;
use crate::stream::misfit::Misfit;
use crate::stream::shape::RowShape;
use crate::time::Time;
use crate::wire::is_plain_text;

/// Reads the keys and attributes of one row for a [`RowKind`](crate::RowKind).
#[derive(Debug)]
pub struct Reader<'a> {
    shape: &'static RowShape,
    misfit: Misfit,
    pk_prefix: &'static str,
    pk_id: Cow<'a, str>,
    sk_id: Cow<'a, str>,
    image: &'a Image,
    unknown_values: Cell<u64>,
}

impl<'a> Reader<'a> {
    /// A reader of the row; `None` when its keys are of none of these shapes. A key that goes deeper is of another shape.
    pub fn new(shapes: &'static [RowShape], keys: &'a Keys, image: &'a Image) -> Option<Self> {
        shapes
            .iter()
            .find_map(|shape| Self::with_shape(shape, keys, image))
    }

    fn with_shape(shape: &'static RowShape, keys: &'a Keys, image: &'a Image) -> Option<Self> {
        let sk_id = if shape.sk.ends_with('#') {
            identifier(keys.sk.strip_prefix(shape.sk)?)?
        } else {
            (keys.sk == shape.sk).then_some(Cow::Borrowed(""))?
        };
        let (pk_prefix, pk_id) = shape
            .pk
            .iter()
            .find_map(|prefix| Some((*prefix, identifier(keys.pk.strip_prefix(prefix)?)?)))?;
        Some(Self {
            shape,
            misfit: Misfit(shape.kind),
            pk_prefix,
            pk_id,
            sk_id,
            image,
            unknown_values: Cell::new(0),
        })
    }

    /// The shape of the row.
    pub fn shape(&self) -> &'static RowShape {
        self.shape
    }

    /// How many values of enumerations were read that this version does not know.
    pub(crate) fn unknown_values(&self) -> u64 {
        self.unknown_values.get()
    }

    /// The prefix of the partition key.
    pub fn pk_prefix(&self) -> &'static str {
        self.pk_prefix
    }

    /// The identifier in the partition key: what follows its prefix.
    ///
    /// Fails when it is empty or holds control characters, which a subject must not.
    pub fn pk_id(&self) -> Result<String, Error> {
        self.id("pk", &self.pk_id)
    }

    /// The identifier in the sort key: what follows its prefix.
    ///
    /// Fails when it is empty or holds control characters.
    pub fn sk_id(&self) -> Result<String, Error> {
        self.id("sk", &self.sk_id)
    }

    /// The sort key's identifier as a value of an enumeration.
    ///
    /// Fails when it is none of the known values, nor plain text of 1 to 128 characters.
    pub fn sk_choice<T: for<'de> Deserialize<'de>>(&self) -> Result<Choice<T>, Error> {
        self.counted(&self.sk_id, "key `sk`")
    }

    /// The attribute with this name, which must be a column of the shape.
    fn column(&self, name: &str) -> Option<&'a Attribute> {
        debug_assert!(
            self.shape.column(name).is_some(),
            "add `{name}` to the columns of the kind {}",
            self.shape.kind
        );
        self.image.get(name)
    }

    /// The text of an attribute; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        match self.column(name) {
            None => Ok(None),
            Some(Attribute::S(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.misfit.wrong_type(name, other, "text (S)")),
        }
    }

    /// The text of a required attribute.
    ///
    /// Fails when the attribute is missing or has another type.
    pub fn required_text(&self, name: &str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| self.misfit.missing(name))
    }

    /// The text of an attribute; `None` when the attribute is absent or empty.
    ///
    /// Fails when the attribute has another type.
    pub fn filled_text(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// The text of a required attribute.
    ///
    /// Fails when the attribute is missing, is empty or has another type.
    pub fn required_filled_text(&self, name: &str) -> Result<String, Error> {
        self.filled_text(name)?.ok_or_else(|| self.misfit.missing(name))
    }

    /// The text of an attribute, as far as it can be read: `None` when it is absent or has another type.
    pub fn readable_text(&self, name: &str) -> Option<String> {
        self.column(name).and_then(Attribute::as_text).map(str::to_owned)
    }

    /// A boolean; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.column(name) {
            None => Ok(None),
            Some(Attribute::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.misfit.wrong_type(name, other, "a boolean (BOOL)")),
        }
    }

    /// A required boolean.
    ///
    /// Fails when the attribute is missing or has another type.
    pub fn required_flag(&self, name: &str) -> Result<bool, Error> {
        self.flag(name)?.ok_or_else(|| self.misfit.missing(name))
    }

    /// A count; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type or is not a whole number from 0 to 4,294,967,295.
    pub fn count(&self, name: &str) -> Result<Option<u32>, Error> {
        match self.column(name) {
            None => Ok(None),
            Some(Attribute::N(digits)) => digits.parse().map(Some).map_err(|_| {
                self.misfit.because(format!(
                    "attribute `{name}` is not a whole number from 0 to 4294967295"
                ))
            }),
            Some(other) => Err(self.misfit.wrong_type(name, other, "a number (N)")),
        }
    }

    /// A time; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type or is not an RFC 3339 date-time with an offset.
    pub fn time(&self, name: &str) -> Result<Option<Time>, Error> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let time = Time::parse(&text).ok_or_else(|| {
            self.misfit.because(format!(
                "attribute `{name}` is not an RFC 3339 date-time with an offset"
            ))
        })?;
        Ok(Some(time))
    }

    /// A required time.
    ///
    /// Fails when the attribute is missing or is not such a time.
    pub fn required_time(&self, name: &str) -> Result<Time, Error> {
        self.time(name)?.ok_or_else(|| self.misfit.missing(name))
    }

    /// A time, as far as it can be read: `None` when the attribute is absent or is not such a time.
    pub fn readable_time(&self, name: &str) -> Option<Time> {
        self.image.text(name).and_then(Time::parse)
    }

    /// A value of an enumeration, known or not; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type, or is none of the known values and not plain text of 1 to 128 characters.
    pub fn choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Option<Choice<T>>, Error> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        self.counted(&text, format_args!("attribute `{name}`")).map(Some)
    }

    /// A value of an enumeration, known or not, required.
    ///
    /// Fails when the attribute is missing, and as [`choice`](Self::choice) does.
    pub fn required_choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Choice<T>, Error> {
        self.choice(name)?.ok_or_else(|| self.misfit.missing(name))
    }

    /// Whether an attribute is present, of whatever type.
    pub fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// The value of an enumeration, counted if it is unknown.
    fn counted<T: for<'de> Deserialize<'de>>(
        &self,
        text: &str,
        of: impl Display,
    ) -> Result<Choice<T>, Error> {
        let chosen = Choice::from_row(text).ok_or_else(|| self.misfit.not_a_choice(of))?;
        if chosen.known().is_none() {
            self.unknown_values.set(self.unknown_values.get() + 1);
        }
        Ok(chosen)
    }

    fn id(&self, key: &str, id: &str) -> Result<String, Error> {
        if id.is_empty() || !is_plain_text(id) {
            return Err(self.misfit.because(format!(
                "key `{key}` holds no identifier, or control characters in it"
            )));
        }
        Ok(id.to_owned())
    }
}

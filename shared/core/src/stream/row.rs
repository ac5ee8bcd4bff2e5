//! Reading a row: its kind from its keys, and only the attributes that the contract names.

use serde::Deserialize;

use crate::error::{Code, Error};
use crate::stream::attribute::{Attribute, Image, choose};
use crate::stream::change::Keys;
use crate::time::Time;
use crate::wire::is_plain_text;

/// One kind of row of the user tables. The prefixes of a row's keys identify its kind.
///
/// The attributes that [`RowKind::read`] asks for are an allow-list: a new column of a table cannot leak into events.
pub trait RowKind: Sized + 'static {
    /// The kind's name in error messages.
    const KIND: &'static str;
    /// The prefixes that the partition key can have.
    const PK: &'static [&'static str];
    /// The whole sort key; or its prefix, if it ends in `#`.
    const SK: &'static str;
    /// The paths below the callback base URL where the User Service serves such a row: `/users/{userId}`. Braces name
    /// identifiers of the row's events. The first path with all of its identifiers present is the row's.
    const RESOURCES: &'static [&'static str];

    /// Reads the row: identifiers from the keys, attributes from the image.
    ///
    /// Fails with [`Code::RowDoesNotFit`] when a required attribute is missing or an attribute has another type.
    fn read(row: &Reader) -> Result<Self, Error>;

    /// Whether removing such a row can be an event. If not, the old image is not read, so it does not need to fit.
    fn removal_is_an_event(_old: &Image) -> bool {
        true
    }
}

/// Reads the keys and attributes of one row for a [`RowKind`].
#[derive(Debug)]
pub struct Reader<'a> {
    kind: &'static str,
    pk_prefix: &'static str,
    pk_id: &'a str,
    sk_id: &'a str,
    image: &'a Image,
}

impl<'a> Reader<'a> {
    /// A reader of the row; `None` when its keys are not of this kind.
    pub fn new<R: RowKind>(keys: &'a Keys, image: &'a Image) -> Option<Self> {
        let sk_id = if R::SK.ends_with('#') {
            keys.sk.strip_prefix(R::SK)?
        } else {
            (keys.sk == R::SK).then_some("")?
        };
        let (pk_prefix, pk_id) = R::PK
            .iter()
            .find_map(|prefix| keys.pk.strip_prefix(prefix).map(|id| (*prefix, id)))?;
        Some(Self {
            kind: R::KIND,
            pk_prefix,
            pk_id,
            sk_id,
            image,
        })
    }

    /// The prefix of the partition key.
    pub fn pk_prefix(&self) -> &'static str {
        self.pk_prefix
    }

    /// The identifier in the partition key: what follows its prefix.
    ///
    /// Fails when it is empty or holds control characters, which a subject must not.
    pub fn pk_id(&self) -> Result<String, Error> {
        self.id("pk", self.pk_id)
    }

    /// The identifier in the sort key: what follows its prefix.
    ///
    /// Fails when it is empty or holds control characters.
    pub fn sk_id(&self) -> Result<String, Error> {
        self.id("sk", self.sk_id)
    }

    /// The sort key's identifier as a value of an enumeration.
    ///
    /// Fails when it is none of the values.
    pub fn sk_choice<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Error> {
        choose(self.sk_id).ok_or_else(|| self.misfit("key `sk` names none of the known values"))
    }

    /// The text of an attribute; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        match self.image.get(name) {
            None => Ok(None),
            Some(Attribute::S(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong_type(name, other, "text (S)")),
        }
    }

    /// The text of a required attribute.
    ///
    /// Fails when the attribute is missing or has another type.
    pub fn required_text(&self, name: &str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A boolean; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.image.get(name) {
            None => Ok(None),
            Some(Attribute::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong_type(name, other, "a boolean (BOOL)")),
        }
    }

    /// A required boolean.
    ///
    /// Fails when the attribute is missing or has another type.
    pub fn required_flag(&self, name: &str) -> Result<bool, Error> {
        self.flag(name)?.ok_or_else(|| self.missing(name))
    }

    /// A count; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type or is not a whole number from 0 to 4,294,967,295.
    pub fn count(&self, name: &str) -> Result<Option<u32>, Error> {
        match self.image.get(name) {
            None => Ok(None),
            Some(Attribute::N(digits)) => digits.parse().map(Some).map_err(|_| {
                self.misfit(format!(
                    "attribute `{name}` is not a whole number from 0 to 4294967295"
                ))
            }),
            Some(other) => Err(self.wrong_type(name, other, "a number (N)")),
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
            self.misfit(format!(
                "attribute `{name}` is not an RFC 3339 date-time with an offset"
            ))
        })?;
        Ok(Some(time))
    }

    /// A required time.
    ///
    /// Fails when the attribute is missing or is not such a time.
    pub fn required_time(&self, name: &str) -> Result<Time, Error> {
        self.time(name)?.ok_or_else(|| self.missing(name))
    }

    /// A value of an enumeration; `None` when the attribute is absent.
    ///
    /// Fails when the attribute has another type or is none of the values.
    pub fn choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let chosen = choose(&text)
            .ok_or_else(|| self.misfit(format!("attribute `{name}` is none of the known values")))?;
        Ok(Some(chosen))
    }

    /// A value of an enumeration, required.
    ///
    /// Fails when the attribute is missing, has another type or is none of the values.
    pub fn required_choice<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, Error> {
        self.choice(name)?.ok_or_else(|| self.missing(name))
    }

    fn id(&self, key: &str, id: &str) -> Result<String, Error> {
        if id.is_empty() || !is_plain_text(id) {
            return Err(self.misfit(format!(
                "key `{key}` holds no identifier, or control characters in it"
            )));
        }
        Ok(id.to_owned())
    }

    fn missing(&self, name: &str) -> Error {
        self.misfit(format!("required attribute `{name}` is missing"))
    }

    fn wrong_type(&self, name: &str, found: &Attribute, wanted: &str) -> Error {
        self.misfit(format!(
            "attribute `{name}` is of type {} where {wanted} belongs",
            found.type_name()
        ))
    }

    fn misfit(&self, what: impl std::fmt::Display) -> Error {
        Error::new(Code::RowDoesNotFit, format!("{} row: {what}", self.kind))
    }
}

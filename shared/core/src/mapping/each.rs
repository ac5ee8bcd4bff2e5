//! Rules that give one row for each element of an attribute.

use std::borrow::Cow;

use crate::mapping::path::Path;
use crate::mapping::scope::{Element, Found, Source, Unfit};
use crate::stream::attribute::{Attribute, Image};

/// Where the elements are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Each {
    /// A set of strings or numbers, or a list of them.
    Set(Path),
    /// The members of a map.
    Map(Path),
    /// The entries of a list, each a map that holds its identifier at a path.
    List(Path, Path),
    /// The parts of a text.
    Split(Path, String),
}

impl Each {
    /// The path of the attribute with the elements.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Set(path) | Self::Map(path) | Self::List(path, _) | Self::Split(path, _) => path,
        }
    }

    /// The elements. None when the attribute is absent.
    pub(super) fn elements<'a>(&self, image: &'a Image) -> Result<Vec<Element<'a>>, Unfit> {
        let Some(attribute) = self.path().find(image) else {
            return Ok(Vec::new());
        };
        let unfit = |wanted: &str| Source::Path(self.path().clone()).is_not(wanted);
        let text = |text: &'a str| Element {
            key: Cow::Borrowed(text),
            value: Found::Text(text),
        };
        match (self, attribute) {
            (Self::Set(_), Attribute::TextSet(texts) | Attribute::NumberSet(texts)) => {
                Ok(texts.iter().map(|element| text(element)).collect())
            }
            (Self::Set(_), Attribute::L(entries)) => {
                let entries = entries.iter().map(|entry| Found::Attribute(entry).text());
                let texts: Option<Vec<_>> = entries.map(|entry| entry.map(text)).collect();
                texts.ok_or_else(|| unfit("a list of strings or numbers only"))
            }
            (Self::Map(_), Attribute::M(members)) => Ok(members
                .iter()
                .filter(|(_, value)| !matches!(value, Attribute::Null(_)))
                .map(|(key, value)| Element {
                    key: Cow::Borrowed(key),
                    value: Found::Attribute(value),
                })
                .collect()),
            (Self::List(_, id), Attribute::L(entries)) => {
                let element = |entry: &'a Attribute| {
                    let key = id.find_within(entry).and_then(|id| Found::Attribute(id).text())?;
                    Some(Element {
                        key: Cow::Borrowed(key),
                        value: Found::Attribute(entry),
                    })
                };
                let elements: Option<Vec<_>> = entries.iter().map(element).collect();
                elements.ok_or_else(|| unfit(&format!("a list of maps with the identifier `{id}` in each")))
            }
            (Self::Split(_, by), Attribute::S(whole)) => Ok(whole
                .split(by.as_str())
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(text)
                .collect()),
            (Self::Set(_), _) => Err(unfit("a set, nor a list, of strings or numbers")),
            (Self::Map(_), _) => Err(unfit("a map (M)")),
            (Self::List(..), _) => Err(unfit("a list (L)")),
            (Self::Split(..), _) => Err(unfit("text (S)")),
        }
    }
}

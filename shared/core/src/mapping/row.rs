//! Virtual rows: what the rules make of one image of an item.

use crate::mapping::identity::Identifier;
use crate::mapping::rule::Rule;
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::{Keys, MappedRow};

/// A row that a rule made of an item.
#[derive(Debug, Clone)]
pub struct VirtualRow<'r> {
    pub(super) rule: &'r Rule,
    /// The canonical keys, which are the row's identity.
    pub keys: Keys,
    /// The canonical attributes.
    pub image: Image,
    pub(super) version: Option<Attribute>,
    /// The attributes that do not fit, each with the reason, which names attributes and no value.
    pub misfits: Vec<(&'static str, String)>,
}

impl VirtualRow<'_> {
    /// The name of the rule.
    pub fn rule(&self) -> &str {
        &self.rule.name
    }

    /// The kind of the row.
    pub fn kind(&self) -> &'static str {
        self.rule.shape.kind
    }

    /// What later stages have to know of where the row comes from.
    pub(super) fn provenance(&self) -> MappedRow {
        let from_element =
            |identifier: &Option<_>| identifier.as_ref().is_some_and(Identifier::is_of_element);
        let many = self.rule.each.is_some() || self.rule.has_siblings;
        let id_part = many.then(|| {
            if from_element(&self.rule.identity.partition) {
                format!("{}/{}", self.keys.pk, self.keys.sk)
            } else {
                self.keys.sk.clone()
            }
        });
        MappedRow {
            rule: self.rule.name.clone(),
            id_part,
            misfits: self.misfits.clone(),
        }
    }

    /// The canonical attributes with the version.
    pub(super) fn into_image(self) -> Image {
        let mut image = self.image;
        if let Some(version) = self.version {
            image.insert("version", version);
        }
        image
    }
}

//! A rule: which items are rows of a kind, and how. The rows that it makes of an item are virtual.

use crate::mapping::condition::{Condition, unmet};
use crate::mapping::each::Each;
use crate::mapping::identity::{Identifier, Identity};
use crate::mapping::noted::Noted;
use crate::mapping::path::Path;
use crate::mapping::scope::{Element, Scope, Source, Unfit};
use crate::mapping::template::{Captured, Template};
use crate::mapping::value::Value;
use crate::stream::attribute::{Attribute, Image};
use crate::stream::change::{Keys, MappedRow};
use crate::stream::shape::{Column, RowShape};
use crate::time::Time;

/// A rule of a table.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) shape: &'static RowShape,
    pub(super) partition: Option<Template>,
    pub(super) sort: Option<Template>,
    /// The names of the captures, by place.
    pub(super) captures: Vec<String>,
    pub(super) conditions: Vec<Condition>,
    pub(super) each: Option<Each>,
    /// Conditions on the elements.
    pub(super) element_conditions: Vec<Condition>,
    pub(super) identity: Identity,
    pub(super) columns: Vec<(&'static Column, Value)>,
    pub(super) noted: Option<Noted>,
    pub(super) version: Option<Path>,
    /// Whether the disappearance of a row is an event.
    pub(super) removal_published: bool,
    /// Whether another row of the same kind can come from the same item.
    pub(super) has_siblings: bool,
}

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

/// One side of a change, as rules see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) partition: &'a str,
    pub(super) sort: &'a str,
    pub(super) image: &'a Image,
    /// The item before the change, if this is the new image of a changed item.
    pub(super) before: Option<&'a Image>,
    pub(super) recorded: Time,
}

impl Rule {
    /// Why the rule does not match the item: the first part of its `when` that does not hold. `None` when it matches.
    ///
    /// Fails when a condition cannot be judged.
    pub(super) fn mismatch(&self, side: &Side<'_>) -> Result<Option<String>, Unfit> {
        let Some(captured) = self.captured(side) else {
            return Ok(Some("its keys have another form".to_owned()));
        };
        let unmet = unmet(&self.conditions, &side.scope(&captured))?;
        Ok(unmet.map(|condition| format!("the condition on {} does not hold", condition.source)))
    }

    /// What the templates take from the keys; `None` when a key has another form.
    pub(super) fn captured<'k>(&self, side: &Side<'k>) -> Option<Captured<'k>> {
        let mut captured = vec![None; self.captures.len()];
        let fits = |template: &Option<Template>, key: &'k str, captured: &mut Captured<'k>| {
            template
                .as_ref()
                .is_none_or(|template| template.matches(key, captured))
        };
        (fits(&self.partition, side.partition, &mut captured) && fits(&self.sort, side.sort, &mut captured))
            .then_some(captured)
    }

    /// Adds the rows of the item. Returns whether the rule matched it.
    ///
    /// Fails when the item matches and has no identifiers, or its elements or conditions cannot be read.
    pub(super) fn rows<'r>(&'r self, side: &Side<'_>, rows: &mut Vec<VirtualRow<'r>>) -> Result<bool, Unfit> {
        let Some(captured) = self.captured(side) else {
            return Ok(false);
        };
        let scope = side.scope(&captured);
        if unmet(&self.conditions, &scope)?.is_some() {
            return Ok(false);
        }
        match &self.each {
            None => rows.push(self.row(&scope)?),
            Some(each) => {
                for element in each.elements(side.image)? {
                    rows.extend(self.row_of_element(&scope, &element)?);
                }
            }
        }
        Ok(true)
    }

    fn row_of_element<'r>(
        &'r self,
        scope: &Scope<'_>,
        element: &Element<'_>,
    ) -> Result<Option<VirtualRow<'r>>, Unfit> {
        let scope = Scope {
            element: Some(element),
            ..*scope
        };
        match unmet(&self.element_conditions, &scope)? {
            Some(_) => Ok(None),
            None => self.row(&scope).map(Some),
        }
    }

    fn row<'r>(&'r self, scope: &Scope<'_>) -> Result<VirtualRow<'r>, Unfit> {
        let keys = self.identity.keys(self.shape, scope)?;
        let mut misfits = Vec::new();
        let mut attributes = Vec::with_capacity(self.columns.len() + 2);
        for (column, value) in &self.columns {
            match value.evaluate(column.content, scope) {
                Ok(None) => {}
                Ok(Some(attribute)) => attributes.push((column.name.to_owned(), attribute)),
                Err(Unfit(reason)) => {
                    // Whoever needs the attribute reports it; a row that is not read does not need it.
                    attributes.push((column.name.to_owned(), Attribute::Unknown(reason.clone())));
                    misfits.push((column.name, reason));
                }
            }
        }
        Ok(VirtualRow {
            rule: self,
            keys,
            image: attributes.into_iter().collect(),
            version: self
                .version
                .as_ref()
                .and_then(|path| path.find(scope.image))
                .cloned(),
            misfits,
        })
    }

    /// Every source of the rule's rows.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Source)) {
        for condition in self.conditions.iter().chain(&self.element_conditions) {
            visit(&condition.source);
        }
        if let Some(each) = &self.each {
            visit(&Source::Path(each.path().clone()));
        }
        for identifier in self.identity.partition.iter().chain(&self.identity.sort) {
            identifier.visit(visit);
        }
        self.columns.iter().for_each(|(_, value)| value.visit(visit));
        if let Some(noted) = &self.noted {
            noted.visit(visit);
        }
        if let Some(version) = &self.version {
            visit(&Source::Path(version.clone()));
        }
    }
}

impl<'a> Side<'a> {
    pub(super) fn scope<'s>(&self, captured: &'s Captured<'s>) -> Scope<'s>
    where
        'a: 's,
    {
        Scope {
            image: self.image,
            before: self.before,
            captured,
            element: None,
            recorded: self.recorded,
        }
    }
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
            image.set("version", version);
        }
        image
    }
}

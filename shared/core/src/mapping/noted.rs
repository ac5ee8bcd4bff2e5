//! What the item says about its change: the row's `lastChange`.

use crate::mapping::moment::Form;
use crate::mapping::scope::{Scope, Source, Unfit};
use crate::mapping::value::Value;
use crate::stream::attribute::{Attribute, Image};
use crate::stream::shape::Content;
use crate::time::Time;

/// Where the members of `lastChange` are.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    pub(super) at: Value,
    pub(super) texts: Vec<(&'static str, Source)>,
}

impl Noted {
    /// The names of the texts.
    pub(super) const TEXTS: [&'static str; 6] = [
        "actor",
        "actorType",
        "reason",
        "correlationId",
        "causationId",
        "traceparent",
    ];

    /// `lastChange` in its native form. `None` when the item has no time for it.
    pub(super) fn read(&self, image: &Image, recorded: Time) -> Option<Attribute> {
        let captured = Vec::new();
        let scope = Scope {
            image,
            before: None,
            captured: &captured,
            element: None,
            recorded,
        };
        let at = match self.at.evaluate(Content::Time, &scope) {
            Ok(at) => at?,
            // It is malformed, which is counted.
            Err(Unfit(reason)) => Attribute::Unknown(reason),
        };
        let text = |(name, source): &(&'static str, Source)| {
            let text = source.find(&scope)?.text()?;
            Some(((*name).to_owned(), Attribute::S(text.to_owned())))
        };
        let mut members: std::collections::BTreeMap<_, _> = self.texts.iter().filter_map(text).collect();
        members.insert("at".to_owned(), at);
        Some(Attribute::M(members))
    }

    /// Every source.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Source)) {
        self.at.visit(visit);
        self.texts.iter().for_each(|(_, source)| visit(source));
    }
}

/// The time of a change, where a mapping gives only its path.
pub(super) fn at(source: Source) -> Value {
    Value::Time(Form::Iso, source)
}

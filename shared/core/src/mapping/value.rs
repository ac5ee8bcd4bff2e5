//! The values of a row's attributes.

use crate::mapping::condition::{Condition, unmet};
use crate::mapping::moment::Form;
use crate::mapping::path::Path;
use crate::mapping::scope::{Found, Scope, Source, Unfit};
use crate::stream::attribute::Attribute;
use crate::stream::shape::Content;
use crate::time::Time;

/// How the value of an attribute is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// The value itself: a text, a flag or a count.
    Plain(Source),
    Time(Form, Source),
    /// The record's time.
    Recorded,
    /// Whether there is a value.
    Present(Source),
    /// The record's time, if the change altered the attribute, and did not remove it.
    Changed(Path),
    /// The first that is present.
    First(Vec<Value>),
    Translated {
        source: Source,
        /// By the text, the digits, or `true` and `false`.
        values: Vec<(String, Attribute)>,
        otherwise: Option<Attribute>,
    },
    /// The value of the first rule of which all conditions hold.
    Rules(Vec<(Vec<Condition>, Value)>),
    Constant(Attribute),
}

impl Value {
    /// The value, as an attribute with this content. `None` when it is absent.
    pub(super) fn evaluate(&self, content: Content, scope: &Scope<'_>) -> Result<Option<Attribute>, Unfit> {
        Ok(match self {
            Self::Plain(source) => match source.find(scope) {
                None => None,
                Some(found) => Some(plain(content, source, found)?),
            },
            Self::Time(form, source) => form.read(source, source.find(scope))?.map(text),
            Self::Recorded => Some(text(scope.recorded)),
            Self::Present(source) => Some(Attribute::Bool(source.find(scope).is_some())),
            Self::Changed(path) => {
                let now = path.find(scope.image);
                let altered = scope.before.is_some_and(|before| path.find(before) != now);
                (altered && now.is_some()).then(|| text(scope.recorded))
            }
            Self::First(values) => {
                for value in values {
                    if let Some(found) = value.evaluate(content, scope)? {
                        return Ok(Some(found));
                    }
                }
                None
            }
            Self::Translated {
                source,
                values,
                otherwise,
            } => {
                let found = source.find(scope);
                let translated = found.and_then(|found| {
                    let written = written(found)?;
                    let known = values.iter().find(|(from, _)| from == written);
                    known.map(|(_, to)| to.clone())
                });
                match (translated.or_else(|| otherwise.clone()), found) {
                    (Some(value), _) => Some(value),
                    (None, None) => None,
                    (None, Some(_)) => {
                        return Err(source
                            .is_not("one of the values that the rule translates; add it or `otherwise`"));
                    }
                }
            }
            Self::Rules(rules) => {
                for (conditions, value) in rules {
                    if unmet(conditions, scope)?.is_none() {
                        return value.evaluate(content, scope);
                    }
                }
                None
            }
            Self::Constant(value) => Some(value.clone()),
        })
    }

    /// Calls `visit` with every source of the value.
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&Source)) {
        match self {
            Self::Plain(source) | Self::Time(_, source) | Self::Present(source) => visit(source),
            Self::Changed(path) => visit(&Source::Path(path.clone())),
            Self::First(values) => values.iter().for_each(|value| value.visit(visit)),
            Self::Translated { source, .. } => visit(source),
            Self::Rules(rules) => {
                for (conditions, value) in rules {
                    conditions.iter().for_each(|condition| visit(&condition.source));
                    value.visit(visit);
                }
            }
            Self::Recorded | Self::Constant(_) => {}
        }
    }
}

/// A value as the key of a translation writes it.
fn written(found: Found<'_>) -> Option<&str> {
    match found {
        Found::Attribute(Attribute::Bool(true)) => Some("true"),
        Found::Attribute(Attribute::Bool(false)) => Some("false"),
        found => found.text(),
    }
}

fn text(time: Time) -> Attribute {
    Attribute::S(time.to_string())
}

fn plain(content: Content, source: &Source, found: Found<'_>) -> Result<Attribute, Unfit> {
    match (content, found) {
        (Content::Flag, Found::Attribute(flag @ Attribute::Bool(_))) => Ok(flag.clone()),
        (Content::Flag, _) => Err(source.is_not("a boolean (BOOL)")),
        (Content::Count, Found::Attribute(number @ Attribute::N(_))) => Ok(number.clone()),
        (Content::Count, _) => Err(source.is_not("a number (N)")),
        (Content::Text | Content::Choice(_) | Content::Time, found) => match found.text() {
            Some(text) => Ok(Attribute::S(text.to_owned())),
            None => Err(source.is_not("text (S) or a number (N)")),
        },
    }
}

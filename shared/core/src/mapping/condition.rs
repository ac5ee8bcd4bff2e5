//! Conditions on the values of an item.

use crate::mapping::moment::Form;
use crate::mapping::scope::{Found, Scope, Source, Unfit};
use crate::stream::attribute::Attribute;

/// A condition on one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) source: Source,
    pub(super) test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    OneOf(Vec<Constant>),
    Exists(bool),
    Not(Box<Test>),
    /// Later than the record's time.
    After(Form),
    /// Not later than the record's time.
    Before(Form),
}

/// A value that a mapping names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    Text(String),
    Number(String),
    Flag(bool),
}

/// The first of the conditions that does not hold; `None` when all hold.
pub(super) fn unmet<'c>(
    conditions: &'c [Condition],
    scope: &Scope<'_>,
) -> Result<Option<&'c Condition>, Unfit> {
    for condition in conditions {
        if !condition.holds(scope)? {
            return Ok(Some(condition));
        }
    }
    Ok(None)
}

impl Condition {
    /// Whether it holds. An absent value equals nothing, and is neither before nor after.
    fn holds(&self, scope: &Scope<'_>) -> Result<bool, Unfit> {
        self.test.holds(&self.source, self.source.find(scope), scope)
    }

    /// Whether no item fulfils both.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        self.source == other.source && (self.test.excludes(&other.test) || other.test.excludes(&self.test))
    }
}

impl Test {
    fn holds(&self, source: &Source, found: Option<Found<'_>>, scope: &Scope<'_>) -> Result<bool, Unfit> {
        Ok(match self {
            Self::OneOf(constants) => {
                found.is_some_and(|found| constants.iter().any(|constant| constant.equals(found)))
            }
            Self::Exists(exists) => found.is_some() == *exists,
            Self::Not(test) => !test.holds(source, found, scope)?,
            Self::After(form) => form
                .read(source, found)?
                .is_some_and(|time| time > scope.recorded),
            Self::Before(form) => form
                .read(source, found)?
                .is_some_and(|time| time <= scope.recorded),
        })
    }

    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneOf(own), Self::OneOf(others)) => own.iter().all(|constant| !others.contains(constant)),
            (Self::Exists(own), Self::Exists(others)) => own != others,
            (Self::Exists(false), Self::OneOf(_) | Self::After(_) | Self::Before(_)) => true,
            (Self::Not(own), others) if **own == *others => true,
            (Self::Not(own), Self::OneOf(others)) => match &**own {
                Self::OneOf(own) => others.iter().all(|constant| own.contains(constant)),
                _ => false,
            },
            (Self::After(own), Self::Before(others)) => own == others,
            _ => false,
        }
    }
}

impl Constant {
    pub(super) fn equals(&self, found: Found<'_>) -> bool {
        match (self, found) {
            (Self::Text(own), Found::Text(text)) => own == text,
            (Self::Text(own), Found::Attribute(Attribute::S(text))) => own == text,
            (Self::Number(own), Found::Attribute(Attribute::N(digits))) => {
                own == digits
                    || matches!((own.parse::<f64>(), digits.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
            }
            (Self::Number(own), Found::Text(text)) => own == text,
            (Self::Flag(own), Found::Attribute(Attribute::Bool(flag))) => own == flag,
            _ => false,
        }
    }
}

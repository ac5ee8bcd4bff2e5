//! The errors of a row that does not fit its kind. They name fields and types, and never a value.

use std::fmt::Display;

use crate::error::{Code, Error};
use crate::stream::attribute::Attribute;

/// Makes the errors of a kind of row, which this is the name of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Misfit(pub(super) &'static str);

impl Misfit {
    pub(super) fn missing(self, name: &str) -> Error {
        self.because(format_args!("required attribute `{name}` is missing"))
    }

    pub(super) fn wrong_type(self, name: &str, found: &Attribute, wanted: &str) -> Error {
        self.because(format_args!(
            "attribute `{name}` is of type {} where {wanted} belongs",
            found.type_name()
        ))
    }

    pub(super) fn not_a_choice(self, of: impl Display) -> Error {
        self.because(format_args!(
            "{of} is none of the known values, nor plain text of 1 to 128 characters"
        ))
    }

    pub(super) fn because(self, what: impl Display) -> Error {
        Error::new(Code::RowDoesNotFit, format!("{} row: {what}", self.0))
    }
}

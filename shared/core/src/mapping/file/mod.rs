//! The file of a mapping: YAML, read into rules, with every problem reported at once.

mod checks;
mod condition;
pub(crate) mod document;
mod identity;
mod members;
pub(crate) mod problem;
mod rule;
pub(crate) mod schema;
mod schema_values;
mod source;
mod value;
mod yaml;

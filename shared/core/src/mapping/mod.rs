//! The mapping: which items of a table are which rows. A stage between decoding and deriving, for tables of another shape
//! than the native one.

mod condition;
mod each;
pub(crate) mod file;
pub(crate) mod identified;
mod identity;
#[expect(clippy::module_inception, reason = "the file defines the type `Mapping`")]
pub(crate) mod mapping;
mod moment;
mod noted;
mod pair;
mod path;
pub(crate) mod rule;
mod scope;
pub(crate) mod summary;
pub(crate) mod table;
mod template;
pub(crate) mod tools;
mod value;

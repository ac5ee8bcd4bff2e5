//! Strict JSON: text that parsers of all languages read alike (RFC 7493, I-JSON). No object has a member twice, nesting
//! is bounded, every string is Unicode, and every number fits a 64-bit float.

mod lent;
mod marks;
mod names;
mod number;
mod reader;
mod scalar;
mod text;
mod typed;

pub(crate) use lent::with_text;
pub use reader::{Kind, MAX_DEPTH, NotStrict, Reader, is_strict_object};
pub use typed::{Misfit, from_strict, strict_object};

#[cfg(test)]
mod tests;

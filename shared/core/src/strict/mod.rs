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
pub use reader::{Kind, MAX_DEPTH, NotStrict, Reader};
pub use typed::{Misfit, from_strict};

/// Whether the text is one JSON object that keeps the rules.
pub fn is_strict_object(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.kind() == Some(Kind::Object) && reader.skip().and_then(|()| reader.end()).is_ok()
}

#[cfg(test)]
mod tests;

//! Sealing (envelope encryption): each class of personal data is encrypted with a data key, and opened by readers that
//! may use that key.

pub(crate) mod content_key;
mod header;
pub(crate) mod member;
pub(crate) mod open;
pub(crate) mod refusal;
pub(crate) mod seal;
pub(crate) mod subject_key;

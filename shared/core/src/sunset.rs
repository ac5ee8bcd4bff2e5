//! The end of an event type that another one takes the place of.

use schemars::Schema;
use serde_json::json;

/// When an event type is published for the last time, and what is published in its place already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sunset {
    /// The last day in UTC, an RFC 3339 full date: `2027-06-30`. It may be put off later, and not brought forward.
    pub date: &'static str,
    /// The type that tells the same in its own way: the next major version of the name, in the same category.
    pub successor: &'static str,
}

impl Sunset {
    /// Says it in the type's schema, whose readers' tools show `deprecated` (JSON Schema 2020-12 Validation, section 9.3).
    pub(crate) fn announce(self, schema: &mut Schema) {
        schema.insert("deprecated".to_owned(), json!(true));
        schema.insert("x-sunset".to_owned(), json!(self.date));
        schema.insert("x-successor".to_owned(), json!(self.successor));
    }
}

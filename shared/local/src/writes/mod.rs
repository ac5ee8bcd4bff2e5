//! Writes to the user tables, as the User Service would make them.

mod attribute;
mod parse;
mod perform;
mod write;

pub use attribute::{item_json, to_json};
pub use parse::{Misfit, parse, parse_line};
pub use perform::{perform, read};
pub use write::{Action, Item, Key, Table, Write};

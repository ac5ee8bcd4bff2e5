//! Writes to the user tables, as the User Service would make them.

mod attribute;
mod cases;
mod declared;
mod layout;
mod parse;
mod perform;
mod row;
mod typed;
mod write;

pub use attribute::{item_json, plain_item, to_json};
pub use cases::{Case, cases};
pub use declared::{Declared, DeclaredEvent};
pub use layout::{KeyNames, Layout, native};
pub use parse::{Line, Misfit, parse, parse_line};
pub use perform::{perform, read};
pub use write::{Action, Item, Key, KeyAttribute, KeyValue, Write};

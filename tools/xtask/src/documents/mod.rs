//! Everything that is generated from the registry: the schemas, the pages for people, the AsyncAPI document, the stack that
//! registers the schemas, the types of the packages for consumers.

pub mod asyncapi;
mod command;
mod generated;
mod markdown;
mod protection;
mod retention;
mod text;
mod types;

pub use command::{Options, run};
pub use generated::{render, stale, write};

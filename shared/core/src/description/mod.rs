//! Descriptions of the catalogue for people and tools: examples of every event, and schemas with the examples in them.

mod example;
mod sample_key;
mod schema;

pub use example::{Example, published_example, sample_events, sample_snapshot};
pub use sample_key::{open_sample_members, sample_data_key, sample_key_ring, sample_nonce};
pub use schema::{schema, thin_schema};

//! Versions: the gate between a schema and the readers of its releases, a second version beside the first, older
//! drafts.

mod changes;
mod compatibility;
mod drafts;
mod instances;
mod registry;
mod releases;
mod second;
mod second_opinion;

//! Versions: the gate between a schema and the readers of its releases, and a second version beside the first.

mod changes;
mod compatibility;
mod releases;

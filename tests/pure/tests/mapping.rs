//! The presets of `mappings/`, with the writes of their frameworks, and properties of any mapping. The language itself is
//! tested beside its code, in `shared/core/src/mapping`.

mod canaries;
mod cases;
mod generated;
mod guide;
mod handler;
mod native;
pub(crate) mod presets;
mod properties;

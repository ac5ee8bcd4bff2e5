//! The first stage: from the raw JSON of a stream record to a change of one row, and what is parked of it.

pub(crate) mod attribute;
pub(crate) mod change;
pub(crate) mod decode;
mod members;
pub(crate) mod origin;
pub(crate) mod parked;
pub(crate) mod raw;
pub(crate) mod row;
pub(crate) mod sample;

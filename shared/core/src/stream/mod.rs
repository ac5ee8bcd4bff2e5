//! The first stage: decodes the raw JSON of a stream record into a change of one row. Also reads and writes the
//! messages of the parking-lot queue.

pub(crate) mod attribute;
pub(crate) mod change;
pub(crate) mod choice;
pub(crate) mod decode;
pub(crate) mod erasure;
pub(crate) mod expiry;
pub(crate) mod identifier;
pub(crate) mod item;
pub(crate) mod kept;
pub(crate) mod key_names;
mod members;
mod misfit;
pub(crate) mod origin;
pub(crate) mod parked;
pub(crate) mod raw;
pub(crate) mod row;
pub(crate) mod row_change;
pub(crate) mod row_kind;
pub(crate) mod sample;
pub(crate) mod sample_record;
pub(crate) mod scan;
mod selected;
pub(crate) mod shape;

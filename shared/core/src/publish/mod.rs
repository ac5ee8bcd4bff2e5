//! Publishing: which events go into one call, in which order, and which records are settled by the answers.

pub(crate) mod batch;
mod heads;
mod lane;
pub(crate) mod lanes;
pub(crate) mod settle;
pub(crate) mod step;

//! Properties that hold for any change, any token and any order of answers, not only for the examples of the other
//! tests.
//!
//! `PROPTEST_CASES` sets the number of cases of each property; the default is 256. A failure is shrunk and printed with
//! its seed.

mod changes;
pub(crate) mod generated;
mod packing;
mod sealing;
mod sequence;
mod strict;

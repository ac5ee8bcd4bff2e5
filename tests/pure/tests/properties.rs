//! What holds for any change, any token and any order of answers, not only for the examples of the other tests.
//!
//! `PROPTEST_CASES` asks for more than the 256 cases of each property. A failure is shrunk and printed with its seed.

mod changes;
mod generated;
mod packing;
mod sealing;
mod sequence;

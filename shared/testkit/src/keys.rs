//! The data key and the nonce of everything that a test seals: the ones that also seal the examples of the catalogue, so
//! that golden messages, vectors and documentation agree.

pub use user_events_core::{sample_data_key as fixed_data_key, sample_nonce as fixed_nonce};

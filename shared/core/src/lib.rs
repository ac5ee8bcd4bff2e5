//! The pure core of user-events: `stream record → change → event → envelope → sealed envelope → batch →
//! outcome → batch response`.
//!
//! Each stage is one module and knows only the stage before it. There is no AWS type here, nothing
//! asynchronous, no clock, no environment, and no randomness beyond the nonce of a sealing: identity and
//! time come from the stream record, so a retry makes the same event again.

// Whatever a stream or a queue delivers is answered, never with a panic. (The root denies `unwrap` and its like.)
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice))]

mod attribute;
mod batch;
mod change;
mod choice;
mod decode;
mod envelope;
mod error;
mod event;
mod example;
mod guide;
mod lanes;
mod open;
mod parked;
mod registry;
mod row;
mod sample;
mod schema;
mod seal;
mod settle;
mod sunset;
mod thin;
mod time;
mod wire;

pub use attribute::{Attribute, Image};
pub use batch::{Batch, Entry, MAX_ENTRIES, MessageAttribute};
pub use change::{Change, Keys, LastChange, Origin, RowChange, StreamRecord};
pub use choice::Choice;
pub use decode::{Coordinates, decode};
pub use envelope::{Envelope, Publication, SealedEnvelope, envelope_schema};
pub use error::{Code, Disposition, Error};
pub use event::{Event, Fact, Subject};
pub use example::{Example, sample_data_key, sample_nonce};
pub use guide::Guide;
pub use lanes::{Call, Lanes, Outcome, Step};
pub use open::{OpenError, Token, encryption_context};
pub use parked::{FailureObject, NotParked, Parked, ParkedMessage, failed_records, parked_message};
pub use registry::{Category, Derivation, EventType, Registration, derive};
pub use row::{Reader, RowKind};
pub use sample::{SampleChange, attributes, with};
pub use seal::{Class, DataKey, KeyRing, NONCE_BYTES, Seal, SealedMember, Sensitive, random_nonce};
pub use settle::{Settlement, Unnameable};
pub use sunset::Sunset;
pub use thin::{Detail, Thin, ThinEvent};
pub use time::Time;

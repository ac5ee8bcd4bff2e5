//! The pure core of user-events: from a raw stream record to the sealed messages of a batch, and from their outcomes to
//! the answer for Lambda.
//!
//! The modules form a ladder, and a module uses only modules below it. From the ground:
//!
//! 1. [`time`](Time), [`error`](Error), `wire`, `schema` and [`strict`]: shared by all stages.
//! 2. `stream`: a raw record is decoded into a change of one row. `sealing`: a class of personal data is encrypted with a
//!    data key (envelope encryption), and opened.
//! 3. `mapping`: an item of a table of another shape becomes rows, and its change their changes.
//! 4. `event`: events are derived from a change.
//! 5. `envelope`: an event gets its identity and becomes a sealed message.
//! 6. `publish`: messages are batched per topic, in order per message group, and settled (acknowledged) by the answers.
//!    [`pipeline`]: stages 2 to 5 in one place.
//! 7. [`description`]: examples and schemas of every event, for people and tools.
//!
//! The core has no AWS types, no async code, no clock, no environment variables, and no randomness except the nonce of
//! a sealing. The identity and the time of an event come from the stream record, so a retry makes the same event again.

// A malformed delivery must become an error, never a panic. (The workspace also denies `unwrap` and its like.)
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice))]

mod error;
mod schema;
pub mod strict;
mod time;
mod wire;

mod sealing;
mod stream;

mod mapping;

mod event;

mod envelope;

pub mod pipeline;
mod publish;

pub mod description;

pub use envelope::document::envelope_schema;
pub use envelope::envelope::Envelope;
pub use envelope::message::{MessageAttribute, SealedEnvelope};
pub use envelope::publication::Publication;
pub use envelope::thin::{Detail, Thin, ThinEvent};
pub use error::{Code, Disposition, Error};
pub use event::derivation::{Derivation, DerivedEvents, derive};
pub use event::derived::DerivedEvent;
pub use event::event::{Event, EventType};
pub use event::guide::Guide;
pub use event::known::known;
pub use event::registry::{Category, Registration, shapes};
pub use event::subject::{Subject, lane_from_keys, subject_from_keys};
pub use event::sunset::Sunset;
pub use mapping::file::problem::{Problem, Problems};
pub use mapping::file::schema::mapping_schema;
pub use mapping::identified::IdentifierValue;
pub use mapping::mapping::Mapping;
pub use mapping::rule::VirtualRow;
pub use mapping::summary::{IdentifierOrigin, RuleSummary};
pub use mapping::table::TableMapping;
pub use mapping::tools::{Applied, Refusal};
pub use publish::batch::{Batch, Entry, MAX_ENTRIES, Outcome};
pub use publish::lanes::Lanes;
pub use publish::settle::{Settlement, Unnameable};
pub use publish::step::{Lock, NotSealed, Parking, Sealer, Settled, Step};
pub use sealing::content_key::{ContentKey, KEY_BYTES, NONCE_BYTES, subject_key_name};
pub use sealing::member::SealedMember;
pub use sealing::open::{Token, open_members};
pub use sealing::refusal::OpenError;
pub use sealing::seal::{
    Class, DataKey, KeyRing, MAX_CONTENT_BYTES, Seal, Sensitive, encryption_context, random_nonce,
};
pub use sealing::subject_key::SubjectKey;
pub use stream::attribute::{Attribute, Image};
pub use stream::change::{Change, Keys, LastChange, MappedRow, StreamRecord};
pub use stream::choice::Choice;
pub use stream::decode::decode;
pub use stream::kept::Kept;
pub use stream::origin::{Coordinates, Origin, Place};
pub use stream::parked::{
    FailureObject, NotParked, Parked, ParkedMessage, failed_records, parked_message, stored_record,
    stored_since,
};
pub use stream::raw::RawRecord;
pub use stream::row::Reader;
pub use stream::row_change::{Modified, RowChange};
pub use stream::row_kind::RowKind;
pub use stream::sample::{SAMPLE_RUN, SampleChange, sample_record};
pub use stream::sample_record::{attributes, stream_record, with};
pub use stream::scan::ScannedItem;
pub use stream::shape::{Column, Content, RowShape};
pub use time::Time;

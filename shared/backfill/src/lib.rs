//! Backfill: reads whole tables and sends the state of every row, as snapshot events, into the snapshot queue of one subscriber.
//!
//! [`Backfill`] is the engine. Its edges are traits: a [`Source`] of rows, a [`Queue`], a store of [`Checkpoints`], and the
//! [`Accounts`] that say who was deleted. The AWS side of each is in [`aws`]; [`function`] is the Lambda function.

mod backfill;
mod checkpoint;
mod class_keys;
mod counts;
mod edge;
mod error;
mod events;
mod finish;
mod halt;
mod item;
mod lines;
mod made;
mod options;
mod patience;
mod progress;
mod rate;
mod run;
mod saved;
mod sealing;
mod segment;
mod segments;
mod selection;
mod sending;
mod users;
mod work;

pub mod aws;
pub mod function;

pub use backfill::{Backfill, Edges, Table};
pub use checkpoint::{Checkpoint, FORMAT};
pub use class_keys::ClassKeys;
pub use counts::{Counts, MAX_UNFIT_ROWS, UnfitRow};
pub use edge::accounts::{AccountState, Accounts, MAX_ACCOUNTS};
pub use edge::checkpoints::{Checkpoints, MemoryCheckpoints};
pub use edge::failure::{Cause, Failure};
pub use edge::queue::{Message, MessageText, Queue};
pub use edge::source::{Page, Position, Source};
pub use error::RunError;
pub use finish::Completed;
pub use options::Options;
pub use progress::{Progress, Quiet};
pub use run::{InvalidRunId, Run, RunId};
pub use segment::{Ended, Segment};
pub use selection::{Filter, Selection};

//! Why a run ended before its end.

use thiserror::Error;

use crate::edge::failure::Failure;

/// Why a run ended before its end. Its checkpoints are kept: the same run, started again, goes on after the last page.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunError {
    /// The table could not be read.
    #[error(
        "table {table} could not be read: {failure}; mend that, then start run {run} again: it goes on from its checkpoint"
    )]
    Source {
        /// The table.
        table: String,
        /// The run.
        run: String,
        /// Why.
        failure: Failure,
    },
    /// The queue could not be sent to.
    #[error(
        "the snapshot queue did not accept messages: {failure}; mend that, then start run {run} again: it goes on from its checkpoint"
    )]
    Queue {
        /// The run.
        run: String,
        /// Why.
        failure: Failure,
    },
    /// The accounts table or the table of persons' keys could not be read.
    #[error("{failure}; mend that, then start run {run} again: it goes on from its checkpoint")]
    Users {
        /// The run.
        run: String,
        /// Why.
        failure: Failure,
    },
    /// A checkpoint could not be loaded or saved.
    #[error(
        "checkpoint {name} could not be loaded or saved: {failure}; mend that, then start run {run} again"
    )]
    Checkpoints {
        /// The checkpoint.
        name: String,
        /// The run.
        run: String,
        /// Why.
        failure: Failure,
    },
    /// A checkpoint is not one of this run.
    #[error("checkpoint {name} is not usable: {problem}")]
    Foreign {
        /// The checkpoint.
        name: String,
        /// What is wrong with it and how to mend that.
        problem: String,
    },
    /// There is no data key for a class.
    #[error(
        "no data key for class {class}: allow kms:GenerateDataKey on the seal key, then start run {run} again: it goes on from its checkpoint"
    )]
    NoDataKey {
        /// The class.
        class: &'static str,
        /// The run.
        run: String,
    },
    /// An event could not be sealed for a cause that may pass.
    #[error("an event could not be sealed: {0}; start the run again: it goes on from its checkpoint")]
    Sealing(String),
    /// A segment names a table that the run does not read.
    #[error("the run does not read table {0}: add it to the tables of the run")]
    UnknownTable(String),
    /// The run cannot be finished, because segments of it are not done.
    #[error(
        "{left} of {all} segments of run {run} are not done: start the run again, it goes on from their checkpoints"
    )]
    NotDone {
        /// How many are not done.
        left: usize,
        /// How many there are.
        all: usize,
        /// The run.
        run: String,
    },
    /// The marker could not be made.
    #[error("the marker of the run could not be made: {0}")]
    Marker(String),
}

//! The problems of a mapping file.

use std::fmt;

use thiserror::Error;

/// A problem of a mapping file: where it is, what is wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// All problems of a mapping file, by line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Error)]
#[error("the mapping is not usable: {}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("; "))]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl Problems {
    pub(super) fn add(&mut self, line: usize, message: impl Into<String>) {
        // A hostile file has no end of problems, and nobody reads more.
        const MOST: usize = 1_000;
        if self.0.len() < MOST {
            self.0.push(Problem {
                line,
                message: message.into(),
            });
        }
    }
}

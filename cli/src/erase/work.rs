//! What every step of an erasure uses, and what it reports.

use std::ops::AddAssign;

use anyhow::Result;
use user_events_core::{Mapping, Time};
use user_events_local::console::Console;
use user_events_local::interrupt::Interrupt;

use super::bucket::Bucket;
use super::ledger::{Find, Ledger};
use super::person::Person;
use super::whose::{Sorting, Whose};

/// An erasure that is going on.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) person: &'a Person,
    pub(super) mapping: Option<&'a Mapping>,
    /// The name of the table of persons' keys.
    pub(super) key_table: &'a str,
    pub(super) now: Time,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) bucket: &'a Bucket<'a>,
    /// Only count.
    pub(super) dry_run: bool,
    pub(super) interrupt: &'a Interrupt,
    pub(super) progress: &'a Console,
}

/// What a step looked through in this run, and what stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// Messages, or versions of objects.
    pub(super) looked_through: u64,
    /// What is the person's, in this run.
    pub(super) own: u64,
    /// Notices of objects that are gone.
    pub(super) notices: u64,
    /// Objects that were deleted, in this run.
    pub(super) deleted: u64,
    /// Objects that were written again, in this run.
    pub(super) rewritten: u64,
    /// What stays, because it is of others too.
    pub(super) shared: u64,
    /// What stays, because it mentions the person and nobody can tell whose it is.
    pub(super) unclear: u64,
    /// Records of the person that were found and not deleted, for one of these reasons.
    pub(super) kept: u64,
    /// Messages that somebody else was holding, and objects that changed meanwhile.
    pub(super) not_seen: u64,
    /// After so many seconds, messages that are held now are visible again.
    pub(super) again_after_seconds: u64,
}

impl Work<'_> {
    /// Tells whose a record is.
    pub(super) fn sorting(&self) -> Sorting<'_> {
        Sorting {
            person: self.person,
            mapping: self.mapping,
            key_table: self.key_table,
            now: self.now,
        }
    }

    /// Notes what was found, before it is deleted.
    ///
    /// Fails when the ledger refuses.
    pub(super) async fn note(&self, find: Find, names: &[String]) -> Result<()> {
        self.ledger.note(self.person.pk(), find, names).await
    }
}

impl Looked {
    /// Counts what stays.
    pub(super) fn count(&mut self, whose: Whose) {
        match whose {
            Whose::Shared => self.shared += 1,
            Whose::Unclear => self.unclear += 1,
            Whose::Person | Whose::Others => {}
        }
    }

    /// Whether nothing of the person is left, as far as anybody can tell.
    pub(super) fn is_complete(&self) -> bool {
        self.shared == 0 && self.unclear == 0 && self.not_seen == 0
    }
}

impl AddAssign for Looked {
    fn add_assign(&mut self, other: Self) {
        self.looked_through += other.looked_through;
        self.own += other.own;
        self.notices += other.notices;
        self.deleted += other.deleted;
        self.rewritten += other.rewritten;
        self.shared += other.shared;
        self.unclear += other.unclear;
        self.kept += other.kept;
        self.not_seen += other.not_seen;
        self.again_after_seconds = self.again_after_seconds.max(other.again_after_seconds);
    }
}

//! The decisions, by rule. Each module says in its loops who may do what; everything else is denied.

mod actions;
mod backfill;
mod canary;
mod documented;
mod foreign;
mod keys;
mod publishers;
mod services;
mod strangers;
mod subscribers;

use super::table::Table;

/// The whole table.
pub(super) fn table() -> Table {
    let mut table = Table::default();
    publishers::rows(&mut table);
    services::rows(&mut table);
    strangers::rows(&mut table);
    subscribers::rows(&mut table);
    foreign::rows(&mut table);
    documented::rows(&mut table);
    canary::rows(&mut table);
    backfill::rows(&mut table);
    keys::rows(&mut table);
    table
}

//! The event catalogue of user-events: one module per category, one file per event.
//!
//! To add an event, write one file and one line in its category's list; `cargo schemas` generates the rest.

#[macro_use]
mod category;

pub mod access;
pub mod account;
pub mod authentication;
pub mod classes;
mod completed;
mod deleted;
pub mod profile;
mod public;
mod registrations;
pub mod snapshot;

pub use completed::{Summary, completed};
pub use deleted::{AccountKey, account_key, deleted_user};
pub use registrations::{all_registrations, registrations, snapshot_registrations};
use user_events_core::Category;

/// Every category, in the order of the documentation.
pub const CATEGORIES: &[&Category] = &[
    &account::CATEGORY,
    &profile::CATEGORY,
    &authentication::CATEGORY,
    &access::CATEGORY,
];

/// The types of snapshots of every category, in the same order: what a backfill makes of the rows that it reads.
pub const SNAPSHOTS: &[&Category] = &[
    &account::SNAPSHOTS,
    &profile::SNAPSHOTS,
    &authentication::SNAPSHOTS,
    &access::SNAPSHOTS,
];

//! The attributes of each kind of row, and the names under which other tables keep them.

mod access;
mod column;
mod people;
mod sign_in;

pub(super) use access::{ASSIGNMENT, PERMISSION, ROLE};
pub(super) use column::{Column, Content, Missing};
pub(super) use people::{ACCOUNT, ADDRESS, CONSENT, PROFILE};
pub(super) use sign_in::{ATTEMPT, SECOND_FACTOR, SESSION};

//! One row of every kind with all its attributes, in plain JSON with made-up data.

use serde_json::Value;
use user_events_catalog::access::{AssignmentRow, GrantRow, RoleRow};
use user_events_catalog::account::AccountRow;
use user_events_catalog::authentication::{AttemptRow, MfaRow, SessionRow};
use user_events_catalog::profile::{AddressRow, ConsentRow, ProfileRow};
pub use user_events_core::with;

/// The name of a table, and a row of one kind with all its attributes.
pub type TableRow = (&'static str, Value);

/// Every kind of row.
pub fn all() -> Vec<TableRow> {
    vec![
        ("accounts", account("user-1")),
        ("profiles", profile("user-1")),
        ("profiles", address("user-1")),
        ("profiles", consent("user-1")),
        ("authentication", session("user-1")),
        ("authentication", attempt("USER#user-1")),
        ("authentication", attempt("UNKNOWN#f3a9")),
        ("authentication", mfa("user-1")),
        ("access", role("role-1")),
        ("access", permission("role-1")),
        ("access", assignment("user-1")),
    ]
}

/// An account.
pub fn account(user: &str) -> Value {
    AccountRow::sample(user)
}

/// A profile.
pub fn profile(user: &str) -> Value {
    ProfileRow::sample(user)
}

/// An address.
pub fn address(user: &str) -> Value {
    AddressRow::sample(user)
}

/// A consent.
pub fn consent(user: &str) -> Value {
    ConsentRow::sample(user)
}

/// A live session.
pub fn session(user: &str) -> Value {
    SessionRow::sample(user)
}

/// A failed login of the user that the partition key names; it may be an unknown user.
pub fn attempt(pk: &str) -> Value {
    AttemptRow::sample(pk)
}

/// A second factor.
pub fn mfa(user: &str) -> Value {
    MfaRow::sample(user)
}

/// A role.
pub fn role(role: &str) -> Value {
    RoleRow::sample(role)
}

/// A permission of a role.
pub fn permission(role: &str) -> Value {
    GrantRow::sample(role)
}

/// The assignment of a role to a user.
pub fn assignment(user: &str) -> Value {
    AssignmentRow::sample(user)
}

//! The rows of the authentication table.

use std::convert::Infallible;

use serde_json::{Value, json};
use user_events_core::{
    Choice, Class, Column, Content, Error, Modified, Reader, RowChange, RowKind, RowShape, Time,
};

use super::values::{EndReason, FailureReason, MfaMethod};
use crate::classes::Network;

/// The row `USER#<userId>`, `SESSION#<sessionId>`.
#[derive(Debug)]
pub struct SessionRow {
    pub(super) user_id: String,
    pub(super) session_id: String,
    pub(super) login_method: String,
    pub(super) mfa_used: Option<bool>,
    pub(super) network: Network,
    pub(super) created_at: Time,
    pub(super) expires_at: Time,
    pub(super) ended_at: Option<Time>,
    pub(super) end_reason: Option<Choice<EndReason>>,
}

/// The row `USER#<userId>`, `ATTEMPT#<attemptId>`; its partition key is `UNKNOWN#<random>` if the user is
/// unknown.
#[derive(Debug)]
pub struct AttemptRow {
    pub(super) user_id: Option<String>,
    pub(super) attempt_id: String,
    pub(super) failure_reason: Choice<FailureReason>,
    pub(super) consecutive_failures: Option<u32>,
    pub(super) network: Network,
    pub(super) attempted_at: Time,
}

/// The row `USER#<userId>`, `MFA#<method>`.
#[derive(Debug)]
pub struct MfaRow {
    pub(super) user_id: String,
    pub(super) method: Choice<MfaMethod>,
    pub(super) enabled: bool,
    pub(super) updated_at: Time,
}

/// The row of a live session that was removed.
#[derive(Debug)]
pub struct RemovedSession {
    pub(super) user_id: String,
    pub(super) session_id: String,
    pub(super) ended_at: Option<Time>,
}

/// The row of a second factor that was on and was removed.
#[derive(Debug)]
pub struct RemovedMfa {
    pub(super) user_id: String,
    pub(super) method: Choice<MfaMethod>,
}

/// The prefix of the partition key of an attempt without a known user.
const UNKNOWN_USER: &str = "UNKNOWN#";

impl SessionRow {
    /// The row, if the change ended the session: it has an end reason now and had none before.
    pub(super) fn ended<'a>(change: &RowChange<'a, Self>) -> Option<&'a Self> {
        let Modified { old, row } = change.modified()?;
        (row.end_reason.is_some() && old.get("endReason").is_none()).then_some(row)
    }

    /// A complete row of a live session of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "SESSION#session-1",
            "loginMethod": "PASSWORD", "mfaUsed": true, "ipAddress": "192.0.2.10", "userAgent": "ExampleBrowser/1.0",
            "deviceId": "device-7", "createdAt": "2026-03-01T11:59:59Z", "expiresAt": "2026-03-01T20:00:00Z",
            "ttl": 1_900_000_000,
        })
    }
}

impl RowKind for SessionRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "session",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "SESSION#",
        sk_id: Some("sessionId"),
        columns: &[
            Column::new("loginMethod", Content::Text).required(),
            Column::new("mfaUsed", Content::Flag),
            Column::new("ipAddress", Content::Text).in_class(Network::NAME),
            Column::new("userAgent", Content::Text).in_class(Network::NAME),
            Column::new("deviceId", Content::Text).in_class(Network::NAME),
            Column::new("createdAt", Content::Time).required(),
            Column::new("expiresAt", Content::Time).required(),
            Column::new("endedAt", Content::Time),
            Column::new("endReason", Content::choice::<EndReason>()),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/sessions/{sessionId}"];
    type Removed = RemovedSession;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            session_id: row.sk_id()?,
            login_method: row.required_text("loginMethod")?,
            mfa_used: row.flag("mfaUsed")?,
            network: network(row)?,
            created_at: row.required_time("createdAt")?,
            expires_at: row.required_time("expiresAt")?,
            ended_at: row.time("endedAt")?,
            end_reason: row.choice("endReason")?,
        })
    }

    /// A session that already has an end reason does not end again.
    fn read_removed(row: &Reader) -> Result<Option<RemovedSession>, Error> {
        if row.has("endReason") {
            return Ok(None);
        }
        Ok(Some(RemovedSession {
            user_id: row.pk_id()?,
            session_id: row.sk_id()?,
            ended_at: row.readable_time("endedAt"),
        }))
    }
}

impl AttemptRow {
    /// A row with the partition key, which names a user or an unknown one, plain JSON with synthetic data.
    pub fn sample(pk: &str) -> Value {
        json!({
            "pk": pk, "sk": "ATTEMPT#attempt-1",
            "failureReason": "INVALID_CREDENTIALS", "consecutiveFailures": 3, "ipAddress": "192.0.2.66",
            "userAgent": "ExampleBot/2.0", "attemptedAt": "2026-03-01T11:59:59Z", "ttl": 1_900_000_000,
        })
    }
}

impl RowKind for AttemptRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "attempt",
        pk: &["USER#", UNKNOWN_USER],
        pk_id: "userId",
        sk: "ATTEMPT#",
        sk_id: Some("attemptId"),
        columns: &[
            Column::new("failureReason", Content::choice::<FailureReason>()).required(),
            Column::new("consecutiveFailures", Content::Count),
            Column::new("ipAddress", Content::Text).in_class(Network::NAME),
            Column::new("userAgent", Content::Text).in_class(Network::NAME),
            Column::new("deviceId", Content::Text).in_class(Network::NAME),
            Column::new("attemptedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] =
        &["/users/{userId}/attempts/{attemptId}", "/attempts/{attemptId}"];
    type Removed = Infallible;

    fn read(row: &Reader) -> Result<Self, Error> {
        let pk_id = row.pk_id()?;
        Ok(Self {
            user_id: (row.pk_prefix() != UNKNOWN_USER).then_some(pk_id),
            attempt_id: row.sk_id()?,
            failure_reason: row.required_choice("failureReason")?,
            consecutive_failures: row.count("consecutiveFailures")?,
            network: network(row)?,
            attempted_at: row.required_time("attemptedAt")?,
        })
    }

    /// Attempts are kept for a while and then removed.
    fn read_removed(_row: &Reader) -> Result<Option<Infallible>, Error> {
        Ok(None)
    }
}

impl MfaRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "MFA#TOTP", "enabled": true, "updatedAt": "2026-03-01T11:59:59Z",
        })
    }
}

impl RowKind for MfaRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "second factor",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "MFA#",
        sk_id: Some("method"),
        columns: &[
            Column::new("enabled", Content::Flag).required(),
            Column::new("updatedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/mfa/{method}"];
    type Removed = RemovedMfa;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            method: row.sk_choice()?,
            enabled: row.required_flag("enabled")?,
            updated_at: row.required_time("updatedAt")?,
        })
    }

    /// Removing the row of a factor that was off changes nothing.
    fn read_removed(row: &Reader) -> Result<Option<RemovedMfa>, Error> {
        if !row.required_flag("enabled")? {
            return Ok(None);
        }
        Ok(Some(RemovedMfa {
            user_id: row.pk_id()?,
            method: row.sk_choice()?,
        }))
    }
}

fn network(row: &Reader) -> Result<Network, Error> {
    Ok(Network {
        ip_address: row.text("ipAddress")?,
        user_agent: row.text("userAgent")?,
        device_id: row.text("deviceId")?,
    })
}

//! The rows of consents.

use serde_json::{Value, json};
use user_events_core::{Column, Content, Error, Reader, RowKind, RowShape, Time};

/// The row `USER#<userId>`, `CONSENT#<purpose>`.
#[derive(Debug)]
pub struct ConsentRow {
    pub(super) user_id: String,
    pub(super) purpose: String,
    pub(super) granted: bool,
    pub(super) policy_version: Option<String>,
    pub(super) source: Option<String>,
    pub(super) updated_at: Time,
}

/// The row of a granted consent that was removed.
#[derive(Debug)]
pub struct RemovedConsent {
    pub(super) user_id: String,
    pub(super) purpose: String,
    pub(super) policy_version: Option<String>,
}

impl ConsentRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "CONSENT#MARKETING_EMAIL",
            "granted": true, "policyVersion": "2026-01", "source": "CHECKOUT", "updatedAt": "2026-03-01T11:59:59Z",
        })
    }
}

impl RowKind for ConsentRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "consent",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "CONSENT#",
        sk_id: Some("purpose"),
        columns: &[
            Column::new("granted", Content::Flag).required(),
            Column::new("policyVersion", Content::Text),
            Column::new("source", Content::Text),
            Column::new("updatedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/consents/{purpose}"];
    type Removed = RemovedConsent;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            purpose: row.sk_id()?,
            granted: row.required_flag("granted")?,
            policy_version: row.text("policyVersion")?,
            source: row.text("source")?,
            updated_at: row.required_time("updatedAt")?,
        })
    }

    /// Only a granted consent can be withdrawn. The `source` of the grant says nothing of the withdrawal.
    fn read_removed(row: &Reader) -> Result<Option<RemovedConsent>, Error> {
        if !row.required_flag("granted")? {
            return Ok(None);
        }
        Ok(Some(RemovedConsent {
            user_id: row.pk_id()?,
            purpose: row.sk_id()?,
            policy_version: row.readable_text("policyVersion"),
        }))
    }
}

//! The rows of the access table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use user_events_core::{Column, Content, Error, Reader, RowKind, RowShape, Time};

/// Why a user no longer has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum UnassignmentReason {
    /// The assignment was deleted.
    Removed,
    /// The assignment's time to live passed.
    Expired,
}

/// The row `ROLE#<roleId>`, `ROLE`.
#[derive(Debug)]
pub struct RoleRow {
    pub(super) role_id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) is_system: Option<bool>,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
}

/// The row `ROLE#<roleId>`, `PERMISSION#<permission>`, one per granted permission.
#[derive(Debug)]
pub struct GrantRow {
    pub(super) role_id: String,
    pub(super) permission: String,
    pub(super) granted_at: Time,
}

/// The row `USER#<userId>`, `ROLE#<roleId>`.
#[derive(Debug)]
pub struct AssignmentRow {
    pub(super) user_id: String,
    pub(super) role_id: String,
    pub(super) scope: Option<String>,
    pub(super) assigned_at: Time,
    pub(super) expires_at: Option<Time>,
}

/// A role row that was removed.
#[derive(Debug)]
pub struct RemovedRole {
    pub(super) role_id: String,
    pub(super) name: Option<String>,
}

/// A permission row that was removed.
#[derive(Debug)]
pub struct RemovedGrant {
    pub(super) role_id: String,
    pub(super) permission: String,
}

/// An assignment row that was removed.
#[derive(Debug)]
pub struct RemovedAssignment {
    pub(super) user_id: String,
    pub(super) role_id: String,
}

impl RoleRow {
    /// A complete row of the role, plain JSON with synthetic data.
    pub fn sample(role: &str) -> Value {
        json!({
            "pk": format!("ROLE#{role}"), "sk": "ROLE", "name": "Support", "description": "Answers customers",
            "isSystem": false, "createdAt": "2026-03-01T11:59:59Z", "updatedAt": "2026-03-01T11:59:59Z",
        })
    }

    /// The attributes that publish an event when they change.
    pub(super) const PUBLISHED: &'static [&'static str] = &["name", "description", "isSystem"];
}

impl RowKind for RoleRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "role",
        pk: &["ROLE#"],
        pk_id: "roleId",
        sk: "ROLE",
        sk_id: None,
        columns: &[
            Column::new("name", Content::Text).required(),
            Column::new("description", Content::Text),
            Column::new("isSystem", Content::Flag),
            Column::new("createdAt", Content::Time).required(),
            Column::new("updatedAt", Content::Time).required(),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/roles/{roleId}"];
    type Removed = RemovedRole;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            role_id: row.pk_id()?,
            name: row.required_text("name")?,
            description: row.text("description")?,
            is_system: row.flag("isSystem")?,
            created_at: row.required_time("createdAt")?,
            updated_at: row.required_time("updatedAt")?,
        })
    }

    fn read_removed(row: &Reader) -> Result<Option<RemovedRole>, Error> {
        Ok(Some(RemovedRole {
            role_id: row.pk_id()?,
            name: row.readable_text("name"),
        }))
    }
}

impl GrantRow {
    /// A complete row of the role, plain JSON with synthetic data.
    pub fn sample(role: &str) -> Value {
        json!({ "pk": format!("ROLE#{role}"), "sk": "PERMISSION#orders:read", "grantedAt": "2026-03-01T11:59:59Z" })
    }
}

impl RowKind for GrantRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "permission",
        pk: &["ROLE#"],
        pk_id: "roleId",
        sk: "PERMISSION#",
        sk_id: Some("permission"),
        columns: &[Column::new("grantedAt", Content::Time).required()],
    }];
    const RESOURCES: &'static [&'static str] = &["/roles/{roleId}/permissions/{permission}"];
    type Removed = RemovedGrant;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            role_id: row.pk_id()?,
            permission: row.sk_id()?,
            granted_at: row.required_time("grantedAt")?,
        })
    }

    fn read_removed(row: &Reader) -> Result<Option<RemovedGrant>, Error> {
        Ok(Some(RemovedGrant {
            role_id: row.pk_id()?,
            permission: row.sk_id()?,
        }))
    }
}

impl AssignmentRow {
    /// A complete row of the user, plain JSON with synthetic data.
    pub fn sample(user: &str) -> Value {
        json!({
            "pk": format!("USER#{user}"), "sk": "ROLE#role-1", "assignedAt": "2026-03-01T11:59:59Z",
            "expiresAt": "2026-04-01T00:00:00Z", "scope": "shop-1", "ttl": 1_900_000_000,
        })
    }
}

impl RowKind for AssignmentRow {
    const SHAPES: &'static [RowShape] = &[RowShape {
        kind: "role assignment",
        pk: &["USER#"],
        pk_id: "userId",
        sk: "ROLE#",
        sk_id: Some("roleId"),
        columns: &[
            Column::new("scope", Content::Text),
            Column::new("assignedAt", Content::Time).required(),
            Column::new("expiresAt", Content::Time),
        ],
    }];
    const RESOURCES: &'static [&'static str] = &["/users/{userId}/roles/{roleId}"];
    type Removed = RemovedAssignment;

    fn read(row: &Reader) -> Result<Self, Error> {
        Ok(Self {
            user_id: row.pk_id()?,
            role_id: row.sk_id()?,
            scope: row.text("scope")?,
            assigned_at: row.required_time("assignedAt")?,
            expires_at: row.time("expiresAt")?,
        })
    }

    fn read_removed(row: &Reader) -> Result<Option<RemovedAssignment>, Error> {
        Ok(Some(RemovedAssignment {
            user_id: row.pk_id()?,
            role_id: row.sk_id()?,
        }))
    }
}

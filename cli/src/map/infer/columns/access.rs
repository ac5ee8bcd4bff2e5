//! Roles, permissions and role assignments.

use super::column::{
    CREATED, Column, Content, Missing, NOTHING_SAYS_CREATED, NOTHING_SAYS_UPDATED, UPDATED, optional,
    required,
};

pub(in crate::map::infer) const ROLE: &[Column] = &[
    required(
        "name",
        Content::Text,
        &["name", "rolename", "displayname", "title"],
        Missing::Unusable,
    ),
    optional("description", Content::Text, &["description"]),
    optional(
        "isSystem",
        Content::Flag,
        &["issystem", "system", "builtin", "isbuiltin"],
    ),
    required("createdAt", Content::Time, CREATED, NOTHING_SAYS_CREATED),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(in crate::map::infer) const PERMISSION: &[Column] = &[required(
    "grantedAt",
    Content::Time,
    &["grantedat", "createdat", "created"],
    Missing::Recorded("Nothing says when it was granted; `recorded` is the time of the change."),
)];

pub(in crate::map::infer) const ASSIGNMENT: &[Column] = &[
    optional(
        "scope",
        Content::Code,
        &["scope", "organizationid", "orgid", "tenantid"],
    ),
    required(
        "assignedAt",
        Content::Time,
        &["assignedat", "grantedat", "createdat", "created"],
        Missing::Recorded("Nothing says when it was assigned; `recorded` is the time of the change."),
    ),
    optional("expiresAt", Content::Time, &["expiresat", "validuntil"]),
];

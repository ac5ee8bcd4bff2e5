//! A role, what it may do, and who has it.

use anyhow::Result;
use serde_json::json;

use super::teller::Teller;

const ACCESS: &str = "access";

pub(super) fn roles(story: &mut Teller) -> Result<()> {
    let (user, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    let (pk, editor) = (
        format!("ROLE#{}", story.editor),
        format!("roles/{}", story.editor),
    );
    let assignment = format!("ROLE#{}", story.editor);
    story.put(
        "an administrator creates the role Editor",
        ACCESS,
        json!({
            "pk": pk, "sk": "ROLE", "name": "Editor", "description": "May write", "isSystem": false,
            "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z",
            "lastChange": { "at": "2026-03-01T12:00:00Z", "actor": "admin-1", "actorType": "ADMIN" },
        }),
        &[("RoleCreatedEventV1", editor.clone())],
    )?;
    for permission in ["articles:write", "articles:publish"] {
        story.put(
            "the role gets a permission",
            ACCESS,
            json!({ "pk": pk, "sk": format!("PERMISSION#{permission}"), "grantedAt": "2026-03-01T12:01:00Z" }),
            &[("PermissionGrantedToRoleEventV1", editor.clone())],
        )?;
    }
    story.put(
        "Anna becomes an editor",
        ACCESS,
        json!({ "pk": user, "sk": assignment, "assignedAt": "2026-03-01T12:05:00Z", "scope": "news" }),
        &[("RoleAssignedToUserEventV1", anna.clone())],
    )?;
    story.update(
        "Anna's role gets an end date",
        ACCESS,
        [&user, &assignment],
        json!({ "expiresAt": "2026-12-31T23:59:59Z" }),
        &[("RoleAssignedToUserEventV1", anna.clone())],
    )?;
    story.update(
        "the role gets a better description",
        ACCESS,
        [&pk, "ROLE"],
        json!({ "description": "May write and publish", "updatedAt": "2026-03-01T12:10:00Z" }),
        &[("RoleUpdatedEventV1", editor.clone())],
    )?;
    story.delete(
        "a permission of the role is revoked",
        ACCESS,
        [&pk, "PERMISSION#articles:publish"],
        &[("PermissionRevokedFromRoleEventV1", editor.clone())],
    )?;
    story.delete(
        "Anna is no longer an editor",
        ACCESS,
        [&user, &assignment],
        &[("RoleUnassignedFromUserEventV1", anna)],
    )?;
    story.delete(
        "the other permission is revoked",
        ACCESS,
        [&pk, "PERMISSION#articles:write"],
        &[("PermissionRevokedFromRoleEventV1", editor.clone())],
    )?;
    story.delete(
        "the role is deleted",
        ACCESS,
        [&pk, "ROLE"],
        &[("RoleDeletedEventV1", editor)],
    )
}

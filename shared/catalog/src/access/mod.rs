//! Access: roles, their permissions, and who has them.

mod rows;

pub use rows::*;

category! {
    "access",
    table: "access",
    "Roles, their permissions, and who has them.",
    [
        role_created::RoleCreatedEventV1,
        role_updated::RoleUpdatedEventV1,
        role_deleted::RoleDeletedEventV1,
        role_assigned_to_user::RoleAssignedToUserEventV1,
        role_unassigned_from_user::RoleUnassignedFromUserEventV1,
        permission_granted_to_role::PermissionGrantedToRoleEventV1,
        permission_revoked_from_role::PermissionRevokedFromRoleEventV1,
    ],
    snapshots: [
        role_snapshot::RoleSnapshotEventV1,
        role_assignment_snapshot::RoleAssignmentSnapshotEventV1,
        role_permission_snapshot::RolePermissionSnapshotEventV1,
    ]
}

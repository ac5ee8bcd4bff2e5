//! Access: roles, their permissions and who has them.

mod permission_granted_to_role;
mod permission_revoked_from_role;
mod role_assigned_to_user;
mod role_created;
mod role_deleted;
mod role_unassigned_from_user;
mod role_updated;
mod rows;

pub use permission_granted_to_role::PermissionGrantedToRoleEventV1;
pub use permission_revoked_from_role::PermissionRevokedFromRoleEventV1;
pub use role_assigned_to_user::RoleAssignedToUserEventV1;
pub use role_created::RoleCreatedEventV1;
pub use role_deleted::RoleDeletedEventV1;
pub use role_unassigned_from_user::RoleUnassignedFromUserEventV1;
pub use role_updated::RoleUpdatedEventV1;
pub use rows::*;
use user_events_core::{Category, Registration};

/// The category: its name, and its events in the order in which one change publishes them.
pub const CATEGORY: Category = Category {
    name: "access",
    events: &[
        Registration::of::<RoleCreatedEventV1>(),
        Registration::of::<RoleUpdatedEventV1>(),
        Registration::of::<RoleDeletedEventV1>(),
        Registration::of::<RoleAssignedToUserEventV1>(),
        Registration::of::<RoleUnassignedFromUserEventV1>(),
        Registration::of::<PermissionGrantedToRoleEventV1>(),
        Registration::of::<PermissionRevokedFromRoleEventV1>(),
    ],
};

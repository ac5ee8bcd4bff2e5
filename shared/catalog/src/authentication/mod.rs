//! Authentication: logins, sessions and second factors.

mod rows;
mod values;

pub use rows::*;
pub use values::*;

category! {
    "authentication",
    table: "authentication",
    "Logins, sessions and second factors.",
    [
        user_logged_in::UserLoggedInEventV1,
        user_session_extended::UserSessionExtendedEventV1,
        user_logged_out::UserLoggedOutEventV1,
        user_session_revoked::UserSessionRevokedEventV1,
        user_session_expired::UserSessionExpiredEventV1,
        user_login_failed::UserLoginFailedEventV1,
        mfa_status_changed::MfaStatusChangedEventV1,
    ],
    snapshots: [
        user_session_snapshot::UserSessionSnapshotEventV1,
        mfa_status_snapshot::MfaStatusSnapshotEventV1,
    ]
}

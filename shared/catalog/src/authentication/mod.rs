//! Authentication: log-ins, sessions and second factors.

mod mfa_status_changed;
mod rows;
mod user_logged_in;
mod user_logged_out;
mod user_login_failed;
mod user_session_expired;
mod user_session_revoked;

pub use mfa_status_changed::MfaStatusChangedEventV1;
pub use rows::*;
use user_events_core::{Category, Registration};
pub use user_logged_in::UserLoggedInEventV1;
pub use user_logged_out::UserLoggedOutEventV1;
pub use user_login_failed::UserLoginFailedEventV1;
pub use user_session_expired::UserSessionExpiredEventV1;
pub use user_session_revoked::UserSessionRevokedEventV1;

/// The category: its name, and its events in the order in which one change publishes them.
pub const CATEGORY: Category = Category {
    name: "authentication",
    events: &[
        Registration::of::<UserLoggedInEventV1>(),
        Registration::of::<UserLoggedOutEventV1>(),
        Registration::of::<UserSessionRevokedEventV1>(),
        Registration::of::<UserSessionExpiredEventV1>(),
        Registration::of::<UserLoginFailedEventV1>(),
        Registration::of::<MfaStatusChangedEventV1>(),
    ],
};

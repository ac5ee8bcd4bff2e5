//! Accounts: who is a user, how to reach them, and whether they may come in.

mod rows;
mod user_account_status_changed;
mod user_deleted;
mod user_email_changed;
mod user_email_verified;
mod user_password_changed;
mod user_phone_changed;
mod user_phone_verified;
mod user_registered;

pub use rows::*;
pub use user_account_status_changed::UserAccountStatusChangedEventV1;
pub use user_deleted::UserDeletedEventV1;
pub use user_email_changed::UserEmailChangedEventV1;
pub use user_email_verified::UserEmailVerifiedEventV1;
use user_events_core::{Category, Registration};
pub use user_password_changed::UserPasswordChangedEventV1;
pub use user_phone_changed::UserPhoneChangedEventV1;
pub use user_phone_verified::UserPhoneVerifiedEventV1;
pub use user_registered::UserRegisteredEventV1;

/// The category: its name, and its events in the order in which one change publishes them.
pub const CATEGORY: Category = Category {
    name: "account",
    events: &[
        Registration::of::<UserRegisteredEventV1>(),
        Registration::of::<UserEmailVerifiedEventV1>(),
        Registration::of::<UserEmailChangedEventV1>(),
        Registration::of::<UserPhoneVerifiedEventV1>(),
        Registration::of::<UserPhoneChangedEventV1>(),
        Registration::of::<UserPasswordChangedEventV1>(),
        Registration::of::<UserAccountStatusChangedEventV1>(),
        Registration::of::<UserDeletedEventV1>(),
    ],
};

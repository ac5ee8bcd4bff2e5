//! Accounts: who the users are, how to reach them, and whether they may log in.

mod rows;

pub use rows::*;

category! {
    "account",
    table: "accounts",
    "Who the users are, how to reach them, and whether they may log in.",
    [
        user_registered::UserRegisteredEventV1,
        user_restored::UserRestoredEventV1,
        user_email_verified::UserEmailVerifiedEventV1,
        user_email_verification_withdrawn::UserEmailVerificationWithdrawnEventV1,
        user_email_changed::UserEmailChangedEventV1,
        user_phone_verified::UserPhoneVerifiedEventV1,
        user_phone_verification_withdrawn::UserPhoneVerificationWithdrawnEventV1,
        user_phone_changed::UserPhoneChangedEventV1,
        user_locale_changed::UserLocaleChangedEventV1,
        user_password_changed::UserPasswordChangedEventV1,
        user_account_status_changed::UserAccountStatusChangedEventV1,
        user_deleted::UserDeletedEventV1,
        user_erased::UserErasedEventV1,
    ],
    snapshots: [
        user_account_snapshot::UserAccountSnapshotEventV1,
        user_password_snapshot::UserPasswordSnapshotEventV1,
    ]
}

//! Profiles: names and settings of users, their addresses and consents.

mod consent_rows;
mod rows;

pub use consent_rows::*;
pub use rows::*;

category! {
    "profile",
    table: "profiles",
    "Names and settings of users, their addresses and consents.",
    [
        user_profile_updated::UserProfileUpdatedEventV1,
        user_profile_deleted::UserProfileDeletedEventV1,
        user_address_added::UserAddressAddedEventV1,
        user_address_updated::UserAddressUpdatedEventV1,
        user_address_deleted::UserAddressDeletedEventV1,
        user_consent_changed::UserConsentChangedEventV1,
    ],
    snapshots: [
        user_profile_snapshot::UserProfileSnapshotEventV1,
        user_address_snapshot::UserAddressSnapshotEventV1,
        user_consent_snapshot::UserConsentSnapshotEventV1,
    ]
}

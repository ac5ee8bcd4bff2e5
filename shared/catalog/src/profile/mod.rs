//! Profiles: what users say of themselves, their addresses and their consents.

mod rows;
mod user_address_added;
mod user_address_deleted;
mod user_address_updated;
mod user_consent_changed;
mod user_profile_updated;

pub use rows::*;
pub use user_address_added::UserAddressAddedEventV1;
pub use user_address_deleted::UserAddressDeletedEventV1;
pub use user_address_updated::UserAddressUpdatedEventV1;
pub use user_consent_changed::UserConsentChangedEventV1;
use user_events_core::{Category, Registration};
pub use user_profile_updated::UserProfileUpdatedEventV1;

/// The category: its name, and its events in the order in which one change publishes them.
pub const CATEGORY: Category = Category {
    name: "profile",
    events: &[
        Registration::of::<UserProfileUpdatedEventV1>(),
        Registration::of::<UserAddressAddedEventV1>(),
        Registration::of::<UserAddressUpdatedEventV1>(),
        Registration::of::<UserAddressDeletedEventV1>(),
        Registration::of::<UserConsentChangedEventV1>(),
    ],
};

//! Why every subscriber may read a field. Each field of an event is either in a sealed class (encrypted) or gives
//! one of these reasons.

/// For identifiers.
pub(crate) const IDENTIFIER: &str =
    "an identifier without meaning outside the platform; it says which user, role or row changed";
/// For times.
pub(crate) const TIME: &str = "a time; subscribers need it to act in time and to keep records";
/// For states.
pub(crate) const STATE: &str = "a state that subscribers act on; it does not say who the user is";
/// For enumerations.
pub(crate) const KIND: &str = "shared by many users; identifies nobody";
/// For settings.
pub(crate) const SETTING: &str =
    "shared by many users; subscribers need it to address the user, even without a grant";
/// For countries.
pub(crate) const COUNTRY: &str =
    "a country; taxes and delivery depend on it, even without a grant for the address";
/// For reason codes.
pub(crate) const REASON: &str =
    "a code that the User Service sets for the cause; it must not name or describe a person";
/// For counts.
pub(crate) const COUNT: &str = "a count that fraud detection needs; identifies nobody";
/// For attribute names.
pub(crate) const FIELD_NAMES: &str =
    "attribute names without values; subscribers use them to find the changes that concern them";
/// For consents.
pub(crate) const CONSENT: &str =
    "a consent binds every service that processes the data, so every subscriber must be able to read it";
/// For roles and permissions.
pub(crate) const ACCESS: &str =
    "part of the platform's roles and permissions; services that enforce them need it";
/// For runs of a backfill.
pub(crate) const RUN: &str =
    "about a run of the backfill, not about a person; consumers need it to find the end of a snapshot";

//! Why a field of an event may be read by every subscriber. A field is either in a sealed class, or says here why
//! it need not be.

/// Without it nobody could tell whose event it is.
pub(crate) const IDENTIFIER: &str =
    "an identifier that means nothing outside the platform; without it nobody could tell whose event it is";
/// Without it nobody could act in time.
pub(crate) const TIME: &str = "when something happens; without it nobody could act in time or keep a record";
/// A state that subscribers act on.
pub(crate) const STATE: &str =
    "a state that subscribers act on; it tells how the user stands with the platform, not who it is";
/// One of a few kinds.
pub(crate) const KIND: &str =
    "one of a few kinds that many users share; it tells nothing of what it is the kind of";
/// A setting that many share.
pub(crate) const SETTING: &str =
    "a setting that very many users share; whoever addresses the user needs it, also without grants";
/// A country.
pub(crate) const COUNTRY: &str = "a country; taxes and delivery depend on it before an address is opened";
/// A code that the User Service writes.
pub(crate) const REASON: &str =
    "a code of the User Service for the cause; it must not name or describe a person";
/// A number of times.
pub(crate) const COUNT: &str =
    "a number of times; fraud detection needs it, and it tells nothing of the person";
/// Names without values.
pub(crate) const FIELD_NAMES: &str =
    "names of attributes without their values; they tell which changes concern a subscriber";
/// A consent binds everyone.
pub(crate) const CONSENT: &str =
    "a consent binds everyone who processes data, so everyone must be able to read it";
/// Roles and permissions belong to the platform.
pub(crate) const ACCESS: &str =
    "belongs to the platform's roles and permissions; whoever enforces them needs it";

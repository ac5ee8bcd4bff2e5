//! The kinds of records that the simulated table writes: good ones, bookkeeping, and poison of every kind.

/// The one table of all rows: one stream for every category.
pub(super) const TABLE: &str = "users";
/// A status that the catalogue does not list, in [`Kind::UnknownValue`].
pub const UNKNOWN_STATUS: &str = "PENDING_DELETION";
/// The topic's limit, `MAX_MESSAGE_BYTES`. The event of [`Kind::TooLarge`] is larger.
pub const MAX_MESSAGE_BYTES: usize = 16_384;
/// The limit of the parked queue, `PARKED_MAX_BYTES`. That of SQS is 16 times as high, and would make a run cost as much. The
/// record of [`Kind::Oversized`] is larger.
pub(super) const PARKED_MAX_BYTES: usize = 65_536;

/// The kind of change of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One event: an account was inserted.
    Registered,
    /// One event, with a sealed class.
    EmailChanged,
    /// Two events.
    VerifiedAndActivated,
    /// One event, with a sealed class: the verification of the e-mail address was withdrawn.
    EmailVerificationWithdrawn,
    /// One event, with a sealed class: the verification of the telephone number was withdrawn.
    PhoneVerificationWithdrawn,
    /// One event: the locale was changed or removed.
    LocaleChanged,
    /// One event: the status became one that the enumeration does not list.
    UnknownValue,
    /// Three events.
    PhonePasswordAndStatus,
    /// One event, with a sealed class.
    ProfileUpdated,
    /// One event: the row of a profile was removed, whole or erased before.
    ProfileDeleted,
    /// One event, with a sealed class.
    AddressAdded,
    /// One event.
    ConsentChanged,
    /// One event, with a sealed class.
    LoggedIn,
    /// One event of an unknown user, with a sealed class. Its lane is that of the attempt.
    LoginFailed,
    /// One event of a known user, with a sealed class. Its lane is that of the attempt, not of the user.
    KnownLoginFailed,
    /// One event: the end of a session was moved.
    SessionExtended,
    /// One event: a session was revoked.
    SessionRevoked,
    /// One event: the row of a live session was removed.
    LoggedOut,
    /// One event: the row of a session was removed by its time to live.
    SessionExpired,
    /// One event: the same in a global table, where the replicated removal does not say who made it.
    SessionExpiredElsewhere,
    /// One event.
    FactorEnabled,
    /// One event about the user.
    RoleAssigned,
    /// One event about the user: the row of an assignment was removed.
    RoleUnassigned,
    /// One event: the row of an address was removed.
    AddressDeleted,
    /// One event: the status became `DELETED`.
    SoftDeleted,
    /// One event: the status became `DELETED`, and the same write erased the contact data, or put a placeholder in place
    /// of the e-mail address.
    Erased,
    /// One event, with a sealed class: an account that was deleted and erased before is written whole again.
    Restored,
    /// One event: the row of an account was removed.
    AccountRemoved,
    /// One event: the row of an account was removed by its time to live.
    AccountExpired,
    /// One event about a role.
    RoleUpdated,
    /// No event: only bookkeeping attributes differ.
    Bookkeeping,
    /// No event: a row of a kind that the publisher ignores.
    Guard,
    /// No event: the row of an account that was deleted and erased before was removed by its time to live.
    Purged,
    /// No event: the row of a session that had ended before was removed.
    EndedSessionRemoved,
    /// No event: a session that was revoked before is marked as logged out.
    EndedAgain,
    /// An attribute of an unknown type.
    UnknownAttributeType,
    /// A required attribute is missing.
    MissingAttribute,
    /// An attribute does not have the type of the contract.
    WrongAttributeType,
    /// A string attribute is binary.
    BinaryAttribute,
    /// A value that the enumeration does not list, and that is too long to be published as it is.
    OverlongValue,
    /// An implausible time.
    ImplausibleTime,
    /// A stream without old images.
    WrongViewType,
    /// An event larger than the topic accepts.
    TooLarge,
    /// An unknown event name.
    UnknownEventName,
    /// Keys that do not show the subject of the row.
    UnreadableKeys,
    /// Not a stream record at all, without a sequence number.
    NoRecord,
    /// A record that is larger than the parked queue accepts, with an attribute that does not have the type of the
    /// contract.
    Oversized,
}

/// Records that become events.
pub(super) const GOOD: &[Kind] = &[
    Kind::Registered,
    Kind::EmailChanged,
    Kind::EmailChanged,
    Kind::VerifiedAndActivated,
    Kind::PhonePasswordAndStatus,
    Kind::ProfileUpdated,
    Kind::AddressAdded,
    Kind::ConsentChanged,
    Kind::LoggedIn,
    Kind::LoginFailed,
    Kind::FactorEnabled,
    Kind::RoleAssigned,
    Kind::RoleUpdated,
    Kind::KnownLoginFailed,
    Kind::SessionRevoked,
    Kind::LoggedOut,
    Kind::SessionExpired,
    Kind::SessionExpiredElsewhere,
    Kind::RoleUnassigned,
    Kind::AddressDeleted,
    Kind::SoftDeleted,
    Kind::Erased,
    Kind::AccountRemoved,
    Kind::AccountExpired,
    Kind::EmailVerificationWithdrawn,
    Kind::PhoneVerificationWithdrawn,
    Kind::LocaleChanged,
    Kind::UnknownValue,
    Kind::ProfileDeleted,
    Kind::SessionExtended,
    Kind::Restored,
];
/// Records that become no event.
pub(super) const IDLE: &[Kind] = &[
    Kind::Bookkeeping,
    Kind::Guard,
    Kind::Purged,
    Kind::EndedSessionRemoved,
    Kind::EndedAgain,
];
/// Records that no retry can publish, but for [`Kind::Oversized`], which costs too much to be as frequent.
pub(super) const POISON: &[Kind] = &[
    Kind::UnknownAttributeType,
    Kind::MissingAttribute,
    Kind::WrongAttributeType,
    Kind::BinaryAttribute,
    Kind::OverlongValue,
    Kind::ImplausibleTime,
    Kind::WrongViewType,
    Kind::TooLarge,
    Kind::UnknownEventName,
    Kind::UnreadableKeys,
    Kind::NoRecord,
];

impl Kind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let lists = [GOOD, IDLE, POISON, &[Self::Oversized]];
        lists.into_iter().flatten().copied()
    }

    /// Whether no retry can publish the record.
    pub fn is_poison(self) -> bool {
        self == Self::Oversized || POISON.contains(&self)
    }

    /// Whether the row belongs to the accounts table, or to no table.
    pub fn is_account(self) -> bool {
        !matches!(
            self,
            Self::ProfileUpdated
                | Self::ProfileDeleted
                | Self::AddressAdded
                | Self::ConsentChanged
                | Self::LoggedIn
                | Self::LoginFailed
                | Self::FactorEnabled
                | Self::RoleAssigned
                | Self::RoleUpdated
                | Self::KnownLoginFailed
                | Self::SessionExtended
                | Self::SessionRevoked
                | Self::LoggedOut
                | Self::SessionExpired
                | Self::SessionExpiredElsewhere
                | Self::EndedSessionRemoved
                | Self::EndedAgain
                | Self::RoleUnassigned
                | Self::AddressDeleted
        )
    }
}

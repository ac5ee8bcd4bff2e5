//! The enumerations of the authentication table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_events_core::Choice;

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum EndReason {
    /// The user logged out.
    Logout,
    /// The user ended the session from elsewhere.
    RevokedByUser,
    /// An administrator ended the session.
    RevokedByAdmin,
    /// The user's password or second factor changed.
    CredentialChanged,
}

/// Why a session was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum RevocationReason {
    /// The user ended the session from elsewhere.
    RevokedByUser,
    /// An administrator ended the session.
    RevokedByAdmin,
    /// The user's password or second factor changed.
    CredentialChanged,
}

/// Why a login failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum FailureReason {
    /// The password or another credential was wrong.
    InvalidCredentials,
    /// The given name belongs to no user.
    UnknownUser,
    /// The account is locked.
    AccountLocked,
    /// The account is not verified yet.
    AccountNotVerified,
    /// The second factor was wrong.
    MfaFailed,
    /// There were too many attempts.
    RateLimited,
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
#[non_exhaustive]
pub enum MfaMethod {
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// A code sent by text message.
    Sms,
    /// A code sent by e-mail.
    Email,
    /// A security key or passkey (W3C Web Authentication).
    Webauthn,
    /// Recovery codes that the user stored in advance.
    RecoveryCodes,
}

impl EndReason {
    /// The reason of a revocation; `None` for a logout, which is not a revocation. An end for a reason that this version
    /// does not know is a revocation: the session is over, and not by the user's logout.
    pub(super) fn revocation(reason: &Choice<Self>) -> Option<Choice<RevocationReason>> {
        match reason {
            Choice::Known(Self::Logout) => None,
            Choice::Known(Self::RevokedByUser) => Some(RevocationReason::RevokedByUser.into()),
            Choice::Known(Self::RevokedByAdmin) => Some(RevocationReason::RevokedByAdmin.into()),
            Choice::Known(Self::CredentialChanged) => Some(RevocationReason::CredentialChanged.into()),
            Choice::Unknown(text) => Some(Choice::Unknown(text.clone())),
        }
    }
}

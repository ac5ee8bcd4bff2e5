//! A sealed class as a member of an event's `data`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A sealed class, as an event carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedMember {
    /// The JWE in compact form.
    pub sealed: String,
    /// The wrapped data key, base64.
    pub data_key: String,
    /// The ARN of the KMS key that wrapped it.
    pub key_arn: String,
}

impl SealedMember {
    /// Reads a member of an event's `data`; `None` when it is not a sealed class.
    pub fn from_member(member: &Value) -> Option<Self> {
        // Deserialising takes a list of three strings for one, too, such as three names in `changedFields`.
        member.is_object().then(|| Self::deserialize(member).ok())?
    }
}

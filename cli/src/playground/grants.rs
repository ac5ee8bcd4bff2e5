//! Opens classes as a subscriber would that was granted some of them. Local engines do not enforce IAM, so the grants are
//! those that the page chooses.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use user_events_consumer::{
    Cause, KeyLimits, KmsKeys, Opener, SubjectKeyTable, UnwrapKey, Unwrapped, WrappedKey,
};

use super::place::Place;

/// KMS, for a subscriber without a grant for some classes.
pub(super) struct Grants {
    kms: KmsKeys,
    denied: BTreeSet<String>,
}

/// One opener for each choice of grants, because an opener remembers the keys that it was granted.
pub(super) struct GrantedOpeners {
    kms: aws_sdk_kms::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    seal_key_arn: String,
    subject_keys_table: Option<String>,
    made: Mutex<HashMap<BTreeSet<String>, Opener<Grants>>>,
}

impl UnwrapKey for Grants {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        if self.denied.contains(wrapped.class) {
            return Ok(Unwrapped::NotGranted);
        }
        self.kms.unwrap_key(wrapped).await
    }
}

impl GrantedOpeners {
    pub(super) fn new(place: &Place) -> Self {
        Self {
            kms: place.clients.kms.clone(),
            dynamodb: place.clients.dynamodb.clone(),
            seal_key_arn: place.seal_key_arn.clone(),
            subject_keys_table: place.subject_keys_table.clone(),
            made: Mutex::default(),
        }
    }

    /// The opener of a subscriber that was granted every class but these.
    pub(super) fn without(&self, denied: &BTreeSet<String>) -> Opener<Grants> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(denied.clone())
            .or_insert_with(|| self.opener(denied))
            .clone()
    }

    fn opener(&self, denied: &BTreeSet<String>) -> Opener<Grants> {
        let grants = Grants {
            kms: KmsKeys::new(self.kms.clone()),
            denied: denied.clone(),
        };
        let opener = Opener::from_source(grants, [&self.seal_key_arn], KeyLimits::default());
        match &self.subject_keys_table {
            Some(table) => opener.with_subject_keys(SubjectKeyTable::new(self.dynamodb.clone(), table)),
            None => opener,
        }
    }
}

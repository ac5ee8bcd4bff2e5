//! The keys with which classes are opened: the seal keys that are expected, and the table of persons' keys.

use anyhow::Result;
use clap::Args;
use user_events_consumer::{Opener, SubjectKeyTable};
use user_events_local::clients::Clients;

use crate::parameter;

/// The options of commands that open classes.
#[derive(Debug, Args)]
pub struct KeyOptions {
    /// Expect this seal key; can be given more than once [default: the stage's, from the parameter store]
    #[arg(long, value_name = "ARN")]
    seal_key: Vec<String>,

    /// Read the keys of persons from this table, for events that need one
    #[arg(long, value_name = "TABLE")]
    subject_keys: Option<String>,
}

impl KeyOptions {
    /// Whether the seal key was named, so that none is looked up.
    pub(crate) fn names_seal_key(&self) -> bool {
        !self.seal_key.is_empty()
    }

    /// An opener with the credentials of these clients.
    ///
    /// Fails when no seal key is named and the stage's cannot be read.
    pub(crate) async fn opener(&self, clients: &Clients, stage: &str) -> Result<Opener> {
        let mut seal_keys = self.seal_key.clone();
        if seal_keys.is_empty() {
            seal_keys.push(parameter::read(clients, stage, "seal-key-arn").await?);
        }
        let opener = Opener::new(clients.kms.clone(), seal_keys);
        Ok(match &self.subject_keys {
            Some(table) => {
                let table = SubjectKeyTable::new(clients.dynamodb.clone(), table);
                opener.with_subject_keys(table)
            }
            None => opener,
        })
    }
}

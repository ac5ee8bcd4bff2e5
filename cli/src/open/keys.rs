//! The keys with which classes are opened: the seal keys that are expected, and the table of persons' keys.

use anyhow::Result;
use clap::Args;
use user_events_consumer::{Opener, SubjectKeyTable};
use user_events_local::clients::Clients;

use crate::parameter;

/// The parameter with the ARN of the table of persons' keys. A publisher without such keys has none.
pub(crate) const SUBJECT_KEYS_TABLE: &str = "subject-keys-table-arn";

/// The options of commands that open classes.
#[derive(Debug, Args)]
pub struct KeyOptions {
    /// Expect this seal key; can be given more than once [default: the stage's, from the parameter store]
    #[arg(long, value_name = "ARN")]
    seal_key: Vec<String>,

    /// Read the keys of persons from this table, for events that need one [default: the stage's, from the parameter
    /// store, if it has one and --seal-key is not given]
    #[arg(long, value_name = "NAME-OR-ARN")]
    subject_keys_table: Option<String>,
}

impl KeyOptions {
    /// Whether the seal key was named, so that none is looked up.
    pub(crate) fn names_seal_key(&self) -> bool {
        !self.seal_key.is_empty()
    }

    /// An opener with the credentials of these clients.
    ///
    /// Fails when no seal key is named and the stage's cannot be read, and when the parameter store does not answer.
    pub(crate) async fn opener(&self, clients: &Clients, stage: &str) -> Result<Opener> {
        let mut seal_keys = self.seal_key.clone();
        let mut subject_keys_table = self.subject_keys_table.clone();
        if seal_keys.is_empty() {
            seal_keys.push(parameter::read(clients, stage, "seal-key-arn").await?);
            if subject_keys_table.is_none() {
                subject_keys_table = parameter::find(clients, stage, SUBJECT_KEYS_TABLE).await?;
            }
        }
        let opener = Opener::new(clients.kms.clone(), seal_keys);
        Ok(match subject_keys_table {
            Some(table) => {
                let table = SubjectKeyTable::new(clients.dynamodb.clone(), table);
                opener.with_subject_keys(table)
            }
            None => opener,
        })
    }
}

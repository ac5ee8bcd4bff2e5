//! Where the publisher keeps the keys of persons, if it has such keys.

use anyhow::{Context, Result, bail};
use user_events_local::clients::Clients;

use super::options::SubscriberOptions;
use crate::arn::{KmsKey, TableArn};
use crate::open::SUBJECT_KEYS_TABLE;
use crate::parameter;

/// The parameter with the ARN of the key that encrypts the table.
const SUBJECT_KEYS_KEY: &str = "subject-keys-key-arn";

/// The table of persons' keys, and the KMS key that encrypts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SubjectKeys {
    pub(super) table_arn: String,
    key_arn: String,
}

impl SubjectKeys {
    /// Those that the options name. `None` if they name none.
    ///
    /// Fails when an ARN is not valid, and when only one of the two is given.
    pub(super) fn named(options: &SubscriberOptions) -> Result<Option<Self>> {
        match (&options.subject_keys_table_arn, &options.subject_keys_key_arn) {
            (None, None) => Ok(None),
            (Some(table), Some(key)) => Ok(Some(Self {
                table_arn: TableArn::parse(table).context("--subject-keys-table-arn")?.into(),
                key_arn: KmsKey::parse(key).context("--subject-keys-key-arn")?.into(),
            })),
            _ => bail!("--subject-keys-table-arn and --subject-keys-key-arn need each other"),
        }
    }

    /// Those of a stage. `None` if its publisher has none.
    ///
    /// Fails when the parameter store does not answer.
    pub(super) async fn of_stage(clients: &Clients, stage: &str) -> Result<Option<Self>> {
        let table = parameter::find(clients, stage, SUBJECT_KEYS_TABLE).await?;
        let key = parameter::find(clients, stage, SUBJECT_KEYS_KEY).await?;
        Ok(table
            .zip(key)
            .map(|(table_arn, key_arn)| Self { table_arn, key_arn }))
    }

    /// The parameters of the subscriber's template.
    pub(super) fn parameters(&self) -> [(&'static str, String); 2] {
        [
            ("SubjectKeysTableArn", self.table_arn.clone()),
            ("SubjectKeysKeyArn", self.key_arn.clone()),
        ]
    }
}

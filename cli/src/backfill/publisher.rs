//! What a backfill must know of the publisher, from its stack.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use user_events_aws::KeyLimits;
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::{Category, Mapping, Publication};
use user_events_local::clients::Clients;

use super::tables::{UserTable, accounts_table, tables};
use crate::map::mapping_file;
use crate::stack::Outputs;

/// A deployed publisher.
#[derive(Debug)]
pub(super) struct Publisher {
    /// The tables that it publishes.
    pub(super) tables: Vec<UserTable>,
    /// The table of the accounts, in the native shape. `None` with a mapping.
    pub(super) accounts: Option<UserTable>,
    /// The topic of each category, by its name.
    pub(super) topics: BTreeMap<&'static str, String>,
    pub(super) publication: Publication,
    pub(super) mapping: Option<Mapping>,
    pub(super) seal_key_arn: String,
    pub(super) key_limits: KeyLimits,
    pub(super) persons: Option<PersonKeys>,
}

/// The table of persons' keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PersonKeys {
    pub(super) table: String,
    /// Whether classes are sealed with them. If not, they are prepared, and only tombstones matter.
    pub(super) seals: bool,
}

impl Publisher {
    /// Looks the stack up. `mapping` is the file of its mapping, if it has one.
    ///
    /// Fails when there is no such stack, when it is not completely deployed, and when the mapping is missing or not usable.
    pub(super) async fn find(clients: &Clients, stack: &str, mapping: Option<&str>) -> Result<Self> {
        let outputs = Outputs::look_up(&clients.cloudformation, stack, "").await?;
        let has_mapping = outputs.parameter("Mapping").is_some_and(|file| !file.is_empty());
        if has_mapping && mapping.is_none() {
            bail!(
                "stack {stack} has a mapping, without which nobody can tell which rows its items are; name its file with \
                 --mapping"
            );
        }
        ensure!(
            has_mapping || mapping.is_none(),
            "stack {stack} has no mapping, so its tables have the rows of docs/rows.md; leave --mapping out"
        );
        let mut topics = BTreeMap::new();
        for category in CATEGORIES {
            topics.insert(category.name, outputs.topic_arn(category.name)?.to_owned());
        }
        let region = topics.values().next().and_then(|arn| arn.split(':').nth(3));
        let tables = tables(&outputs, region.unwrap_or_default())?;
        Ok(Self {
            accounts: accounts_table(&tables, has_mapping),
            tables,
            topics,
            publication: publication(&outputs),
            mapping: mapping
                .map(mapping_file::usable)
                .transpose()?
                .map(|mapping| with_origin(mapping, &outputs)),
            seal_key_arn: outputs.get("SealKeyArn")?.to_owned(),
            key_limits: key_limits(&outputs),
            persons: person_keys(&outputs),
        })
    }
}

fn with_origin(mapping: Mapping, outputs: &Outputs) -> Mapping {
    match outputs.parameter("OriginRegionAttribute") {
        None | Some("") => mapping,
        Some(attribute) => mapping.with_attribute(attribute),
    }
}

/// As the functions of the stack publish.
fn publication(outputs: &Outputs) -> Publication {
    let categories: Vec<&'static Category> = SNAPSHOTS.iter().copied().chain([&snapshot::CATEGORY]).collect();
    outputs.publication(&categories)
}

fn key_limits(outputs: &Outputs) -> KeyLimits {
    let number = |name: &str, default: u64| {
        let given = outputs.parameter(name).and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    KeyLimits {
        max_age: Duration::from_secs(number("DataKeyMaxAgeSeconds", 300)),
        max_messages: number("DataKeyMaxMessages", 1_048_576),
    }
}

fn person_keys(outputs: &Outputs) -> Option<PersonKeys> {
    let setting = outputs
        .parameter("SubjectKeys")
        .filter(|setting| *setting != "off")?;
    let default = || format!("{}-subject-keys", outputs.stack());
    Some(PersonKeys {
        table: outputs
            .output("SubjectKeysTableName")
            .map_or_else(default, str::to_owned),
        seals: setting == "on",
    })
}

#[cfg(test)]
mod tests {
    use user_events_core::Detail;

    use super::*;

    fn stack(parameters: &[(&str, &str)]) -> Outputs {
        Outputs::of("p", &[], parameters)
    }

    #[test]
    fn events_are_as_the_functions_of_the_stack_publish_them() {
        let publication = publication(&stack(&[
            ("EventSource", "/users"),
            ("SchemaBaseUri", "https://schemas.example.com"),
            ("Detail", "thin"),
            ("CallbackBaseUrl", "https://users.example.com"),
        ]));
        assert_eq!(publication.source, "/users");
        assert_eq!(publication.schema_base_uri, "https://schemas.example.com");
        assert!(matches!(publication.detail, Detail::Thin(_)) && !publication.replay);
        let standard = super::publication(&stack(&[("Detail", "fat"), ("CallbackBaseUrl", "")]));
        assert!(matches!(standard.detail, Detail::Fat));
        assert_eq!(standard.source, Publication::default().source);
    }

    #[test]
    fn persons_have_keys_unless_they_are_off() {
        let keys = |setting: &str| person_keys(&stack(&[("SubjectKeys", setting)]));
        assert_eq!(keys("off"), None);
        assert_eq!(person_keys(&stack(&[])), None, "an older stack");
        let seals = |setting: &str| keys(setting).map(|keys| (keys.table, keys.seals));
        assert_eq!(seals("prepared"), Some(("p-subject-keys".to_owned(), false)));
        assert_eq!(seals("on"), Some(("p-subject-keys".to_owned(), true)));
    }
}

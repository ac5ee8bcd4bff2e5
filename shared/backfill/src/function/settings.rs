//! The settings of the function: environment variables.

use std::collections::BTreeSet;

use user_events_aws::{ConfigError, Environment, KeyLimits};
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::{Category, Mapping, Publication};

/// What the function must know about its deployment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The tables (`TABLES`).
    pub tables: Vec<TableSetting>,
    /// The bucket of the runs (`BACKFILL_BUCKET`).
    pub bucket: String,
    /// How the deployment names itself, and how much its events contain.
    pub publication: Publication,
    /// The KMS key that wraps data keys (`SEAL_KEY_ARN`).
    pub seal_key_arn: String,
    /// How long and how often a data key can be used.
    pub key_limits: KeyLimits,
    /// The table of persons' keys (`SUBJECT_KEYS_TABLE`). `None`: nobody can be erased.
    pub subject_keys_table: Option<String>,
    /// Whether classes of persons are sealed with their keys, too (`SUBJECT_KEYS`).
    pub seals_for_persons: bool,
    /// Which items of the tables are which rows (`MAPPING_FILE`).
    pub mapping: Option<Mapping>,
}

/// A table that the function reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSetting {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// The category of its rows. `None`: all.
    pub category: Option<String>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// Fails with all problems at once.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(&variable);
        let region = environment.text("AWS_REGION").unwrap_or_default();
        let meaning = "the tables, separated by commas: `account=ARN` for each category, or the ARN of a table with all rows";
        environment.required("TABLES", meaning);
        let mut tables = Vec::new();
        for text in environment.list("TABLES") {
            match table(&text, &region) {
                Ok(table) => tables.push(table),
                Err(problem) => environment.problem(problem),
            }
        }
        let names: BTreeSet<_> = tables.iter().map(|table| &table.name).collect();
        if names.len() < tables.len() {
            environment.problem(
                "TABLES names a table twice: a table with rows of several categories has no category",
            );
        }
        // Snapshot types have thin forms of their own.
        let events: Vec<_> = SNAPSHOTS.iter().copied().chain([&snapshot::CATEGORY]).collect();
        let publication = environment.publication(&events);
        let seals_for_persons = environment.seals_for_persons();
        let is_off = environment.text("SUBJECT_KEYS").as_deref() == Some("off");
        let settings = Self {
            tables,
            bucket: environment.required("BACKFILL_BUCKET", "the name of the bucket of the runs"),
            seal_key_arn: environment.seal_key_arn(&publication.detail),
            publication,
            key_limits: environment.key_limits(),
            subject_keys_table: environment.text("SUBJECT_KEYS_TABLE").filter(|_| !is_off),
            seals_for_persons,
            mapping: environment.mapping(CATEGORIES),
        };
        environment.finish(settings)
    }
}

impl TableSetting {
    /// The snapshot categories of its rows.
    pub fn categories(&self) -> Vec<&'static Category> {
        let own = |category: &&Category| self.category.as_ref().is_none_or(|name| name == category.name);
        SNAPSHOTS.iter().copied().filter(own).collect()
    }
}

/// A table: `category=ARN`, `category=name`, or either without the category.
fn table(text: &str, region: &str) -> Result<TableSetting, &'static str> {
    let (category, table) = text
        .split_once('=')
        .map_or((None, text), |(category, table)| (Some(category), table));
    if category.is_some_and(|name| !CATEGORIES.iter().any(|category| category.name == name)) {
        return Err(
            "TABLES names a category that does not exist: write account, profile, authentication or access",
        );
    }
    let (name, region) = match table.strip_prefix("arn:") {
        None => (table, region),
        Some(arn) => arn_parts(arn).ok_or("TABLES has an ARN that is no table's")?,
    };
    if name.is_empty() || region.is_empty() {
        return Err("TABLES has a table without a name or a region: write its ARN");
    }
    Ok(TableSetting {
        name: name.to_owned(),
        region: region.to_owned(),
        category: category.map(str::to_owned),
    })
}

/// The name and the region in `aws:dynamodb:<region>:<account>:table/<name>`.
fn arn_parts(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(5, ':');
    let (_partition, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let name = parts.nth(1)?.strip_prefix("table/")?;
    (service == "dynamodb" && !name.contains('/')).then_some((name, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let required = [
            ("AWS_REGION", "eu-west-1"),
            ("BACKFILL_BUCKET", "b"),
            ("SEAL_KEY_ARN", "k"),
        ];
        let all: Vec<_> = required.iter().chain(variables).collect();
        let value = |name: &str| {
            all.iter()
                .rev()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Settings::read(value)
    }

    #[test]
    fn tables_have_a_category_or_all_rows() {
        let arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/profiles-x";
        let settings = read(&[("TABLES", &format!("account=accounts-x, profile={arn}"))]).unwrap();
        let table = |name: &str, region: &str, category: &str| TableSetting {
            name: name.to_owned(),
            region: region.to_owned(),
            category: Some(category.to_owned()),
        };
        assert_eq!(
            settings.tables,
            [
                table("accounts-x", "eu-west-1", "account"),
                table("profiles-x", "eu-central-1", "profile")
            ]
        );
        let whole = read(&[("TABLES", arn)]).unwrap().tables.remove(0);
        assert_eq!(whole.categories().len(), SNAPSHOTS.len());
    }

    #[test]
    fn what_is_wrong_is_named_without_a_value() {
        for (tables, begin) in [
            ("", "TABLES is missing"),
            ("orders=secret", "TABLES names a category"),
            ("arn:aws:s3:::secret", "TABLES has an ARN"),
            ("account=", "TABLES has a table without"),
            ("account=secret,profile=secret", "TABLES names a table twice"),
        ] {
            let ConfigError(problems) = read(&[("TABLES", tables)]).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].starts_with(begin) && !problems[0].contains("secret"),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn tombstones_count_unless_persons_keys_are_off() {
        let table = |mode| {
            let settings = read(&[
                ("TABLES", "t"),
                ("SUBJECT_KEYS", mode),
                ("SUBJECT_KEYS_TABLE", "persons"),
            ])
            .unwrap();
            (settings.subject_keys_table.is_some(), settings.seals_for_persons)
        };
        assert_eq!(table("on"), (true, true));
        assert_eq!(table("prepared"), (true, false));
        assert_eq!(table("off"), (false, false));
    }
}

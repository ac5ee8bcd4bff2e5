//! The tables that a publisher publishes: those that its stack created, and those of its streams.

use anyhow::{Result, bail};
use user_events_catalog::SNAPSHOTS;
use user_events_core::Category;

use crate::stack::{Outputs, capitalized};

/// A table of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserTable {
    pub(super) name: String,
    pub(super) region: String,
    /// The names of the categories that have their rows in it.
    pub(super) categories: Vec<&'static str>,
}

impl UserTable {
    /// The categories of snapshots among these names.
    pub(super) fn snapshots(&self, wanted: &[&'static str]) -> Vec<&'static Category> {
        let is_wanted = |name: &str| self.categories.contains(&name) && wanted.contains(&name);
        SNAPSHOTS
            .iter()
            .copied()
            .filter(|category| is_wanted(category.name))
            .collect()
    }
}

/// The tables of a stack in that region.
///
/// Fails when a table is neither created by the stack nor named by a stream.
pub(super) fn tables(outputs: &Outputs, region: &str) -> Result<Vec<UserTable>> {
    let stream = |name: &str| outputs.parameter(name).filter(|arn| !arn.is_empty());
    let all = || SNAPSHOTS.iter().map(|category| category.name).collect::<Vec<_>>();
    if outputs.parameter("Mapping").is_some_and(|file| !file.is_empty()) {
        let parameters = SNAPSHOTS.iter().map(|category| stream_parameter(category));
        let parameters = parameters.chain(["SingleTableStreamArn".to_owned()]);
        let streams = parameters.filter_map(|name| stream(&name).map(str::to_owned));
        let mut tables: Vec<UserTable> = Vec::new();
        for arn in streams {
            let table = of_stream(&arn, all())?;
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        return Ok(tables);
    }
    if let Some(arn) = stream("SingleTableStreamArn") {
        return Ok(vec![of_stream(arn, all())?]);
    }
    let table = |category: &&'static Category| {
        let categories = vec![category.name];
        match (
            stream(&stream_parameter(category)),
            outputs.table_name(category.table),
        ) {
            (Some(arn), _) => of_stream(arn, categories),
            (None, Some(name)) => Ok(UserTable {
                name: name.to_owned(),
                region: region.to_owned(),
                categories,
            }),
            (None, None) => bail!(
                "stack {} names no table {}; name a completely deployed user-events stack with --stack",
                outputs.stack(),
                category.table
            ),
        }
    };
    SNAPSHOTS.iter().map(table).collect()
}

/// The table of the accounts. With a mapping there is none that has the native shape for sure.
pub(super) fn accounts_table(tables: &[UserTable], has_mapping: bool) -> Option<UserTable> {
    let mut of_accounts = tables
        .iter()
        .filter(|table| table.categories.contains(&"account"));
    of_accounts.next().filter(|_| !has_mapping).cloned()
}

fn stream_parameter(category: &Category) -> String {
    format!("{}StreamArn", capitalized(category.table))
}

/// The table of a stream: `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<time>`.
fn of_stream(arn: &str, categories: Vec<&'static str>) -> Result<UserTable> {
    let mut parts = arn.splitn(6, ':').skip(3);
    let region = parts.next();
    let resource = parts.nth(1).unwrap_or_default();
    let mut names = resource.split('/');
    match (region, names.next(), names.next()) {
        (Some(region), Some("table"), Some(name)) if !name.is_empty() => Ok(UserTable {
            name: name.to_owned(),
            region: region.to_owned(),
            categories,
        }),
        _ => bail!(
            "a parameter of the publisher's stack is no ARN of a stream; deploy it again with the right one"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "arn:aws:dynamodb:eu-west-1:111111111111:table/users/stream/2026-03-01T12:00:00.000";

    fn names(outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> Vec<(String, String, usize)> {
        let tables = tables(&Outputs::of("p", outputs, parameters), "eu-west-2").unwrap();
        let facts = |table: UserTable| (table.name, table.region, table.categories.len());
        tables.into_iter().map(facts).collect()
    }

    #[test]
    fn a_table_is_created_by_the_stack_or_named_by_its_stream() {
        let created = [
            ("ProfilesTableName", "p-profiles"),
            ("AuthenticationTableName", "p-authentication"),
            ("AccessTableName", "p-access"),
        ];
        let one = |name: &str, region: &str| (name.to_owned(), region.to_owned(), 1);
        assert_eq!(
            names(
                &created,
                &[("AccountsStreamArn", STREAM), ("SingleTableStreamArn", "")]
            ),
            [
                one("users", "eu-west-1"),
                one("p-profiles", "eu-west-2"),
                one("p-authentication", "eu-west-2"),
                one("p-access", "eu-west-2"),
            ]
        );
        let missing = tables(&Outputs::of("p", &created, &[]), "eu-west-2").unwrap_err();
        assert!(missing.to_string().contains("no table accounts"), "{missing}");
    }

    #[test]
    fn one_table_and_mapped_tables_can_have_the_rows_of_all_categories() {
        let all = SNAPSHOTS.len();
        let users = || ("users".to_owned(), "eu-west-1".to_owned(), all);
        assert_eq!(names(&[], &[("SingleTableStreamArn", STREAM)]), [users()]);
        let other = STREAM.replace("users", "people");
        let mapped = [
            ("Mapping", "mapping.yaml"),
            ("AccountsStreamArn", STREAM),
            ("AccessStreamArn", &other),
            ("SingleTableStreamArn", STREAM),
        ];
        let people = ("people".to_owned(), "eu-west-1".to_owned(), all);
        assert_eq!(names(&[], &mapped), [users(), people]);
    }

    #[test]
    fn only_the_native_shape_has_a_table_that_says_who_was_deleted() {
        let single = tables(
            &Outputs::of("p", &[], &[("SingleTableStreamArn", STREAM)]),
            "eu-west-1",
        )
        .unwrap();
        let name = |has_mapping| accounts_table(&single, has_mapping).map(|table| table.name);
        assert_eq!(name(false).as_deref(), Some("users"));
        assert_eq!(name(true), None);
        let wanted = single[0].snapshots(&["profile"]);
        assert_eq!(wanted.len(), 1);
        assert!(wanted[0].events.iter().all(|event| event.is_of_snapshot()));
    }
}

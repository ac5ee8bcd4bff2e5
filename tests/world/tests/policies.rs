//! The policies of the templates, judged: a table of decisions, and for each statement a weakening that the table notices.
//!
//! The stacks are rendered as CloudFormation would deploy them, in several deployments ([`settings`]). The rows
//! ([`rows`]) say who may do what, by rule. The [`judge`] decides each as AWS documents it.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::rendered::templates;
use crate::support::compare_with_golden;

mod calls;
mod cloud;
mod documented;
mod judge;
mod rows;
mod semantics;
mod settings;
mod table;
mod weakening;

use rows::table as decisions;
use settings::clouds;
use table::{allowed, broken};

/// Failures that are shown; more help nobody.
const SHOWN: usize = 25;

fn none(what: &str, failures: &[String]) -> Result<()> {
    let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    ensure!(
        failures.is_empty(),
        "{} {what}:\n{}",
        failures.len(),
        shown.join("\n")
    );
    Ok(())
}

#[test]
fn every_decision_is_as_the_table_says() -> Result<()> {
    let clouds = clouds(&templates()?)?;
    let table = decisions();
    let mut failures = Vec::new();
    for row in &table.rows {
        failures.extend(broken(row, &clouds)?);
    }
    none("decisions are not as the table says", &failures)?;
    let allowed = table.rows.iter().filter(|row| row.allowed).count();
    let denied = table.rows.len() - allowed;
    ensure!(
        allowed >= 200 && denied >= 200,
        "{allowed} allowed, {denied} denied"
    );
    Ok(())
}

#[test]
fn the_allowed_decisions_are_listed() -> Result<()> {
    let text = format!(
        "# Allowed\n\n\
         Every allowed decision of the table of policies. What the table asks for besides is denied. Written by\n\
         `GOLDEN=write cargo test --test world policies`; read the difference.\n\n\
         | deployment | who | does | to what | in which circumstances |\n\
         | --- | --- | --- | --- | --- |\n{}",
        allowed(&decisions())
    );
    compare_with_golden("policies/allowed.md", &text)
}

#[test]
fn the_table_notices_every_weakening() -> Result<()> {
    let clouds = clouds(&templates()?)?;
    let unnoticed = weakening::unnoticed(&clouds, &decisions())?;
    none("weakenings are not noticed", &unnoticed)
}

/// The statements that a template declares: the names of their resources, and their `Sid`.
fn declared<'a>(resource: &'a str, raw: &'a Value, found: &mut Vec<(&'a str, Option<&'a str>)>) {
    match raw {
        Value::Array(items) => items.iter().for_each(|item| declared(resource, item, found)),
        Value::Object(members) if members.contains_key("Effect") => {
            found.push((resource, members.get("Sid").and_then(Value::as_str)));
        }
        Value::Object(members) => members
            .values()
            .for_each(|member| declared(resource, member, found)),
        _ => {}
    }
}

#[test]
fn every_statement_of_the_templates_is_judged() -> Result<()> {
    let templates = templates()?;
    let clouds = clouds(&templates)?;
    let statements = clouds.values().flat_map(cloud::Cloud::statements);
    let places: BTreeSet<_> = statements.map(|statement| statement.place.to_string()).collect();
    let mut missing = Vec::new();
    let mut count = 0;
    for (file, template) in &templates {
        let mut found = Vec::new();
        for (name, resource) in template["Resources"].as_object().into_iter().flatten() {
            declared(name, resource, &mut found);
        }
        count += found.len();
        for (resource, sid) in found {
            let of_the_resource = format!("{file}: {resource}");
            let ends = format!(": {}", sid.unwrap_or("statement 1"));
            let judged = places
                .iter()
                .any(|place| place.starts_with(&of_the_resource) && place.ends_with(&ends));
            if !judged {
                missing.push(format!(
                    "{of_the_resource}{ends} is in no deployment of the tests"
                ));
            }
        }
    }
    ensure!(count >= 100, "only {count} statements were found");
    none("statements are not judged", &missing)
}

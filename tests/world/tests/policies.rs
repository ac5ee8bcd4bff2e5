//! The policies of the templates, judged: a table of decisions, and for each statement a weakening that the table notices.
//!
//! The stacks are rendered as CloudFormation would deploy them, in several deployments ([`settings`]). The rows
//! ([`rows`]) say who may do what, by rule. The [`judge`] decides each as AWS documents it.

use anyhow::{Result, ensure};

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

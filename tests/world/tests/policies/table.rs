//! The table of decisions: who does what to what, in which circumstances, and whether that is allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;

use super::cloud::Cloud;

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The deployment.
    pub(super) setting: &'static str,
    pub(super) who: String,
    pub(super) does: String,
    pub(super) thing: String,
    pub(super) when: When,
    pub(super) allowed: bool,
}

/// The circumstances of a request, beyond those that every request of the caller has.
pub(super) type When = Vec<(String, Value)>;

/// All decisions.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    setting: Option<&'static str>,
    seen: BTreeSet<String>,
}

impl Table {
    /// The deployment of the rows that follow.
    pub(super) fn setting(&mut self, name: &'static str) {
        self.setting = Some(name);
    }

    /// Adds a row.
    ///
    /// Rules may overlap: a row that is there already is not added again. Two rows that contradict each other are both
    /// kept; one of them will not hold.
    pub(super) fn expect(&mut self, allowed: bool, who: &str, does: &str, thing: &str, when: When) {
        let row = Row {
            setting: self.setting.unwrap_or("plain"),
            who: who.to_owned(),
            does: does.to_owned(),
            thing: thing.to_owned(),
            when,
            allowed,
        };
        if self.seen.insert(row.to_string()) {
            self.rows.push(row);
        }
    }

    pub(super) fn allow(&mut self, who: &str, does: &str, thing: &str, when: When) {
        self.expect(true, who, does, thing, when);
    }

    pub(super) fn deny(&mut self, who: &str, does: &str, thing: &str, when: When) {
        self.expect(false, who, does, thing, when);
    }

    /// Adds a row for each action: allowed if it is in the list.
    pub(super) fn only(&mut self, who: &str, allowed: &[&str], of: &[&str], thing: &str, when: &When) {
        for does in of {
            self.expect(allowed.contains(does), who, does, thing, when.clone());
        }
    }
}

/// No particular circumstances.
pub(super) fn always() -> When {
    When::new()
}

/// Circumstances by their keys.
pub(super) fn when(circumstances: &[(&str, &str)]) -> When {
    let pairs = circumstances.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
        .collect()
}

/// The request comes over HTTP without TLS.
pub(super) fn in_plaintext() -> When {
    when(&[("aws:SecureTransport", "false")])
}

/// The request is made by a service on behalf of the caller.
pub(super) fn via(service: &str) -> When {
    when(&[("kms:ViaService", &format!("{service}.eu-west-1.amazonaws.com"))])
}

/// A request to KMS with an encryption context.
pub(super) fn context(pairs: &[(&str, &str)]) -> When {
    let mut all: When = Vec::new();
    for (key, value) in pairs {
        all.push((format!("kms:EncryptionContext:{key}"), Value::from(*value)));
    }
    if !pairs.is_empty() {
        let keys: Vec<_> = pairs.iter().map(|(key, _)| Value::from(*key)).collect();
        all.push(("kms:EncryptionContextKeys".to_owned(), keys.into()));
    }
    all
}

/// The encryption context of a data key of a class.
pub(super) fn class(class: &str) -> When {
    context(&[("app", "user-events"), ("class", class)])
}

/// Both circumstances.
pub(super) fn and(mut one: When, other: When) -> When {
    one.extend(other);
    one
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            who,
            does,
            thing,
            ..
        } = self;
        let allowed = if self.allowed { "allowed" } else { "denied" };
        let circumstances = self.circumstances();
        write!(
            formatter,
            "| {setting} | {who} | {does} | {thing} | {circumstances} | {allowed} |"
        )
    }
}

impl Row {
    /// What distinguishes the request from others of the caller.
    fn circumstances(&self) -> String {
        // The keys of a context are in it anyway.
        let shown = self
            .when
            .iter()
            .filter(|(key, _)| key != "kms:EncryptionContextKeys");
        shown.map(circumstance).collect::<Vec<_>>().join(", ")
    }
}

/// The allowed decisions as a table of Markdown, in which one line has all actions of one caller on one thing.
pub(super) fn allowed(table: &Table) -> String {
    let mut lines: Vec<(String, Vec<&str>, String)> = Vec::new();
    for row in table.rows.iter().filter(|row| row.allowed) {
        let circumstances = row.circumstances();
        let before = format!("| {} | {} |", row.setting, row.who);
        let after = format!("| {} | {circumstances} |", row.thing);
        match lines
            .iter_mut()
            .find(|(one, _, other)| *one == before && *other == after)
        {
            Some((_, actions, _)) => actions.push(&row.does),
            None => lines.push((before, vec![&row.does], after)),
        }
    }
    let lines = lines.into_iter();
    let lines = lines.map(|(before, actions, after)| format!("{before} {} {after}\n", actions.join(", ")));
    lines.collect()
}

fn circumstance((key, value): &(String, Value)) -> String {
    match value {
        Value::String(text) => format!("{}={text}", key.trim_start_matches("kms:EncryptionContext:")),
        other => format!("{key}={other}"),
    }
}

/// What is wrong with a row in these clouds; `None` if it holds.
///
/// Fails if the row cannot be decided.
pub(super) fn broken(row: &Row, clouds: &BTreeMap<&'static str, Cloud>) -> Result<Option<String>> {
    let cloud = clouds.get(row.setting);
    let cloud = cloud.with_context(|| format!("there is no setting {}", row.setting))?;
    let verdict = cloud.decide(&row.who, &row.does, &row.thing, &row.when);
    let verdict = verdict.with_context(|| row.to_string())?;
    if verdict.allowed == row.allowed {
        return Ok(None);
    }
    let decided = if verdict.allowed { "allowed" } else { "denied" };
    let mut text = format!("{row}\n    but it is {decided}; these statements match:");
    for statement in &verdict.matched {
        text.push_str(&format!("\n    {}\n        {}", statement.place, statement.raw));
    }
    if verdict.matched.is_empty() {
        text.push_str(" none");
    }
    Ok(Some(text))
}

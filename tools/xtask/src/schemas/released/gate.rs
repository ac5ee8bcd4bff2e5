//! The gate: compares the current schemas with those of every release.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::store::{Released, Schemas};
use crate::schemas::compatibility::{Break, breaks};
use crate::schemas::version::Version;

/// A change that breaks readers of one or more releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The schema's path under `schemas/`.
    pub schema: PathBuf,
    /// The releases with readers that break, oldest first.
    pub releases: Vec<Version>,
    /// The kind of change.
    pub wrong: Wrong,
}

/// How the current schema breaks readers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// The schema changed.
    Changed(Break),
    /// The type is no longer published in this category, although its sunset has not passed.
    Withdrawn,
    /// The sunset was announced for a later day.
    Hastened {
        /// The announced day.
        announced: String,
        /// The day in the current schema.
        now: String,
    },
}

impl Released {
    /// The changes in the current schemas that break readers of any release. `today` is an RFC 3339 full date, to
    /// decide whether a sunset has passed.
    ///
    /// Fails when a file cannot be read or is not a schema.
    pub fn findings(&self, current: &Schemas, today: &str) -> Result<Vec<Finding>> {
        findings(self, current, today)
    }
}

fn findings(released: &Released, current: &Schemas, today: &str) -> Result<Vec<Finding>> {
    let mut found: BTreeMap<(PathBuf, Wrong), Vec<Version>> = BTreeMap::new();
    let mut withdrawn: BTreeMap<PathBuf, (Vec<Version>, Option<String>)> = BTreeMap::new();
    for version in released.versions()? {
        for (path, text) in released.schemas(version)? {
            let old = parse(&path, &text)?;
            let Some(text) = current.get(&path) else {
                let (versions, sunset) = withdrawn.entry(path).or_default();
                versions.push(version);
                *sunset = sunset_of(&old);
                continue;
            };
            for wrong in wrongs(&old, &parse(&path, text)?).with_context(|| path.display().to_string())? {
                found.entry((path.clone(), wrong)).or_default().push(version);
            }
        }
    }
    for (path, (versions, sunset)) in withdrawn {
        // The last release that had the type announced the sunset that counts.
        if sunset.is_none_or(|sunset| sunset.as_str() > today) {
            found.insert((path, Wrong::Withdrawn), versions);
        }
    }
    let finding = |((schema, wrong), releases)| Finding {
        schema,
        releases,
        wrong,
    };
    Ok(found.into_iter().map(finding).collect())
}

fn wrongs(old: &Value, new: &Value) -> Result<Vec<Wrong>> {
    let mut wrongs: Vec<_> = breaks(old, new)?.into_iter().map(Wrong::Changed).collect();
    if let (Some(announced), Some(now)) = (sunset_of(old), sunset_of(new))
        && now < announced
    {
        wrongs.push(Wrong::Hastened { announced, now });
    }
    Ok(wrongs)
}

/// An RFC 3339 full date: comparing the strings compares the days.
fn sunset_of(schema: &Value) -> Option<String> {
    schema.get("x-sunset")?.as_str().map(str::to_owned)
}

fn parse(path: &Path, text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|_| anyhow::anyhow!("{} is not JSON; restore it from git", path.display()))
}

impl Finding {
    /// The next version of the type, to publish the change beside the old type: `UserDeletedEventV2`. Absent for the
    /// envelope, which has no versions.
    pub fn successor(&self) -> Option<String> {
        let event_type = self.schema.file_stem()?.to_str()?;
        let (name, version) = event_type.rsplit_once("EventV")?;
        let version: u32 = version.parse().ok()?;
        Some(format!("{name}EventV{}", version + 1))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let releases: Vec<_> = self.releases.iter().map(Version::to_string).collect();
        write!(
            f,
            "schemas/{} against {}: ",
            self.schema.display(),
            releases.join(", ")
        )?;
        match (&self.wrong, self.successor()) {
            (Wrong::Changed(wrong), Some(successor)) => {
                write!(f, "{wrong}, or publish the change as {successor} beside this type")
            }
            (Wrong::Changed(wrong), None) => write!(f, "{wrong}; the envelope will never have a second version"),
            (Wrong::Withdrawn, _) => f.write_str(
                "it is no longer published in its category; keep publishing it until an announced sunset has passed",
            ),
            (Wrong::Hastened { announced, now }, _) => write!(
                f,
                "its sunset was announced for {announced} and is now {now}; a sunset may be postponed, but not brought forward"
            ),
        }
    }
}

//! The input of the pages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use user_events::catalog::model::Catalog;

use crate::schemas::Version;
use crate::schemas::released::{Released, Schemas};

/// The path of the AsyncAPI document in the site.
pub(super) const ASYNCAPI: &str = "asyncapi.json";

/// The input of the pages.
pub(super) struct Site<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) schemas: &'a BTreeMap<PathBuf, String>,
    /// Oldest first.
    pub(super) releases: Vec<Release>,
    pub(super) has_asyncapi: bool,
}

/// A release of the schemas.
pub(super) struct Release {
    /// Its version: `1.0.0`.
    pub version: String,
    /// The frozen schemas.
    pub schemas: Schemas,
}

impl Release {
    /// All releases, oldest first.
    ///
    /// Fails if one cannot be read.
    pub(super) fn all(released: &Released) -> Result<Vec<Self>> {
        let versions = released.versions()?.into_iter();
        let release = |version: Version| {
            Ok(Self {
                version: version.to_string(),
                schemas: released.schemas(version)?,
            })
        };
        versions.map(release).collect()
    }
}

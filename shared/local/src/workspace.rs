//! Finds the checkout of this project.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// A checkout of this project.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout around the current folder, otherwise the one that this command was built from.
    ///
    /// Fails when neither exists.
    pub fn find() -> Result<Self> {
        let current = std::env::current_dir()?;
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let is_root = |folder: &&Path| {
            folder.join("template.yaml").is_file() && folder.join("cli/Cargo.toml").is_file()
        };
        match current.ancestors().chain(built_from).find(is_root) {
            Some(root) => Ok(Self {
                root: root.to_owned(),
            }),
            None => bail!(
                "no checkout of user-events was found; run the command inside a clone of the repository"
            ),
        }
    }

    /// The root folder of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the local engine, which git ignores.
    pub fn engine_folder(&self) -> PathBuf {
        self.root.join(".engine")
    }
}

//! Where the project is on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The folder that holds `template.yaml`, `Cargo.toml` and everything else.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The project that the current directory is in; else the one that this command was built from.
    ///
    /// Fails when neither is there.
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
            None => bail!("this is not the folder of user-events; run the command inside a clone of it"),
        }
    }

    /// The project's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the local engine, which git ignores.
    pub fn engine_folder(&self) -> PathBuf {
        self.root.join(".engine")
    }
}

//! Finds the consumer library. It is on no registry yet, so a subscriber needs a checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use user_events_local::workspace::Workspace;

use super::files::Language;

/// The consumer library of a language in a checkout of this project.
#[derive(Debug, Clone)]
pub(super) struct Library {
    root: PathBuf,
}

impl Library {
    /// The library in the given checkout; without one, in the checkout around the current folder, else in the one that
    /// this command was built from.
    ///
    /// Fails when no checkout is there.
    pub(super) fn find(language: Language, given: Option<&Path>) -> Result<Self> {
        let root = match given {
            Some(folder) => folder
                .canonicalize()
                .with_context(|| format!("--library: {} cannot be read", folder.display()))?,
            None => Workspace::find()
                .map(|workspace| workspace.root().to_owned())
                .ok()
                .context(
                    "a subscriber needs the consumer library, and the checkout that this command was built from is gone; clone \
                     user-events and name the clone with --library",
                )?,
        };
        let folder = language.library();
        ensure!(
            root.join(folder).is_dir(),
            "--library: {} is not a checkout of user-events; give the folder that holds {folder}",
            root.display()
        );
        Ok(Self { root })
    }

    /// The folder of the checkout.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A file at the top of the checkout.
    ///
    /// Fails when it cannot be read.
    pub(super) fn file(&self, name: &str) -> Result<String> {
        let path = self.root.join(name);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_in_a_checkout_and_nowhere_else() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for language in [Language::Rust, Language::Python, Language::Typescript] {
            let library = Library::find(language, Some(checkout)).unwrap();
            let manifest = library.file("Cargo.toml").unwrap();
            assert!(manifest.contains("user-events-consumer"));
        }
        assert!(
            Library::find(Language::Rust, None).is_ok(),
            "the checkout that this was built from"
        );
        for elsewhere in [Path::new("/"), Path::new("/not/there")] {
            let error = Library::find(Language::Python, Some(elsewhere))
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("--library: "), "{error}");
        }
    }
}

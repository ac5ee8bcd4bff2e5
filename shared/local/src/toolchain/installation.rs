//! Installs packages into a folder. An interrupted installation starts again from nothing.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::console::Console;

/// A folder with the packages that a file pins.
pub(super) struct Installation<'a> {
    /// What is installed, for messages.
    pub(super) what: &'a str,
    pub(super) folder: &'a Path,
    pub(super) pinned: &'a Path,
    /// The name of the marker file in the folder: a copy of the pinning file.
    pub(super) note: &'a str,
}

impl Installation<'_> {
    /// Runs `install` unless the folder already holds what is pinned. If several processes call this, one installs and the
    /// others wait.
    pub(super) fn ensure(&self, console: &Console, install: impl FnOnce() -> Result<()>) -> Result<()> {
        let wanted =
            fs::read(self.pinned).with_context(|| format!("{} cannot be read", self.pinned.display()))?;
        let _lock = self.lock(console)?;
        let note = self.folder.join(self.note);
        if fs::read(&note).is_ok_and(|found| found == wanted) {
            return Ok(());
        }
        console.step(format_args!(
            "installing {} (the first time, and when its packages change)",
            self.what
        ));
        install()?;
        // Written last, so that an interrupted installation never counts as complete.
        fs::write(&note, wanted).with_context(|| {
            format!(
                "the installation of {} cannot be recorded in its folder",
                self.what
            )
        })
    }

    /// The lock of the folder, as long as the file is open.
    pub(super) fn lock(&self, console: &Console) -> Result<File> {
        let mut name = self.folder.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let path: PathBuf = self.folder.with_file_name(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("{} cannot be created", parent.display()))?;
        }
        let lock = File::create(&path).with_context(|| format!("{} cannot be created", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                console.step(format_args!(
                    "waiting for another process that installs {}",
                    self.what
                ));
                lock.lock()
                    .with_context(|| format!("{} cannot be locked", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        Ok(lock)
    }
}

/// Removes a folder if it exists.
pub(super) fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be replaced", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_again_only_when_their_pins_change() {
        let folder = std::env::temp_dir().join(format!("user-events-installation-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let pinned = folder.join("pinned");
        let installation = Installation {
            what: "nothing",
            folder: &folder,
            pinned: &pinned,
            note: "installed",
        };
        let mut times = 0;
        for (text, expected) in [("a", 1), ("a", 1), ("b", 2)] {
            fs::write(&pinned, text).unwrap();
            let install = || {
                times += 1;
                Ok(())
            };
            installation.ensure(&Console::silent(), install).unwrap();
            assert_eq!(times, expected, "{text}");
        }
        fs::write(&pinned, "c").unwrap();
        let interrupted = installation.ensure(&Console::silent(), || anyhow::bail!("interrupted"));
        assert!(interrupted.is_err());
        let mut again = false;
        let install = || {
            again = true;
            Ok(())
        };
        installation.ensure(&Console::silent(), install).unwrap();
        assert!(again, "an interrupted installation is repeated");
        clear(&folder).unwrap();
    }
}

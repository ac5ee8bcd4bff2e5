//! Files with personal data that only their owner can read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Writes a new file.
///
/// Fails when there is one already.
pub(super) fn write_new(path: &Path, content: &str) -> Result<()> {
    let mut file = create(path).with_context(|| {
        format!(
            "{} cannot be created; name a file that does not exist yet",
            path.display()
        )
    })?;
    let written = file.write_all(content.as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("{} cannot be written", path.display()))
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// A file that is deleted when it is dropped.
#[derive(Debug)]
pub(super) struct Passing(PathBuf);

impl Passing {
    /// A new file with this content, in the memory of the session if there is such a place (`XDG_RUNTIME_DIR`), otherwise in
    /// the folder for temporary files.
    ///
    /// Fails when it cannot be written.
    pub(super) fn new(content: &str) -> Result<Self> {
        let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let folder = folder
            .filter(|folder| folder.is_dir())
            .unwrap_or_else(std::env::temp_dir);
        let name = format!("user-events-mend-{:016x}.json", fastrand::u64(..));
        let file = Self(folder.join(name));
        write_new(&file.0, content)?;
        Ok(file)
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // It is gone, or nothing can be done about it here.
        std::fs::remove_file(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_owner_can_read_the_file_and_it_is_gone_afterwards() {
        let file = Passing::new("content").unwrap();
        let path = file.path().to_owned();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "content");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let error = write_new(&path, "other").unwrap_err().to_string();
        assert!(error.contains("does not exist yet"), "{error}");
        drop(file);
        assert!(!path.exists());
    }
}

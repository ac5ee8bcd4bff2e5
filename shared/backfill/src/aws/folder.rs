//! Checkpoints in files.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::edge::checkpoints::Checkpoints;
use crate::edge::failure::{Cause, Failure};

/// Checkpoints in files: `<folder>/<name>.json`. Only their owner can read them, and each is written whole or not at all.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The checkpoints in this folder, which is created with the first.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }
}

impl Checkpoints for Folder {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        let path = self.path(name);
        in_background(move || match fs::read(path) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        let path = self.path(name);
        in_background(move || replace(&path, &checkpoint))
    }
}

/// Runs something that blocks, so that the other segments go on.
fn in_background<'a, T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> BoxFuture<'a, Result<T, Failure>> {
    async move {
        let done = tokio::task::spawn_blocking(work).await;
        let done =
            done.map_err(|_| Failure::new(Cause::Final, "the file system was not asked: try again"))?;
        done.map_err(|error| {
            let message = format!("the file system answered `{}`: check the folder", error.kind());
            Failure::new(Cause::Final, message)
        })
    }
    .boxed()
}

/// Replaces a file, whole or not at all: a new file takes the place of the old one after it is on the disk.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    private_folder(folder)?;
    let new = path.with_extension("json.new");
    let mut file = private_file(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The name is on the disk when its folder is.
    File::open(folder)?.sync_all()
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    // One that was there before keeps its mode otherwise.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_checkpoint_is_saved_whole_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Folder::new(folder.path().join("run-1"));
        let name = "accounts/0-of-4";
        assert_eq!(checkpoints.load(name).await, Ok(None));
        for content in ["one", "a longer one", ""] {
            checkpoints.save(name, content.into()).await.unwrap();
            assert_eq!(checkpoints.load(name).await, Ok(Some(content.into())));
        }
        let path = folder.path().join("run-1/accounts");
        let files: Vec<_> = fs::read_dir(&path)
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert_eq!(files, ["0-of-4.json"], "nothing else is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;

            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path.join("0-of-4.json")), 0o600);
            assert_eq!(mode(&path), 0o700);
        }
    }

    #[tokio::test]
    async fn what_a_kill_left_of_a_new_checkpoint_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Folder::new(folder.path());
        checkpoints.save("marker", "whole".into()).await.unwrap();
        fs::write(folder.path().join("marker.json.new"), "ha").unwrap();
        assert_eq!(checkpoints.load("marker").await, Ok(Some("whole".into())));
        checkpoints.save("marker", "next".into()).await.unwrap();
        assert_eq!(checkpoints.load("marker").await, Ok(Some("next".into())));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_a_failure_for_somebody() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let failure = Folder::new(folder.path().join("file"))
            .save("marker", Vec::new())
            .await
            .unwrap_err();
        assert_eq!(failure.cause(), Cause::Final);
    }
}

//! The folder of a run: what it was asked for, and how far it is. The checkpoints of its segments are beside it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use user_events_backfill::{Counts, Selection};
use user_events_core::Time;

const RUN: &str = "run.json";
const LOCK: &str = "lock";
/// The format of `run.json` that this version writes and reads.
const VERSION: u32 = 1;
const OWNER_ONLY: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;

/// What a run was asked for. A run that goes on must be asked for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) subscriber: String,
    pub(super) queue_url: String,
    pub(super) publisher: String,
    pub(super) selection: Selection,
    pub(super) segments: u32,
    /// The SHA-256 of the mapping, in hexadecimal.
    pub(super) mapping: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    version: u32,
    pub(super) run: String,
    pub(super) started_at: Time,
    pub(super) asked: Asked,
    /// What was sent, the marker included. `None`: not everything yet.
    pub(super) sent: Option<Counts>,
}

/// The folder of a run, which no other process uses meanwhile.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    pub(super) state: State,
    /// Released when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// The run in a folder. `None` if there is no such folder.
    ///
    /// Fails when it holds a run that was asked for something else, or something that is no run, and when another process
    /// works on it.
    pub(super) fn open(path: &Path, asked: &Asked) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let shown = path.display();
        let other = "name another folder with --checkpoint";
        let json = match fs::read(path.join(RUN)) {
            Ok(json) => json,
            Err(_) if is_empty(path) => return Ok(None),
            Err(_) => bail!("{shown} exists and holds no run of a backfill; {other}"),
        };
        let lock = lock(path)?;
        let state: State = serde_json::from_slice(&json)
            .ok()
            .with_context(|| format!("{shown}/{RUN} cannot be read; {other}, which sends every row again"))?;
        ensure!(
            state.version == VERSION,
            "{shown} was written by another version of this command; continue it with that one, or {other}"
        );
        ensure!(
            state.asked == *asked,
            "{shown} holds the run {}, which was asked for something else: {}. Repeat its own command to continue it, or {other}",
            state.run,
            state.asked.differs(asked).join(", ")
        );
        Ok(Some(Self {
            path: path.to_owned(),
            state,
            _lock: lock,
        }))
    }

    /// A new run in a folder of its own.
    ///
    /// Fails when the folder cannot be written to.
    pub(super) fn create(path: &Path, asked: Asked, run: String, started_at: Time) -> Result<Self> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY_FOLDER);
        folder
            .create(path)
            .with_context(|| format!("the folder {} cannot be created", path.display()))?;
        let folder = Self {
            path: path.to_owned(),
            state: State {
                version: VERSION,
                run,
                started_at,
                asked,
                sent: None,
            },
            _lock: lock(path)?,
        };
        folder.save()?;
        Ok(folder)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers that everything was sent.
    ///
    /// Fails when the folder cannot be written to.
    pub(super) fn end(&mut self, counts: Counts) -> Result<()> {
        self.state.sent = Some(counts);
        self.save()
    }

    /// Removes the folder: the run is over.
    ///
    /// Fails when it cannot be removed.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| {
            format!(
                "the folder {} cannot be removed; remove it yourself",
                self.path.display()
            )
        })
    }

    fn save(&self) -> Result<()> {
        let json = serde_json::to_vec_pretty(&self.state)?;
        write_whole(&self.path.join(RUN), &json)
    }
}

impl Asked {
    /// The options that differ.
    fn differs(&self, other: &Self) -> Vec<&'static str> {
        [
            ("the subscriber", self.subscriber != other.subscriber),
            ("the queue", self.queue_url != other.queue_url),
            ("--stack", self.publisher != other.publisher),
            (
                "--category",
                self.selection.categories != other.selection.categories,
            ),
            ("--type", self.selection.types != other.selection.types),
            ("--user", self.selection.user != other.selection.user),
            ("--where", self.selection.filter != other.selection.filter),
            ("--segments", self.segments != other.segments),
            ("the mapping", self.mapping != other.mapping),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// Writes a file that only its owner can read: whole, or not at all.
///
/// Fails when it cannot be written.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let cannot = || format!("{} cannot be written", path.display());
    let new = path.with_added_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(OWNER_ONLY);
    let mut file = options.open(&new).with_context(cannot)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .with_context(cannot)?;
    fs::rename(&new, path).with_context(cannot)
}

fn lock(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false).mode(OWNER_ONLY);
    let file = options
        .open(path.join(LOCK))
        .with_context(|| format!("{}/{LOCK} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another process works on the run in {}; wait until it ends, or end it",
            path.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{}/{LOCK} cannot be locked", path.display()))
        }
    }
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn asked() -> Asked {
        Asked {
            subscriber: "welcome".to_owned(),
            queue_url: "https://sqs.example.com/q".to_owned(),
            publisher: "user-events-prod".to_owned(),
            selection: Selection::default(),
            segments: 4,
            mapping: None,
        }
    }

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("user-events-backfill-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        path
    }

    #[test]
    fn a_run_goes_on_for_the_same_command_only_and_for_its_owner_only() {
        let path = folder("goes-on");
        assert!(Folder::open(&path, &asked()).unwrap().is_none());
        let mut begun = Folder::create(&path, asked(), "run-1".to_owned(), Time::UNIX_EPOCH).unwrap();
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join(RUN))), (0o700, 0o600));
        begun.end(Counts::default()).unwrap();
        let error = Folder::open(&path, &asked()).unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        let state = begun.state.clone();
        drop(begun);

        let mut other = asked();
        (other.segments, other.selection.user) = (8, Some("42".to_owned()));
        let error = Folder::open(&path, &other).unwrap_err().to_string();
        assert!(
            error.contains("run-1") && error.contains("--user, --segments"),
            "{error}"
        );
        assert!(!error.contains("42"), "{error}");
        let again = Folder::open(&path, &asked()).unwrap().unwrap();
        assert_eq!(again.state, state);
        again.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let path = folder("other");
        fs::create_dir(&path).unwrap();
        assert!(
            Folder::open(&path, &asked()).unwrap().is_none(),
            "an empty one can be used"
        );
        fs::write(path.join("letter.txt"), "x").unwrap();
        let error = Folder::open(&path, &asked()).unwrap_err().to_string();
        assert!(error.contains("--checkpoint"), "{error}");
        fs::write(path.join(RUN), "{}").unwrap();
        assert!(Folder::open(&path, &asked()).is_err());
        fs::remove_dir_all(path).unwrap();
    }
}

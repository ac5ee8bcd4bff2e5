//! A copy of the crates with one bug at a time, and the simulator that runs in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use super::bugs::Bug;

/// The simulator's options for each bug.
const RUNS: [&str; 4] = ["--seeds", "2000", "--events", "60000"];
/// The crates that are copied.
const CRATES: [&str; 4] = ["core", "catalog", "aws", "testkit"];

/// The source with the bug.
///
/// Fails when the source no longer has a text that the bug changes.
pub(super) fn planted(bug: &Bug, sound: &str) -> Result<String> {
    let mut planted = sound.to_owned();
    for (text, wrong) in bug.changes {
        ensure!(
            planted.contains(text),
            "{}: {} no longer contains the text to change; correct the bug:\n{text}",
            bug.name,
            bug.file
        );
        planted = planted.replace(text, wrong);
    }
    Ok(planted)
}

/// The run in which the simulator caught a bug.
pub(super) struct Caught {
    pub(super) breach: String,
    pub(super) seed: String,
    /// The number of records in the shrunk run and in the original: `2 of 20`.
    pub(super) records: String,
    pub(super) shrunk: String,
}

/// A copy of the crates, to plant bugs in.
pub(super) struct Copy {
    folder: PathBuf,
    target: PathBuf,
}

impl Copy {
    pub(super) fn make(root: &Path) -> Result<Self> {
        let folder = root.join("target/planted/workspace");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for name in CRATES {
            copy_folder(&root.join("shared").join(name), &folder.join("shared").join(name))?;
        }
        copy_folder(&root.join(".cargo"), &folder.join(".cargo"))?;
        for name in ["Cargo.lock", "rust-toolchain.toml"] {
            fs::copy(root.join(name), folder.join(name))?;
        }
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        // The list has a line for each member.
        let (before, members) = manifest
            .split_once("members = [")
            .context("Cargo.toml has no list `members = […]`")?;
        let (_, after) = members
            .split_once(']')
            .context("the list `members` of Cargo.toml has no end")?;
        fs::write(
            folder.join("Cargo.toml"),
            format!(r#"{before}members = ["shared/*", "soak"]{after}"#),
        )?;
        // The simulations get their own package, because rebuilding this command for every bug would take hours.
        fs::create_dir_all(folder.join("soak/src"))?;
        fs::copy(
            root.join("tools/xtask/src/soak.rs"),
            folder.join("soak/src/soak.rs"),
        )?;
        fs::write(folder.join("soak/src/main.rs"), SOAK)?;
        fs::write(folder.join("soak/Cargo.toml"), SOAK_MANIFEST)?;
        Ok(Self {
            folder,
            target: root.join("target/planted"),
        })
    }

    /// Runs the simulator with no bug planted.
    ///
    /// Fails when a promise is broken.
    pub(super) fn check_that_it_is_sound(&self, option: Option<&str>) -> Result<()> {
        let sound = self.soak(&RUNS, option)?;
        ensure!(
            sound.status.success(),
            "a promise is broken with no bug planted:\n{}",
            text(&sound)
        );
        Ok(())
    }

    /// Plants the bug, runs the simulator, and removes the bug.
    pub(super) fn catch(&self, bug: &Bug, option: Option<&str>) -> Result<Option<Caught>> {
        let path = self.folder.join(bug.file);
        let sound = fs::read_to_string(&path)?;
        fs::write(&path, planted(bug, &sound)?)?;
        let caught = self.look(option);
        fs::write(&path, sound)?;
        caught.with_context(|| bug.name)
    }

    fn look(&self, option: Option<&str>) -> Result<Option<Caught>> {
        let found = text(&self.soak(&RUNS, option)?);
        let Some(violation) = found.lines().find(|line| line.starts_with("seed ")) else {
            return Ok(None);
        };
        let mut parts = violation.trim_start_matches("seed ").splitn(3, ": ");
        let (seed, breach) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let size = found.lines().find_map(|line| {
            line.strip_prefix("replay it with: ")?
                .split("--events ")
                .nth(1)?
                .split(' ')
                .next()
        });
        let again = text(&self.soak(&["--seed", seed, "--events", size.unwrap_or_default()], option)?);
        let Some((_, shrunk)) = again.split_once("the same with ") else {
            bail!("seed {seed} does not fail a second time");
        };
        Ok(Some(Caught {
            breach: breach.to_owned(),
            seed: seed.to_owned(),
            records: shrunk.split(" records").next().unwrap_or_default().to_owned(),
            shrunk: shrunk.to_owned(),
        }))
    }

    /// Builds the simulator in the copy and runs it.
    fn soak(&self, arguments: &[&str], option: Option<&str>) -> Result<Output> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let run = |command: &mut Command| command.current_dir(&self.folder).output().context("no cargo");
        let built = run(Command::new(cargo)
            .args(["build", "--offline", "--quiet", "--package", "soak"])
            .env("CARGO_TARGET_DIR", &self.target))?;
        ensure!(
            built.status.success(),
            "the copy with the bug does not build:\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        run(Command::new(self.target.join("debug/soak"))
            .args(arguments)
            .args(option))
    }
}

/// The program that runs the simulations in the copy.
const SOAK: &str = r#"mod soak;

#[derive(clap::Parser)]
struct Soak {
    #[command(flatten)]
    options: soak::Options,
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    soak::run(&<Soak as clap::Parser>::parse().options)
}
"#;
const SOAK_MANIFEST: &str = r#"[package]
name = "soak"
edition.workspace = true

[dependencies]
anyhow.workspace = true
clap.workspace = true
user-events-testkit.workspace = true
"#;

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("no {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

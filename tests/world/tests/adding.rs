//! Adding an event takes one new file and one line. The test adds one in a copy of the project.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

use crate::support::root;
use crate::tools::{Tool, require};

const ADDED: &str = "UserRegistrationMethodChangedEventV1";
const LINE: &str = "        user_registration_method_changed::UserRegistrationMethodChangedEventV1,\n";
const AFTER: &str = "        user_deleted::UserDeletedEventV1,\n";

/// The files that one command writes for the event, and one file of each kind that lists it.
const WRITTEN: [&str; 10] = [
    "schemas/account/UserRegistrationMethodChangedEventV1.json",
    "schemas/thin/account/UserRegistrationMethodChangedEventV1.json",
    "docs/events/README.md",
    "docs/events/account.md",
    "docs/data-protection.md",
    "docs/asyncapi.json",
    "infra/registry.yaml",
    "packages/python/src/user_events_consumer/events.py",
    "packages/typescript/src/events.ts",
    "tests/world/tests/site/handlers_in_rust.rs",
];

#[test]
fn an_event_is_one_new_file_and_one_line_and_all_else_follows_from_one_command() -> Result<()> {
    let copy = Copy::make()?;
    fs::copy(
        root().join("tests/adding/user_registration_method_changed.rs"),
        copy.root
            .join("shared/catalog/src/account/user_registration_method_changed.rs"),
    )?;
    let list = copy.root.join("shared/catalog/src/account/mod.rs");
    let before = fs::read_to_string(&list)?;
    let after = before.replace(AFTER, &format!("{AFTER}{LINE}"));
    ensure!(after.lines().count() == before.lines().count() + 1, "one line");
    fs::write(&list, after)?;

    // The binaries use the dependencies that `cargo test` has built, so that only the project itself is compiled.
    let built = copy.cargo(&[
        "build",
        "--offline",
        "--locked",
        "--workspace",
        "--test",
        "world",
        "--bin",
        "user-events",
        "--bin",
        "xtask",
    ])?;
    ensure!(built.status.success(), "{}", text(&built));

    let stale = copy.cargo(&[
        "test",
        "--offline",
        "--locked",
        "--workspace",
        "--test",
        "world",
        "--",
        "documents::what_is_generated",
        "--test-threads",
        "1",
    ])?;
    let said = text(&stale);
    ensure!(!stale.status.success(), "nothing was stale");
    ensure!(said.contains("run cargo schemas: "), "{said}");
    ensure!(WRITTEN.iter().all(|path| said.contains(path)), "{said}");

    let written = copy.command("xtask", &["schemas"])?;
    ensure!(written.status.success(), "{}", text(&written));
    for path in WRITTEN {
        ensure!(text(&written).contains(&format!("written {path}")), "{path}");
        ensure!(
            fs::read_to_string(copy.root.join(path))?.contains(ADDED),
            "{path}"
        );
    }
    let check = copy.command("xtask", &["schemas", "--check"])?;
    ensure!(check.status.success(), "{}", text(&check));

    let sample = copy.command("user-events", &["sample", ADDED, "--as", "envelope"])?;
    ensure!(text(&sample).contains("PASSKEY"), "{}", text(&sample));
    let site = copy.root.join("target/catalog");
    let site = site.to_str().context("a path in UTF-8")?;
    let catalogue = copy.command("xtask", &["site", "--out", site])?;
    ensure!(catalogue.status.success(), "{}", text(&catalogue));
    let index = fs::read_to_string(Path::new(site).join("index.html"))?;
    ensure!(index.contains(ADDED), "the site does not list it");
    Ok(())
}

/// A copy of the project, with a target folder of its own that starts with the dependencies that are already built.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn make() -> Result<Self> {
        let target = target_folder()?;
        let copy = Self {
            root: target.join("adding"),
        };
        if let Err(error) = fs::remove_dir_all(&copy.root)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error.into());
        }
        for path in project_files()? {
            let to = copy.root.join(&path);
            fs::create_dir_all(to.parent().context("a file has a folder")?)?;
            fs::copy(root().join(&path), to)?;
        }
        let ours = packages_of_the_project()?;
        for folder in ["deps", "build", ".fingerprint"] {
            let from = target.join("debug").join(folder);
            link(&from, &copy.root.join("target/debug").join(folder), &ours)?;
        }
        Ok(copy)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Output> {
        let cargo = std::env::var_os("CARGO").context("cargo runs the tests")?;
        Ok(Command::new(cargo)
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .output()?)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        Ok(Command::new(self.root.join("target/debug").join(program))
            .args(arguments)
            .current_dir(&self.root)
            .output()?)
    }
}

/// The target folder from which this test runs.
fn target_folder() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    // target/debug/deps/<the test>
    let folder = test
        .ancestors()
        .nth(3)
        .context("a test runs from a target folder")?;
    Ok(folder.to_owned())
}

/// The files that git tracks, and new files that it does not ignore.
fn project_files() -> Result<Vec<PathBuf>> {
    require(Tool::Git);
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("git could not be started")?;
    ensure!(listed.status.success(), "{}", text(&listed));
    let names = String::from_utf8(listed.stdout)?;
    let paths = names.split_terminator('\0').map(PathBuf::from);
    Ok(paths.filter(|path| root().join(path).is_file()).collect())
}

/// The names of the project's own packages and test targets, as files in a target folder spell them.
fn packages_of_the_project() -> Result<Vec<String>> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let packages = lock
        .split("[[package]]")
        .filter(|package| !package.contains("source = "));
    let names = packages.filter_map(|package| package.split('"').nth(1));
    let mut names: Vec<_> = names.map(|name| name.replace('-', "_")).collect();
    names.extend(["pure", "world", "opening"].map(str::to_owned));
    Ok(names)
}

/// Hard links to the same files, except those of the project itself, which the copy builds again.
fn link(from: &Path, to: &Path, ours: &[String]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
        let package = stem
            .rsplit_once('-')
            .map_or(stem, |(package, _)| package)
            .replace('-', "_");
        let library = package.strip_prefix("lib").unwrap_or(&package);
        if ours.iter().any(|name| *name == package || name == library) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            link(&entry.path(), &to.join(&name), &[])?;
        } else {
            // Another test may build in the same folder, and its compiler may have removed the file since.
            match fs::hard_link(entry.path(), to.join(&name)) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                linked => linked?,
            }
        }
    }
    Ok(())
}

fn text(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat()
}

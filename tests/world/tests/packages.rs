//! The consumer packages, as they would be published: built, checked, and tested from the built file.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use user_events_local::console::Console;
use user_events_local::toolchain::{NodePackages, run};

use crate::python::environment;
use crate::site::handlers;
use crate::support::root;
use crate::tools::{Tool, require};

#[test]
fn the_package_in_python_is_clean_and_passes_its_tests_from_the_wheel() -> Result<()> {
    let folder = root().join("packages/python");
    const ENVIRONMENT: &str = "python-package-venv";
    let python = environment(ENVIRONMENT, &folder.join("requirements-check.txt"))?;
    run(Command::new(&python)
        .arg(folder.join("check.py"))
        .arg("--venv")
        .arg(root().join(".engine").join(ENVIRONMENT)))?;
    // Here, because the wheel was built and installed just now, and no other test may replace it meanwhile.
    handlers::check_in_python(&python, &root().join("tests/site/handlers.py"))
        .context("the handlers that the site shows")
}

#[test]
fn the_package_in_typescript_is_clean_and_passes_its_tests_from_the_packed_file() -> Result<()> {
    require(Tool::Node);
    // A copy, because a subscriber that another test scaffolds builds the package in its own folder at the same time.
    let home = root().join(".engine/typescript-package");
    let folder = home.join("packages/typescript");
    for name in ["tests/vectors", "tests/behaviour"] {
        renew(&root().join(name), &home.join(name))?;
    }
    renew(&root().join("packages/typescript"), &folder)?;
    let packages = NodePackages {
        what: "the package in TypeScript",
        sources: &folder,
        folder: &folder,
    };
    packages.install(&Console::stderr())?;
    for script in ["check", "test"] {
        let npm = ["run", "--silent", script];
        run(Command::new("npm").args(npm).current_dir(&folder))
            .with_context(|| format!("npm run {script}"))?;
    }
    handlers::check_in_typescript(&folder).context("the handlers that the site shows")
}

#[test]
fn the_crates_of_a_subscriber_in_rust_can_be_packaged() -> Result<()> {
    let crates = ["user-events-core", "user-events-catalog", "user-events-consumer"];
    let packages = crates.iter().flat_map(|name| ["--package", name]);
    let target = tempfile::tempdir()?;
    // Not compiled once more: what is compiled here are the same files.
    let packed = Command::new(env!("CARGO"))
        .args(["package", "--offline", "--allow-dirty", "--no-verify"])
        .args(packages)
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target.path())
        .output()?;
    let said = String::from_utf8_lossy(&packed.stderr);
    ensure!(packed.status.success(), "{said}");
    for name in crates {
        let file = target.path().join("package").join(format!("{name}-0.1.0.crate"));
        ensure!(file.is_file(), "{name}: {said}");
    }
    Ok(())
}

/// Copies a folder over an earlier copy. What was installed or built in the copy stays.
fn renew(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            if name != "node_modules" && name != "dist" {
                if target.is_dir() {
                    fs::remove_dir_all(&target)?;
                }
                renew(&entry.path(), &target)?;
            }
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

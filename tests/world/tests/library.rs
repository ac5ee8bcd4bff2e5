//! Programs in Python and JavaScript over the packages of this repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use user_events_local::clients::{ACCESS_KEY, REGION, SECRET_KEY};
use user_events_local::console::Console;
use user_events_local::toolchain::{NodePackages, run};

use crate::python::environment;
use crate::support::root;
use crate::tools::{Tool, require};

/// The script over the sources of the package in Python.
///
/// Fails if the packages that it needs cannot be installed.
pub(crate) fn python(script: &Path) -> Result<Command> {
    let package = root().join("packages/python");
    let python = environment("python-package-venv", &package.join("requirements-check.txt"))?;
    let mut program = Command::new(python);
    program.arg(script).env("PYTHONPATH", package.join("src"));
    Ok(program)
}

/// The script in a folder of its own, named after the test, beside the packed package in TypeScript.
///
/// Fails if the package cannot be packed.
pub(crate) fn typescript(name: &str, script: &Path) -> Result<Command> {
    require(Tool::Node);
    let (sources, folder) = (
        root().join("packages/typescript"),
        root().join(".engine").join(format!("{name}-node")),
    );
    fs::create_dir_all(&folder)?;
    let packages = NodePackages {
        what: "the consumer library",
        sources: &sources,
        folder: &sources,
    };
    packages.pack(&folder, &Console::stderr())?;
    let packed = fs::read_dir(folder.join("vendor"))?
        .next()
        .context("nothing was packed")??;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(packed.path())
        .arg("-C")
        .arg(&folder))?;
    link(&sources.join("node_modules"), &folder.join("node_modules"))?;
    let copy = folder.join(script.file_name().context("a script has a name")?);
    fs::copy(script, &copy)?;
    let mut program = Command::new("node");
    program.arg(copy);
    Ok(program)
}

/// Lets a program reach the services of the engine, and no others.
pub(crate) fn reach(program: &mut Command, endpoint: &str) {
    program
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        // Python's SDK reads the first, JavaScript's the second.
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_REGION", REGION);
}

fn link(to: &Path, from: &Path) -> Result<()> {
    if fs::symlink_metadata(from).is_ok() {
        fs::remove_file(from)?;
    }
    Ok(std::os::unix::fs::symlink(to, from)?)
}

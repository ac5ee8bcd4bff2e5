//! The programs that some tests need, and what happens where one is missing: the test is skipped and says so. With
//! `REQUIRE=all` it fails and says what to install; `SKIP=localstack,chromium` skips on purpose what can not be had, and
//! the summary says that too.

use std::env;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Result, bail, ensure};
use user_events_local::toolchain::is_node_there;

/// A program that is not part of this repository's toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// For the local engine and for readers in Python.
    Python,
    /// For readers in JavaScript and subscribers in TypeScript.
    Node,
    /// For LocalStack, whose pinned packages are built for one version of Python.
    Localstack,
    /// For the catalog's site.
    Chromium,
    /// For a copy of the project.
    Git,
}

/// Thrown by a test that is skipped, for the harness to catch.
#[derive(Debug)]
pub(crate) struct Skipped {
    /// What is missing and how to install it, or that `SKIP` names it.
    pub(crate) reason: String,
}

impl Tool {
    const ALL: [Self; 5] = [
        Self::Python,
        Self::Node,
        Self::Localstack,
        Self::Chromium,
        Self::Git,
    ];

    /// As `SKIP` spells it.
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Localstack => "localstack",
            Self::Chromium => "chromium",
            Self::Git => "git",
        }
    }

    /// What is missing, and how to install it.
    fn remedy(self) -> &'static str {
        match self {
            Self::Python => {
                "Python 3.10 or newer with venv is missing (Debian: apt install python3 python3-venv)"
            }
            Self::Node => "Node.js 20 or newer with npm is missing (Debian: apt install nodejs npm)",
            Self::Localstack => {
                "Python 3.13 with venv, for LocalStack, is missing (Debian 13: apt install python3.13-venv; elsewhere: \
                 pyenv install 3.13)"
            }
            Self::Chromium => "Chromium is missing (Debian: apt install chromium)",
            Self::Git => "git is missing (Debian: apt install git)",
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::Python => [
                "python3",
                "python3.14",
                "python3.13",
                "python3.12",
                "python3.11",
                "python3.10",
            ]
            .iter()
            .any(|python| python_check(Path::new(python), "sys.version_info >= (3, 10)")),
            Self::Node => is_node_there().is_ok(),
            Self::Localstack => python_3_13().is_some(),
            Self::Chromium => chromium().is_some(),
            Self::Git => said(Command::new("git").arg("--version")).is_some(),
        }
    }

    /// Whether it is there, looked for once.
    fn found(self) -> bool {
        static FOUND: [OnceLock<bool>; Tool::ALL.len()] = [const { OnceLock::new() }; Tool::ALL.len()];
        *FOUND[self as usize].get_or_init(|| self.is_there())
    }
}

/// Returns where the tool is there; skips the running test where it is missing or `SKIP` names it.
///
/// Panics, so that the test fails, where it is missing and `REQUIRE=all`.
pub(crate) fn require(tool: Tool) {
    let verdict = verdict(tool, |name| env::var(name).ok(), || tool.found());
    match verdict {
        Verdict::Go => {}
        // No panic that a hook would print: nothing went wrong.
        Verdict::Skip(reason) => resume_unwind(Box::new(Skipped { reason })),
        Verdict::Fail(reason) => panic!("{reason}"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Go,
    Skip(String),
    Fail(String),
}

fn verdict(tool: Tool, setting: impl Fn(&str) -> Option<String>, found: impl FnOnce() -> bool) -> Verdict {
    let skip = setting("SKIP").unwrap_or_default();
    if skip.split(',').any(|name| name == tool.name()) {
        return Verdict::Skip(format!("SKIP names {}", tool.name()));
    }
    if found() {
        return Verdict::Go;
    }
    if setting("REQUIRE").as_deref() == Some("all") {
        return Verdict::Fail(format!(
            "{}; SKIP={} skips its tests all the same",
            tool.remedy(),
            tool.name()
        ));
    }
    Verdict::Skip(tool.remedy().to_owned())
}

/// Fails when `SKIP` or `REQUIRE` holds a word that means nothing.
pub(crate) fn check_settings() -> Result<()> {
    check(
        &env::var("SKIP").unwrap_or_default(),
        &env::var("REQUIRE").unwrap_or_default(),
    )
}

fn check(skip: &str, require: &str) -> Result<()> {
    let names = Tool::ALL.map(Tool::name);
    for name in skip.split(',').filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            bail!(
                "SKIP names `{name}`, which is no tool; the tools are {}",
                names.join(", ")
            );
        }
    }
    ensure!(
        ["", "all"].contains(&require),
        "REQUIRE is `{require}`; it can only be `all`"
    );
    Ok(())
}

/// The first Chromium on the path.
pub(crate) fn chromium() -> Option<PathBuf> {
    /// Debian's name is the first.
    const NAMES: [&str; 4] = [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ];
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    candidates.find(|candidate: &PathBuf| candidate.is_file())
}

/// A Python 3.13 that runs: on the path, or one of pyenv's, whose `python3.13` on the path runs only where it is
/// switched on.
pub(crate) fn python_3_13() -> Option<PathBuf> {
    let on_the_path = ["python3.13", "python3"].map(PathBuf::from);
    let of_pyenv = || {
        let versions = said(Command::new("pyenv").args(["versions", "--bare"]))?;
        let mut wanted = versions.lines().map(str::trim).filter(|version| {
            let patch = version.strip_prefix("3.13.").unwrap_or_default();
            !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())
        });
        wanted.find_map(|version| {
            let folder = said(Command::new("pyenv").args(["prefix", version]))?;
            Some(Path::new(folder.trim()).join("bin/python")).filter(|python| is_3_13(python))
        })
    };
    on_the_path
        .into_iter()
        .find(|python| is_3_13(python))
        .or_else(of_pyenv)
}

/// The pinned packages are built for 3.13 with its global lock.
fn is_3_13(python: &Path) -> bool {
    python_check(
        python,
        "sys.version_info[:2] == (3, 13) and not sysconfig.get_config_var('Py_GIL_DISABLED')",
    )
}

/// Whether that Python is one for which the condition holds, and can make virtual environments. Debian takes
/// `ensurepip` out of what it calls Python.
fn python_check(python: &Path, condition: &str) -> bool {
    let check = format!("import ensurepip, sys, sysconfig, venv\nsys.exit(0 if {condition} else 1)");
    said(Command::new(python).args(["-c", &check])).is_some()
}

/// What a command printed, if it ran and succeeded.
fn said(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let succeeded = output.status.success();
    succeeded.then(|| String::from_utf8(output.stdout).ok()).flatten()
}

#[test]
fn a_missing_tool_skips_and_fails_where_all_is_required_and_skip_goes_before() {
    let node = |settings: &[(&str, &str)], found: bool| {
        let setting = |name: &str| {
            let given = settings.iter().find(|(key, _)| *key == name);
            given.map(|(_, value)| (*value).to_owned())
        };
        verdict(Tool::Node, setting, || found)
    };
    assert_eq!(node(&[], true), Verdict::Go);
    assert_eq!(node(&[("REQUIRE", "all")], true), Verdict::Go);
    let Verdict::Skip(reason) = node(&[], false) else {
        panic!("it is skipped")
    };
    assert!(reason.contains("apt install nodejs npm"), "{reason}");
    let Verdict::Fail(reason) = node(&[("REQUIRE", "all")], false) else {
        panic!("it fails")
    };
    assert!(
        reason.contains("apt install nodejs npm") && reason.contains("SKIP=node"),
        "{reason}"
    );
    let asked = Verdict::Skip("SKIP names node".to_owned());
    assert_eq!(
        node(&[("REQUIRE", "all"), ("SKIP", "chromium,node")], false),
        asked
    );
    assert_eq!(node(&[("SKIP", "node")], true), asked);
}

#[test]
fn an_unknown_word_is_refused() {
    assert!(check("", "").is_ok() && check("localstack,git", "all").is_ok());
    assert!(
        check("localstck", "")
            .unwrap_err()
            .to_string()
            .contains("localstack")
    );
    assert!(check("", "some").is_err());
}

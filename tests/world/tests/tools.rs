//! The programs that some tests need. If one is missing, the test is skipped, and the summary says so. With
//! `REQUIRE=all` the test fails and says what to install. `SKIP=localstack,chromium` skips the tests of tools that
//! cannot be installed; the summary lists those, too.

use std::env;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Result, bail, ensure};
use user_events_local::toolchain::{PYTHONS, is_node_there};

/// A program that is not part of this repository's toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// For the local engine and for readers in Python.
    Python,
    /// For readers in JavaScript and subscribers in TypeScript.
    Node,
    /// For LocalStack. Its pinned packages are built for one version of Python.
    Localstack,
    /// For the catalog's site.
    Chromium,
    /// For a copy of the project.
    Git,
}

/// The panic payload of a skipped test; the harness catches it.
#[derive(Debug)]
pub(crate) struct Skipped {
    /// The missing tool and how to install it, or that `SKIP` names it.
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

    /// Its name in `SKIP`.
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Localstack => "localstack",
            Self::Chromium => "chromium",
            Self::Git => "git",
        }
    }

    /// A message that the tool is missing, and how to install it.
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
            Self::Python => PYTHONS
                .iter()
                .any(|python| python_check(Path::new(python), "sys.version_info >= (3, 10)")),
            Self::Node => is_node_there().is_ok(),
            Self::Localstack => python_3_13().is_some(),
            Self::Chromium => chromium().is_some(),
            Self::Git => said(Command::new("git").arg("--version")).is_some(),
        }
    }

    /// Whether the tool is installed. Looks for it only once.
    fn found(self) -> bool {
        static FOUND: [OnceLock<bool>; Tool::ALL.len()] = [const { OnceLock::new() }; Tool::ALL.len()];
        *FOUND[self as usize].get_or_init(|| self.is_there())
    }
}

/// Returns if the tool is installed. Skips the running test if it is missing, or if `SKIP` names it.
///
/// Panics, so that the test fails, if the tool is missing and `REQUIRE=all` is set.
pub(crate) fn require(tool: Tool) {
    let verdict = verdict(tool, |name| env::var(name).ok(), || tool.found());
    match verdict {
        Verdict::Go => {}
        // Not `panic!`: its hook would print a message, although nothing went wrong.
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

/// Fails if `SKIP` or `REQUIRE` contains an unknown word.
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
    /// The first is Debian's name.
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

/// A Python 3.13 that runs: on the path, or one of pyenv's. Its `python3.13` on the path runs only if that version is
/// selected.
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

/// The pinned packages are built for 3.13 with the global interpreter lock.
fn is_3_13(python: &Path) -> bool {
    python_check(
        python,
        "sys.version_info[:2] == (3, 13) and not sysconfig.get_config_var('Py_GIL_DISABLED')",
    )
}

/// Whether this Python satisfies the condition and can make virtual environments. (Debian's package of Python lacks
/// `ensurepip`.)
fn python_check(python: &Path, condition: &str) -> bool {
    let check = format!("import ensurepip, sys, sysconfig, venv\nsys.exit(0 if {condition} else 1)");
    said(Command::new(python).args(["-c", &check])).is_some()
}

/// The output of a command, if it ran and succeeded.
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

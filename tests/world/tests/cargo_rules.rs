//! House rules that need Cargo or rustfmt: which crates are linked, under which licences, and whether files are
//! formatted.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use crate::support::root;

/// `cargo fmt` does not find files that a macro declares as modules.
#[test]
fn the_events_are_formatted() {
    let mut files = Vec::new();
    for folder in fs::read_dir(root().join("shared/catalog/src")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            let inside = fs::read_dir(folder).unwrap();
            files.extend(inside.map(|file| file.unwrap().path()));
        }
    }
    assert!(files.len() > 20, "all events are checked");
    let output = Command::new("rustfmt")
        .args(["--check", "--files-with-diff"])
        .args(&files)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "run rustfmt shared/catalog/src/*/*.rs: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_pure_crates_link_no_runtime_and_nothing_of_aws() {
    for package in ["user-events-core", "user-events-catalog"] {
        let text = linked(package);
        assert!(text.contains("aws-lc-rs"), "the one that seals is there: {text}");
        let impure = |name: &&str| {
            name.starts_with("aws-") && !name.starts_with("aws-lc-")
                || ["tokio", "hyper", "lambda_runtime", "rand", "chrono"].contains(name)
        };
        let found: Vec<_> = text
            .lines()
            .filter_map(|line| line.split(' ').next())
            .filter(impure)
            .collect();
        assert!(
            found.is_empty(),
            "{package} depends on {found:?}: move the code that needs them to shared/aws"
        );
    }
}

#[test]
fn one_tls_stack_is_linked() {
    for function in ["account", "single-table"] {
        let linked = linked(function);
        assert!(linked.contains("rustls v0.23"), "{linked}");
        let legacy = linked.lines().find(|line| {
            ["ring v", "hyper v0.", "rustls v0.21"]
                .iter()
                .any(|old| line.starts_with(old))
        });
        assert_eq!(
            legacy, None,
            "some SDK crate of {function} has its default features"
        );
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let allowed = allowed_licences();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "all dependencies are checked");
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !is_allowed(package["license"].as_str().unwrap_or_default(), &allowed))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(
        refused.is_empty(),
        "allow the licence in deny.toml or choose another crate: {refused:#?}"
    );
}

#[test]
fn a_licence_expression_is_evaluated_and_not_searched() {
    let allowed = allowed_licences();
    for met in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR (MIT AND ISC)",
        "(MIT OR GPL-3.0-only) AND Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(met, &allowed), "{met}");
    }
    for unmet in [
        "",
        "none",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND GPL-3.0",
        "GPL-3.0 AND (MIT OR Apache-2.0)",
        "MIT WITH Classpath-exception-2.0",
    ] {
        assert!(!is_allowed(unmet, &allowed), "{unmet}");
    }
}

/// The licences under `[licenses]` of `deny.toml`.
fn allowed_licences() -> Vec<Licensee> {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, licences) = text.split_once("\n[licenses]\n").unwrap();
    let licences: Vec<_> = licences
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .map(|licence| Licensee::parse(licence).unwrap())
        .collect();
    assert!(licences.len() > 5, "{licences:?}");
    licences
}

/// Whether the allowed licences satisfy an SPDX expression. `false` for text that is no expression.
fn is_allowed(expression: &str, allowed: &[Licensee]) -> bool {
    // Old manifests write `/` for OR, and use the version names of an earlier SPDX.
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|wanted| allowed.iter().any(|licence| licence.satisfies(wanted)))
    })
}

/// The packages that a package links, one per line, with their versions.
fn linked(package: &str) -> String {
    cargo(&[
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--offline",
    ])
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The workspace's members, as Cargo lists them.
#[test]
fn every_function_is_a_member_named_after_its_folder() {
    let metadata: Value = serde_json::from_str(&cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]))
    .unwrap();
    let names: BTreeSet<_> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let folder = entry.file_name().into_string().unwrap();
        assert!(
            names.contains(folder.as_str()),
            "functions/{folder} must be the package `{folder}`"
        );
    }
}

//! Rules for a crate: its manifest, its lints, its root file.

use super::{Broken, Tree};

pub(super) fn a_main_only_wires(tree: &Tree) -> Broken {
    const MAX_LINES: usize = 60;
    tree.matching(|path| path.ends_with("/main.rs") && !path.starts_with("tests/"))
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(path, _)| format!("{path} has more than {MAX_LINES} lines; move the logic into a library"))
        .collect()
}

pub(super) fn a_lib_is_a_table_of_contents(tree: &Tree) -> Broken {
    tree.matching(|path| path.starts_with("shared/") && path.ends_with("src/lib.rs"))
        .filter(|(_, text)| {
            let code = |line: &&str| !line.trim_start().starts_with("//");
            text.lines()
                .filter(code)
                .any(|line| line.contains("fn ") || line.contains("struct ") || line.contains("impl "))
        })
        .map(|(path, _)| format!("{path} holds logic; keep a sentence, `mod` lines and re-exports there"))
        .collect()
}

pub(super) fn every_crate_takes_the_lints(tree: &Tree) -> Broken {
    tree.matching(|path| path.ends_with("/Cargo.toml"))
        .filter(|(_, text)| !text.contains("[lints]\nworkspace = true"))
        .map(|(path, _)| format!("{path} lacks `[lints] workspace = true`"))
        .collect()
}

pub(super) fn the_lints_deny_what_loses_errors(tree: &Tree) -> Broken {
    [
        "expect_used",
        "let_underscore_must_use",
        "panic",
        "print_stderr",
        "print_stdout",
        "unwrap_used",
    ]
    .iter()
    .map(|lint| format!("{lint} = \"deny\""))
    .filter(|line| !tree.text("Cargo.toml").lines().any(|present| present == line))
    .map(|line| format!("Cargo.toml lacks `{line}` under [workspace.lints.clippy]"))
    .collect()
}

/// The lint is not `forbid`, because the macro of `ctor` allows it for its own lines.
pub(super) fn no_code_is_unsafe(tree: &Tree) -> Broken {
    const ALLOWED: (&str, &str) = ("shared/local/src/descriptors.rs", "#[ctor::ctor(unsafe)]");
    let lint = "unsafe_code = \"deny\"";
    let lines = tree
        .matching(|path| path.ends_with(".rs") && !path.starts_with("tests/"))
        .flat_map(|(path, text)| text.lines().map(move |line| (path, line.trim())));
    let broken = lines
        .filter(|(path, line)| {
            !line.starts_with("//") && line.contains("unsafe") && (path.as_str(), *line) != ALLOWED
        })
        .map(|(path, _)| format!("{path} has unsafe code, or allows it; find a crate with a safe function"));
    let lints = (!tree.text("Cargo.toml").lines().any(|line| line == lint))
        .then(|| format!("Cargo.toml lacks `{lint}` under [workspace.lints.rust]"));
    broken.chain(lints).collect()
}

pub(super) fn a_clippy_file_repeats_the_roots(tree: &Tree) -> Broken {
    let rules = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let wanted = rules(tree.text("clippy.toml"));
    tree.matching(|path| path.ends_with("/clippy.toml"))
        .flat_map(|(path, text)| {
            let present = rules(text);
            let missing = wanted.iter().filter(move |line| !present.contains(line));
            missing.map(move |line| format!("{path} replaces the root's file and must repeat `{line}`"))
        })
        .collect()
}

pub(super) fn the_core_has_no_clock(tree: &Tree) -> Broken {
    let bans = [
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "std::env::var",
        "uuid::Uuid::new_v4",
    ];
    ["shared/core/clippy.toml", "shared/catalog/clippy.toml"]
        .iter()
        .flat_map(|path| bans.iter().map(move |ban| (path, ban)))
        .filter(|(path, ban)| !tree.text(path).contains(&format!("path = \"{ban}\", reason = ")))
        .map(|(path, ban)| format!("{path} must ban {ban}, with the reason"))
        .collect()
}

pub(super) fn the_sdk_comes_without_default_features(tree: &Tree) -> Broken {
    let mut broken: Broken = tree
        .text("Cargo.toml")
        .lines()
        .filter(|line| line.starts_with("aws-config =") || line.starts_with("aws-sdk-"))
        .filter(|line| !line.contains("default-features = false"))
        .map(|line| format!("Cargo.toml: `{line}` links a second TLS stack; say `default-features = false`"))
        .collect();
    let own = |(path, text): (&String, &String)| {
        let versioned = text
            .lines()
            .any(|line| line.starts_with("aws-") && line.contains("version"));
        versioned.then(|| format!("{path} must take its AWS crates from the workspace"))
    };
    broken.extend(
        tree.matching(|path| path.ends_with("/Cargo.toml"))
            .filter_map(own),
    );
    broken
}

pub(super) fn the_core_names_no_aws_crate(tree: &Tree) -> Broken {
    let pure = |path: &str| path.starts_with("shared/core/") || path.starts_with("shared/catalog/");
    let names_one = |text: &str| {
        text.replace("aws-lc-rs", "")
            .lines()
            .any(|line| line.starts_with("aws-"))
    };
    tree.matching(|path| pure(path) && path.ends_with("Cargo.toml"))
        .filter(|(_, text)| names_one(text))
        .map(|(path, _)| format!("{path} names an AWS crate; move what needs it to shared/aws"))
        .collect()
}

//! The house rules, and the proof that each fails when it is broken.
//!
//! A rule reads the repository's files in memory. It names each violation and how to fix it. A test breaks each rule on
//! purpose by changing those files in memory.

use std::collections::BTreeSet;

use crate::support::{self, broken};

mod binaries;
mod catalog;
mod circles;
mod crates;
mod files;
mod imports;
mod ladder;
mod source;
mod tree;

use binaries::{every_test_of_world_is_registered, pure_needs_no_world};
use catalog::{functions_and_categories_agree, one_file_per_event};
use circles::no_files_are_in_a_circle;
use crates::{
    a_clippy_file_repeats_the_roots, a_lib_is_a_table_of_contents, a_main_only_wires,
    every_crate_takes_the_lints, no_code_is_unsafe, the_core_has_no_clock, the_core_names_no_aws_crate,
    the_lints_deny_what_loses_errors, the_sdk_comes_without_default_features,
};
use files::{files_are_short, names_are_nouns};
use ladder::the_core_is_a_ladder;
use tree::Tree;

/// The violations of a rule; empty if it holds.
type Broken = Vec<String>;

type Rule = support::Rule<Tree>;
/// A rule, the file in which to break it, and the edit that breaks it.
type Break<'a> = (&'a str, &'a str, &'a dyn Fn(&str) -> String);

const RULES: &[Rule] = &[
    ("a main.rs only wires", a_main_only_wires),
    ("a lib.rs is a table of contents", a_lib_is_a_table_of_contents),
    (
        "every crate takes the workspace's lints",
        every_crate_takes_the_lints,
    ),
    (
        "the lints deny what loses errors",
        the_lints_deny_what_loses_errors,
    ),
    ("no code is unsafe", no_code_is_unsafe),
    (
        "a crate's clippy.toml repeats the root's",
        a_clippy_file_repeats_the_roots,
    ),
    ("the core has no clock", the_core_has_no_clock),
    ("one file per event, registered once", one_file_per_event),
    (
        "the SDK comes without its default features",
        the_sdk_comes_without_default_features,
    ),
    (
        "the core and the catalog name nothing of AWS",
        the_core_names_no_aws_crate,
    ),
    ("code uses no helper, util or manager", names_are_nouns),
    ("a file is short", files_are_short),
    (
        "every function has a package and a schema folder",
        functions_and_categories_agree,
    ),
    ("the core is a ladder", the_core_is_a_ladder),
    ("no circle of files", no_files_are_in_a_circle),
    ("the pure tests need no world", pure_needs_no_world),
    (
        "every test of the world is registered",
        every_test_of_world_is_registered,
    ),
];

#[test]
fn the_house_rules_hold() {
    let tree = Tree::read();
    let broken = broken(RULES, &tree);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_house_rule_fails_when_it_is_broken() {
    let long_file = "// one line\n".repeat(1_000);
    let breaks: &[Break] = &[
        ("a main.rs only wires", "functions/account/src/main.rs", &|text| {
            format!("{text}{}", "// more\n".repeat(60))
        }),
        (
            "a lib.rs is a table of contents",
            "shared/core/src/lib.rs",
            &|text| format!("{text}pub fn logic() {{}}\n"),
        ),
        (
            "every crate takes the workspace's lints",
            "cli/Cargo.toml",
            &|text| text.replace("[lints]", "[other]"),
        ),
        ("the lints deny what loses errors", "Cargo.toml", &|text| {
            text.replace("unwrap_used = \"deny\"", "")
        }),
        ("the lints deny what loses errors", "Cargo.toml", &|text| {
            text.replace(
                "let_underscore_must_use = \"deny\"",
                "let_underscore_must_use = \"allow\"",
            )
        }),
        ("no code is unsafe", "shared/local/src/clock.rs", &|text| {
            format!("{text}#[allow(unsafe_code)]\nfn take() {{}}\n")
        }),
        ("no code is unsafe", "Cargo.toml", &|text| {
            text.replace("unsafe_code = \"deny\"", "unsafe_code = \"allow\"")
        }),
        (
            "a crate's clippy.toml repeats the root's",
            "clippy.toml",
            &|text| format!("{text}msrv = \"1.0\"\n"),
        ),
        ("the core has no clock", "shared/core/clippy.toml", &|text| {
            text.replace("std::time::SystemTime::now", "x")
        }),
        (
            "one file per event, registered once",
            "shared/catalog/src/account/user_moved.rs",
            &|_| "//! New.".into(),
        ),
        (
            "one file per event, registered once",
            "shared/catalog/src/access/mod.rs",
            &|text| text.replace("        role_deleted::RoleDeletedEventV1,\n", ""),
        ),
        (
            "the SDK comes without its default features",
            "Cargo.toml",
            &|text| {
                text.replacen(
                    "aws-sdk-sns = { version = \"1\", default-features = false",
                    "aws-sdk-sns = { version = \"1\"",
                    1,
                )
            },
        ),
        (
            "the core and the catalog name nothing of AWS",
            "shared/core/Cargo.toml",
            &|text| text.replace("[dependencies]", "[dependencies]\naws-sdk-sns.workspace = true"),
        ),
        (
            "code uses no helper, util or manager",
            "shared/aws/src/utils.rs",
            &|_| String::new(),
        ),
        ("a file is short", "shared/core/src/lanes.rs", &|_| {
            long_file.clone()
        }),
        (
            "every function has a package and a schema folder",
            "shared/catalog/src/billing/mod.rs",
            &|_| String::new(),
        ),
        ("the core is a ladder", "shared/core/src/error.rs", &|text| {
            format!("{text}use crate::Event;\n")
        }),
        ("no circle of files", "shared/core/src/event/guide.rs", &|text| {
            format!("{text}use crate::Event;\n")
        }),
        (
            "the pure tests need no world",
            "tests/pure/tests/golden.rs",
            &|text| format!("{text}use std::process::Command;\n"),
        ),
        ("the pure tests need no world", "tests/src/support.rs", &|text| {
            format!("{text}fn stub() {{ let _ = user_events_testkit::Stub::start(); }}\n")
        }),
        ("the pure tests need no world", "tests/pure/Cargo.toml", &|text| {
            format!("{text}user-events.workspace = true\n")
        }),
        (
            "every test of the world is registered",
            "tests/world/tests/tail.rs",
            &|text| format!("{text}#[tokio::test]\nasync fn forgotten() {{}}\n"),
        ),
        (
            "every test of the world is registered",
            "tests/world/tests/main.rs",
            &|text| text.replace("#[macro_use]", ""),
        ),
    ];
    let shown: BTreeSet<_> = breaks.iter().map(|(name, ..)| *name).collect();
    let all: BTreeSet<_> = RULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(shown, all, "every rule is broken once");
    let whole = Tree::read();
    for (name, path, change) in breaks {
        let mut tree = Tree(whole.0.clone());
        let before = tree.0.get(*path).cloned().unwrap_or_default();
        tree.0.insert((*path).to_owned(), change(&before));
        let rule = RULES.iter().find(|(rule, _)| rule == name).unwrap().1;
        let known = rule(&whole);
        assert!(
            rule(&tree).iter().any(|finding| !known.contains(finding)),
            "«{name}» holds although {path} breaks it"
        );
    }
}

//! The house rules, and the proof that each fails when it is broken.
//!
//! A rule looks at the repository's files in memory and names what breaks it and how to obey it. Breaking a rule on
//! purpose is a change to those files in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{self, broken, root};

/// The texts of the repository by their paths.
struct Tree(BTreeMap<String, String>);

/// What breaks a rule; empty where it holds.
type Broken = Vec<String>;

type Rule = support::Rule<Tree>;
/// The rule, the file that breaks it, and how.
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
        "nothing of AWS is named in the core or the catalogue",
        the_core_names_no_aws_crate,
    ),
    ("code uses no helper, util or manager", names_are_nouns),
    ("a file is read in one sitting", files_are_short),
    (
        "every function has a package and a schema folder",
        functions_and_categories_agree,
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
            "nothing of AWS is named in the core or the catalogue",
            "shared/core/Cargo.toml",
            &|text| text.replace("[dependencies]", "[dependencies]\naws-sdk-sns.workspace = true"),
        ),
        (
            "code uses no helper, util or manager",
            "shared/aws/src/utils.rs",
            &|_| String::new(),
        ),
        (
            "a file is read in one sitting",
            "shared/core/src/lanes.rs",
            &|_| long_file.clone(),
        ),
        (
            "every function has a package and a schema folder",
            "shared/catalog/src/billing/mod.rs",
            &|_| String::new(),
        ),
    ];
    let shown: BTreeSet<_> = breaks.iter().map(|(name, ..)| *name).collect();
    let all: BTreeSet<_> = RULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(shown, all, "every rule is broken once");
    for (name, path, change) in breaks {
        let mut tree = Tree::read();
        let before = tree.0.get(*path).cloned().unwrap_or_default();
        tree.0.insert((*path).to_owned(), change(&before));
        let rule = RULES.iter().find(|(rule, _)| rule == name).unwrap().1;
        assert!(
            !rule(&tree).is_empty(),
            "«{name}» holds although {path} breaks it"
        );
    }
}

/// `cargo fmt` finds no file that a macro declares as a module.
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
    assert!(files.len() > 20, "all events are looked at");
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
            "{package} depends on {found:?}: move what needs them to shared/aws"
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
    let allowed = fs::read_to_string(root().join("deny.toml")).unwrap();
    let allowed: BTreeSet<_> = allowed
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .collect();
    assert!(
        allowed.contains("Apache-2.0") && !allowed.contains("GPL-3.0"),
        "{allowed:?}"
    );
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "all dependencies are looked at");
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !is_allowed(package["license"].as_str().unwrap_or("none"), &allowed))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(
        refused.is_empty(),
        "allow the licence in deny.toml or choose another crate: {refused:#?}"
    );
    assert!(!is_allowed("GPL-3.0", &allowed) && !is_allowed("MIT AND GPL-3.0", &allowed));
    assert!(is_allowed("GPL-3.0 OR (MIT AND ISC)", &allowed));
}

/// Whether an SPDX expression can be met: one side of every `OR`, both sides of every `AND`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain
        .split(" OR ")
        .any(|all| all.split(" AND ").all(|licence| allowed.contains(licence.trim())))
}

/// The packages that a package links, one a line, with their versions.
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

fn a_main_only_wires(tree: &Tree) -> Broken {
    const MAX_LINES: usize = 60;
    tree.matching(|path| path.ends_with("/main.rs") && !path.starts_with("tests/"))
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(path, _)| format!("{path} has more than {MAX_LINES} lines; move the logic into a library"))
        .collect()
}

fn a_lib_is_a_table_of_contents(tree: &Tree) -> Broken {
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

fn every_crate_takes_the_lints(tree: &Tree) -> Broken {
    tree.matching(|path| path.ends_with("/Cargo.toml"))
        .filter(|(_, text)| !text.contains("[lints]\nworkspace = true"))
        .map(|(path, _)| format!("{path} lacks `[lints] workspace = true`"))
        .collect()
}

fn the_lints_deny_what_loses_errors(tree: &Tree) -> Broken {
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

fn a_clippy_file_repeats_the_roots(tree: &Tree) -> Broken {
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

fn the_core_has_no_clock(tree: &Tree) -> Broken {
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

fn one_file_per_event(tree: &Tree) -> Broken {
    let mut broken = Vec::new();
    for category in tree.categories() {
        let folder = format!("shared/catalog/src/{category}/");
        let registered: BTreeSet<_> = tree
            .text(&format!("{folder}mod.rs"))
            .lines()
            .filter_map(|line| {
                let (_, event) = line.trim().strip_suffix(',')?.split_once("::")?;
                event.contains("EventV").then(|| event.to_owned())
            })
            .collect();
        let mut declared = BTreeSet::new();
        for (path, text) in tree.matching(|path| path.starts_with(&folder) && !path.ends_with("/mod.rs")) {
            let events: Vec<_> = text
                .lines()
                .filter_map(|line| line.strip_prefix("impl Event for "))
                .collect();
            match events.as_slice() {
                [event] => {
                    declared.insert(event.trim_end_matches(" {").to_owned());
                }
                [] if path.ends_with("/rows.rs") => {}
                _ => broken.push(format!("{path} must hold exactly one event")),
            }
        }
        let difference = registered.symmetric_difference(&declared);
        broken.extend(
            difference.map(|event| format!("{event}: one file and one line in {folder}mod.rs, both")),
        );
    }
    broken
}

fn the_sdk_comes_without_default_features(tree: &Tree) -> Broken {
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

fn the_core_names_no_aws_crate(tree: &Tree) -> Broken {
    let pure = |path: &str| path.starts_with("shared/core/") || path.starts_with("shared/catalog/");
    let names_one = |text: &str| {
        text.replace("aws-lc-rs", "")
            .lines()
            .any(|line| line.starts_with("aws-"))
    };
    tree.matching(|path| pure(path) && path.ends_with("Cargo.toml"))
        .filter(|(_, text)| names_one(text))
        .map(|(path, _)| format!("{path} names an AWS crate; what needs it belongs into shared/aws"))
        .collect()
}

fn names_are_nouns(tree: &Tree) -> Broken {
    tree.matching(|path| path.ends_with(".rs"))
        .filter(|(path, _)| {
            let name = Path::new(path)
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            ["util", "utils", "helper", "helpers", "manager", "common", "misc"].contains(&name)
        })
        .map(|(path, _)| format!("{path}: name the file after what it holds"))
        .collect()
}

fn files_are_short(tree: &Tree) -> Broken {
    const MAX_LINES: usize = 450;
    tree.matching(|path| path.ends_with(".rs") && !path.starts_with("tests/"))
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(path, _)| format!("{path} has more than {MAX_LINES} lines; split it by what it does"))
        .collect()
}

fn functions_and_categories_agree(tree: &Tree) -> Broken {
    tree.categories()
        .into_iter()
        .flat_map(|category| {
            [
                format!("functions/{category}/src/main.rs"),
                format!("schemas/{category}/"),
            ]
        })
        .filter(|wanted| !tree.0.keys().any(|path| path.starts_with(wanted)))
        .map(|wanted| {
            format!(
                "{wanted} is missing; a category is a folder in the catalogue, a function and its schemas"
            )
        })
        .collect()
}

impl Tree {
    /// Every text file that belongs to the repository.
    fn read() -> Self {
        let mut texts = BTreeMap::new();
        let mut folders = vec![root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .unwrap_or_default();
                if path.is_dir() && !["target", "node_modules", ".git", ".engine", ".aws-sam"].contains(&name)
                {
                    folders.push(path);
                } else if let Ok(text) = fs::read_to_string(&path) {
                    let path = path
                        .strip_prefix(root())
                        .unwrap()
                        .to_string_lossy()
                        .replace('\\', "/");
                    texts.insert(path, text);
                }
            }
        }
        Self(texts)
    }

    fn text(&self, path: &str) -> &str {
        self.0.get(path).map(String::as_str).unwrap_or_default()
    }

    fn matching(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().filter(move |(path, _)| wanted(path))
    }

    /// The folders of the catalogue.
    fn categories(&self) -> BTreeSet<String> {
        let inside = |path: &String| {
            path.strip_prefix("shared/catalog/src/")?
                .strip_suffix("/mod.rs")
                .map(str::to_owned)
        };
        self.0.keys().filter_map(inside).collect()
    }
}

/// The workspace's members, for rules that need what Cargo knows.
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
    for folder in fs::read_dir(root().join("functions")).unwrap() {
        let folder = folder.unwrap().file_name().into_string().unwrap();
        assert!(
            names.contains(folder.as_str()),
            "functions/{folder} must be the package `{folder}`"
        );
    }
}

//! The two test binaries: `pure` needs only the libraries, and `world` runs every test in its files.

use syn::visit::Visit;
use syn::{Attribute, Path};

use super::source::paths_of;
use super::{Broken, Tree};

/// Names in code that start a program or open a connection.
const WORLDLY: [(&str, &str); 8] = [
    ("Command", "a program"),
    ("FunctionProcess", "a program"),
    ("run_binary", "a program"),
    ("Stub", "a connection"),
    ("net", "a connection"),
    ("TcpListener", "a connection"),
    ("TcpStream", "a connection"),
    ("hyper", "a connection"),
];

/// The packages that start engines and programs, with all SDK crates that they bring.
const COMMANDS: [&str; 3] = ["user-events", "user-events-local", "xtask"];

pub(super) fn pure_needs_no_world(tree: &Tree) -> Broken {
    let pure = |path: &str| path.starts_with("tests/pure/") || path.starts_with("tests/src/");
    let mut broken = Broken::new();
    for (file, text) in tree.matching(|path| pure(path) && path.ends_with(".rs")) {
        let names = paths_of(file, text);
        let worldly = WORLDLY
            .iter()
            .filter(|(name, _)| names.iter().any(|path| path.iter().any(|part| part == name)));
        broken.extend(worldly.map(|(name, what)| {
            format!("{file} names `{name}`, which means {what}; move the test to tests/world")
        }));
    }
    for manifest in ["tests/pure/Cargo.toml", "tests/Cargo.toml"] {
        let named = COMMANDS.iter().filter(|command| {
            let lines = tree.text(manifest).lines();
            let mut names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
            names.any(|name| name == **command)
        });
        broken.extend(named.map(|command| {
            format!("{manifest} links `{command}`; move the test that needs it to tests/world")
        }));
    }
    broken
}

/// `world` has its own harness, which silently ignores a function with Rust's own `#[test]`.
pub(super) fn every_test_of_world_is_registered(tree: &Tree) -> Broken {
    #[derive(Default)]
    struct Foreign(Vec<String>);
    impl Visit<'_> for Foreign {
        fn visit_attribute(&mut self, attribute: &Attribute) {
            let names = |path: &Path| {
                path.segments
                    .iter()
                    .map(|segment| segment.ident.to_string())
                    .collect()
            };
            let path: Vec<String> = names(attribute.path());
            if path.len() > 1 && path.last().is_some_and(|name| name == "test") {
                self.0.push(path.join("::"));
            }
        }
    }
    let mut broken = Broken::new();
    for (file, text) in tree.matching(|path| path.starts_with("tests/world/tests/") && path.ends_with(".rs"))
    {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut foreign = Foreign::default();
        foreign.visit_file(&parsed);
        broken.extend(foreign.0.iter().map(|attribute| {
            format!("{file}: the harness never runs a `#[{attribute}]`; write `#[test]`, also before `async`")
        }));
    }
    let root = "tests/world/tests/main.rs";
    if !tree
        .text(root)
        .contains("#[macro_use]\nextern crate user_events_tests_macros;")
    {
        broken.push(format!(
            "{root} must import the `#[test]` of user_events_tests_macros for all modules"
        ));
    }
    broken
}

//! Finds which file of a crate uses which other file of it, by reading the code.
//!
//! File A uses file B if A's code, outside test modules, names an item that B defines, in a `use` or in a path.
//! Re-exports do not count: a path through a re-export is a use of the file that defines the item. `mod` lines do not
//! count either. So a `mod.rs` that lists and re-exports its children is not in a circle with them. If it defines an
//! item that a child uses, and itself uses that child, it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Tree;
use super::source::{Module, modules};

/// The uses between the files of one crate: for each file, the files that it uses, each with one of the used items.
#[derive(Default)]
pub(super) struct Imports(pub(super) BTreeMap<String, BTreeMap<String, String>>);

/// The target of a path.
enum Target<'a> {
    Item(&'a Module, String),
    Module(&'a Module),
}

/// The modules of one crate by their paths.
struct Crate(BTreeMap<Vec<String>, Module>);

impl Imports {
    /// Reads the uses in the crate in this folder. Its `main.rs` and `src/bin` are included only if it has no library.
    pub(super) fn read(tree: &Tree, folder: &str) -> Self {
        let own = Crate(modules(tree, folder));
        let mut imports = Self::default();
        for module in own.0.values() {
            for (path, mentioned) in own.uses(module) {
                let Some(target) = own.find(&path, 0) else {
                    continue;
                };
                let (used, item) = match target {
                    Target::Item(used, item) => (used, item),
                    Target::Module(used) if mentioned => (used, "*".to_owned()),
                    Target::Module(_) => continue,
                };
                if used.file != module.file {
                    let uses = imports.0.entry(module.file.clone()).or_default();
                    uses.entry(used.file.clone()).or_insert(item);
                }
            }
        }
        imports
    }

    /// One circle for each group of files that use each other: the shortest, starting with the file that sorts first.
    /// Empty if the crate has no circle.
    pub(super) fn circles(&self) -> Vec<Vec<&str>> {
        let mut circles: Vec<Vec<&str>> = Vec::new();
        let mut seen = BTreeSet::new();
        for file in self.0.keys() {
            if seen.contains(file.as_str()) {
                continue;
            }
            let Some(circle) = self.shortest(file) else {
                continue;
            };
            let back = |other: &&str| self.reachable(other).contains(file.as_str());
            seen.extend(self.reachable(file).into_iter().filter(back));
            circles.push(circle);
        }
        circles
    }

    /// The shortest way from a file back to itself.
    fn shortest<'a>(&'a self, file: &'a str) -> Option<Vec<&'a str>> {
        let mut ways = vec![vec![file]];
        let mut seen = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                let last = way.last()?;
                for used in self.used_by(last) {
                    if used == file {
                        return Some(way);
                    }
                    if seen.insert(used) {
                        longer.push([way.as_slice(), &[used]].concat());
                    }
                }
            }
            ways = longer;
        }
        None
    }

    fn reachable<'a>(&'a self, file: &'a str) -> BTreeSet<&'a str> {
        let (mut found, mut left) = (BTreeSet::new(), vec![file]);
        while let Some(file) = left.pop() {
            left.extend(self.used_by(file).filter(|used| found.insert(*used)));
        }
        found
    }

    fn used_by<'a>(&'a self, file: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .get(file)
            .into_iter()
            .flat_map(|uses| uses.keys().map(String::as_str))
    }
}

impl Crate {
    /// The paths, from the crate's root, of everything that a module uses. Each has a flag: whether a bare module
    /// counts.
    fn uses(&self, module: &Module) -> Vec<(Vec<String>, bool)> {
        let mentioned: BTreeSet<_> = module.mentions.iter().filter_map(|path| path.first()).collect();
        let imported = module
            .imports
            .iter()
            // A re-export that the module's own code does not name does not count.
            .filter(|import| !import.passed_on || mentioned.contains(&import.name))
            .filter_map(|import| Some((self.absolute(module, &import.path, 0)?, import.name == "*")));
        let named = module
            .mentions
            .iter()
            .filter_map(|path| Some((self.absolute(module, path, 0)?, false)));
        imported.chain(named).collect()
    }

    /// The path from the crate's root; `None` if it leaves the crate.
    fn absolute(&self, module: &Module, path: &[String], depth: usize) -> Option<Vec<String>> {
        const DEEPEST: usize = 8;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module.path.as_slice(), rest].concat()),
            "super" => {
                let supers = path.iter().take_while(|name| *name == "super").count();
                let kept = module.path.len().checked_sub(supers)?;
                Some([&module.path[..kept], &path[supers..]].concat())
            }
            _ => {
                let child = [module.path.as_slice(), std::slice::from_ref(first)].concat();
                if self.0.contains_key(&child) {
                    return Some([module.path.as_slice(), path].concat());
                }
                let import = module.imports.iter().find(|import| import.name == *first)?;
                if depth == DEEPEST || import.path.first() == Some(first) {
                    return None;
                }
                let imported = self.absolute(module, &import.path, depth + 1)?;
                Some([imported.as_slice(), rest].concat())
            }
        }
    }

    /// Follows re-exports to the file that defines what the path names.
    fn find(&self, path: &[String], depth: usize) -> Option<Target<'_>> {
        const DEEPEST: usize = 8;
        if depth == DEEPEST {
            return None;
        }
        let inside = (0..=path.len())
            .rev()
            .find(|length| self.0.contains_key(&path[..*length]))?;
        let module = self.0.get(&path[..inside])?;
        let Some(item) = path.get(inside).filter(|item| *item != "*") else {
            return Some(Target::Module(module));
        };
        if module.defines.contains(item) {
            return Some(Target::Item(module, item.clone()));
        }
        let follow = |imported: &[String], rest: &[String]| {
            let imported = self.absolute(module, imported, 0)?;
            self.find(&[imported.as_slice(), rest].concat(), depth + 1)
        };
        let named = module.imports.iter().find(|import| import.name == *item);
        if let Some(import) = named {
            return follow(&import.path, &path[inside + 1..]);
        }
        let globs = module.imports.iter().filter(|import| import.name == "*");
        let through_a_glob = globs
            .filter_map(|glob| glob.path.split_last())
            .find_map(|(_, glob)| {
                follow(glob, &path[inside..]).filter(|found| matches!(found, Target::Item(..)))
            });
        // The rest is generated by a macro of the module.
        through_a_glob.or_else(|| (inside > 0).then(|| Target::Item(module, item.clone())))
    }
}

/// Makes a crate in memory.
fn crate_of(files: &[(&str, &str)]) -> Imports {
    let files = files
        .iter()
        .map(|(path, text)| (format!("c/src/{path}"), (*text).to_owned()));
    Imports::read(&Tree(files.collect()), "c")
}

#[test]
fn a_re_export_counts_as_the_file_that_defines_the_item() {
    let imports = crate_of(&[
        ("lib.rs", "mod a; mod b; pub use a::One;"),
        (
            "a/mod.rs",
            "mod one; mod two; pub(crate) use one::One; pub(crate) use two::*;",
        ),
        ("a/one.rs", "pub(crate) struct One;"),
        ("a/two.rs", "pub(crate) fn second() {}"),
        (
            "b.rs",
            "use crate::One; use crate::a::second; fn b(_: One) { second() }",
        ),
    ]);
    let uses: Vec<_> = imports.0["c/src/b.rs"].keys().collect();
    assert_eq!(uses, ["c/src/a/one.rs", "c/src/a/two.rs"]);
    assert_eq!(
        imports.0.len(),
        1,
        "a re-export does not count as a use: {:?}",
        imports.0
    );
    assert!(imports.circles().is_empty());
}

#[test]
fn a_child_and_a_parent_that_use_each_others_items_are_a_circle() {
    let imports = crate_of(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod one; pub(crate) struct Parent(one::One);"),
        ("a/one.rs", "pub(crate) struct One(Box<super::Parent>);"),
    ]);
    assert_eq!(imports.circles(), [["c/src/a/mod.rs", "c/src/a/one.rs"]]);
}

#[test]
fn a_circle_is_found_through_macros_aliases_and_modules_and_not_through_tests() {
    let imports = crate_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        (
            "a.rs",
            "use crate::b; fn f() -> String { format!(\"{}\", b::text()) }",
        ),
        (
            "b.rs",
            "use super::c::f as other; pub(crate) fn text() { other() }",
        ),
        ("c.rs", "pub(crate) fn f() { crate::a::f() }"),
        (
            "d.rs",
            "fn d() {} #[cfg(test)] mod tests { use crate::a::f; fn t() { f(); super::d() } }",
        ),
    ]);
    assert_eq!(imports.circles(), [["c/src/a.rs", "c/src/b.rs", "c/src/c.rs"]]);
    assert!(!imports.0.contains_key("c/src/d.rs"));
}

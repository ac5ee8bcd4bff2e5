//! Reads Rust source: the items that it defines, and the paths that it names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Ident, ImplItemFn, Item, ItemMod, ItemUse, Macro, Meta, Path, Token, UseTree, Visibility,
};

use super::Tree;

/// A module: a file, or an inline module in one.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The path from the crate's root.
    pub(super) path: Vec<String>,
    pub(super) file: String,
    /// The names of the items that it defines.
    pub(super) defines: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// The paths that its code names, except in `use` lines.
    pub(super) mentions: Vec<Vec<String>>,
}

/// One name of a `use`. For a glob, the name is `*`, and the path ends in `*`, too.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) path: Vec<String>,
    /// Whether it is a `pub use`, with any visibility.
    pub(super) passed_on: bool,
}

/// Reads the modules of the crate in this folder, by their paths, without test modules. The root is `lib.rs`, or
/// `main.rs` if there is no library.
pub(super) fn modules(tree: &Tree, folder: &str) -> BTreeMap<Vec<String>, Module> {
    let source = format!("{folder}/src/");
    let root = ["lib.rs", "main.rs"]
        .map(|name| format!("{source}{name}"))
        .into_iter()
        .find(|path| tree.0.contains_key(path));
    let mut modules = BTreeMap::new();
    for (file, text) in tree.matching(|path| path.starts_with(&source) && path.ends_with(".rs")) {
        let inside = &file[source.len()..];
        if ["lib.rs", "main.rs"].contains(&inside) && root.as_ref() != Some(file)
            || inside.starts_with("bin/")
            || inside.ends_with("tests.rs")
            || inside.contains("tests/")
        {
            continue;
        }
        let path = match inside {
            "lib.rs" | "main.rs" => Vec::new(),
            inside => {
                let path = inside.trim_end_matches(".rs").trim_end_matches("/mod");
                path.split('/').map(str::to_owned).collect()
            }
        };
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        collect(&parsed.items, path, file, &mut modules);
    }
    modules
}

/// Every path that a file names, in a `use` or in code, tests included.
pub(super) fn paths_of(file: &str, text: &str) -> Vec<Vec<String>> {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut all = Module::default();
    for item in &parsed.items {
        all.visit_item(item);
        if let Item::Mod(ItemMod {
            content: Some((_, inner)),
            ..
        }) = item
        {
            inner.iter().for_each(|item| all.visit_item(item));
        }
    }
    let imported = all.imports.into_iter().map(|import| import.path);
    imported.chain(all.mentions).collect()
}

fn collect(items: &[Item], path: Vec<String>, file: &str, modules: &mut BTreeMap<Vec<String>, Module>) {
    let mut module = Module {
        path: path.clone(),
        file: file.to_owned(),
        ..Module::default()
    };
    for item in items {
        if let Some(name) = defined(item) {
            module.defines.insert(name);
        }
        module.visit_item(item);
        if let Item::Mod(ItemMod {
            attrs,
            ident,
            content: Some((_, inner)),
            ..
        }) = item
            && !is_for_tests(attrs)
        {
            collect(
                inner,
                [path.as_slice(), &[ident.to_string()]].concat(),
                file,
                modules,
            );
        }
    }
    modules.insert(path, module);
}

/// The name under which other modules know the item.
fn defined(item: &Item) -> Option<String> {
    let name: &Ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Whether the item has a `cfg` that names `test`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .is_ok_and(|conditions| {
                    conditions
                        .iter()
                        .any(|condition| condition.path().is_ident("test"))
                })
    })
}

/// Collects the names of a `use` with their paths.
fn flatten(tree: &UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let with = |name: String| [before, &[name]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &with(path.ident.to_string()), found),
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        UseTree::Name(name) => found.push((name.ident.to_string(), with(name.ident.to_string()))),
        UseTree::Rename(rename) if rename.ident == "self" => {
            found.push((rename.rename.to_string(), before.to_vec()));
        }
        UseTree::Rename(rename) => {
            found.push((rename.rename.to_string(), with(rename.ident.to_string())));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), with("*".to_owned()))),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(_) => return,
            Item::Use(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        if !is_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = Vec::new();
        flatten(&item.tree, &[], &mut found);
        let passed_on = !matches!(item.vis, Visibility::Inherited);
        self.imports.extend(found.into_iter().map(|(name, path)| Import {
            name,
            path,
            passed_on,
        }));
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        self.mentions.push(names.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        visit::visit_macro(self, call);
        paths_in(call.tokens.clone(), &mut self.mentions);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// The paths in a macro's tokens.
fn paths_in(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                match paths.last_mut() {
                    Some(path) if colons == 2 => path.push(name.to_string()),
                    _ => paths.push(vec![name.to_string()]),
                }
                colons = 0;
            }
            TokenTree::Punct(colon) if colon.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                paths_in(group.stream(), paths);
                colons = 0;
            }
            _ => colons = 0,
        }
    }
}

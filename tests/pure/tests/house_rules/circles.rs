//! No circle of files, in any crate. `imports.rs` defines what counts as a use.

use super::imports::Imports;
use super::{Broken, Tree};

pub(super) fn no_files_are_in_a_circle(tree: &Tree) -> Broken {
    let crates = tree
        .matching(|path| path.ends_with("/Cargo.toml") && !path.starts_with("fuzz/"))
        .map(|(path, _)| path.trim_end_matches("/Cargo.toml"));
    crates
        .flat_map(|folder| {
            let imports = Imports::read(tree, folder);
            let told = imports
                .circles()
                .into_iter()
                .map(|circle| told(&imports, &circle));
            told.collect::<Vec<_>>()
        })
        .collect()
}

fn told(imports: &Imports, circle: &[&str]) -> String {
    let next = circle.iter().cycle().skip(1);
    let uses: Vec<_> = circle
        .iter()
        .zip(next)
        .map(|(file, used)| format!("{file} uses `{}` of {used}", imports.0[*file][*used]))
        .collect();
    format!("{}; move what both need to a file below them", uses.join(", "))
}

//! The Cargo manifest of a project outside this workspace.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// The tables of a manifest that hold dependencies.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The example's manifest with everything that it inherits from the workspace filled in. The crates of this project become
/// path dependencies into the checkout, because they are not on a registry.
///
/// Fails when the example inherits something that the workspace does not have.
pub(super) fn outside(example: &str, workspace: &str, root: &Path) -> Result<String> {
    let mut manifest: DocumentMut = example.parse().context("the example's manifest is not TOML")?;
    let workspace: DocumentMut = workspace
        .parse()
        .context("the workspace's manifest is not TOML")?;
    if let Some(package) = manifest.get_mut("package").and_then(Item::as_table_like_mut) {
        for (name, value) in package.iter_mut() {
            if is_inherited(value) {
                *value = inherited(&workspace, "package", name.get())?.clone();
            }
        }
    }
    if manifest.get("lints").is_some_and(is_inherited) {
        manifest["lints"] = top(&workspace, "lints")?.clone();
    }
    for table in DEPENDENCIES {
        let dependencies = manifest.get_mut(table).and_then(Item::as_table_like_mut);
        for (name, value) in dependencies.into_iter().flat_map(TableLike::iter_mut) {
            if is_inherited(value) {
                let whole = inherited(&workspace, "dependencies", name.get())?;
                *value = dependency(whole, value, root).with_context(|| name.get().to_owned())?;
            }
        }
    }
    // A workspace of its own, so that it builds in any folder. The same profile, so that a shared target folder is reused.
    manifest["workspace"] = Item::Table(Table::new());
    if let Some(dev) = workspace.get("profile").and_then(|profiles| profiles.get("dev")) {
        let mut profiles = Table::new();
        profiles.set_implicit(true);
        profiles.insert("dev", dev.clone());
        manifest["profile"] = Item::Table(profiles);
    }
    let text = in_order(manifest);
    ensure!(
        !text.contains("workspace = true"),
        "the example inherits more from the workspace than package, lints and dependencies; write it into the example"
    );
    Ok(text)
}

/// Whether the item is `workspace = true`.
fn is_inherited(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

fn top<'a>(workspace: &'a DocumentMut, table: &str) -> Result<&'a Item> {
    workspace
        .get("workspace")
        .and_then(|workspace| workspace.get(table))
        .with_context(|| format!("the example inherits from `{table}`, which the workspace does not have"))
}

fn inherited<'a>(workspace: &'a DocumentMut, table: &str, name: &str) -> Result<&'a Item> {
    top(workspace, table)?
        .get(name)
        .with_context(|| format!("the example inherits `{name}`, which the workspace does not have"))
}

/// A dependency as the workspace has it, with an absolute path and the features that the example adds.
fn dependency(workspace: &Item, example: &Item, root: &Path) -> Result<Item> {
    let mut table = match workspace.as_value() {
        Some(Value::InlineTable(table)) => table.clone(),
        Some(version @ Value::String(_)) => InlineTable::from_iter([("version", version.clone())]),
        _ => bail!("the workspace's dependency is neither a version nor an inline table"),
    };
    if let Some(path) = table.get_mut("path") {
        let relative = path.as_str().context("`path` is not a string")?;
        *path = root.join(relative).display().to_string().into();
    }
    for (name, value) in example.as_table_like().into_iter().flat_map(TableLike::iter) {
        match (name, value.as_array()) {
            ("workspace", _) => {}
            ("features", Some(more)) => add_features(&mut table, more)?,
            _ => bail!("`{name}` has members other than `features`; move them to the workspace's dependency"),
        }
    }
    Ok(Item::Value(match table.get("version") {
        Some(version) if table.len() == 1 => version.clone().decorated(" ", ""),
        _ => {
            table.fmt();
            Value::InlineTable(table).decorated(" ", "")
        }
    }))
}

fn add_features(table: &mut InlineTable, more: &Array) -> Result<()> {
    let features = table.get_or_insert("features", Array::new());
    let features = features.as_array_mut().context("`features` is not a list")?;
    features.extend(more.iter().cloned());
    features.fmt();
    Ok(())
}

/// Orders the tables as they were added. Copied tables otherwise keep their old positions.
fn in_order(mut manifest: DocumentMut) -> String {
    let mut place = 0;
    for (_, item) in manifest.iter_mut() {
        number(item, &mut place);
    }
    manifest.to_string()
}

fn number(item: &mut Item, place: &mut isize) {
    if let Item::Table(table) = item {
        table.set_position(Some(*place));
        *place += 1;
        for (_, item) in table.iter_mut() {
            number(item, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "[workspace.package]\nedition = \"2024\"\n\n[workspace.dependencies]\n\
        ours = { path = \"shared/ours\" }\nanyhow = \"1\"\n\
        tokio = { version = \"1\", features = [\"rt\"] }\n\n[profile.dev]\ndebug = false\n\n\
        [workspace.lints.clippy]\npanic = \"deny\"\n";

    #[test]
    fn inherited_values_are_written_out() {
        let example = "[package]\nname = \"x\"\nedition.workspace = true\n\n[lints]\nworkspace = true\n\n\
            [dependencies]\nanyhow.workspace = true\nours = { workspace = true, features = [\"a\"] }\n\
            tokio = { workspace = true, features = [\"signal\"] }\n";
        let manifest = outside(example, WORKSPACE, Path::new("/checkout")).unwrap();
        for line in [
            "edition = \"2024\"",
            "anyhow = \"1\"",
            "ours = { path = \"/checkout/shared/ours\", features = [\"a\"] }",
            "tokio = { version = \"1\", features = [\"rt\", \"signal\"] }",
            "[lints.clippy]",
            "[workspace]",
            "[profile.dev]",
        ] {
            assert!(
                manifest.lines().any(|present| present == line),
                "{line}\n{manifest}"
            );
        }
        assert!(!manifest.contains("workspace = true"), "{manifest}");
    }

    #[test]
    fn a_value_that_the_workspace_does_not_have_is_refused() {
        for example in [
            "other.workspace = true\n",
            "[dependencies]\nother.workspace = true\n",
            "[dependencies]\nanyhow = { workspace = true, optional = true }\n",
        ] {
            assert!(outside(example, WORKSPACE, Path::new("/")).is_err(), "{example}");
        }
    }
}

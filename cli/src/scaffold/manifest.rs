//! The manifest of a project in Rust outside this workspace.

use std::path::Path;

use anyhow::{Context, Result};

/// The example's manifest with everything that it takes from the workspace written out. The crates of this project are
/// taken from the checkout by their paths, for they are on no registry.
///
/// Fails when the example names something that the workspace does not have.
pub(super) fn outside(example: &str, workspace: &str, root: &Path) -> Result<String> {
    let mut manifest = String::new();
    for line in example.lines() {
        let written_out = match line.split_once(".workspace = true") {
            Some((name, "")) => Some(inherited(name, workspace, root)?),
            _ => match line.split_once(" = { workspace = true, ") {
                Some((name, more)) => Some(with_features(&inherited(name, workspace, root)?, more)?),
                None => None,
            },
        };
        manifest.push_str(written_out.as_deref().unwrap_or(line));
        manifest.push('\n');
    }
    // Its own workspace, whichever folder it is put in; and the profile, so that cargo finds built what it has built.
    let lints = section(workspace, "[workspace.lints.").replace("[workspace.lints.", "[lints.");
    let manifest = manifest.replace("[lints]\nworkspace = true\n", &lints);
    Ok(format!(
        "{manifest}\n[workspace]\n\n{}",
        section(workspace, "[profile.dev")
    ))
}

/// The line of something inherited, as the workspace has it.
fn inherited(name: &str, workspace: &str, root: &Path) -> Result<String> {
    let start = format!("{name} = ");
    let line = workspace
        .lines()
        .find(|line| line.starts_with(&start))
        .with_context(|| format!("the workspace has no `{name}`"))?;
    let path = format!("path = \"{}/", root.display());
    Ok(line.replace("path = \"", &path))
}

/// A dependency's line with `features = […] }` of the example, beside the features that the workspace asks for.
fn with_features(line: &str, features: &str) -> Result<String> {
    let more = features
        .strip_prefix("features = [")
        .and_then(|features| features.strip_suffix("] }"))
        .with_context(|| format!("`{features}` is more than features"))?;
    Ok(match line.strip_suffix("] }") {
        Some(kept) if kept.contains("features = [") => format!("{kept}, {more}] }}"),
        _ => {
            let kept = line
                .strip_suffix(" }")
                .with_context(|| format!("`{line}` is no table"))?;
            format!("{kept}, features = [{more}] }}")
        }
    })
}

/// All sections whose titles begin so.
fn section(manifest: &str, title: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.starts_with(title);
        }
        if inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "[workspace.package]\nedition = \"2024\"\n\n[workspace.dependencies]\n\
        ours = { path = \"shared/ours\" }\nanyhow = \"1\"\n\
        tokio = { version = \"1\", features = [\"rt\"] }\n\n[profile.dev]\ndebug = false\n\n\
        [workspace.lints.clippy]\npanic = \"deny\"\n";

    #[test]
    fn what_was_inherited_is_written_out() {
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
    fn what_the_workspace_does_not_have_is_refused() {
        assert!(outside("other.workspace = true\n", WORKSPACE, Path::new("/")).is_err());
    }
}

//! The handlers that the site shows, written to files so that other compilers can check them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use user_events::catalog::model::{Catalog, EventPage};
use xtask::handlers::Handlers;

/// A handler in all languages, and the event that it handles.
pub(crate) struct Sample {
    /// `UserRegisteredEventV1`, or `thin_UserRegisteredEventV1`.
    pub name: String,
    pub handlers: Handlers,
    /// The event.
    pub envelope: Value,
    /// The opened classes.
    pub opened: Value,
    /// The names that the row of the handler must have.
    pub stores: Vec<String>,
}

/// Every handler.
pub(crate) fn samples() -> Result<Vec<Sample>> {
    let catalog = Catalog::read()?;
    Ok(catalog.events().flat_map(of_event).collect())
}

fn of_event(event: &EventPage) -> [Sample; 2] {
    let data = event.example.envelope["data"].as_object();
    let plain = data
        .into_iter()
        .flat_map(|data| data.keys().cloned())
        .filter(|name| !event.classes.contains(name));
    let opened = event.example.opened.as_object().into_iter().flatten();
    let members = opened.flat_map(|(_, content)| content.as_object().into_iter().flatten());
    [
        Sample {
            name: event.event_type.clone(),
            handlers: Handlers::new(event),
            envelope: event.example.envelope.clone(),
            opened: event.example.opened.clone(),
            stores: plain.chain(members.map(|(name, _)| name.clone())).collect(),
        },
        Sample {
            name: format!("thin_{}", event.event_type),
            handlers: Handlers::thin(event),
            envelope: event.thin.example.envelope.clone(),
            opened: json!({}),
            stores: vec!["callback".to_owned()],
        },
    ]
}

/// Writes the handlers in Python, type-checks them against the installed package, and gives each its event.
///
/// Fails if one has a wrong type, or writes another row than it should.
pub(crate) fn check_in_python(python: &Path, script: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut events = Vec::new();
    for sample in samples()? {
        fs::write(
            folder.path().join(format!("{}.py", sample.name)),
            &sample.handlers.python,
        )?;
        events.push(json!({
            "module": sample.name, "envelope": sample.envelope, "opened": sample.opened, "stores": sample.stores,
        }));
    }
    let mypy = Command::new(python)
        .args(["-m", "mypy", "--strict", "--cache-dir", "/dev/null", "."])
        .current_dir(folder.path())
        .output()?;
    ensure!(mypy.status.success(), "{}", String::from_utf8_lossy(&mypy.stdout));
    let list = folder.path().join("events.json");
    fs::write(&list, Value::from(events).to_string())?;
    let ran = Command::new(python).arg(script).arg(&list).output()?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Ok(())
}

/// Writes the handlers in TypeScript beside the package, and compiles them against its declarations.
///
/// Fails if one does not compile or is not in the layout of Prettier.
pub(crate) fn check_in_typescript(package: &Path) -> Result<()> {
    let folder = tempfile::tempdir_in(package.parent().context("the package has no folder")?)?;
    for sample in samples()? {
        fs::write(
            folder.path().join(format!("{}.ts", sample.name)),
            &sample.handlers.typescript,
        )?;
    }
    let options = json!({
        "extends": package.join("tsconfig.json"),
        "compilerOptions": {
            "noEmit": true,
            "rootDir": "/",
            "types": [],
            "paths": { "user-events-consumer": [package.join("dist/index.d.ts")] },
        },
        "include": ["*.ts"],
    });
    fs::write(folder.path().join("tsconfig.json"), options.to_string())?;
    fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#)?;
    let tools = package.join("node_modules/.bin");
    for (tool, arguments) in [
        ("tsc", ["--strict", "--project", "."].as_slice()),
        ("prettier", &["--print-width", "120", "--check", "*.ts"]),
    ] {
        let output = Command::new(tools.join(tool))
            .args(arguments)
            .current_dir(folder.path())
            .output()?;
        ensure!(
            output.status.success(),
            "{tool}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

#[test]
fn the_handlers_in_rust_are_in_the_layout_of_rustfmt() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for sample in samples()? {
        let file = folder.path().join(format!("{}.rs", sample.name));
        fs::write(&file, &sample.handlers.rust)?;
        files.push(file);
    }
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config", "max_width=100"])
        .args(&files)
        .output()?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

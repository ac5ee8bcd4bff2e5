//! The handlers that the site shows, written to files so that other compilers can check them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

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
/// Fails if one has a wrong type or writes another row than it should, or if the compiler finds no fault in a broken one.
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
    fs::write(
        folder.path().join("broken.py"),
        broken(|handlers| &handlers.python)?,
    )?;
    let mypy = Command::new(python)
        .args([
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            "--cache-dir",
            "/dev/null",
            ".",
        ])
        .current_dir(folder.path())
        .output()?;
    only_broken(&mypy, "broken.py")?;
    let list = folder.path().join("events.json");
    fs::write(&list, Value::from(events).to_string())?;
    let ran = Command::new(python).arg(script).arg(&list).output()?;
    ensure!(ran.status.success(), "{}", text(&ran));
    Ok(())
}

/// Writes the handlers in TypeScript beside the package, and compiles them against its declarations.
///
/// Fails if one does not compile or is not in the layout of Prettier, or if the compiler finds no fault in a broken one.
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
    let run = |tool: &str, arguments: &[&str]| {
        let tool = package.join("node_modules/.bin").join(tool);
        Command::new(tool)
            .args(arguments)
            .current_dir(folder.path())
            .output()
    };
    let prettier = run("prettier", &["--print-width", "120", "--check", "*.ts"])?;
    ensure!(prettier.status.success(), "{}", text(&prettier));
    fs::write(
        folder.path().join("broken.ts"),
        broken(|handlers| &handlers.typescript)?,
    )?;
    only_broken(
        &run("tsc", &["--strict", "--pretty", "false", "--project", "."])?,
        "broken.ts",
    )
}

/// A handler that reads a field that the event does not have.
fn broken(of: impl Fn(&Handlers) -> &String) -> Result<String> {
    let samples = samples()?;
    let registered = samples.first().context("no handlers")?;
    let code = of(&registered.handlers);
    let broken = code
        .replace("data[\"userId\"]", "data[\"user\"]")
        .replace("data.userId", "data.user");
    ensure!(broken != *code, "nothing was broken: {code}");
    Ok(broken)
}

/// Fails unless the compiler found a fault in the broken handler, and none in another.
fn only_broken(output: &Output, file: &str) -> Result<()> {
    let said = text(output);
    let lines: Vec<_> = said.lines().filter(|line| line.contains("error")).collect();
    ensure!(
        !lines.is_empty(),
        "the compiler accepts a handler of a field that does not exist: {said}"
    );
    ensure!(lines.iter().all(|line| line.starts_with(file)), "{said}");
    Ok(())
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
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
    ensure!(output.status.success(), "{}", text(&output));
    Ok(())
}

//! The subscriber on a local engine: its stack deployed, its program installed, built and run outside Lambda.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Language, Request, trial};
use crate::clients::{ACCESS_KEY, Clients, REGION, SECRET_KEY};
use crate::console::{Console, Style};
use crate::deploy::{Stack, deploy_template};
use crate::toolchain::{self, NodePackages, PythonEnvironment, is_node_there};
use crate::workspace::Workspace;

/// How long the first event may take once the program runs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a subscriber was deployed.
pub(super) struct Deployed {
    pub(super) clients: Clients,
    pub(super) topic_arn: String,
    endpoint: String,
    stack: Stack,
    begun: Instant,
}

impl Deployed {
    /// What the program reads from its environment.
    pub(super) fn environment(&self, request: &Request) -> Vec<(&'static str, String)> {
        let output = |name: &str| self.stack.output(name).unwrap_or_default().to_owned();
        vec![
            ("CONSUMER_NAME", request.name.clone()),
            ("INBOX_TABLE", output("InboxTableName")),
            ("QUEUE_URL", output("QueueUrl")),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ]
    }
}

/// Deploys the project's `subscriber.yaml` to the engine, as a stack of the subscriber's name.
///
/// Fails when no publisher of the stage is there, and when the engine refuses the stack.
pub(super) async fn deploy(
    request: &Request,
    folder: &Path,
    endpoint: &str,
    console: &Console,
) -> Result<Deployed> {
    let begun = Instant::now();
    let endpoint = endpoint.trim_end_matches('/');
    let clients = Clients::of(endpoint);
    let name = format!("/user-events/{}/topic/{}", request.stage, request.category);
    let parameter = clients.ssm.get_parameter().name(&name).send().await;
    let topic_arn = parameter
        .ok()
        .and_then(|answer| answer.parameter?.value)
        .with_context(|| {
            format!(
                "{endpoint} has no parameter {name}; start an engine with `cargo demo --keep`, whose stage is `demo`, \
                 and name it with --stage"
            )
        })?;
    let parameters = request.parameters();
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let stack = deploy_template(
        &clients,
        endpoint,
        &request.name,
        &folder.join("subscriber.yaml"),
        &parameters,
        console,
    )
    .await?;
    Ok(Deployed {
        clients,
        topic_arn,
        endpoint: endpoint.to_owned(),
        stack,
        begun,
    })
}

/// Installs, builds and runs the program. With a trial it is given a row to handle, and ends after that.
///
/// Fails when it cannot be installed or built, when it ends by itself with a failure, and when a trial's event does not
/// come or is not handled.
pub(super) async fn run(
    request: &Request,
    workspace: &Workspace,
    folder: &Path,
    deployed: &Deployed,
    trial: bool,
    console: &Console,
) -> Result<ExitCode> {
    let mut program = build(request.language, workspace, folder, console)?;
    let built = deployed.begun.elapsed();
    console.step("starting the subscriber");
    let environment = deployed.environment(request);
    let started = program.current_dir(folder).envs(environment).stdin(Stdio::null());
    let mut process = Running(
        started
            .stdout(Stdio::piped())
            .spawn()
            .context("the subscriber could not be started")?,
    );
    let mut lines = process.lines()?;
    if !trial {
        while let Some(line) = lines.recv().await {
            console.line(format_args!("    {line}"));
        }
        let status = process.0.wait()?;
        ensure!(
            status.success() || status.code().is_none(),
            "the subscriber ended with {status}"
        );
        return Ok(ExitCode::SUCCESS);
    }
    let title = trial::write(request, deployed).await?;
    console.step(format_args!("wrote a row: {title}"));
    let first = tokio::time::timeout(PATIENCE, first_event(&mut lines, console)).await;
    let Ok(first) = first else {
        bail!("no event was handled within {} seconds", PATIENCE.as_secs())
    };
    let first = first?;
    let opened = names(&first["opened"]);
    console.line(console.paint(
        Style::Good,
        format_args!(
            "  the first event was handled {:.1} s after the command began, {:.1} s of them to install and build; opened: {}",
            deployed.begun.elapsed().as_secs_f64(),
            built.as_secs_f64(),
            if opened.is_empty() { "nothing".to_owned() } else { opened.join(", ") }
        ),
    ));
    for class in &request.classes {
        ensure!(
            opened.contains(&class.as_str()),
            "the event came, and class `{class}` was not opened"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The first line that tells of an event that was handled.
async fn first_event(lines: &mut UnboundedReceiver<String>, console: &Console) -> Result<Value> {
    while let Some(line) = lines.recv().await {
        console.line(format_args!("    {line}"));
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        if line.get("outcome").is_some() {
            return Ok(line);
        }
    }
    bail!("the subscriber ended before it had handled an event; its own words are above")
}

/// The classes that a line names: a list, or one name, as a log in Rust has it.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// The program that polls, ready to be started.
fn build(language: Language, workspace: &Workspace, folder: &Path, console: &Console) -> Result<Command> {
    let folder = folder.canonicalize()?;
    Ok(match language {
        Language::Python => {
            let environment = PythonEnvironment {
                what: "the subscriber's packages",
                folder: &folder.join(".venv"),
                requirements: &folder.join("requirements.txt"),
                python: None,
            };
            let mut command = Command::new(environment.install(console)?);
            command.args(["-m", "subscriber.poll"]);
            command
        }
        Language::Typescript => {
            is_node_there()?;
            let packages = NodePackages {
                what: "the subscriber's packages",
                sources: &folder,
                folder: &folder,
            };
            packages.install(console)?;
            console.step("compiling the subscriber");
            toolchain::run(
                Command::new("node")
                    .arg("node_modules/typescript/bin/tsc")
                    .current_dir(&folder),
            )?;
            let mut command = Command::new("node");
            command.arg("dist/src/poll.js");
            command
        }
        Language::Rust => {
            console.step("building the subscriber with cargo (the first time it takes minutes)");
            let target = target(workspace);
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let built = Command::new(cargo)
                .args(["build", "--quiet", "--bin", "poll"])
                .current_dir(&folder)
                .env("CARGO_TARGET_DIR", &target)
                .stdin(Stdio::null())
                .status()
                .context("cargo could not be started")?;
            ensure!(
                built.success(),
                "the subscriber could not be built; cargo says why above"
            );
            Command::new(target.join("debug/poll"))
        }
    })
}

/// Where a subscriber in Rust is built: in the checkout, which has built most of it already.
fn target(workspace: &Workspace) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.root().join("target"), PathBuf::from)
}

/// A process that ends with this value.
struct Running(Child);

impl Running {
    fn lines(&mut self) -> Result<UnboundedReceiver<String>> {
        let output = self.0.stdout.take().context("the subscriber has no output")?;
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(lines)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

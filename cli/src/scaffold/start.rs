//! Installs, builds and runs the subscriber outside Lambda, against a local engine.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};
use user_events_local::toolchain::{self, NodePackages, PythonEnvironment, is_node_there};

use super::deployed::Deployed;
use super::files::Language;
use super::library::Library;
use super::request::Request;
use super::trial;

/// How long a running program may take to handle its first event.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to end: it finishes the messages under way, and a call to the queue lasts up to 20 seconds.
const GRACE: Duration = Duration::from_secs(30);

/// Runs the program. A trial writes a row for it and ends when the event is handled.
///
/// Fails when the program cannot be started or fails, and when the event of a trial does not arrive or is not handled.
pub(super) async fn run(
    request: &Request,
    program: &mut Command,
    deployed: &Deployed,
    trial: bool,
    console: &Console,
) -> Result<ExitCode> {
    let built = deployed.begun.elapsed();
    console.step("starting the subscriber");
    let environment = deployed.environment(request);
    let started = program.envs(environment).stdin(Stdio::null());
    let mut process = Running(
        started
            .stdout(Stdio::piped())
            .spawn()
            .context("the subscriber could not be started")?,
    );
    let mut lines = process.lines()?;
    if !trial {
        console.step("ready: the subscriber handles the events of its queue; Ctrl-C to quit");
        while let Some(line) = lines.recv().await {
            console.line(format_args!("    {line}"));
        }
        let status = process.0.wait()?;
        ensure!(
            status.success() || status.code().is_none(),
            "the subscriber ended with {status}; its output is above"
        );
        return Ok(ExitCode::SUCCESS);
    }
    let title = trial::write(request, deployed).await?;
    console.step(format_args!("wrote a row: {title}"));
    let first = tokio::time::timeout(PATIENCE, first_event(&mut lines, console)).await;
    let Ok(first) = first else {
        bail!(
            "no event was handled within {} seconds; the subscriber's output is above",
            PATIENCE.as_secs()
        )
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
            "the event arrived, but class `{class}` was not opened; its output above says why"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for the end of a run. When it is interrupted, it ends the program first.
///
/// Fails when the run does.
pub(super) async fn until(
    interrupt: &Interrupt,
    run: impl Future<Output = Result<ExitCode>>,
    console: &Console,
) -> Result<ExitCode> {
    let mut run = Box::pin(run);
    tokio::select! {
        biased;
        () = interrupt.raised() => {}
        done = &mut run => return done,
    }
    console.step("stopping the subscriber, which finishes the messages under way");
    // Ends the program.
    drop(run);
    console.step("stopped");
    Ok(ExitCode::from(INTERRUPTED))
}

/// The first line about a handled event.
async fn first_event(lines: &mut UnboundedReceiver<String>, console: &Console) -> Result<Value> {
    while let Some(line) = lines.recv().await {
        console.line(format_args!("    {line}"));
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        if line.get("outcome").is_some() {
            return Ok(line);
        }
    }
    bail!("the subscriber ended before it handled an event; its output is above")
}

/// The classes in a line: a list, or a single name as the Rust logger writes it.
fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// The polling program, installed, built and ready to start.
///
/// Fails when its packages cannot be installed, and when it cannot be built.
pub(super) fn build(
    language: Language,
    library: &Library,
    folder: &Path,
    console: &Console,
) -> Result<Command> {
    let folder = folder.canonicalize()?;
    Ok(match language {
        Language::Python => {
            let environment = PythonEnvironment {
                what: "the subscriber's packages",
                folder: &folder.join(".venv"),
                requirements: &folder.join("requirements.txt"),
                python: None,
            };
            let python = environment.install(console)?;
            toolchain::install_local(&python, &folder.join("requirements.in"))?;
            let mut command = Command::new(python);
            command.args(["-m", "subscriber.poll"]);
            command
        }
        Language::Typescript => {
            is_node_there()?;
            let sources = library.root().join(language.library());
            let library = NodePackages {
                what: "the consumer library",
                sources: &sources,
                folder: &sources,
            };
            library.pack(&folder, console)?;
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
            console.step("building the subscriber with cargo (first time: minutes)");
            let target = target(library);
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

/// The target folder for a subscriber in Rust: that of the checkout, which has most of it compiled already.
fn target(library: &Library) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| library.root().join("target"), PathBuf::from)
}

/// A process that is asked to end when this value is dropped, and killed if it does not.
struct Running(Child);

impl Running {
    fn lines(&mut self) -> Result<UnboundedReceiver<String>> {
        let output = self
            .0
            .stdout
            .take()
            .context("the subscriber's output cannot be read")?;
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
        // A process that has ended may not be signalled: its number can be another's by now.
        if !self.0.try_wait().is_ok_and(|status| status.is_none()) {
            return;
        }
        let begun = Instant::now();
        rustix::process::kill_process(Pid::from_child(&self.0), Signal::TERM).ok();
        while self.0.try_wait().is_ok_and(|status| status.is_none()) {
            if begun.elapsed() > GRACE {
                self.0.kill().ok();
                self.0.wait().ok();
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use user_events_local::console::Written;

    #[tokio::test]
    async fn an_interrupt_ends_the_program_before_the_command_says_stopped() {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let process = format!("/proc/{}", child.id());
        let interrupt = Interrupt::new();
        let run = async {
            let _running = Running(child);
            interrupt.raise();
            std::future::pending().await
        };
        let written = Written::default();
        let code = until(&interrupt, run, &Console::writing_to(written.clone())).await;
        assert_eq!(code.unwrap(), ExitCode::from(INTERRUPTED));
        assert!(!Path::new(&process).exists());
        assert!(written.text().ends_with("==> stopped\n"), "{}", written.text());
    }
}

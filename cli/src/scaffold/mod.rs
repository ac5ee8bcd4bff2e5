//! `user-events scaffold`: starts a new project as a copy of an example of this repository. It depends on the consumer
//! library and holds no copy of it.

mod deployed;
mod files;
mod joining;
mod late;
mod library;
mod manifest;
mod options;
mod project;
mod request;
mod start;
mod subject_keys;
mod trial;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

pub use files::Language;
use library::Library;
pub use options::{Kind, SubscriberOptions};
pub use request::Request;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

/// Start a new project: a subscriber in Rust, Python or TypeScript
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Subscriber(SubscriberOptions),
}

/// Creates the project.
///
/// Fails when it cannot be written, deployed or started.
pub async fn run(options: &Options, console: &Console, interrupt: &Interrupt) -> Result<ExitCode> {
    let What::Subscriber(options) = &options.what;
    subscriber(options, console, interrupt).await
}

/// Writes a subscriber; deploys and starts it if the options ask for that.
///
/// Fails when the options do not fit the catalog, when no engine answers, when the folder is not empty, when the engine
/// refuses the stack, and when the subscriber fails.
pub async fn subscriber(
    options: &SubscriberOptions,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let request = Request::new(options)?;
    let library = Library::find(request.language, options.library.as_deref())?;
    let publisher = match &options.endpoint {
        Some(endpoint) => Some(deployed::find(&request, endpoint).await?),
        None => None,
    };
    let folder = options.out.clone().unwrap_or_else(|| request.name.clone().into());
    console.step(format_args!(
        "writing a subscriber in {} to {}",
        request.language.name(),
        folder.display()
    ));
    for path in project::write(&request, &library, &folder)? {
        console.line(console.paint(Style::Faint, format_args!("    {path}")));
    }
    let Some(publisher) = publisher else {
        next_steps(&request, &folder, console);
        return Ok(ExitCode::SUCCESS);
    };
    let deployed = deployed::deploy(&request, &folder, publisher, console).await?;
    if !options.start && !options.trial {
        for (name, value) in deployed.environment(&request) {
            console.line(format_args!("  export {name}={value}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut program = start::build(request.language, &library, &folder, console)?;
    if interrupt.check().is_err() {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let program = program.current_dir(&folder);
    let started = start::run(&request, program, &deployed, options.trial, console);
    start::until(interrupt, started, console).await
}

fn next_steps(request: &Request, folder: &Path, console: &Console) {
    let say = |what: &str, how: &str| {
        console.line(format_args!(
            "  {what}\n    {}",
            console.paint(Style::Strong, how)
        ))
    };
    console.line("");
    say("go there:", &format!("cd {}", folder.display()));
    say("change what it does with an event:", request.language.effect());
    say("run its tests:", request.language.test_commands());
    say(
        &format!("deploy it, {}:", request.destination()),
        request.language.deploy_commands(),
    );
    if request.late.is_some() {
        say(
            "send it the state of all users, as an operator of the publisher:",
            &joining::command(request),
        );
    }
}

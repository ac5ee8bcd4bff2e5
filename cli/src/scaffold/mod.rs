//! `user-events scaffold`: a project of one's own to begin with, made from the examples of this repository.

mod files;
mod manifest;
mod project;
mod request;
mod start;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use crate::console::{Console, Style};
use crate::workspace::Workspace;
pub use files::Language;
pub use request::Request;

/// Begin a project of your own
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Subscriber(SubscriberOptions),
}

/// Write a working subscriber: its stack, its function and its tests
///
/// The project is a copy of an example of this repository and handles `UserRegisteredEventV1` by a row in an outbox;
/// what it does is in one file. With --endpoint its queue, subscription and inbox are deployed to a local engine that
/// `cargo demo --keep` left running; with --start it reads them, outside Lambda, until it is interrupted.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct SubscriberOptions {
    /// What it is written in
    #[arg(long, value_enum)]
    pub language: Language,

    /// Its name: up to 40 small letters, digits and hyphens
    #[arg(long)]
    pub name: String,

    /// The publisher's stage
    #[arg(long, default_value = "dev")]
    pub stage: String,

    /// The category of events
    #[arg(long, default_value = "account")]
    pub category: String,

    /// The event types wanted, separated by commas; all of the category where it is not given
    #[arg(long, value_delimiter = ',', value_name = "TYPES")]
    pub events: Vec<String>,

    /// The classes of personal data to open, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "CLASSES")]
    pub classes: Vec<String>,

    /// A fifo queue keeps the order of a user's events
    #[arg(long, value_enum, default_value_t = Kind::Fifo)]
    pub queue: Kind,

    /// The publisher's TopicType
    #[arg(long, value_enum, default_value_t = Kind::Fifo)]
    pub topic: Kind,

    /// The folder to write, which must not exist or be empty; the name where it is not given
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Deploy the queue, the subscription and the inbox to the local engine there
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,

    /// Install, build and start it against that engine, until it is interrupted
    #[arg(long, requires = "endpoint")]
    pub start: bool,

    /// Start it, write a row that becomes an event for it, and end when it has handled that
    #[arg(long = "try", requires = "endpoint")]
    pub trial: bool,
}

/// Whether something keeps order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// It does.
    Fifo,
    /// It does not.
    Standard,
}

const EXAMPLES: &str = "Examples:
  user-events scaffold subscriber --language python --name welcome --classes contact
  user-events scaffold subscriber --language typescript --name audit --category access --queue standard
  user-events scaffold subscriber --language rust --name welcome --events UserRegisteredEventV1 --classes contact
  user-events scaffold subscriber --language python --name welcome --classes contact --stage demo \\
      --endpoint http://127.0.0.1:4566 --try";

/// Begins the project that is asked for.
///
/// Fails when it cannot be written, deployed or started.
pub async fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let What::Subscriber(options) = &options.what;
    subscriber(options, workspace, console).await
}

/// Writes a subscriber and, where it is asked for, deploys and starts it.
///
/// Fails when the request does not fit the catalogue, when the folder holds something, when the engine refuses the
/// stack, and when the subscriber ends by itself with a failure.
pub async fn subscriber(
    options: &SubscriberOptions,
    workspace: &Workspace,
    console: &Console,
) -> Result<ExitCode> {
    let request = Request::of(options)?;
    let folder = options.out.clone().unwrap_or_else(|| request.name.clone().into());
    console.step(format_args!(
        "writing a subscriber in {} to {}",
        request.language.name(),
        folder.display()
    ));
    for path in project::write(&request, workspace, &folder)? {
        console.line(console.paint(Style::Faint, format_args!("    {path}")));
    }
    let Some(endpoint) = &options.endpoint else {
        next_steps(&request, &folder, console);
        return Ok(ExitCode::SUCCESS);
    };
    let deployed = start::deploy(&request, &folder, endpoint, console).await?;
    if !options.start && !options.trial {
        for (name, value) in deployed.environment(&request) {
            console.line(format_args!("  export {name}={value}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    start::run(&request, workspace, &folder, &deployed, options.trial, console).await
}

fn next_steps(request: &Request, folder: &std::path::Path, console: &Console) {
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
        "deploy it, into the account of the publisher:",
        request.language.deploy_commands(),
    );
}

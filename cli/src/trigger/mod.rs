//! `user-events trigger`: writes the row that causes an event.

mod plan;
mod rows;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{ArgGroup, Args, FromArgMatches};
use user_events_local::clients::Clients;
use user_events_local::clock;
use user_events_local::console::{Console, Style};
use user_events_local::writes::{item_json, perform, read};

use crate::names;
use crate::printable::printable;
use crate::stack::{Outputs, STACK_OF_THE_DEMO};
use crate::terminal::Terminal;
use plan::Planned;
use rows::Rows;

/// Write the row that causes an event
///
/// Writes the sample row of the event into the table of a deployed stack, so that the publisher publishes the event: the
/// whole way is tested. If the change needs a row, the row is created first, which has events of its own. All data is
/// synthetic. Without --user, the row has a new ID. An existing row is changed or removed, but never replaced.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group(ArgGroup::new("place").args(["stack", "endpoint"]).required(true).multiple(true)))]
pub struct Options {
    /// The event type, with or without its version, in any case
    #[arg(value_name = "TYPE")]
    event: String,

    /// Write the row of this user instead of a new one
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// The stack with the table [default with --endpoint: user-events-demo]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// Use a local engine instead of AWS; needs no credentials
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// Do not ask before the table in AWS is written
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  user-events trigger UserRegistered --endpoint http://127.0.0.1:4566
  user-events trigger UserEmailChanged --user 42 --endpoint http://127.0.0.1:4566
  user-events trigger UserRegistered --stack user-events-dev

In AWS, the command shows the writes and asks before it makes them. Without a terminal it needs --yes. Credentials and region come from the environment or the profile (AWS_PROFILE, AWS_REGION). They need cloudformation:DescribeStacks on the stack; dynamodb:GetItem, PutItem, UpdateItem and DeleteItem on the table; and kms:Decrypt with the key that encrypts the table.

Exit status: 0 if the rows were written, 1 for an error or if the answer was no, 2 for an invalid command line.";

impl Options {
    /// Reads the options from a command line that follows `user-events trigger`.
    ///
    /// Fails when the command line is invalid. The error shows the usage.
    pub fn read<A: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = A>,
    ) -> clap::error::Result<Self> {
        let command = Self::augment_args(clap::Command::new("trigger").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }
}

/// Runs the command.
///
/// Fails when there is no such event or stack, when the stack has no such table, when no write of the row causes the event,
/// when nobody can answer the question, and when DynamoDB refuses a write.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    let (_, registration) = names::event(&options.event)?;
    let event_type = registration.event_type();
    let now = clock::now();
    let new_id = format!("trigger-{:08x}", fastrand::u32(..));
    let rows = Rows::new(registration, options.user.as_deref(), &new_id, now)?;

    let clients = Clients::reach(options.endpoint.as_deref()).await?;
    let stack = options.stack.as_deref().unwrap_or(STACK_OF_THE_DEMO);
    let outputs = Outputs::look_up(&clients.cloudformation, stack, "").await?;
    let table = outputs.table_name(&rows.table).with_context(|| {
        format!(
            "stack {stack} did not create the table {}: it reads an existing one; write the row with the service that \
             owns that table",
            rows.table
        )
    })?;
    let current = read(&clients.dynamodb, table, &rows.key).await?;
    let row = current.as_ref().map(item_json);
    let planned = plan::plan(&rows, row, event_type.as_str(), now)?;

    out.line(format_args!(
        "{} ({table})",
        out.paint(Style::Strong, &rows.table)
    ));
    for planned in &planned {
        show(planned, out);
    }
    if options.endpoint.is_none() {
        let question = format!("Write this into the table {table} of the stack {stack} in AWS?");
        if !terminal.confirms(&question, options.yes, progress)? {
            progress.step("nothing was written");
            return Ok(ExitCode::FAILURE);
        }
        // Somebody may have written it while the question was open.
        ensure!(
            read(&clients.dynamodb, table, &rows.key).await? == current,
            "the row has changed since it was read, so nothing was written; repeat the command"
        );
    }
    for Planned { write, .. } in &planned {
        perform(&clients.dynamodb, table, write).await?;
    }
    progress.step("written; `user-events tail` shows events as they are published");
    Ok(ExitCode::SUCCESS)
}

fn show(planned: &Planned, out: &Console) {
    out.line(format_args!("  {}", printable(&planned.to_string())));
    for event in &planned.events {
        let arrow = out.paint(Style::Good, "→");
        out.line(format_args!(
            "          {arrow} {}",
            printable(&event.to_string())
        ));
    }
}

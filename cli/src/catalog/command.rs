//! `user-events catalog`: lists and shows the published events.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::listing;
use super::model::Catalog;
use crate::classes;
use crate::names;
use user_events_local::console::Console;

/// The AsyncAPI document, as `cargo schemas` writes it.
const ASYNCAPI: &str = include_str!("../../../docs/asyncapi.json");

/// List the published events, or show one with its fields and cause
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Show(Show),
    /// Print the AsyncAPI 3 document as JSON
    Asyncapi,
}

/// List the events
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  user-events catalog list --category account\n  \
                        user-events catalog list --class contact --json")]
struct List {
    /// Only events of this category
    #[arg(long)]
    category: Option<String>,
    /// Only events that may hold this class of personal data
    #[arg(long, value_parser = classes::class)]
    class: Option<&'static str>,
    /// Print one JSON object per event
    #[arg(long)]
    json: bool,
}

/// Show one event: its meaning, its fields, its cause, an example
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  user-events catalog show UserRegistered\n  \
                        user-events catalog show user-deleted --schema")]
struct Show {
    /// The type or name, in any case: UserRegisteredEventV1, UserRegistered, user-registered
    event: String,
    /// Print everything as one JSON object
    #[arg(long, conflicts_with = "schema")]
    json: bool,
    /// Print only its JSON Schema (2020-12)
    #[arg(long)]
    schema: bool,
}

/// Runs the command.
///
/// Fails when there is no such event or category.
pub fn run(options: &Options, console: &Console) -> Result<ExitCode> {
    match &options.action {
        Action::List(options) => list(options, console),
        Action::Show(options) => show(options, console),
        Action::Asyncapi => {
            console.line(ASYNCAPI.trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(options: &List, console: &Console) -> Result<ExitCode> {
    let mut catalog = Catalog::read()?;
    if let Some(name) = &options.category {
        let name = names::category(name)?;
        catalog.categories.retain(|category| category.name == name);
    }
    if let Some(class) = options.class {
        for category in &mut catalog.categories {
            category
                .events
                .retain(|event| event.classes.iter().any(|one| one == class));
        }
    }
    if options.json {
        for event in listing::json(&catalog) {
            console.line(event);
        }
    } else {
        listing::print(&catalog, console);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(options: &Show, console: &Console) -> Result<ExitCode> {
    let (_, registration) = names::event(&options.event)?;
    let catalog = Catalog::read()?;
    let wanted = registration.event_type();
    for event in catalog
        .events()
        .filter(|event| event.event_type == wanted.as_str())
    {
        if options.schema {
            console.line(format_args!("{:#}", event.schema));
        } else if options.json {
            console.line(serde_json::to_string(event)?);
        } else {
            listing::show(event, console);
        }
    }
    Ok(ExitCode::SUCCESS)
}

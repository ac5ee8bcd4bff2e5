//! `cargo demo`: end to end, from a write to a user table to a decrypted event in a subscriber's queue.

mod declared;
mod differences;
mod existing;
mod inputs;
mod kept;
mod names;
pub(crate) mod next;
mod page;
mod parked;
mod play;
mod queues;
mod recording;
mod running;
mod script;
pub(crate) mod show;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use existing::ExistingTables;
use inputs::{Files, read_mapping};
use kept::keep;
use names::{TableNames, stack_and_stage};
use page::Page;
use play::Play;
use queues::subscribe;
use recording::Recording;
use running::reach;
use script::Script;
use user_events::playground::Location;
use user_events_local::build::{self, Profile};
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::deploy::{Deployment, SUBJECT_KEYS, deploy};
use user_events_local::engine::{Engine, check_free};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};
use user_events_local::subscribe::Subscriptions;
use user_events_local::workspace::Workspace;
use user_events_local::writes::Layout;

/// The template parameters of thin events. Nothing answers at that host.
const THIN: &[(&str, &str)] = &[
    ("Detail", "thin"),
    ("CallbackBaseUrl", "https://users.example.com"),
];
/// Write to the user tables and show the events that result
///
/// Builds the functions, starts a local engine, deploys this project's template, subscribes a queue to every topic,
/// writes to the tables, and shows each event on arrival, personal data decrypted. Exits with status 1 if an event is
/// missing, duplicated, out of order or unexpected.
#[derive(Debug, Default, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// Play these writes instead of the built-in story: one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub writes: Option<PathBuf>,

    /// Map the tables of the writes by this file: creates the tables with the keys that it names
    #[arg(long, value_name = "FILE", requires = "writes")]
    pub mapping: Option<PathBuf>,

    /// Play the cases of a mapping in the folder mappings/, such as `authjs`
    #[arg(long, value_name = "NAME", conflicts_with_all = ["writes", "mapping"])]
    pub preset: Option<String>,

    /// Write every event received to this file, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub events_out: Option<PathBuf>,

    /// Keep the engine, the stack and the subscriptions running, and print how to continue
    #[arg(long)]
    pub keep: bool,

    /// Open the playground: a page to write rows and see their events, until Ctrl-C
    #[arg(long, conflicts_with_all = ["keep", "thin"])]
    pub open: bool,

    /// Start the engine on this port instead of a free one
    #[arg(long, value_name = "PORT", conflicts_with = "endpoint")]
    pub port: Option<u16>,

    /// Publish thin events (event notifications): identifiers, times and a callback URL, no personal data
    #[arg(long)]
    pub thin: bool,

    /// Encrypt personal data also with a key of the person, which can be erased
    #[arg(long, conflicts_with = "thin")]
    pub subject_keys: bool,

    /// Build the functions as they ship, with whole-program optimisation; takes minutes longer
    #[arg(long)]
    pub release: bool,

    /// Use a running engine; creates or updates its stack user-events-demo
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

const EXAMPLES: &str = r#"Examples:
  cargo demo
  cargo demo --writes my-writes.ndjson --events-out events.ndjson
  cargo demo --open
  cargo demo --keep --port 4566
  cargo demo --thin
  cargo demo --subject-keys
  cargo demo --endpoint http://127.0.0.1:4566 --writes my-writes.ndjson
  cargo demo --preset authjs
  cargo demo --mapping my-mapping.yaml --writes my-writes.ndjson

A line of the writes file is one of:
  {"table":"accounts","put":{"pk":"USER#1","sk":"ACCOUNT","email":"anna@example.com","status":"ACTIVE", …}}
  {"table":"accounts","update":{"key":{"pk":"USER#1","sk":"ACCOUNT"},"set":{"status":"LOCKED"},"remove":["locale"]}}
  {"table":"accounts","delete":{"pk":"USER#1","sk":"ACCOUNT"}}
Tables are accounts, profiles, authentication and access; docs/rows.md describes their rows.

With a mapping, tables and keys are those of the mapping, and a row can also be in DynamoDB's JSON, which has sets:
  {"title":"Ada becomes an admin","table":"users","put":{"id":{"S":"1"},"roles":{"SS":["admin"]}, …}}
Every line can declare its events, in their order; otherwise they are derived:
  {"table": … ,"expect":[{"type":"RoleAssignedToUserEventV1","subject":"users/1","data":{"roleId":"admin"}}]}"#;

/// Runs the demo. Succeeds if every expected event arrived once and in order.
///
/// Fails when the mapping or the writes file is invalid, before anything else happens; when the functions cannot be
/// built; and when the engine cannot be started, reached or deployed to.
pub async fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let run = format!("{:06x}", fastrand::u32(..1 << 24));
    let files = match &options.preset {
        Some(name) => Files::of_preset(name, workspace)?,
        None => Files {
            mapping: options.mapping.clone(),
            writes: options.writes.clone(),
        },
    };
    let mapping = files.mapping.as_deref().map(read_mapping).transpose()?;
    let layout = mapping.as_ref().map_or(Layout::Native, Layout::Mapped);
    let script = Script::read(files.writes.as_deref(), layout, &run)?;
    let recording = options.events_out.as_deref().map(Recording::create).transpose()?;
    // Checks first what can fail quickly, because the build takes minutes.
    options.port.map(check_free).transpose()?;
    let running = match &options.endpoint {
        Some(endpoint) => Some(reach(endpoint).await?),
        None => None,
    };
    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    let functions = match layout {
        Layout::Native => build::functions(workspace, profile, console)?,
        Layout::Mapped(_) => build::functions_with_mapping(workspace, profile, console)?,
    };
    let engine = match running {
        Some(engine) => engine,
        None => Engine::start(workspace, options.port, console)?,
    };
    let clients = Clients::from_endpoint(engine.endpoint());
    let mut subscriptions = Subscriptions::new(&clients);
    let interrupt = Interrupt::by_signals();
    let mut page = None;
    let whole = async {
        let existing = match &mapping {
            Some(mapping) => Some(ExistingTables::create(&clients, mapping, &script, console).await?),
            None => None,
        };
        let mut parameters = if options.thin { THIN.to_vec() } else { Vec::new() };
        if options.subject_keys {
            parameters.push(SUBJECT_KEYS);
        }
        let streams = existing.iter().flat_map(|tables| &tables.streams);
        parameters.extend(streams.map(|(parameter, arn)| (*parameter, arn.as_str())));
        let (stack, stage) = stack_and_stage(mapping.is_some(), options.subject_keys);
        let deployment = Deployment {
            stack,
            stage,
            functions: &functions,
            mapping: files.mapping.as_deref(),
            parameters: &parameters,
        };
        let stack = deploy(workspace, &clients, engine.endpoint(), &deployment, console).await?;
        let tables = match existing {
            Some(existing) => existing.names,
            None => TableNames::of_stack(&stack)?,
        };
        subscribe(&mut subscriptions, &stack, &run, console).await?;
        if options.open {
            let location = Location {
                endpoint: engine.endpoint(),
                stack: &stack.name,
                mapping: mapping.clone(),
                writes: files.writes.as_deref(),
                port: None,
            };
            page = Some(Page::open(location, &interrupt, console).await?);
        }
        let play = Play::new(&clients, &stack, &tables, &mut subscriptions, recording, console).await?;
        let outcome = play.play(script, layout).await?;
        summary::show(&outcome, engine.log(), console);
        anyhow::Ok((stack, outcome.is_as_expected()))
    };
    let finished = tokio::select! {
        biased;
        () = interrupt.raised() => None,
        result = whole => Some(result),
    };
    let Some(result) = finished else {
        console.step("interrupted: tidying up");
        subscriptions.remove().await;
        if let Some(page) = page {
            page.close().await?;
        }
        return Ok(ExitCode::from(INTERRUPTED));
    };
    match page {
        Some(page) if result.is_ok() => page.stay(console).await?,
        Some(page) => page.close().await?,
        None => {}
    }
    if options.keep {
        keep(
            engine,
            subscriptions,
            stack_and_stage(mapping.is_some(), options.subject_keys),
            result.as_ref().ok().map(|(stack, _)| stack),
            files.mapping.as_deref(),
            console,
        )?;
    } else {
        subscriptions.remove().await;
        if result.is_ok() && options.endpoint.is_none() && !options.open {
            next::without_engine(console);
        }
    }
    let (_, as_expected) = result?;
    Ok(if as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

//! `cargo demo`: end to end, from a write to a user table to a decrypted event in a subscriber's queue.

mod differences;
mod parked;
mod play;
mod recording;
mod script;
mod show;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use play::Play;
use recording::Recording;
use script::Script;
use user_events_catalog::CATEGORIES;
use user_events_local::build::{self, Profile};
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::deploy::{Deployment, Stack, deploy};
use user_events_local::engine::{Engine, check_free};
use user_events_local::interrupt::{INTERRUPTED, Interrupt};
use user_events_local::subscribe::Subscriptions;
use user_events_local::workspace::Workspace;

/// The names of the stack and the stage. They never change, so that a second run updates the stack of the first.
const STACK: &str = "user-events-demo";
const STAGE: &str = "demo";
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
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// Play these writes instead of the built-in story: one JSON object per line
    #[arg(long, value_name = "FILE")]
    writes: Option<PathBuf>,

    /// Write every event received to this file, one JSON object per line
    #[arg(long, value_name = "FILE")]
    events_out: Option<PathBuf>,

    /// Keep the engine, the stack and the subscriptions running, and print how to continue
    #[arg(long)]
    keep: bool,

    /// Start the engine on this port instead of a free one
    #[arg(long, value_name = "PORT", conflicts_with = "endpoint")]
    port: Option<u16>,

    /// Publish thin events (event notifications): identifiers, times and a callback URL, no personal data
    #[arg(long)]
    thin: bool,

    /// Build the functions as they ship, with whole-program optimisation; takes minutes longer
    #[arg(long)]
    release: bool,

    /// Use a running engine; creates or updates its stack user-events-demo
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

const EXAMPLES: &str = r#"Examples:
  cargo demo
  cargo demo --writes my-writes.ndjson --events-out events.ndjson
  cargo demo --keep --port 4566
  cargo demo --thin
  cargo demo --endpoint http://127.0.0.1:4566 --writes my-writes.ndjson

A line of the writes file is one of:
  {"table":"accounts","put":{"pk":"USER#1","sk":"ACCOUNT","email":"anna@example.com","status":"ACTIVE", …}}
  {"table":"accounts","update":{"key":{"pk":"USER#1","sk":"ACCOUNT"},"set":{"status":"LOCKED"},"remove":["locale"]}}
  {"table":"accounts","delete":{"pk":"USER#1","sk":"ACCOUNT"}}
Tables are accounts, profiles, authentication and access; docs/rows.md describes their rows."#;

/// Runs the demo. Succeeds if every expected event arrived once and in order.
///
/// Fails when the writes file is invalid, before anything else happens; when the functions cannot be built; and when
/// the engine cannot be started, reached or deployed to.
pub async fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let run = format!("{:06x}", fastrand::u32(..1 << 24));
    let script = Script::read(options.writes.as_deref(), &run)?;
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
    let functions = build::functions(workspace, profile, console)?;
    let engine = match running {
        Some(engine) => engine,
        None => Engine::start(workspace, options.port, console)?,
    };
    let clients = Clients::from_endpoint(engine.endpoint());
    let mut subscriptions = Subscriptions::new(&clients);
    let whole = async {
        let deployment = Deployment {
            stack: STACK,
            stage: STAGE,
            functions: &functions,
            parameters: if options.thin { THIN } else { &[] },
        };
        let stack = deploy(workspace, &clients, engine.endpoint(), &deployment, console).await?;
        subscribe(&mut subscriptions, &stack, &run, console).await?;
        let play = Play::new(&clients, &stack, &mut subscriptions, recording, console).await?;
        let outcome = play.play(script).await?;
        summary::show(&outcome, engine.log(), console);
        anyhow::Ok((stack, outcome.is_as_expected()))
    };
    let interrupt = Interrupt::by_signals();
    let finished = tokio::select! {
        biased;
        () = interrupt.raised() => None,
        result = whole => Some(result),
    };
    let Some(result) = finished else {
        console.step("interrupted: tidying up");
        subscriptions.remove().await;
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if options.keep {
        keep(
            engine,
            subscriptions,
            result.as_ref().ok().map(|(stack, _)| stack),
            console,
        )?;
    } else {
        subscriptions.remove().await;
    }
    let (_, as_expected) = result?;
    Ok(if as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The running engine at the endpoint.
///
/// Fails when it does not answer.
async fn reach(endpoint: &str) -> Result<Engine> {
    let engine = Engine::at(endpoint);
    let answer = Clients::from_endpoint(engine.endpoint())
        .dynamodb
        .list_tables()
        .send()
        .await;
    answer.with_context(|| {
        format!(
            "no AWS API answers at {endpoint}; start an engine there, or omit --endpoint and the demo starts one"
        )
    })?;
    Ok(engine)
}

async fn subscribe(
    subscriptions: &mut Subscriptions,
    stack: &Stack,
    run: &str,
    console: &Console,
) -> Result<()> {
    console.step("subscribing a queue to each topic");
    for category in CATEGORIES.iter().map(|category| category.name) {
        let name = format!("{STACK}-{category}-{run}");
        subscriptions
            .add(category, stack.topic_arn(category)?, &name)
            .await?;
    }
    Ok(())
}

/// Keeps everything running and prints how to continue.
fn keep(
    engine: Engine,
    mut subscriptions: Subscriptions,
    stack: Option<&Stack>,
    console: &Console,
) -> Result<()> {
    subscriptions.stop();
    let endpoint = engine.endpoint().to_owned();
    let say = |what: &str, how: String| {
        console.line(format_args!(
            "  {what}\n    {}",
            console.paint(Style::Strong, how)
        ))
    };
    console.line("");
    console.step(format_args!("left running at {endpoint}"));
    say(
        "write rows of your own and see their events:",
        format!("cargo demo --endpoint {endpoint} --writes my-writes.ndjson"),
    );
    if let Some(accounts) = stack.and_then(|stack| stack.table_name("accounts").ok()) {
        say(
            "write a row with the AWS command line (any credentials, region us-east-1):",
            format!(
                r#"aws --endpoint-url {endpoint} dynamodb put-item --table-name {accounts} --item '{{"pk":{{"S":"USER#1"}},"sk":{{"S":"ACCOUNT"}},"email":{{"S":"me@example.com"}},"status":{{"S":"ACTIVE"}},"createdAt":{{"S":"2026-03-01T08:00:00Z"}},"updatedAt":{{"S":"2026-03-01T08:00:00Z"}}}}'"#
            ),
        );
    }
    for subscription in subscriptions
        .all()
        .iter()
        .filter(|subscription| subscription.category == "account")
    {
        let url = &subscription.queue_url;
        say(
            "read the account queue, which is still subscribed:",
            format!(
                "aws --endpoint-url {endpoint} sqs receive-message --wait-time-seconds 5 --message-attribute-names All --queue-url {url}"
            ),
        );
    }
    if let Some(kept) = engine.keep()? {
        say(
            "read the log of the engine and its functions:",
            format!("tail -f {}", kept.log.display()),
        );
        say("stop it:", format!("kill -- -{}", kept.process_group));
    }
    Ok(())
}

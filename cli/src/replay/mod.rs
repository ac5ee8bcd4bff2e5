//! `user-events replay`: lets SNS deliver archived events of a FIFO topic to a subscriber again. It shows how far that is, and
//! stops it.

mod archive;
mod options;
mod policy;
mod subscribed;

use std::process::ExitCode;

use anyhow::Result;
use user_events_core::Time;
use user_events_local::clients::Clients;
use user_events_local::clock;
use user_events_local::console::{Console, Style};

use crate::terminal::Terminal;
use archive::Archive;
use options::{Command, Place, Start, Status, Stop};
use policy::ReplayPolicy;
use subscribed::Subscribed;

pub(crate) use archive::{archives, is_fifo};
pub use options::Options;
pub(crate) use policy::from_start;
pub(crate) use subscribed::set_policy;

/// Runs the command.
///
/// Fails when the subscriber or its subscriptions are not found, when the archive cannot serve the times, when nobody can
/// answer the question, and when SNS refuses.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    terminal: &mut Terminal,
) -> Result<ExitCode> {
    match &options.command {
        None => start(&options.start, clock::now(), progress, terminal).await,
        Some(Command::Status(options)) => status(options, out).await,
        Some(Command::Stop(options)) => stop(options, progress, terminal).await,
    }
}

async fn find(place: &Place) -> Result<(Clients, Vec<Subscribed>)> {
    let clients = Clients::reach(place.endpoint.as_deref()).await?;
    let found = subscribed::find(&clients, place).await?;
    Ok((clients, found))
}

async fn start(options: &Start, now: Time, progress: &Console, terminal: &mut Terminal) -> Result<ExitCode> {
    let wanted = ReplayPolicy::new(options.since(), options.until, now)?;
    let (clients, subscriptions) = find(&options.place).await?;
    // Every refusal comes before the first change.
    for subscription in &subscriptions {
        match Archive::read(&clients.sns, &subscription.topic_arn).await? {
            Some(archive) => archive.serves(&subscription.topic_arn, wanted.since)?,
            None => progress.line(format_args!(
                "{} you may not read the attributes of {}, so nobody knows how far its archive reaches; SNS refuses what it \
                 cannot serve",
                progress.paint(Style::Faint, "note:"),
                subscription.topic_arn
            )),
        }
    }
    if let Some(until) = wanted.until {
        let question = format!(
            "SNS pauses the subscription at the end: it delivers nothing that is published after {until}, until you repeat \
             the command with --since {until} and without --until. Start it?"
        );
        if !terminal.confirms(&question, options.yes, progress)? {
            progress.step("nothing was started");
            return Ok(ExitCode::FAILURE);
        }
    }
    for subscription in &subscriptions {
        subscribed::set_policy(&clients.sns, &subscription.arn, &wanted.document()).await?;
        progress.step(format_args!(
            "SNS replays {} from {}{}",
            subscription.topic_arn,
            wanted.since,
            wanted
                .until
                .map(|until| format!(" until {until}"))
                .unwrap_or_default()
        ));
    }
    progress.line("    `user-events replay status` shows how far it is");
    Ok(ExitCode::SUCCESS)
}

async fn status(options: &Status, out: &Console) -> Result<ExitCode> {
    let (clients, subscriptions) = find(&options.place).await?;
    for subscription in &subscriptions {
        let state = subscribed::state(&clients.sns, &subscription.arn).await?;
        if options.json {
            out.line(state.json(subscription));
        } else {
            state.show(subscription, out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn stop(options: &Stop, progress: &Console, terminal: &mut Terminal) -> Result<ExitCode> {
    let (clients, subscriptions) = find(&options.place).await?;
    let mut running = Vec::new();
    for subscription in &subscriptions {
        let state = subscribed::state(&clients.sns, &subscription.arn).await?;
        match state.policy {
            Some(policy) => running.push((subscription, policy)),
            None => progress.step(format_args!("no replay of {}", subscription.topic_arn)),
        }
    }
    if running.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let question = "SNS then delivers new events only. What it did not replay yet, and what was published while the \
                    subscription was paused, is not delivered. Stop it?";
    if !terminal.confirms(question, options.yes, progress)? {
        progress.step("nothing was stopped");
        return Ok(ExitCode::FAILURE);
    }
    for (subscription, policy) in running {
        subscribed::set_policy(&clients.sns, &subscription.arn, policy::NONE).await?;
        progress.step(format_args!("stopped the replay of {}", subscription.topic_arn));
        // A paused subscription has missed everything since the end; a running one may have, of which AWS says nothing.
        let missed = policy.until.unwrap_or(policy.since);
        progress.line(format_args!(
            "    events may be missing since {missed}; if the subscriber needs them: --since {missed}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

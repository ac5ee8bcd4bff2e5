//! `user-events tail`: follows the events of a stage through temporary queues and subscriptions.

mod contradictions;
mod filter;
mod forward;
mod leftovers;
mod options;
mod queues;
mod span;
mod subject;
mod view;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use filter::Filter;
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::{INTERRUPTED, Interrupt, Interrupted};
use user_events_local::subscribe::{Removal, Subscriptions};
use view::View;

pub use options::Options;

/// A deadline that is never reached.
const NEVER: Duration = Duration::from_secs(365 * 86_400);

/// What ended the tail, with the number of events that it had shown.
enum End {
    Counted(u64),
    TimeIsUp(u64),
    ReaderGone,
    Interrupted,
}

/// Runs the command. At any end it removes its queues and subscriptions; `--gc` removes what a crash left behind.
///
/// Fails when the stage, a topic or the filter cannot be used, and when the queues cannot be made, received from or
/// removed.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let filter = Filter::new(options)?;
    let clients = Clients::reach(options.endpoint.as_deref()).await?;
    if options.gc {
        return leftovers::remove(&clients, progress).await;
    }
    let view = View::new(options, &clients, out, progress).await?;
    let mut subscriptions = Subscriptions::new(&clients);
    let followed = match follow(
        options,
        &filter,
        &clients,
        &mut subscriptions,
        &view,
        interrupt,
        progress,
    )
    .await
    {
        Err(error) if error.is::<Interrupted>() => Ok(End::Interrupted),
        followed => followed,
    };
    if let Ok(end) = &followed {
        say_why(end, options, progress);
    }
    let removed = report(&subscriptions.remove().await, progress);
    let end = followed?;
    let incomplete = options.count.is_some() && matches!(end, End::TimeIsUp(_));
    Ok(match end {
        End::Interrupted => ExitCode::from(INTERRUPTED),
        _ if incomplete || !removed => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

async fn follow(
    options: &Options,
    filter: &Filter,
    clients: &Clients,
    subscriptions: &mut Subscriptions,
    view: &View<'_>,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<End> {
    queues::make(options, filter, clients, subscriptions, interrupt, progress).await?;
    let (sender, mut messages) = unbounded_channel();
    subscriptions.receive(&sender);
    let begun = Instant::now();
    let deadline = begun + options.time.unwrap_or(NEVER);
    let mut beat = interval_at(begun + queues::HEARTBEAT, queues::HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shown = 0;
    loop {
        tokio::select! {
            biased;
            () = interrupt.raised() => return Ok(End::Interrupted),
            () = sleep_until(deadline) => return Ok(End::TimeIsUp(shown)),
            _ = beat.tick() => queues::say_alive(clients, subscriptions, progress).await,
            Some(message) = messages.recv() => {
                if filter.lets_through(&message) {
                    // A server that an event is forwarded to may be slow.
                    let is_event = tokio::select! {
                        biased;
                        () = interrupt.raised() => return Ok(End::Interrupted),
                        is_event = view.show(message) => is_event?,
                    };
                    shown += u64::from(is_event);
                }
                if options.count.is_some_and(|count| shown >= count.get()) {
                    return Ok(End::Counted(shown));
                }
                if view.reader_is_gone() {
                    return Ok(End::ReaderGone);
                }
            }
            error = subscriptions.failed() => return Err(error),
        }
    }
}

/// Says which option ended the tail, and how far the other was.
fn say_why(end: &End, options: &Options, progress: &Console) {
    let counted = |shown: u64| match (shown, options.count) {
        (shown, Some(count)) => format!("{shown} of {count} events were shown"),
        (shown, None) => format!("{shown} events were shown"),
    };
    let time = options.time.map(span::in_words).unwrap_or_default();
    match end {
        End::Counted(shown) => progress.step(format_args!("ended by --count: {}", counted(*shown))),
        End::TimeIsUp(shown) => {
            progress.step(format_args!("ended by --for, after {time}: {}", counted(*shown)));
        }
        End::ReaderGone | End::Interrupted => {}
    }
}

/// Reports what was removed. Returns whether nothing is left.
fn report(removal: &Removal, progress: &Console) -> bool {
    if !removal.removed.is_empty() {
        let names = removal.removed.join(", ");
        progress.step(format_args!("removed, each with its subscription: {names}"));
    }
    for (name, why) in &removal.left {
        progress.line(format_args!(
            "{} {name}: {why}; `user-events tail --gc` removes it after {} without a sign of life",
            progress.paint(Style::Bad, "left behind:"),
            span::in_words(queues::SILENCE),
        ));
    }
    removal.left.is_empty()
}

#[cfg(test)]
mod tests;

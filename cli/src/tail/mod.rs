//! `user-events tail`: follows the events of a stage through temporary queues and subscriptions.

mod contradictions;
mod filter;
mod following;
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
use tokio::time::{Instant, sleep_until};

use filter::Filter;
use user_events_local::clients::Clients;
use user_events_local::console::Console;
use user_events_local::interrupt::{INTERRUPTED, Interrupt, Interrupted};
use view::View;

pub(crate) use following::Following;
pub(crate) use queues::report;

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
    let topics = queues::topics(options, &clients).await?;
    let mut following = match Following::begin(&clients, &topics, filter.server(), interrupt, progress).await
    {
        Err(error) if error.is::<Interrupted>() => return Ok(ExitCode::from(INTERRUPTED)),
        begun => begun?,
    };
    let categories: Vec<_> = topics.iter().map(|(category, _)| *category).collect();
    progress.step(format_args!(
        "ready: events of {} {}; Ctrl-C to quit",
        categories.join(", "),
        options.place(),
    ));
    following.describe(filter.server(), progress);
    let followed = follow(options, &filter, &mut following, &view, interrupt, progress).await;
    if let Ok(end) = &followed {
        say_why(end, options, progress);
    }
    let removed = report(&following.end().await, progress);
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
    following: &mut Following,
    view: &View<'_>,
    interrupt: &Interrupt,
    progress: &Console,
) -> Result<End> {
    let deadline = Instant::now() + options.time.unwrap_or(NEVER);
    let mut shown = 0;
    loop {
        let message = tokio::select! {
            biased;
            () = interrupt.raised() => return Ok(End::Interrupted),
            () = sleep_until(deadline) => return Ok(End::TimeIsUp(shown)),
            message = following.next(progress) => message?,
        };
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

#[cfg(test)]
mod tests;

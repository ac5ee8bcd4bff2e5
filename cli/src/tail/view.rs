//! Shows events, and forwards them.

use anyhow::{Result, ensure};
use user_events_consumer::{Opener, ReceivedEvent};
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::subscribe::Received;

use super::forward::Forward;
use super::options::Options;
use crate::open;
use crate::printable::printable;

/// What is done with each event.
pub(super) struct View<'a> {
    opener: Option<Opener>,
    forward: Option<Forward>,
    json: bool,
    out: &'a Console,
    progress: &'a Console,
}

impl<'a> View<'a> {
    /// Fails when the seal key of the stage cannot be read or was not named, and when the server to forward to is not one on this machine.
    pub(super) async fn new(
        options: &Options,
        clients: &Clients,
        out: &'a Console,
        progress: &'a Console,
    ) -> Result<Self> {
        let opener = if options.open {
            ensure!(
                options.topic_arn.is_empty() || options.keys.names_seal_key(),
                "--open: with --topic-arn, name the seal key of the topic with --seal-key"
            );
            Some(options.keys.opener(clients, options.stage()).await?)
        } else {
            None
        };
        Ok(Self {
            opener,
            forward: match &options.forward_to {
                Some(url) => Some(Forward::new(url).await?),
                None => None,
            },
            json: options.json,
            out,
            progress,
        })
    }

    /// Shows an event; `false` if the message is not an event.
    pub(super) async fn show(&self, message: Received) -> Result<bool> {
        let event = match ReceivedEvent::from_message_body(&message.body) {
            Ok(event) => event.with_attributes(message.attributes),
            Err(error) => {
                let category = message.category;
                self.progress.line(format_args!(
                    "{} {category}: {error}",
                    self.progress.paint(Style::Bad, "not an event:")
                ));
                return Ok(false);
            }
        };
        let opened = open::open(self.opener.as_ref(), event).await;
        if self.json {
            self.out.line(open::json(&opened)?)
        } else {
            open::readable(&opened, self.out)
        }
        if let Some(forward) = &self.forward {
            self.forward(forward, message.body).await;
        }
        Ok(true)
    }

    /// Whether nobody reads the events any more.
    pub(super) fn reader_is_gone(&self) -> bool {
        self.out.reader_is_gone()
    }

    /// Posts the event as it was published, and shows the answer. A server that does not answer ends nothing.
    async fn forward(&self, forward: &Forward, event: String) {
        // With --json, standard output has events only.
        let console = if self.json { self.progress } else { self.out };
        let line = match forward.post(event).await {
            Ok(answer) => {
                let style = if answer.status.is_success() {
                    Style::Good
                } else {
                    Style::Bad
                };
                let status = console.paint(style, answer.status);
                format!("{status} {}", printable(answer.beginning.trim()))
            }
            Err(error) => console.paint(Style::Bad, printable(&format!("not forwarded: {error:#}"))),
        };
        console.line(format_args!("    → {}", line.trim_end()));
    }
}

//! The page of `--open`, served while the writes are played and afterwards.

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use user_events::playground::{Location, Playground};
use user_events_local::console::{Console, Style};
use user_events_local::interrupt::Interrupt;

/// The page, while it is served.
pub(super) struct Page {
    url: String,
    interrupt: Interrupt,
    serving: JoinHandle<Result<()>>,
}

impl Page {
    /// Serves the page, and opens it in a browser if there is one.
    ///
    /// Fails when the page cannot be served.
    pub(super) async fn open(
        location: Location<'_>,
        interrupt: &Interrupt,
        console: &Console,
    ) -> Result<Self> {
        let playground = Playground::open(location, interrupt, console).await?;
        let url = playground.url();
        console.step(format_args!(
            "the playground is at {}",
            console.paint(Style::Strong, &url)
        ));
        playground.show(console);
        let interrupt = interrupt.clone();
        let raised = interrupt.clone();
        let serving = tokio::spawn(async move { playground.serve(&raised, &Console::stderr()).await });
        Ok(Self {
            url,
            interrupt,
            serving,
        })
    }

    /// Serves it until Ctrl-C.
    ///
    /// Fails when a queue cannot be received from.
    pub(super) async fn stay(self, console: &Console) -> Result<()> {
        console.line("");
        console.step(format_args!(
            "the playground stays at {}; Ctrl-C to quit",
            self.url
        ));
        self.serving.await.context("the page broke off")?
    }

    /// Ends it, and removes its queues.
    pub(super) async fn close(self) -> Result<()> {
        self.interrupt.raise();
        self.serving.await.context("the page broke off")?
    }
}

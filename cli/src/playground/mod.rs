//! `user-events playground`: a page on this machine over a local engine. Nothing is simulated: the page writes rows into the
//! real tables, the real functions publish, and the events arrive in real queues.

mod address;
mod assets;
mod copies;
mod draft;
mod drawer;
mod feed;
mod grants;
mod options;
mod page;
mod parked_routes;
mod place;
mod policy;
mod preset;
mod presets;
mod refusal;
mod routes;
mod rows;
mod shared;
mod start;
mod stream;
mod tamper;
mod verdict;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use user_events_core::Mapping;
use user_events_local::console::{Console, Style};
use user_events_local::engine::Engine;
use user_events_local::interrupt::{INTERRUPTED, Interrupt};

use crate::map::mapping_file;
use crate::stack::STACK_OF_THE_DEMO;
use crate::tail::{self, Following};
use address::Address;
use place::Place;
use presets::Presets;
use shared::Shared;

pub use options::Options;

/// The stack of `cargo demo` with a mapping.
const STACK_OF_THE_MAPPED_DEMO: &str = "user-events-demo-mapped";

/// A page that listens, and follows the topics.
pub struct Playground {
    listener: TcpListener,
    address: Address,
    shared: Arc<Shared>,
    following: Following,
}

/// Where a playground works.
#[derive(Debug, Default)]
pub struct Location<'a> {
    /// The engine.
    pub endpoint: &'a str,
    /// The stack of the publisher on it.
    pub stack: &'a str,
    /// The mapping with which the stack was deployed.
    pub mapping: Option<Mapping>,
    /// A file of the writes to propose.
    pub writes: Option<&'a Path>,
    /// The port; a free one if absent.
    pub port: Option<u16>,
}

/// Runs the command until it is interrupted.
///
/// Fails when the engine or its stack cannot be used, when the port is taken, and when a queue cannot be received from.
pub async fn run(
    options: &Options,
    out: &Console,
    progress: &Console,
    interrupt: &Interrupt,
) -> Result<ExitCode> {
    let mapping = options.mapping.as_deref().map(mapping_file::usable).transpose()?;
    let own = match (&options.stack, &mapping) {
        (Some(stack), _) => stack.as_str(),
        (None, Some(_)) => STACK_OF_THE_MAPPED_DEMO,
        (None, None) => STACK_OF_THE_DEMO,
    };
    // Ends with this value.
    let engine = match &options.endpoint {
        Some(endpoint) => Engine::at(endpoint),
        None => start::engine(own, progress).await?,
    };
    let location = Location {
        endpoint: engine.endpoint(),
        stack: own,
        mapping,
        writes: options.writes.as_deref(),
        port: options.port,
    };
    let playground = Playground::open(location, interrupt, progress).await?;
    out.line(format_args!(
        "{} {}",
        out.paint(Style::Good, "ready:"),
        out.paint(Style::Strong, playground.url())
    ));
    progress.line("Ctrl-C ends the page and removes its queues");
    if !options.no_browser {
        playground.show(progress);
    }
    playground.serve(interrupt, progress).await?;
    Ok(ExitCode::from(INTERRUPTED))
}

impl Playground {
    /// Begins to follow the topics of the stack, and listens.
    ///
    /// Fails when the engine, the stack, the file of the writes or the port cannot be used.
    pub async fn open(location: Location<'_>, interrupt: &Interrupt, progress: &Console) -> Result<Self> {
        let place = Place::look_up(location.endpoint, location.stack, location.mapping).await?;
        let presets = Presets::read(place.layout(), location.writes)?;
        let (listener, address) = Address::listen(location.port).await?;
        let following = Following::begin(&place.clients, &place.topics, None, interrupt, progress).await?;
        Ok(Self {
            listener,
            address,
            shared: Arc::new(Shared::new(place, presets)),
            following,
        })
    }

    /// The URL of the page.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// Opens the page in the browser of the desktop, if there is one.
    pub fn show(&self, progress: &Console) {
        if ::open::that_detached(self.url()).is_err() {
            progress.line("no browser could be opened here; open the address in yours");
        }
    }

    /// Serves the page until it is interrupted, then removes the queues.
    ///
    /// Fails when a queue cannot be received from or removed.
    pub async fn serve(mut self, interrupt: &Interrupt, progress: &Console) -> Result<()> {
        let router = routes::router(self.shared.clone(), self.address);
        let server = async {
            axum::serve(self.listener, router)
                .await
                .context("the page cannot be served")
        };
        let feed = async {
            loop {
                self.shared.feed.take(self.following.next(progress).await?);
            }
        };
        let ended = tokio::select! {
            biased;
            () = interrupt.raised() => Ok(()),
            ended = server => ended,
            ended = feed => ended,
            () = drawer::watch(&self.shared.place, &self.shared.parked) => Ok(()),
        };
        tail::report(&self.following.end().await, progress);
        ended
    }
}

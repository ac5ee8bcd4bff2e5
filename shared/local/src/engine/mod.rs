//! The local engine: an endpoint that speaks the AWS APIs on one port.
//!
//! It is installed into the project's own folder, started on a free port and ended with the process that
//! started it, whatever ends that process.

mod install;
mod process;

use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::console::Console;
use crate::workspace::Workspace;
use process::{Outcome, Process};

pub use process::Kept;

/// Another process may take a free port before the engine does; then it is another port's turn.
const ATTEMPTS: u32 = 3;

/// An engine to work with.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    process: Option<Process>,
}

impl Engine {
    /// Installs the engine where that was not done yet, starts it on the given port or on a free one, and
    /// waits until it answers. It ends when the value is dropped and when this process ends.
    ///
    /// Fails when Python is missing or the packages cannot be had, when the given port is taken, and when the
    /// engine does not answer in time; the error says how to mend it.
    pub fn start(workspace: &Workspace, port: Option<u16>, console: &Console) -> Result<Self> {
        let python = install::python(workspace, console)?;
        let script = workspace.root().join("tools/engine/serve.py");
        for _ in 0..ATTEMPTS {
            let port = match port {
                Some(port) => {
                    check_free(port)?;
                    port
                }
                None => free_port()?,
            };
            console.step(format_args!("starting the local engine on port {port}"));
            match Process::start(&python, &script, workspace, port)? {
                Outcome::Answers(process) => {
                    return Ok(Self {
                        endpoint: process.endpoint(),
                        process: Some(process),
                    });
                }
                Outcome::PortTaken => {}
            }
        }
        bail!("the local engine found no free port; name one with --port")
    }

    /// An engine that already runs. Nobody here ends it.
    pub fn at(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            process: None,
        }
    }

    /// The URL that all AWS clients are pointed at.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The file that the engine and the functions log to, where it was started here.
    pub fn log(&self) -> Option<&Path> {
        self.process.as_ref().map(Process::log)
    }

    /// Lets an engine that was started here live on after this process: the id of its process group, which
    /// is what to end it by. `None` when it was not started here.
    pub fn keep(self) -> Result<Option<Kept>> {
        self.process.map(Process::keep).transpose()
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port can be had")?;
    Ok(listener.local_addr()?.port())
}

/// Fails when somebody listens on the port.
pub fn check_free(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).with_context(|| {
        format!(
            "port {port} is taken; choose another one, leave --port away, or use what runs there with \
             --endpoint http://127.0.0.1:{port}"
        )
    })
}

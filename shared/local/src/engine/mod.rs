//! The local engine: an endpoint that speaks the AWS APIs on one port.
//!
//! It is installed in `.engine/`, started on a free port, and ends with the process that started it, even if that process
//! is killed.

mod install;
mod process;

use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::console::Console;
use crate::workspace::Workspace;
use process::{Outcome, Process};

pub use process::Kept;

/// Another process may take the free port before the engine does. Then the next free port is tried.
const ATTEMPTS: u32 = 3;

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    endpoint: String,
    process: Option<Process>,
}

impl Engine {
    /// Installs the engine if needed, starts it on the given port or a free one, and waits until it answers. The engine ends
    /// when this value is dropped or this process ends.
    ///
    /// Fails when Python or its packages cannot be installed, when the given port is taken, and when the engine does not answer
    /// in time. The error says how to fix it.
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

    /// An engine that already runs. Dropping this value does not end it.
    pub fn at(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            process: None,
        }
    }

    /// The endpoint URL for all AWS clients.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The log file of the engine and its functions; `None` for an engine that was not started here.
    pub fn log(&self) -> Option<&Path> {
        self.process.as_ref().map(Process::log)
    }

    /// Lets the engine outlive this process. Returns its process group, with which to end it, and its log. `None` for an engine
    /// that was not started here.
    pub fn keep(self) -> Result<Option<Kept>> {
        self.process.map(Process::keep).transpose()
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("the system has no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Fails when another process listens on the port.
pub fn check_free(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).with_context(|| {
        format!(
            "port {port} is taken; choose another one, omit --port, or use what runs there with \
             --endpoint http://127.0.0.1:{port}"
        )
    })
}

//! The engine's process: its start, its log and its end.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::clients::{ACCESS_KEY, REGION, SECRET_KEY};
use crate::workspace::Workspace;

const LONGEST_START: Duration = Duration::from_secs(60);
const LONGEST_STOP: Duration = Duration::from_secs(5);
const LOG_LINES_IN_ERROR: usize = 15;
const KEPT_LOGS: usize = 20;

/// A running engine. Dropping it ends the engine and the functions that it runs.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// The engine runs for as long as this end of its pipe is open.
    lifeline: Option<ChildStdin>,
    port: u16,
    log: PathBuf,
}

/// An engine that outlives this process.
#[derive(Debug)]
pub struct Kept {
    /// The process group of the engine and of the functions it runs.
    pub process_group: u32,
    /// Their log file.
    pub log: PathBuf,
}

pub(super) enum Outcome {
    Answers(Process),
    PortTaken,
}

impl Process {
    pub(super) fn start(python: &Path, script: &Path, workspace: &Workspace, port: u16) -> Result<Outcome> {
        let folder = workspace.engine_folder();
        remove_old_logs(&folder);
        let log = folder.join(format!("engine-{port}.log"));
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;

        let mut child = Command::new(python)
            .arg(script)
            .arg(&folder)
            // The functions inherit this environment: the user's own AWS settings must not reach them.
            .env_clear()
            .envs(
                ["PATH", "HOME", "LANG"]
                    .iter()
                    .filter_map(|name| Some((*name, std::env::var_os(name)?))),
            )
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", Ipv4Addr::LOCALHOST.to_string())
            .env("AWS_ENDPOINT_URL", endpoint(port))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("MINISTACK_REGION", REGION)
            .env("LAMBDA_EXECUTOR", "local")
            // Switches off listeners that nothing here uses, and keeps the engine away from other people's containers.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("DOCKER_HOST", "unix:///nonexistent")
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .context("the local engine could not be started")?;
        let lifeline = child.stdin.take();
        Self {
            child,
            lifeline,
            port,
            log,
        }
        .wait_for_answer()
    }

    fn wait_for_answer(mut self) -> Result<Outcome> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_START {
            if let Some(status) = self.child.try_wait()? {
                let log = self.last_log_lines();
                if log.contains("already in use") {
                    return Ok(Outcome::PortTaken);
                }
                bail!(
                    "the local engine ended while it started ({status}); {} ends with:\n{log}",
                    self.log.display()
                );
            }
            if answers(self.port) {
                return Ok(Outcome::Answers(self));
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        bail!(
            "the local engine did not answer within {} seconds; {} ends with:\n{}",
            LONGEST_START.as_secs(),
            self.log.display(),
            self.last_log_lines(),
        );
    }

    pub(super) fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn keep(mut self) -> Result<Kept> {
        let mut lifeline = self.lifeline.take().context(
            "the local engine was started by another process, so this command cannot keep it; omit --keep",
        )?;
        lifeline
            .write_all(b"keep")
            .context("the local engine has ended")?;
        Ok(Kept {
            process_group: self.child.id(),
            log: self.log.clone(),
        })
    }

    fn last_log_lines(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_IN_ERROR)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // `keep` took it: the engine must outlive this process.
        let Some(lifeline) = self.lifeline.take() else {
            return;
        };
        drop(lifeline);
        let begun = Instant::now();
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if begun.elapsed() > LONGEST_STOP {
                self.child.kill().ok();
                self.child.wait().ok();
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn endpoint(port: u16) -> String {
    format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
}

/// Removes the oldest logs.
fn remove_old_logs(folder: &Path) {
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log");
    let paths = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(is_log);
    let mut logs: Vec<_> = paths
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    logs.sort_unstable();
    for (_, path) in logs.iter().rev().skip(KEPT_LOGS) {
        fs::remove_file(path).ok();
    }
}

/// Whether the engine reports that it is ready.
fn answers(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream
            .write_all(b"GET /_ministack/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 15];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    ask().is_ok_and(|answer| answer.split(' ').nth(1) == Some("200"))
}

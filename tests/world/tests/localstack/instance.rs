//! One LocalStack for all tests. It is installed into `.engine` once, listens on a free port of the loopback interface,
//! and ends with this process, however that ends.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use user_events_local::console::Console;
use user_events_local::toolchain::PythonEnvironment;

use crate::support::root;
use crate::tools::{Tool, python_3_13, require};

/// The version that `tools/localstack/requirements.txt` pins and the health page shows.
const VERSION: &str = "4.14.0";
const LONGEST_START: Duration = Duration::from_secs(60);
/// How many ports to try: another process may take a free port before LocalStack does.
const ATTEMPTS: u32 = 3;
/// The exit status of `serve.py` if the port is taken.
const PORT_TAKEN: i32 = 98;

/// A running LocalStack.
struct LocalStack {
    endpoint: String,
    child: Child,
    /// LocalStack runs as long as this end of the pipe is open.
    _lifeline: Option<ChildStdin>,
}

/// The endpoint of the one LocalStack. Skips the running test if Python 3.13 is missing.
///
/// Fails if the packages cannot be installed, or if LocalStack does not answer.
pub(super) fn endpoint() -> Result<&'static str> {
    static SHARED: OnceLock<Result<LocalStack, String>> = OnceLock::new();
    require(Tool::Localstack);
    // A failure is kept, too: the next test would only wait for the same failure.
    match SHARED.get_or_init(|| install_and_start().map_err(|error| format!("{error:#}"))) {
        Ok(instance) => Ok(instance.endpoint.as_str()),
        Err(error) => bail!("there is no LocalStack: {error}"),
    }
}

fn install_and_start() -> Result<LocalStack> {
    let system_python = python_3_13().context("Python 3.13 is missing")?;
    let python = install(&system_python)?;
    for _ in 0..ATTEMPTS {
        if let Some(instance) = LocalStack::start(&python)? {
            return Ok(instance);
        }
    }
    bail!("no free port was found")
}

/// The Python of LocalStack's environment. Creates the environment if it is missing or the pinned packages have
/// changed.
fn install(system_python: &Path) -> Result<PathBuf> {
    let environment = PythonEnvironment {
        what: "LocalStack, which takes a minute",
        folder: &folder().join("localstack-venv"),
        requirements: &tools().join("requirements.txt"),
        python: Some(system_python),
    };
    environment.install(&Console::stderr())
}

impl LocalStack {
    /// `None` if another process took the port in the meantime.
    fn start(python: &Path) -> Result<Option<Self>> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = folder().join(format!("localstack-{port}.log"));
        let output = File::create(&log)?;
        let mut child = Command::new(python)
            .arg(tools().join("serve.py"))
            .arg(folder())
            .arg(port.to_string())
            // None of the user's own AWS and LocalStack settings.
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .context("it could not be started")?;
        let lifeline = child.stdin.take();
        let mut instance = Self {
            endpoint: format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
            child,
            _lifeline: lifeline,
        };
        let begun = Instant::now();
        while !is_healthy(port) {
            match instance.child.try_wait()? {
                Some(status) if status.code() == Some(PORT_TAKEN) => return Ok(None),
                Some(status) => bail!("it ended while it started ({status}); see {}", log.display()),
                None if begun.elapsed() > LONGEST_START => {
                    bail!(
                        "it did not answer within {LONGEST_START:?}; see {}",
                        log.display()
                    )
                }
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        Ok(Some(instance))
    }
}

/// Whether LocalStack answers, and not another engine that took the port in the meantime.
fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream
            .write_all(b"GET /_localstack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(&format!(r#""version": "{VERSION}""#)))
}

fn tools() -> PathBuf {
    root().join("tools/localstack")
}

fn folder() -> PathBuf {
    root().join(".engine")
}

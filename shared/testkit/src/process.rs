//! A function's real binary, run against the stub.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::stub::Stub;

/// A running function. It is ended when the value is dropped.
#[derive(Debug)]
pub struct FunctionProcess {
    child: Child,
    started: Instant,
    /// What it writes is read as it is written: a full pipe would stop it.
    log: Vec<JoinHandle<std::io::Result<String>>>,
}

impl FunctionProcess {
    /// Starts the binary as Lambda would, with the stub for every service.
    ///
    /// Fails when the binary is not there.
    pub fn start(binary: &Path, stub: &Stub, variables: &[(&str, &str)]) -> Result<Self> {
        let address = stub.address();
        let mut child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "stubbed")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "stubbed")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stubbed")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .env(
                "SEAL_KEY_ARN",
                user_events_core::description::sample_data_key("").key_arn,
            )
            .env(
                "PARKED_QUEUE_URL",
                format!("http://{address}/123456789012/parked"),
            )
            .env("TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:stubbed.fifo")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let started = Instant::now();
        let out = child.stdout.take().map(|out| read(Box::new(out)));
        let err = child.stderr.take().map(|err| read(Box::new(err)));
        Ok(Self {
            child,
            started,
            log: out.into_iter().chain(err).collect(),
        })
    }

    /// When it was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The processor time that its threads have used, in the kernel and outside.
    ///
    /// Fails where there is no `/proc`.
    pub fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in
            std::fs::read_dir(format!("/proc/{}/task", self.child.id())).context("no /proc to read")?
        {
            let schedule = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += schedule
                .split_whitespace()
                .next()
                .context("an empty schedstat")?
                .parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The most memory that it has held at once, in bytes.
    ///
    /// Fails where there is no `/proc`.
    pub fn peak_memory(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .context("no VmHWM")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1_024)
    }

    /// Kills the function at once, whatever it is doing (SIGKILL).
    ///
    /// Fails when it cannot be waited for.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until the function ends by itself.
    ///
    /// Fails when it does not within the time limit.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(
                Instant::now() < deadline,
                "the function did not end within {limit:?}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends the function and gives all that it wrote to its log.
    pub fn end(mut self) -> Result<String> {
        if self.child.try_wait()?.is_none() {
            self.child.kill()?;
            self.child.wait()?;
        }
        let mut log = String::new();
        for reader in std::mem::take(&mut self.log) {
            match reader.join() {
                Ok(text) => log.push_str(&text?),
                Err(_) => bail!("the reader of the log panicked"),
            }
        }
        Ok(log)
    }
}

fn read(mut pipe: Box<dyn Read + Send>) -> JoinHandle<std::io::Result<String>> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text)?;
        Ok(text)
    })
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        // It has ended already where end() was called.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

//! Runs a function's real binary against the stub.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use user_events_catalog::CATEGORIES;

use crate::stub::Stub;

/// A running function; dropping it kills the process.
#[derive(Debug)]
pub struct FunctionProcess {
    child: Child,
    started: Instant,
    /// Threads that read its output all the time: a full pipe would stop the function.
    log: Vec<JoinHandle<std::io::Result<String>>>,
}

fn topic(name: &str) -> String {
    format!("arn:aws:sns:eu-west-1:123456789012:{name}.fifo")
}

impl FunctionProcess {
    /// Starts the binary as Lambda would, with the stub for every service.
    ///
    /// Fails when the binary does not exist.
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
            .env("TOPIC_ARN", topic("stubbed"))
            .envs(CATEGORIES.iter().map(|category| {
                // For a function of several categories.
                let name = category.name;
                (format!("TOPIC_ARN_{}", name.to_uppercase()), topic(name))
            }))
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

    /// When the function was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The CPU time that its threads have used, in user and kernel mode.
    ///
    /// Fails on a system without `/proc`.
    pub fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in
            std::fs::read_dir(format!("/proc/{}/task", self.child.id())).context("/proc cannot be read")?
        {
            let schedule = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += schedule
                .split_whitespace()
                .next()
                .context("schedstat is empty")?
                .parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Its peak memory in bytes.
    ///
    /// Fails on a system without `/proc`.
    pub fn peak_memory(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .context("the status has no VmHWM")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1_024)
    }

    /// Kills the function at once (SIGKILL).
    ///
    /// Fails when the system cannot wait for the process.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until the function ends by itself.
    ///
    /// Fails when it does not end within the time limit.
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

    /// Ends the function and returns everything that it wrote to its log.
    pub fn end(mut self) -> Result<String> {
        if self.child.try_wait()?.is_none() {
            self.child.kill()?;
            self.child.wait()?;
        }
        let mut log = String::new();
        for reader in std::mem::take(&mut self.log) {
            match reader.join() {
                Ok(text) => log.push_str(&text?),
                Err(_) => bail!("the thread that reads the log panicked"),
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
        // After end() or wait() the process has ended already.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

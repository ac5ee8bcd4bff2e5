//! The output of a command, captured in memory.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// How long to wait for a text.
const PATIENCE: Duration = Duration::from_secs(30);

/// The output of a command. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits until the output contains this text.
    pub(crate) async fn holds(&self, part: &str) -> Result<()> {
        let begun = Instant::now();
        while !self.text().contains(part) {
            ensure!(begun.elapsed() < PATIENCE, "{part} is not in {}", self.text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

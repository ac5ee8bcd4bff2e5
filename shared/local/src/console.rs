//! What the commands say: plain lines, with sober colour on a terminal.

use std::fmt::{self, Display};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Where the commands write their lines.
pub struct Console {
    out: Mutex<Box<dyn Write + Send>>,
    gone: AtomicBool,
    colour: bool,
}

/// How a piece of text is set off from the rest, where there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// What a line is about.
    Strong,
    /// What can be skipped while reading.
    Faint,
    /// It is as it should be.
    Good,
    /// It is not as it should be.
    Bad,
    /// A name.
    Name,
}

impl Console {
    /// Standard output. Colour needs a terminal, and no `NO_COLOR` in the environment (no-color.org).
    pub fn stdout() -> Self {
        let stdout = std::io::stdout();
        let colour = stdout.is_terminal() && allows_colour();
        Self {
            out: Mutex::new(Box::new(stdout)),
            gone: AtomicBool::new(false),
            colour,
        }
    }

    /// Standard error, for the message of a failure.
    pub fn stderr() -> Self {
        let stderr = std::io::stderr();
        let colour = stderr.is_terminal() && allows_colour();
        Self {
            out: Mutex::new(Box::new(stderr)),
            gone: AtomicBool::new(false),
            colour,
        }
    }

    /// Wherever the writer writes, without colour.
    pub fn writing_to(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Mutex::new(Box::new(out)),
            gone: AtomicBool::new(false),
            colour: false,
        }
    }

    /// Nowhere, for tests that have no reader.
    pub fn silent() -> Self {
        Self {
            out: Mutex::new(Box::new(std::io::sink())),
            gone: AtomicBool::new(false),
            colour: false,
        }
    }

    /// Writes one line. A reader that has gone away is no failure.
    pub fn line(&self, text: impl Display) {
        if let Ok(mut out) = self.out.lock() {
            let written = writeln!(out, "{text}").and_then(|()| out.flush());
            self.gone.fetch_or(written.is_err(), Ordering::Relaxed);
        }
    }

    /// Whether the reader has gone away, as `head` does when it has seen enough.
    pub fn reader_is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Says what is being done now.
    pub fn step(&self, text: impl Display) {
        self.line(format_args!("{} {text}", self.paint(Style::Name, "==>")));
    }

    /// The text in a style, or plain where there is no colour.
    pub fn paint(&self, style: Style, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match style {
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Name => "36",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// What was written to a console that was made with [`Console::writing_to`]; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Written(std::sync::Arc<Mutex<Vec<u8>>>);

impl Written {
    /// All of it.
    pub fn text(&self) -> String {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&written).into_owned()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn allows_colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

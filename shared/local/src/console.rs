//! What the commands say: plain lines, with sober colour on a terminal.

use std::fmt::{self, Display};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;

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
        let colour = AutoStream::choice(&stdout) != ColorChoice::Never;
        Self::new(stdout, colour)
    }

    /// Standard error, for the message of a failure.
    pub fn stderr() -> Self {
        let stderr = std::io::stderr();
        let colour = AutoStream::choice(&stderr) != ColorChoice::Never;
        Self::new(stderr, colour)
    }

    /// Any writer, without colour.
    pub fn writing_to(out: impl Write + Send + 'static) -> Self {
        Self::new(out, false)
    }

    /// Nowhere, for tests that have no reader.
    pub fn silent() -> Self {
        Self::new(std::io::sink(), false)
    }

    fn new(out: impl Write + Send + 'static, colour: bool) -> Self {
        Self {
            out: Mutex::new(Box::new(out)),
            gone: AtomicBool::new(false),
            colour,
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
        let ansi = style.ansi();
        format!("{ansi}{text}{ansi:#}")
    }
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Strong => anstyle::Style::new().bold(),
            Self::Faint => anstyle::Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Name => AnsiColor::Cyan.on_default(),
        }
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

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_put_around_a_text_and_taken_back_after_it() {
        let coloured = Console::new(std::io::sink(), true);
        assert_eq!(coloured.paint(Style::Good, "yes"), "\u{1b}[32myes\u{1b}[0m");
        assert_eq!(Console::silent().paint(Style::Good, "yes"), "yes");
    }
}

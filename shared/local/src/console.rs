//! The output of the commands: plain lines, with a little colour on a terminal.

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

/// How a piece of text looks on a terminal with colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The subject of a line.
    Strong,
    /// A detail that a reader may skip.
    Faint,
    /// Success.
    Good,
    /// Failure.
    Bad,
    /// A name.
    Name,
}

impl Console {
    /// Standard output, with colour on a terminal unless `NO_COLOR` is set (no-color.org).
    pub fn stdout() -> Self {
        let stdout = std::io::stdout();
        let colour = AutoStream::choice(&stdout) != ColorChoice::Never;
        Self::new(stdout, colour)
    }

    /// Standard error, for progress and failures.
    pub fn stderr() -> Self {
        let stderr = std::io::stderr();
        let colour = AutoStream::choice(&stderr) != ColorChoice::Never;
        Self::new(stderr, colour)
    }

    /// Any writer, without colour.
    pub fn writing_to(out: impl Write + Send + 'static) -> Self {
        Self::new(out, false)
    }

    /// Discards everything, for tests.
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

    /// Writes one line. If the reader is gone, the line is dropped; see [`Console::reader_is_gone`].
    pub fn line(&self, text: impl Display) {
        if let Ok(mut out) = self.out.lock() {
            let written = writeln!(out, "{text}").and_then(|()| out.flush());
            self.gone.fetch_or(written.is_err(), Ordering::Relaxed);
        }
    }

    /// Whether the reader closed its end, as `head` does after its last line.
    pub fn reader_is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Announces the next step.
    pub fn step(&self, text: impl Display) {
        self.line(format_args!("{} {text}", self.paint(Style::Name, "==>")));
    }

    /// The text in a style; unchanged on a console without colour.
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

/// A buffer for [`Console::writing_to`]. Clones share its content.
#[derive(Debug, Clone, Default)]
pub struct Written(std::sync::Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Everything that was written so far.
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

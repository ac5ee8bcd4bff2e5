//! The output of the commands: plain lines, with a little colour on a terminal.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;
use anyhow::{Context, Result};
use terminal_size::{Width, terminal_size_of};

use crate::descriptors;
use crate::folding::fold;

/// The width of lines that no terminal limits.
const DEFAULT_WIDTH: usize = 100;

/// Where the commands write their lines.
pub struct Console {
    out: Mutex<Box<dyn Write + Send>>,
    gone: AtomicBool,
    /// Why output was lost, if it was.
    lost: Mutex<Option<io::Error>>,
    colour: bool,
    width: usize,
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
        let width = terminal_size_of(&stdout).map_or(DEFAULT_WIDTH, |(Width(width), _)| width.into());
        if descriptors::stdout_was_closed() {
            return Self::new(Closed, false, width);
        }
        Self::new(stdout, colour, width)
    }

    /// Standard error, for progress and failures.
    pub fn stderr() -> Self {
        let stderr = std::io::stderr();
        let colour = AutoStream::choice(&stderr) != ColorChoice::Never;
        let width = terminal_size_of(&stderr).map_or(DEFAULT_WIDTH, |(Width(width), _)| width.into());
        Self::new(stderr, colour, width)
    }

    /// Any writer, without colour.
    pub fn writing_to(out: impl Write + Send + 'static) -> Self {
        Self::new(out, false, DEFAULT_WIDTH)
    }

    /// Any writer, as a terminal with colour that is so many columns wide.
    pub fn in_colour(out: impl Write + Send + 'static, width: usize) -> Self {
        Self::new(out, true, width)
    }

    /// Discards everything, for tests.
    pub fn silent() -> Self {
        Self::new(std::io::sink(), false, DEFAULT_WIDTH)
    }

    fn new(out: impl Write + Send + 'static, colour: bool, width: usize) -> Self {
        Self {
            out: Mutex::new(Box::new(out)),
            gone: AtomicBool::new(false),
            lost: Mutex::new(None),
            colour,
            width,
        }
    }

    /// Writes one line. If nothing can be written any more, the line is dropped; see [`Console::reader_is_gone`] and
    /// [`Console::check`].
    pub fn line(&self, text: impl Display) {
        self.write(format_args!("{text}\n"));
    }

    /// Writes a text as it is.
    pub fn write(&self, text: impl Display) {
        let written = match self.out.lock() {
            Ok(mut out) => write!(out, "{text}").and_then(|()| out.flush()),
            Err(_) => return,
        };
        if let Err(error) = written {
            self.gone.store(true, Ordering::Relaxed);
            // A reader that is gone, as `head` after its last line, wanted no more.
            if error.kind() != ErrorKind::BrokenPipe {
                let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
                lost.get_or_insert(error);
            }
        }
    }

    /// Writes a text that comes with and without escape sequences of colour.
    pub fn write_either(&self, plain: impl Display, coloured: impl Display) {
        if self.colour {
            self.write(coloured);
        } else {
            self.write(plain);
        }
    }

    /// Writes a line that is folded where it is wider than the terminal: at blanks and between members of JSON. The later
    /// lines are indented by `hanging` columns.
    pub fn folded(&self, hanging: usize, text: impl Display) {
        for line in fold(&text.to_string(), hanging, self.width) {
            self.line(line);
        }
    }

    /// How many columns a line can have.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether nobody gets what is written: the reader closed its end, as `head` does after its last line, or the output was
    /// lost.
    pub fn reader_is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Fails when something that was written got lost, for another reason than that its reader went away.
    pub fn check(&self) -> Result<()> {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        match lost.take() {
            Some(error) => Err(error).context(
                "the output is not complete, because it cannot be written; free space or choose another destination, and \
                 repeat the command",
            ),
            None => Ok(()),
        }
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

/// In place of an output that was closed before the process started.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("standard output is closed"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        let coloured = Console::in_colour(std::io::sink(), DEFAULT_WIDTH);
        assert_eq!(coloured.paint(Style::Good, "yes"), "\u{1b}[32myes\u{1b}[0m");
        assert_eq!(Console::silent().paint(Style::Good, "yes"), "yes");
    }

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lost_output_is_an_error_except_that_of_a_reader_who_is_gone() {
        for (kind, is_lost) in [(ErrorKind::StorageFull, true), (ErrorKind::BrokenPipe, false)] {
            let console = Console::writing_to(Failing(kind));
            assert!(console.check().is_ok() && !console.reader_is_gone());
            console.line("text");
            assert!(console.reader_is_gone());
            assert_eq!(console.check().is_err(), is_lost, "{kind}");
        }
        let closed = Console::writing_to(Closed);
        closed.line("text");
        let error = format!("{:#}", closed.check().unwrap_err());
        assert!(error.contains("standard output is closed"), "{error}");
    }
}

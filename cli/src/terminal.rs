//! Asks before something is changed.

use std::fmt;
use std::io::{BufRead, BufReader, IsTerminal, stdin};

use anyhow::{Context, Result, bail};
use user_events_local::console::Console;

/// Where somebody can answer a question.
pub struct Terminal(Option<Box<dyn BufRead + Send>>);

impl Terminal {
    /// Standard input. Nobody answers if it is no terminal.
    pub fn stdin() -> Self {
        let stdin = stdin();
        Self(
            stdin
                .is_terminal()
                .then(|| Box::new(BufReader::new(stdin)) as Box<_>),
        )
    }

    /// Somebody answers with these lines.
    pub fn answering(answers: impl BufRead + Send + 'static) -> Self {
        Self(Some(Box::new(answers)))
    }

    /// Nobody answers.
    pub fn absent() -> Self {
        Self(None)
    }

    /// Whether somebody can answer.
    pub(crate) fn can_answer(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the answer to the question is `y` or `yes`. It is not asked if `yes` was given on the command line.
    ///
    /// Fails when nobody can answer.
    pub(crate) fn confirms(&mut self, question: &str, yes: bool, console: &Console) -> Result<bool> {
        if yes {
            return Ok(true);
        }
        let Some(answers) = &mut self.0 else {
            bail!(
                "nobody can answer, because standard input is no terminal; if you are sure, repeat the command with --yes"
            );
        };
        console.line(format_args!("{question} [y/N]"));
        let mut answer = String::new();
        answers
            .read_line(&mut answer)
            .context("the answer cannot be read")?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Terminal").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_confirms() {
        let console = Console::silent();
        for (answer, confirmed) in [
            ("y\n", true),
            ("YES\n", true),
            (" yes ", true),
            ("n\n", false),
            ("\n", false),
            ("", false),
            ("yesterday\n", false),
        ] {
            let mut terminal = Terminal::answering(answer.as_bytes());
            assert_eq!(
                terminal.confirms("Sure?", false, &console).unwrap(),
                confirmed,
                "{answer:?}"
            );
        }
        assert!(Terminal::absent().confirms("Sure?", true, &console).unwrap());
        let error = Terminal::absent()
            .confirms("Sure?", false, &console)
            .unwrap_err()
            .to_string();
        assert!(error.contains("--yes"), "{error}");
    }
}

//! `user-events completions` and `user-events man`: shell completions and man pages.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use user_events_local::console::Console;

/// Print a completion script for a shell
///
/// The script completes commands, options and their values.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  user-events completions bash \\
      > ~/.local/share/bash-completion/completions/user-events
  user-events completions zsh > \"${fpath[1]}/_user-events\"
  user-events completions fish > ~/.config/fish/completions/user-events.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write man pages, one for each command
#[derive(Debug, Args)]
#[command(after_help = "Example:
  user-events man ~/.local/share/man/man1 && man user-events-tail")]
pub(crate) struct Man {
    /// The folder to write to; it is created if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints the completion script.
///
/// Fails when the script is no text, which a test rules out.
pub(crate) fn completions(options: &Completions, command: Command, console: &Console) -> Result<ExitCode> {
    let script = String::from_utf8(script(options.shell, command)).context("the script is not UTF-8")?;
    console.write(script);
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Shell, mut command: Command) -> Vec<u8> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// Writes the man pages, and says how many and where.
///
/// Fails when the folder cannot be created or a page cannot be written.
pub(crate) fn man(options: &Man, command: Command, console: &Console) -> Result<ExitCode> {
    let pages = write_pages(command, &options.folder)?;
    console.line(format_args!(
        "{} man pages written to {}",
        pages.len(),
        options.folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for every command and subcommand. Returns the paths.
fn write_pages(mut command: Command, folder: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    // Gives every command its full name, such as `user-events-catalog-show`.
    command.build();
    let mut pages = Vec::new();
    let mut waiting = vec![command];
    while let Some(command) = waiting.pop() {
        let page = clap_mangen::Man::new(command.clone());
        let path = folder.join(page.get_filename());
        let mut text = Vec::new();
        page.render(&mut text)?;
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        pages.push(path);
        let inner = command
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help");
        waiting.extend(inner.cloned());
    }
    pages.sort();
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Subcommand;

    #[derive(Subcommand)]
    enum Some {
        Completions(Completions),
        Man(Man),
    }

    fn command() -> Command {
        Some::augment_subcommands(Command::new("user-events"))
    }

    #[test]
    fn every_shell_gets_a_script_that_completes_the_commands() {
        for shell in [
            Shell::Bash,
            Shell::Elvish,
            Shell::Fish,
            Shell::PowerShell,
            Shell::Zsh,
        ] {
            let script = String::from_utf8(script(shell, command())).unwrap();
            assert!(
                script.contains("completions") && script.contains("man"),
                "{shell}"
            );
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_full_name() {
        let folder = std::env::temp_dir().join(format!("user-events-man-{}", std::process::id()));
        let pages = write_pages(command(), &folder.join("made")).unwrap();
        let names: Vec<_> = pages
            .iter()
            .map(|page| page.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["user-events-completions.1", "user-events-man.1", "user-events.1"]
        );
        for page in &pages {
            assert!(std::fs::read_to_string(page).unwrap().contains(".TH"), "{page:?}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}

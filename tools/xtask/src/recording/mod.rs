//! `xtask recording`: records a run of the demo in a terminal, for the documentation.

mod screen;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Args;
use user_events_local::console::{Console, Written};
use user_events_local::story::story;
use user_events_local::workspace::Workspace;

use crate::demo;

pub use screen::{COLUMNS, LINES, svg};

/// The committed files: what the run printed, and the picture of it.
const TEXT: &str = "docs/demo.ansi";
const PICTURE: &str = "docs/demo.svg";

/// Record a run of the demo in a terminal of 100 columns and 30 lines, as docs/demo.svg
///
/// Plays the demo as `cargo demo` does, keeps what it prints with its colours in docs/demo.ansi, and draws that. With
/// --redraw, it draws the kept text again.
#[derive(Debug, Args)]
pub struct Options {
    /// Draw the text of the last recording, without another run
    #[arg(long)]
    redraw: bool,
}

/// Records and draws.
///
/// Fails when the run does, when its events are not as expected, and when a file cannot be written.
pub async fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let (text, picture) = (workspace.root().join(TEXT), workspace.root().join(PICTURE));
    if !options.redraw {
        console.step("recording a run of the demo");
        let written = Written::default();
        let screen = Console::in_colour(written.clone(), COLUMNS);
        let code = demo::run(&demo::Options::default(), workspace, &screen).await?;
        ensure!(
            code == ExitCode::SUCCESS,
            "the demo did not end as expected:\n{}",
            written.text()
        );
        write(&text, &from_first_write(&written.text())?)?;
    }
    let printed =
        std::fs::read_to_string(&text).with_context(|| format!("{TEXT} cannot be read; omit --redraw"))?;
    write(&picture, &svg(&printed))?;
    console.line(format_args!("{TEXT} and {PICTURE} are written"));
    Ok(ExitCode::SUCCESS)
}

/// What is shown of a run: everything from its first write on. The build, the start and the deployment before it are long, and
/// the same for every stack.
///
/// Fails when the run has no writes.
fn from_first_write(printed: &str) -> Result<String> {
    let place = printed
        .find("playing ")
        .and_then(|place| Some(printed.get(..place)?.rfind('\n')? + 1));
    let shown = place
        .and_then(|place| printed.get(place..))
        .context("the demo played no writes")?;
    Ok(format!("$ cargo demo\n    …\n{shown}"))
}

/// What the demo prints today of its writes and at its end, for a run with these identifiers: the recording must have it.
///
/// Fails when a step of the story is not a valid write, which a test rules out.
pub fn expected(run: &str) -> Result<Vec<String>> {
    let mut parts = Vec::new();
    for (number, step) in (1..).zip(story(run)?) {
        parts.push(printed(|console| demo::show::write(console, number, &step)));
    }
    parts.push(printed(demo::next::without_engine));
    Ok(parts)
}

/// What is printed on the screen of a recording.
fn printed(print: impl FnOnce(&Console)) -> String {
    let written = Written::default();
    print(&Console::in_colour(written.clone(), COLUMNS));
    written.text()
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

//! `cargo schemas`: writes, checks and freezes everything that is generated.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use super::generated;
use crate::schemas::lower::{Draft, write_copies};
use crate::schemas::{Version, releases, stale};
use user_events::schemas::render;
use user_events_local::console::Console;
use user_events_local::workspace::Workspace;

/// Write the schemas, and all documents that are generated with them
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    /// Write nothing; fail if a file is stale, a released schema was edited, or a change breaks readers of a release
    #[arg(long, conflicts_with = "draft")]
    check: bool,
    /// Write copies in an older draft of JSON Schema instead: 7 for AWS Glue, 4 for EventBridge
    #[arg(long, requires = "out")]
    draft: Option<Draft>,
    /// The folder that the copies are written into
    #[arg(long, requires = "draft", value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    Release(Release),
}

/// Freeze the current schemas as a release: from then on, changes that break its readers are refused
#[derive(Debug, Args)]
struct Release {
    /// The version, later than all earlier releases
    #[arg(default_value = env!("CARGO_PKG_VERSION"))]
    version: Version,
}

/// Runs the command.
///
/// Fails when a file cannot be read or written, and when a release is refused.
pub fn run(options: &Options, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    if let (Some(draft), Some(folder)) = (options.draft, &options.out) {
        let written = write_copies(draft, folder)?;
        console.line(format_args!(
            "{} schemas written into {}",
            written.len(),
            folder.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    match &options.action {
        Some(Action::Release(release)) => freeze(release, workspace, console),
        None if options.check => check(workspace, console),
        None => write(workspace, console),
    }
}

/// Writes all generated files, and prints the changed paths.
fn write(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    for path in generated::write(workspace)? {
        let verb = if workspace.root().join(&path).is_file() {
            "written"
        } else {
            "removed"
        };
        console.line(format_args!("{verb} {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    let released = releases(workspace);
    let mut wrong = Vec::new();
    for path in generated::stale(workspace)? {
        wrong.push(format!("{} is stale; run cargo schemas", path.display()));
    }
    for edited in released.edited()? {
        wrong.push(format!("schemas/released/{edited}; restore it from git"));
    }
    for finding in released.findings(&render()?, &today())? {
        wrong.push(finding.to_string());
    }
    for line in &wrong {
        console.line(line);
    }
    Ok(if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn freeze(release: &Release, workspace: &Workspace, console: &Console) -> Result<ExitCode> {
    ensure!(
        stale(workspace)?.is_empty(),
        "the schemas are stale; run cargo schemas, and review the changes before you freeze them"
    );
    let released = releases(workspace);
    released.freeze(release.version, &render()?, &today())?;
    console.line(format_args!(
        "frozen schemas/released/{}; commit it with SHA256SUMS",
        release.version
    ));
    Ok(ExitCode::SUCCESS)
}

/// The day in UTC, as an RFC 3339 full date.
fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

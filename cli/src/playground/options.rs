//! The arguments of `user-events playground`.

use std::path::PathBuf;

use clap::Args;

/// Open a page on this machine: write rows, see what they become, open, tamper, filter and redrive
///
/// The page works on a local engine, with the real functions, topics and queues. Without --endpoint it starts an engine
/// and deploys the publisher of this checkout to it, which takes minutes the first time. It answers only a browser on this
/// machine, loads nothing from elsewhere, and ends at Ctrl-C.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// Use the local engine at this URL, such as one that `cargo demo --keep` left running
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,

    /// The stack of the publisher [default: user-events-demo; with --mapping user-events-demo-mapped]
    #[arg(long, value_name = "NAME")]
    pub(super) stack: Option<String>,

    /// The mapping with which that stack was deployed
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    pub(super) mapping: Option<String>,

    /// Propose these writes or cases instead of the built-in ones: a file as for `cargo demo --writes`
    #[arg(long, value_name = "FILE")]
    pub(super) writes: Option<PathBuf>,

    /// Listen on this port instead of a free one
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,

    /// Only print the address, and open no browser
    #[arg(long)]
    pub(super) no_browser: bool,
}

const EXAMPLES: &str = "Examples:
  user-events playground
  user-events playground --endpoint http://127.0.0.1:4566
  user-events playground --endpoint http://127.0.0.1:4566 \\
      --mapping mappings/authjs.yaml --writes tests/mappings/authjs.json

In a clone, `cargo demo --open` plays the demo and then shows this page.

Exit status: 130 after Ctrl-C, 1 for an error, 2 for an invalid command line.";

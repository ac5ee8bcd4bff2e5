//! Installs pinned packages of Python and Node.js into folders of this project.

mod installation;
mod node;
mod program;
mod python;

pub use node::{NodePackages, is_node_there};
pub use program::run;
pub use python::{PYTHONS, PythonEnvironment, install_local};

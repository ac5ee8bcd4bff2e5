//! Packages of other languages, pinned, installed into folders of the project's own.

mod installation;
mod node;
mod program;
mod python;

pub use node::{NodePackages, is_node_there};
pub use program::run;
pub use python::PythonEnvironment;

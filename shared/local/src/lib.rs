//! What the commands of this project share: a local engine to run on, builds and deployments of this checkout, writes to
//! the user tables, a subscriber's queues, and the console and clients that they all use.

mod archive;
pub mod build;
pub mod clients;
pub mod clock;
pub mod console;
pub mod deploy;
mod descriptors;
pub mod endpoint;
pub mod engine;
pub mod expectation;
pub mod failure;
pub mod folding;
pub mod interrupt;
pub mod runtime;
pub mod silence;
pub mod story;
pub mod subscribe;
pub mod template;
pub mod toolchain;
pub mod workspace;
pub mod writes;

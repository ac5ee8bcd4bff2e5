//! Commands for contributors, run in a checkout: the demo, the generated schemas and documents, the catalog's site,
//! measurements and simulations. `.cargo/config.toml` has a cargo alias for each.

mod args;
pub mod demo;
pub mod documents;
pub mod handlers;
pub mod planted;
pub mod recording;
pub mod schemas;
pub mod site;
pub mod soak;
pub mod speed;

pub use args::run;

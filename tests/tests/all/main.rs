//! What the repository promises about itself.

mod derivation;
mod oddities;
mod publishing;
mod support;
mod golden;

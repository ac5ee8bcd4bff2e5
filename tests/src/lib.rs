//! Nothing but tests: see `tests/all/main.rs`.

//! The README, included here so that its examples run as tests.
#![doc = include_str!("../README.md")]

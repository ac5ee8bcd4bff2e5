//! The edges of the engine in AWS, and in files.

//! The command line.

pub mod project;

//! LTT, the Learning Task Tracker: an AI tutor that lives inside a course unit.
//!
//! The folders tell the architecture; `docs/architecture.md` is the map.

#![recursion_limit = "512"]

pub mod clock;
pub mod entropy;
pub mod store;

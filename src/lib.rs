//! LTT, the Learning Task Tracker: an AI tutor that lives inside a course unit.
//!
//! The folders tell the architecture; `docs/architecture.md` is the map.

#![recursion_limit = "512"]

pub mod accounts;
pub mod clock;
pub mod commands;
pub mod demo;
pub mod entropy;
pub mod grades;
pub mod launch;
pub mod learning;
pub mod loopback;
pub mod records;
pub mod settings;
pub mod store;
pub mod tutor;
pub mod web;

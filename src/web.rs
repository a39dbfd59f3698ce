//! The axum router: pages, API, headers and health.

pub mod assets;
pub mod leptos_options;
pub mod markdown;
pub mod pages;

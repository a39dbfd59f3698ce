//! The pages of LTT: Leptos components, the types they show, and the ports they need filled.

#![recursion_limit = "512"]

pub mod address;
pub mod browser;
pub mod calls;
#[cfg(feature = "ssr")]
pub mod document;
pub mod model;
pub mod opening;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod ports;
pub mod refusal;
pub mod workspace;

//! The pages of LTT: Leptos components, the types they show, and the ports they need filled.

pub mod model;
#[cfg(feature = "ssr")]
pub mod ports;
pub mod refusal;

//! The axum router: pages, API, headers and health.

//! From the platform's login to a session: registrations, launches, roles and sessions.

pub mod arrival;
pub mod context;
pub mod gradebooks;
pub mod keys;
pub mod log;
pub mod platform;
pub mod protocol;
pub mod session;
pub mod storage;

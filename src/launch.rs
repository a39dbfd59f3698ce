//! From the platform's login to a session: registrations, launches, roles and sessions.

pub mod arrival;
pub mod attendance;
pub mod binding;
pub mod columns;
pub mod context;
pub mod course;
pub mod deployment;
pub mod enrolment;
pub mod exchange;
pub mod frames;
pub mod gradebooks;
pub mod invite;
pub mod keys;
pub mod log;
mod personal;
pub mod platform;
pub mod policy;
pub mod preview;
pub mod protocol;
pub mod provisioning;
pub mod pseudonym;
pub mod reachability;
pub mod session;
pub mod setup;
pub mod storage;

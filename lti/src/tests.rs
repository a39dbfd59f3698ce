//! The library from a host's side, against a platform that is played by the tests.

mod certification;
mod errors;
mod families;
mod faults;
mod gradebook;
mod key_sets;
mod launches;
mod logins;
mod members;
mod messages;
mod placing;
mod platform;
mod proofs;
mod registrations;
mod services;
mod signatures;
mod storages;

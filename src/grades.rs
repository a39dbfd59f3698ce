//! What is owed to the gradebook, and how it gets there.
//!
//! The outbox holds the newest score for each line item and learner. It is written in the transaction that changed it; a
//! worker delivers it.

pub mod delivery;
pub mod outbox;
pub mod standing;

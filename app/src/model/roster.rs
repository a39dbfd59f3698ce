//! What the class shows of its course's list of members.

use super::class::Ago;

/// A course's list of members, and how its last reading went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterShown {
    /// How many people belong to the course, by the list.
    pub members: i64,
    /// When it was last read to its end; `None`: never.
    pub read: Option<Ago>,
    /// Why it could not be read the last time, and what to do.
    pub problem: Option<String>,
    /// Whether it is being read.
    pub is_running: bool,
}

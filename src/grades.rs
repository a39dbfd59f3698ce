//! What is owed to the gradebook, and how it gets there.
//!
//! The outbox holds the newest score for each line item and learner. It is written in the transaction that changed it; a
//! worker delivers it.
//!
//! | module | |
//! |---|---|
//! | `outbox` | what is owed, and where to |
//! | `column`, `access` | the columns of the gradebooks, and what LTT may do with them |
//! | `claim`, `delivery` | who sends which score, and the worker itself |
//! | `health`, `verdict` | how each platform is doing, and what its answers mean |
//! | `check` | reading back what arrived |
//! | `standing`, `digest` | how it stands, for those who learn and teach, and for administrators |
//! | `resend`, `pause` | what those who teach can do about it |

pub mod access;
mod check;
pub mod claim;
pub mod column;
pub mod delivery;
pub mod digest;
mod health;
pub mod outbox;
pub mod pause;
pub mod resend;
pub mod standing;
mod verdict;

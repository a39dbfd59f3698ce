//! Conversations with a tutor that helps without giving the answer away.

//! LTI.

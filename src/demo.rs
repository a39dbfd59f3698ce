//! A small LMS to try LTT with; never reachable from `serve`.

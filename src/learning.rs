//! Projects, tasks, progress, drafts, submissions and validators.

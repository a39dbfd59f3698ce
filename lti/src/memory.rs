//! A storage in memory, for tests and small tools.

//! Where things are.

use std::path::{Path, PathBuf};

/// The top folder of the project.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// A path inside the project.
pub fn path(relative: &str) -> PathBuf {
    root().join(relative)
}

/// A path under `target`, where everything that is built goes.
pub fn target(relative: &str) -> PathBuf {
    root().join("target").join(relative)
}

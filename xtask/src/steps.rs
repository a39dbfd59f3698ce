//! Tells what is being done and how long it took, skips what has not changed, runs programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::workspace;

/// Does a piece of work, and tells about it.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("▸ {what}");
    let begun = Instant::now();
    let result = work().with_context(|| format!("could not finish: {what}"))?;
    println!("  done in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(result)
}

/// Does a piece of work unless the last time was with the same inputs and what it made is still there.
pub fn step_unless_unchanged(
    what: &str,
    inputs: Fingerprint,
    output: &Path,
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let stamp = stamp_file(what);
    let inputs = inputs.finish();
    if output.exists() && fs::read_to_string(&stamp).is_ok_and(|last| last == inputs) {
        println!("▸ {what}: unchanged");
        return Ok(());
    }
    step(what, work)?;
    write(&stamp, inputs)
}

fn stamp_file(what: &str) -> PathBuf {
    let name: String = what.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    workspace::target("xtask").join(name).with_extension("stamp")
}

/// A hash over all that a step depends on.
#[derive(Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// And of a text.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// And of bytes; their number too, so that two inputs in a row are never taken for one.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// And of a file, or of all files in a folder, by name and content.
    pub fn path(mut self, path: &Path) -> Result<Self> {
        for file in files(path)? {
            let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(workspace::root()).unwrap_or(&file).to_string_lossy();
            self = self.text(&name).bytes(&content);
        }
        Ok(self)
    }

    /// The hash, in hexadecimal.
    pub fn finish(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// The file itself, or every file below the folder, in a fixed order.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("reading the folder {}", path.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths.iter().map(|path| files(path)).collect::<Result<Vec<_>>>()?.concat())
}

/// Writes a file, and the folders above it where they are missing.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

/// Runs a program, its output going where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", program(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", program(command));
    }
    Ok(())
}

/// Runs a program and takes what it prints; what it complains of is shown only when it fails.
pub fn capture(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("starting {}", program(command)))?;
    if !status.success() {
        bail!("{} ended with {status}:\n{}", program(command), String::from_utf8_lossy(&stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
}

/// Whether a program of that name can be started.
pub fn is_installed(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn program(command: &Command) -> String {
    format!("`{}`", command.get_program().to_string_lossy())
}

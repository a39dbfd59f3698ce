//! A Rust compiler for the browser.
//!
//! Mostly that is the one at hand, once `rustup target add` has given it the standard library for WebAssembly. Where
//! that cannot be downloaded, Debian's `rustc-web` compiles the library from its own source, once, into a sysroot of
//! ours under `target/browser-toolchain`. Nothing is written into the system's folders.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    debian,
    steps::{Fingerprint, capture, run, step_unless_unchanged, write},
    workspace,
};

/// What the browser side is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/src/lib.rs";

/// An empty crate to build the standard library for: with dependencies of its own, they would be mixed with std's.
const EMPTY_CRATE: &str = r#"[package]
name = "empty"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[workspace]
"#;

/// A compiler that can build for [`TARGET`], as cargo is told of it.
pub struct BrowserCompiler {
    environment: Vec<(&'static str, OsString)>,
}

impl BrowserCompiler {
    /// Finds one, or makes it.
    pub fn find() -> Result<Self> {
        if has_target()? || !own_sysroot().exists() && add_target() {
            return Ok(Self { environment: Vec::new() });
        }
        install_debian_compiler()?;
        build_standard_library()?;
        let flags = format!("--sysroot={}", own_sysroot().display());
        Ok(Self {
            environment: vec![
                ("RUSTC", DEBIAN_RUSTC.into()),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags.into()),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?.into()),
            ],
        })
    }

    /// A cargo that compiles with it.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(workspace::root()).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo.envs(self.environment.iter().map(|(name, value)| (name, value)));
        cargo
    }
}

fn own_sysroot() -> PathBuf {
    workspace::target("browser-toolchain/sysroot")
}

/// Whether the compiler at hand has the target's standard library.
fn has_target() -> Result<bool> {
    let folder = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .context("rustc is missing: install Rust by https://rustup.rs")?;
    let Ok(entries) = fs::read_dir(folder) else { return Ok(false) };
    Ok(entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}

/// Asks rustup for the target; `false` where there is no rustup, or it cannot reach its server.
fn add_target() -> bool {
    println!("▸ rustup target add {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).output();
    let added = added.is_ok_and(|output| output.status.success());
    println!("  {}", if added { "done" } else { "not to be had here; trying Debian's compiler instead" });
    added
}

fn install_debian_compiler() -> Result<()> {
    if Path::new(DEBIAN_RUSTC).exists() && Path::new(DEBIAN_SOURCE).exists() {
        return Ok(());
    }
    debian::install(&["rustc-web", "rust-web-src"]).with_context(|| {
        format!("the browser side needs a compiler for {TARGET}: `rustup target add {TARGET}`, or these packages")
    })
}

/// Compiles std for the browser, once for each version of Debian's compiler.
fn build_standard_library() -> Result<()> {
    let version = capture(Command::new(DEBIAN_RUSTC).arg("--version"))?;
    let inputs = Fingerprint::new().text(&version).text(EMPTY_CRATE);
    step_unless_unchanged("the standard library for WebAssembly", inputs, &own_sysroot(), || {
        let folder = workspace::target("browser-toolchain/std");
        write(&folder.join("Cargo.toml"), EMPTY_CRATE)?;
        write(&folder.join("lib.rs"), "")?;
        // Without bitcode the library cannot take part in link-time optimisation.
        let options = ["build", "--quiet", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"];
        run(Command::new("cargo")
            .args(options)
            .args(["--target-dir", "target"])
            .current_dir(&folder)
            .env("RUSTC", DEBIAN_RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes"))
        .context("the packages rustc-web and rust-web-src must be of the same version")?;
        install_standard_library(&folder.join("target").join(TARGET).join("release/deps"))
    })
}

/// Puts the compiled library where a sysroot has it, and drops what was built with the one before.
fn install_standard_library(built: &Path) -> Result<()> {
    let sysroot = own_sysroot();
    for outdated in [&sysroot, &workspace::target("browser").join(TARGET)] {
        if outdated.exists() {
            fs::remove_dir_all(outdated).with_context(|| format!("removing {}", outdated.display()))?;
        }
    }
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&libraries)?;
    for entry in fs::read_dir(built)? {
        let entry = entry?;
        let is_library = entry.path().extension().is_some_and(|extension| extension == "rlib");
        if is_library && !entry.file_name().to_string_lossy().starts_with("libempty-") {
            fs::copy(entry.path(), libraries.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The linker that came with rustup's compiler; Debian's has none for WebAssembly.
fn linker() -> Result<PathBuf> {
    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    let host = capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let linker = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.exists() {
        bail!("{} is missing: install Rust by https://rustup.rs", linker.display());
    }
    Ok(linker)
}

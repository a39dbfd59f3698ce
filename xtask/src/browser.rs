//! The WebAssembly that starts the pages in the browser, and the JavaScript that loads it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    npm,
    steps::{Fingerprint, run, step, step_unless_unchanged},
    toolchain::{BrowserCompiler, TARGET},
    workspace,
};

/// What the optimiser may use: what the compiler emits, and all browsers have had since 2023.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What a build is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// For the learner: small.
    Small,
    /// For the developer: soon ready, and many times larger.
    Fast,
}

impl Flavour {
    fn profile(self) -> &'static str {
        match self {
            Self::Small => "browser",
            Self::Fast => "browser-dev",
        }
    }
}

/// What the build makes: a script and the WebAssembly it loads.
pub struct Program {
    /// `ltt.js`
    pub script: PathBuf,
    /// `ltt.wasm`
    pub module: PathBuf,
}

/// Compiles the browser crate and makes it ready to be loaded.
pub fn build(flavour: Flavour) -> Result<Program> {
    let compiled = compile(flavour)?;
    let folder = workspace::target("browser").join(flavour.profile());
    let program = Program { script: folder.join("ltt.js"), module: folder.join("ltt.wasm") };
    let inputs = Fingerprint::new().text(flavour.profile()).path(&compiled)?;
    step_unless_unchanged("browser side: bindings and size", inputs, &program.module, || {
        let bindings = folder.join("bindings");
        bind(&compiled, &bindings)?;
        bundle(&bindings.join("ltt.js"), &program.script)?;
        shrink(&bindings.join("ltt_bg.wasm"), &program.module, flavour)
    })?;
    Ok(program)
}

fn compile(flavour: Flavour) -> Result<PathBuf> {
    let compiler = BrowserCompiler::find()?;
    let folder = workspace::target("browser");
    step("browser side: compiling", || {
        run(compiler
            .cargo()
            .args(["build", "--package", "browser", "--target", TARGET, "--profile", flavour.profile()])
            .arg("--target-dir")
            .arg(&folder))
        .context("the messages above are the compiler's")
    })?;
    Ok(folder.join(TARGET).join(flavour.profile()).join("browser.wasm"))
}

/// Writes the JavaScript through which the WebAssembly and the page see each other. The library is the same version as
/// `wasm-bindgen` itself, by Cargo.lock; a program of that name could be another.
fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name("ltt").typescript(false).web(true).map_err(|error| anyhow!(error))?;
    bindgen.generate(folder).map_err(|error| anyhow!(error)).context("wasm-bindgen")
}

/// One script of what may be several.
fn bundle(bindings: &Path, script: &Path) -> Result<()> {
    let mut output = std::ffi::OsString::from("--outfile=");
    output.push(script);
    run(npm::program("esbuild")
        .arg(bindings)
        .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
        .arg(output))
}

fn shrink(bound: &Path, module: &Path, flavour: Flavour) -> Result<()> {
    match flavour {
        Flavour::Small => run(npm::program("wasm-opt").arg(bound).arg("-Oz").args(FEATURES).arg("-o").arg(module)),
        Flavour::Fast => fs::copy(bound, module).map(drop).with_context(|| format!("writing {}", module.display())),
    }
}

//! Gathers everything the browser loads in `target/site`, under names that hold a hash of the content.
//!
//! The server (`src/web/assets.rs`) serves that folder: `manifest.json` maps plain names to hashed ones, and each file
//! has a brotli sibling.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    browser::{self, Flavour},
    npm,
    steps::{Fingerprint, files, run, step_unless_unchanged, write},
    workspace,
};

/// The folder that the server embeds.
pub fn folder() -> PathBuf {
    workspace::target("site")
}

/// A hash over all assets; it stands for them where the server is compiled.
pub fn fingerprint() -> Result<String> {
    Ok(Fingerprint::new().path(&folder().join("manifest.json"))?.finish())
}

/// Builds the browser side whole.
pub fn build(flavour: Flavour) -> Result<()> {
    npm::install()?;
    let program = browser::build(flavour)?;
    let script = bundle("start script", &workspace::path("app/start"), "start.ts", "start.js")?;
    let launch = bundle("launch script", &workspace::path("app/launch"), "launch.ts", "launch.js")?;
    let copy = bundle("script of the administration", &workspace::path("app/copy"), "copy.ts", "copy.js")?;
    let picker = bundle("script of the picker", &workspace::path("app/picker"), "picker.ts", "picker.js")?;
    let style = bundle("style sheet", &workspace::path("style"), "main.css", "ltt.css")?;
    let mut sources = vec![program.script, program.module, script, launch, copy, picker, style];
    sources.extend(files(&workspace::path("public"))?);
    gather(&sources)
}

/// One file of many, by esbuild.
fn bundle(what: &str, folder: &Path, entry: &str, name: &str) -> Result<PathBuf> {
    let output = workspace::target("bundles").join(name);
    let inputs = Fingerprint::new().path(folder)?.path(&workspace::path("package-lock.json"))?;
    step_unless_unchanged(what, inputs, &output, || {
        let options = ["--bundle", "--minify", "--format=iife", "--target=es2022,chrome111,firefox113,safari16.4"];
        run(npm::program("esbuild")
            .arg(folder.join(entry))
            .args(options)
            .args(["--external:/assets/*", "--log-level=warning"])
            .arg(format!("--outfile={}", output.display())))
    })?;
    Ok(output)
}

/// Writes the site anew when one of its files is.
fn gather(sources: &[PathBuf]) -> Result<()> {
    let mut inputs = Fingerprint::new();
    for source in sources {
        inputs = inputs.path(source)?;
    }
    let manifest = folder().join("manifest.json");
    step_unless_unchanged("assets", inputs, &manifest, || {
        let mut names = BTreeMap::new();
        for source in sources {
            let (plain, hashed) = add(source)?;
            names.insert(plain, hashed);
        }
        pack(&names)?;
        write(&manifest, serde_json::to_vec_pretty(&names)?)?;
        remove_outdated(&names)
    })
}

/// Puts a file into the site; tells its plain name and its hashed one.
fn add(source: &Path) -> Result<(String, String)> {
    let plain = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = fs::read(source).with_context(|| format!("reading {}", source.display()))?;
    let hash = Fingerprint::new().bytes(&content).finish();
    let (stem, extension) = plain.rsplit_once('.').with_context(|| format!("{plain} has no extension"))?;
    let hashed = format!("{stem}.{}.{extension}", &hash[..16]);
    write(&folder().join(&hashed), content)?;
    Ok((plain, hashed))
}

/// Gives each file its brotli sibling. Node can do so at its best level, and is here anyway.
fn pack(names: &BTreeMap<String, String>) -> Result<()> {
    const PACK: &str = "
        import { readFileSync, writeFileSync } from 'node:fs';
        import { brotliCompressSync } from 'node:zlib';
        for (const file of process.argv.slice(1)) writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));";
    let node = ["--input-type=module", "--eval", PACK];
    run(Command::new("node").args(node).args(names.values()).current_dir(folder()))?;
    for (plain, hashed) in names {
        let plain_size = fs::metadata(folder().join(hashed))?.len();
        let packed_size = fs::metadata(folder().join(format!("{hashed}.br")))?.len();
        println!("  {plain:<16} {plain_size:>9} bytes, {packed_size:>8} in brotli");
    }
    Ok(())
}

/// What no name leads to is of an older build.
fn remove_outdated(names: &BTreeMap<String, String>) -> Result<()> {
    for file in files(&folder())? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let current = name == "manifest.json" || names.values().any(|hashed| name.trim_end_matches(".br") == hashed);
        if !current {
            fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
        }
    }
    Ok(())
}

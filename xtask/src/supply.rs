//! Where the dependencies come from and what their licences ask, by the rules of `deny.toml`.
//!
//! cargo-deny reads the same file and checks more; this is what can be said on every machine, from `cargo metadata`.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{steps::capture, workspace};

/// What `deny.toml` says, as far as it is checked here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licences,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

/// What one package may be under besides.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: BTreeSet<String>,
}

impl Licences {
    fn allow(&self, package: &str, licence: &str) -> bool {
        let excepted = self.exceptions.iter().filter(|exception| exception.package == package);
        self.allow.contains(licence) || excepted.into_iter().any(|exception| exception.allow.contains(licence))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// None for the workspace's own.
    source: Option<String>,
}

/// Every dependency has an allowed licence and comes from an allowed registry.
pub fn check() -> Result<()> {
    let rules: Rules = toml::from_str(&fs::read_to_string(workspace::path("deny.toml"))?).context("deny.toml")?;
    let metadata = capture(
        Command::new("cargo").args(["metadata", "--format-version", "1", "--locked"]).current_dir(workspace::root()),
    )?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("what `cargo metadata` printed")?;
    let mistakes: Vec<String> = metadata.packages.iter().filter_map(|package| mistake(package, &rules)).collect();
    if !mistakes.is_empty() {
        bail!("allow these in deny.toml if you mean to, or take another package:\n{}", mistakes.join("\n"));
    }
    Ok(())
}

fn mistake(package: &Package, rules: &Rules) -> Option<String> {
    let named = format!("{} {}", package.name, package.version);
    let source = package.source.as_deref()?;
    let known =
        source.strip_prefix("registry+").is_some_and(|registry| rules.sources.allow_registry.contains(registry));
    if !known {
        return Some(format!("{named} comes from {source}"));
    }
    let Some(licence) = &package.license else { return Some(format!("{named} names no licence")) };
    let allowed = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
        .is_ok_and(|expression| expression.evaluate(|term| rules.licenses.allow(&package.name, &term.to_string())));
    (!allowed).then(|| format!("{named} is under {licence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(licence: &str, source: &str) -> Option<String> {
        found_in("crate", licence, source)
    }

    fn found_in(package: &str, licence: &str, source: &str) -> Option<String> {
        let exception = Exception { package: "excepted".to_owned(), allow: ["MPL-2.0".to_owned()].into() };
        let rules = Rules {
            licenses: Licences { allow: ["MIT", "Apache-2.0"].map(str::to_owned).into(), exceptions: vec![exception] },
            sources: Sources { allow_registry: ["https://registry".to_owned()].into() },
        };
        let package = Package {
            name: package.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(licence.to_owned()),
            source: Some(source.to_owned()),
        };
        mistake(&package, &rules)
    }

    #[test]
    fn one_allowed_licence_of_several_is_enough() {
        assert_eq!(found("MIT OR GPL-3.0", "registry+https://registry"), None);
        assert_eq!(found("GPL-3.0/Apache-2.0", "registry+https://registry"), None);
    }

    #[test]
    fn a_licence_that_is_asked_besides_must_be_allowed_too() {
        assert!(found("MIT AND GPL-3.0", "registry+https://registry").is_some());
    }

    #[test]
    fn an_exception_is_for_one_package() {
        assert_eq!(found_in("excepted", "MPL-2.0", "registry+https://registry"), None);
        assert!(found("MPL-2.0", "registry+https://registry").is_some());
    }

    #[test]
    fn a_package_from_elsewhere_is_found() {
        assert!(found("MIT", "git+https://elsewhere").is_some());
    }
}

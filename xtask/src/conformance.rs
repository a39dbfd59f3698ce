//! `docs/lti-conformance.md`: which cases of the lists for LTI tools are shown by which tests, written by what the tests
//! themselves print.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::{steps, tally::cargo_test, workspace};

const PAGE: &str = "docs/lti-conformance.md";
const CASES: &str = "xtask/conformance.toml";
const REMEDY: &str = "`cargo xtask conformance --write` brings it up to date";

/// What the page lists.
#[derive(Deserialize)]
struct Lists {
    section: Vec<Section>,
    manual: Vec<Manual>,
}

#[derive(Deserialize)]
struct Section {
    title: String,
    source: String,
    /// By id.
    cases: BTreeMap<String, String>,
}

/// What no test can show.
#[derive(Deserialize)]
struct Manual {
    what: String,
    why: String,
}

impl Lists {
    fn read() -> Result<Self> {
        let text = fs::read_to_string(workspace::path(CASES)).with_context(|| format!("reading {CASES}"))?;
        toml::from_str(&text).with_context(|| format!("{CASES} is not in order"))
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.section.iter().flat_map(|section| section.cases.keys().map(String::as_str))
    }
}

/// What the tests showed, by id.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Shown {
    passed: BTreeMap<String, BTreeSet<String>>,
    failed: BTreeSet<String>,
}

impl Shown {
    /// Takes a line of cargo's output, such as `test tests::certification::b01_a_token_without_kid_is_refused ... ok`.
    pub fn read(&mut self, line: &str) {
        let Some((path, outcome)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else {
            return;
        };
        // A test for both databases is a module of two.
        for segment in path.split("::") {
            let (ids, sentence) = ids(segment);
            let through_server = if path.starts_with("web::") { " (through the whole server)" } else { "" };
            for id in ids {
                if outcome == "ok" {
                    self.passed.entry(id).or_default().insert(format!("{sentence}{through_server}"));
                } else {
                    self.failed.insert(id);
                }
            }
        }
    }

    /// Finds out whether every case is shown and the page says so.
    pub fn check(&self) -> Result<()> {
        let page = self.page(&Lists::read()?)?;
        let committed = fs::read_to_string(workspace::path(PAGE)).unwrap_or_default();
        ensure!(committed == page, "{PAGE} does not say what the tests showed; {REMEDY}");
        Ok(())
    }

    fn page(&self, lists: &Lists) -> Result<String> {
        let known: BTreeSet<&str> = lists.ids().collect();
        let unlisted: Vec<_> = self.passed.keys().filter(|id| !known.contains(id.as_str())).collect();
        ensure!(unlisted.is_empty(), "tests are named after cases that {CASES} does not list: {unlisted:?}");
        let unshown: Vec<_> = known.iter().filter(|id| !self.passed.contains_key(**id)).collect();
        ensure!(unshown.is_empty(), "no test shows {unshown:?}");
        if !self.failed.is_empty() {
            bail!("these cases failed: {:?}", self.failed);
        }
        let mut page = String::from(INTRODUCTION);
        for Section { title, source, cases } in &lists.section {
            write!(page, "\n## {title}\n\n{source}\n\n| | case | shown by the tests that say |\n|---|---|---|\n")?;
            for (id, case) in cases {
                let sentences: Vec<&str> = self.passed[id].iter().map(String::as_str).collect();
                writeln!(page, "| {id} | {case} | {} |", sentences.join("; "))?;
            }
        }
        page.push_str("\n## What no test can show\n\n| what | why |\n|---|---|\n");
        for Manual { what, why } in &lists.manual {
            writeln!(page, "| {what} | {why} |")?;
        }
        Ok(page)
    }
}

const INTRODUCTION: &str = "# LTI conformance

Every case that a tool has to master by the lists below, and the tests that show it. This page is written by `cargo xtask
conformance --write` from a run of the tests, and `cargo xtask test` fails where it is out of date.
";

/// The ids at the beginning of a test's name, and the sentence after them.
fn ids(name: &str) -> (Vec<String>, String) {
    let mut ids = Vec::new();
    let mut rest = name;
    while let Some((first, after)) = rest.split_once('_') {
        let is_id = first.len() == 3
            && first.starts_with(['b', 'v', 's', 'x', 'd', 'n', 'g'])
            && first[1..].bytes().all(|byte| byte.is_ascii_digit());
        if !is_id {
            break;
        }
        ids.push(first.to_uppercase());
        rest = after;
    }
    (ids, rest.replace('_', " "))
}

/// Runs the tests that are named after cases, and writes the page or finds out whether it is up to date.
pub fn run(write: bool) -> Result<()> {
    let lists = Lists::read()?;
    let mut shown = Shown::default();
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--exclude", "browser", "--lib", "--no-fail-fast", "--"]);
    cargo.args(lists.ids().map(|id| format!("{}_", id.to_lowercase()))).current_dir(workspace::root());
    let counts = steps::step("tests that are named after cases", || cargo_test(&mut cargo, |line| shown.read(line)))?;
    ensure!(counts.failed == 0, "{} of them failed", counts.failed);
    if write { steps::write(&workspace::path(PAGE), shown.page(&lists)?) } else { shown.check() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_cases_and_a_sentence() {
        assert_eq!(ids("b01_a_token_without_kid"), (vec!["B01".to_owned()], "a token without kid".to_owned()));
        let two = ids("v06_s06_a_launch_without_names");
        assert_eq!(two, (vec!["V06".to_owned(), "S06".to_owned()], "a launch without names".to_owned()));
        assert_eq!(ids("a_launch_of_one").0, Vec::<String>::new());
        assert_eq!(ids("x1y_something").0, Vec::<String>::new());
    }

    #[test]
    fn lines_of_cargo_are_read_and_others_passed_over() {
        let mut shown = Shown::default();
        for line in [
            "running 3 tests",
            "test tests::certification::b01_a_token ... ok",
            "test web::lti::tests::attacks::x09_of_sixteen::sqlite ... ok",
            "test web::lti::tests::attacks::x09_of_sixteen::postgres ... ok",
            "test tests::launches::x10_a_nonce ... FAILED",
            "test tests::launches::something_else ... ok",
        ] {
            shown.read(line);
        }
        assert_eq!(shown.passed["B01"], BTreeSet::from(["a token".to_owned()]));
        assert_eq!(shown.passed["X09"], BTreeSet::from(["of sixteen (through the whole server)".to_owned()]));
        assert_eq!(shown.failed, BTreeSet::from(["X10".to_owned()]));
    }

    #[test]
    fn a_case_without_a_test_and_a_test_without_a_case_are_named() {
        let lists = || Lists {
            section: vec![Section {
                title: "T".to_owned(),
                source: "S".to_owned(),
                cases: [("B01".to_owned(), "First".to_owned())].into(),
            }],
            manual: Vec::new(),
        };
        let mut shown = Shown::default();
        assert!(shown.page(&lists()).unwrap_err().to_string().contains("B01"));
        shown.read("test tests::b01_it_works ... ok");
        assert!(shown.page(&lists()).unwrap().contains("| B01 | First | it works |"));
        shown.read("test tests::b02_it_works_too ... ok");
        assert!(shown.page(&lists()).unwrap_err().to_string().contains("B02"));
    }
}

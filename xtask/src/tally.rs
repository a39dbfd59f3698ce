//! Counts what passed and what failed, and goes on after a failure, so that one run tells everything.

use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::steps::step;

/// How many tests came out how.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Did what they should.
    pub passed: u64,
    /// Did not.
    pub failed: u64,
    /// Were not run.
    pub skipped: u64,
}

/// What a whole run of tests came to.
pub struct Tally {
    counts: Counts,
    remarks: Vec<String>,
    begun: Instant,
}

impl Tally {
    /// Begins counting.
    pub fn new() -> Self {
        Self { counts: Counts::default(), remarks: Vec::new(), begun: Instant::now() }
    }

    /// A check that is one test. Tells whether it passed.
    pub fn check(&mut self, what: &str, work: impl FnOnce() -> Result<()>) -> bool {
        let outcome = step(what, work);
        match &outcome {
            Ok(()) => self.counts.passed += 1,
            Err(error) => self.fail(what, error),
        }
        outcome.is_ok()
    }

    /// A program that runs many tests and counts them itself. One that ends without a count is one failure.
    pub fn suite(&mut self, what: &str, work: impl FnOnce() -> Result<Counts>) {
        match step(what, work) {
            Ok(counts) => {
                self.counts.passed += counts.passed;
                self.counts.failed += counts.failed;
                self.counts.skipped += counts.skipped;
                if counts.failed > 0 {
                    self.remarks.push(format!("failed: {} of {what}", counts.failed));
                }
            }
            Err(error) => self.fail(what, &error),
        }
    }

    /// A check that cannot be run here.
    pub fn skip(&mut self, what: &str, why: &str) {
        println!("▸ {what}: skipped, {why}");
        self.counts.skipped += 1;
        self.remarks.push(format!("skipped: {what}, {why}"));
    }

    /// Says how it went; the last line is the sum.
    pub fn finish(self) -> ExitCode {
        let Counts { passed, failed, skipped } = self.counts;
        println!("\n{} s in all", self.begun.elapsed().as_secs());
        for remark in &self.remarks {
            println!("{remark}");
        }
        let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        println!("{passed} passed, {failed} failed{skipped}");
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn fail(&mut self, what: &str, error: &anyhow::Error) {
        println!("  failed: {error:#}");
        self.counts.failed += 1;
        self.remarks.push(format!("failed: {what}"));
    }
}

/// Runs `cargo test`, shows what it prints, lets somebody else read along, and adds up what it counts.
pub fn cargo_test(command: &mut Command, mut read_along: impl FnMut(&str)) -> Result<Counts> {
    let mut process = command.stdout(Stdio::piped()).spawn().context("starting cargo")?;
    let mut counts = Counts::default();
    if let Some(output) = process.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            read_along(&line);
            counts = sum(counts, &line);
        }
    }
    let status = process.wait()?;
    if !status.success() && counts.failed == 0 {
        anyhow::bail!("cargo test ended with {status}; see above");
    }
    Ok(counts)
}

/// Adds a line like `test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`.
fn sum(counts: Counts, line: &str) -> Counts {
    let Some(result) = line.strip_prefix("test result: ") else { return counts };
    let number = |kind: &str| {
        let words: Vec<&str> = result.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        let at = words.iter().position(|word| *word == kind)?;
        words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
    };
    Counts {
        passed: counts.passed + number("passed").unwrap_or_default(),
        failed: counts.failed + number("failed").unwrap_or_default(),
        skipped: counts.skipped + number("ignored").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_cargo_test_add_up() {
        let output = [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ];
        let counts = output.iter().fold(Counts::default(), |counts, line| sum(counts, line));
        assert_eq!(counts, Counts { passed: 15, failed: 2, skipped: 1 });
    }
}

//! Feeds the library changed copies of what real platforms send, and watches for panics and for anything let in that should
//! not be. It needs no special compiler:
//!
//! ```text
//! cargo run -p lti --example fuzz -- --seconds 60
//! cargo run -p lti --example fuzz -- --seed 1 --from 5417 --cases 1      one case again
//! ```
//!
//! A case is made of the seed and its number, so what went wrong once goes wrong again.

#![expect(clippy::expect_used, reason = "a driver that cannot set its stage ends")]

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    time::{Duration, Instant},
};

use rand::{SeedableRng as _, rngs::StdRng};

mod changes;
mod targets;

use targets::{TARGETS, Target};

/// What is asked for on the command line.
struct Wish {
    seed: u64,
    from: u64,
    cases: u64,
    seconds: u64,
}

impl Wish {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut wish = Self { seed: 1, from: 0, cases: u64::MAX, seconds: 10 };
        while let Some(name) = arguments.next() {
            let value = arguments.next().and_then(|value| value.parse().ok());
            let value: u64 = value.ok_or_else(|| format!("{name} needs a number"))?;
            match name.as_str() {
                "--seed" => wish.seed = value,
                "--from" => wish.from = value,
                "--cases" => wish.cases = value,
                "--seconds" => wish.seconds = value,
                _ => return Err(format!("{name} is not known; there are --seed, --from, --cases and --seconds")),
            }
        }
        Ok(wish)
    }
}

fn main() -> ExitCode {
    let wish = match Wish::read(env::args().skip(1)) {
        Ok(wish) => wish,
        Err(mistake) => {
            eprintln!("{mistake}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let end = Instant::now() + Duration::from_secs(wish.seconds);
    let mut tallies = TARGETS.map(|target| Tally { target, cases: 0, accepted: 0 });
    for number in (wish.from..).take(usize::try_from(wish.cases).unwrap_or(usize::MAX)) {
        if Instant::now() >= end {
            break;
        }
        for tally in &mut tallies {
            let mut rng = StdRng::seed_from_u64(wish.seed.rotate_left(32) ^ number);
            let case = AssertUnwindSafe(|| runtime.block_on((tally.target.run)(&mut rng)));
            let Ok(accepted) = panic::catch_unwind(case) else {
                let again = format!("--seed {} --from {number} --cases 1", wish.seed);
                eprintln!("{}: the case above is number {number}; see it again with {again}", tally.target.name);
                return ExitCode::FAILURE;
            };
            tally.count(accepted);
        }
    }
    for tally in &tallies {
        println!("{:<14} {:>8} cases, {:>8} of them accepted", tally.target.name, tally.cases, tally.accepted);
    }
    // A driver that only ever met refusals would have tested the first check and nothing behind it.
    let tried = tallies.iter().all(|tally| tally.cases < 1000 || tally.accepted > 0);
    if tried { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What came of one target.
struct Tally {
    target: Target,
    cases: u64,
    accepted: u64,
}

impl Tally {
    fn count(&mut self, accepted: bool) {
        self.cases += 1;
        self.accepted += u64::from(accepted);
    }
}

//! What a platform does wrong, and when: drawn from the seed, the score and how often it has been posted, so that it does not
//! depend on who is faster.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// What may go wrong with one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// 500, in JSON.
    Failed,
    /// 500, with a page for people.
    ErrorPage,
    /// 503.
    Unavailable,
    /// 429, and when to come back.
    Busy,
    /// 403 whatever the token, twice in a row, so that a new token does not help.
    Forbidden,
    /// 400, for this score for good.
    Refused,
    /// The answer breaks off, and the score is not taken.
    BrokenOff,
    /// The score is taken, and the answer breaks off.
    HalfAnswer,
    /// The score is taken, and a page for people says so.
    OddAnswer,
    /// The score is taken after a while.
    Slow,
    /// The score would be taken when nobody waits for the answer any more.
    Endless,
    /// The token is none of this life's.
    ForgottenToken,
    /// No token is given out, with 500.
    NoToken,
}

impl Fault {
    /// In a word or two, for a table.
    pub fn told(self) -> &'static str {
        match self {
            Self::Failed => "500",
            Self::ErrorPage => "500 with a page",
            Self::Unavailable => "503",
            Self::Busy => "429 with Retry-After",
            Self::Forbidden => "403",
            Self::Refused => "400",
            Self::BrokenOff => "broken off, not taken",
            Self::HalfAnswer => "broken off, taken",
            Self::OddAnswer => "taken, answered by a page",
            Self::Slow => "slow",
            Self::Endless => "later than LTT waits",
            Self::ForgottenToken => "403 at a forgotten token",
            Self::NoToken => "no token given out",
        }
    }
}

/// How often each happens in ten thousand posts.
const CHANCES: [(Fault, u32); 10] = [
    (Fault::Failed, 150),
    (Fault::ErrorPage, 50),
    (Fault::Unavailable, 50),
    (Fault::Busy, 15),
    (Fault::Forbidden, 80),
    (Fault::BrokenOff, 60),
    (Fault::HalfAnswer, 80),
    (Fault::OddAnswer, 100),
    (Fault::Slow, 200),
    (Fault::Endless, 2),
];
const OF: u32 = 10_000;
/// How many of that many scores are refused for good.
const REFUSED: u32 = 50;
/// How many of that many tokens are not given out.
const NO_TOKEN: u32 = 500;

/// What a platform does wrong.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// What all is drawn from.
    pub seed: u64,
    /// Nothing goes wrong.
    pub calm: bool,
}

impl Faults {
    /// What goes wrong when a score is posted for the `nth` time, counted from zero.
    pub fn of_post(&self, subject: &str, given: f64, nth: usize) -> Option<Fault> {
        if self.calm {
            return None;
        }
        let drawn = |nth: usize| self.drawn((subject, given.to_bits(), nth));
        if self.rng((subject, given.to_bits(), "refused")).random_range(0..OF) < REFUSED {
            return Some(Fault::Refused);
        }
        let before = nth.checked_sub(1).and_then(drawn);
        before.filter(|before| *before == Fault::Forbidden).or_else(|| drawn(nth))
    }

    /// Whether the `nth` token is not given out.
    pub fn of_token(&self, platform: usize, nth: u64) -> bool {
        !self.calm && self.rng((platform, nth)).random_range(0..OF) < NO_TOKEN
    }

    /// Chance that belongs to something.
    pub fn rng(&self, of: impl std::hash::Hash) -> StdRng {
        let mut hasher = DefaultHasher::new();
        (self.seed, of).hash(&mut hasher);
        StdRng::seed_from_u64(hasher.finish())
    }

    fn drawn(&self, of: impl std::hash::Hash) -> Option<Fault> {
        let mut number = self.rng(of).random_range(0..OF);
        for (fault, chance) in CHANCES {
            if number < chance {
                return Some(fault);
            }
            number -= chance;
        }
        None
    }
}

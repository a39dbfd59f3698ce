//! Randomness as an argument: every secret and every id comes from an [`Entropy`].

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// A shared, cryptographically strong source of random numbers.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl Entropy {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same numbers on every run, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Runs `draw` on the generator itself.
    pub fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A generator of its own, for work that takes longer than others should wait.
    pub fn fork(&self) -> StdRng {
        self.with(StdRng::from_rng)
    }

    /// An id that sorts by the time it was made (UUID version 7).
    pub fn id(&self, now: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.with(|rng| rng.fill_bytes(&mut random));
        let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }

    /// A secret of 256 bits, as 43 characters that may stand in a URL.
    pub fn secret(&self) -> String {
        let mut random = [0; 32];
        self.with(|rng| rng.fill_bytes(&mut random));
        URL_SAFE_NO_PAD.encode(random)
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Entropy")
    }
}

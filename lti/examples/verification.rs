//! What it costs to verify one RS256 signature, beside which the rest of a launch can be seen:
//!
//! ```text
//! cargo run --release -p lti --example verification
//! ```

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use lti::testkit::{Part, Placement, Platform, Quirks, SigningKey, Visit};

const MEASURED: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let placement = Placement::at("https://tool.example", "tool-1", "1")?;
    let platform = Platform::new(Quirks::default(), &"https://lms.example".parse()?, placement);
    let now = "2026-11-20T12:00:00Z".parse()?;
    let token = platform.sign(&platform.claims(&Visit::sample(Part::Learner), "tool-1", "nonce", now))?;
    let (signed, signature) = token.rsplit_once('.').ok_or("a token has three parts")?;
    let public = SigningKey::sample(0).public().clone();
    let member = |name: &str| public[name].as_str().ok_or("an RSA key");
    let key = DecodingKey::from_rsa_components(member("n")?, member("e")?)?;

    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < MEASURED {
        if !crypto::verify(signature, signed.as_bytes(), &key, Algorithm::RS256)? {
            return Err("an honest signature was refused".into());
        }
        count += 1;
    }
    println!(
        "one RS256 signature verified in {:.3} ms ({count} in a row)",
        MEASURED.as_secs_f64() * 1000.0 / f64::from(count)
    );
    Ok(())
}

//! The servers under trial: `ltt serve` as it is shipped, killed without a warning and started again.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tokio::time::sleep;

use crate::{answer, free_port};

/// Servers on one database. They end with this value.
pub struct Servers {
    program: PathBuf,
    database: String,
    folder: PathBuf,
    ports: Vec<u16>,
    running: Vec<Child>,
    kills: usize,
}

impl Servers {
    /// That many, which do not run yet.
    pub fn new(program: PathBuf, database: String, folder: PathBuf, count: usize) -> Result<Self> {
        let ports = (0..count).map(|_| free_port()).collect::<Result<_>>()?;
        Ok(Self { program, database, folder, ports, running: Vec::new(), kills: 0 })
    }

    /// Starts them, the second when the first has brought the database up to date.
    pub async fn start_all(&mut self) -> Result<()> {
        for number in 0..self.ports.len() {
            let started = self.start(number)?;
            self.running.push(started);
            self.key_set_of(number).await?;
        }
        Ok(())
    }

    /// The keys by which platforms verify what LTT says.
    pub async fn key_set(&self) -> Result<Value> {
        self.key_set_of(0).await
    }

    async fn key_set_of(&self, number: usize) -> Result<Value> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let address = format!("http://127.0.0.1:{}/lti/jwks", self.ports[number]);
        let answered = answer(&client, &address).await.with_context(|| self.last_words(number))?;
        Ok(serde_json::from_slice(&answered.bytes().await?)?)
    }

    /// Kills one or all now and then, and starts them again; ends only with an error. A calm one only waits.
    pub async fn trouble(&mut self, seed: u64, calm: bool) -> Result<()> {
        let mut rng = StdRng::seed_from_u64(seed);
        loop {
            sleep(Duration::from_millis(rng.random_range(700..3000))).await;
            if calm {
                continue;
            }
            let count = self.running.len();
            let victims = match rng.random_range(0..=count) {
                all if all == count => (0..count).collect(),
                one => vec![one],
            };
            for &number in &victims {
                if let Some(status) = self.running[number].try_wait()? {
                    bail!("a server ended by itself with {status}: {}", self.last_words(number));
                }
                self.running[number].kill()?;
                self.running[number].wait()?;
                self.kills += 1;
            }
            sleep(Duration::from_millis(rng.random_range(0..1000))).await;
            for &number in &victims {
                self.running[number] = self.start(number)?;
            }
        }
    }

    /// How often one was killed.
    pub fn kills(&self) -> usize {
        self.kills
    }

    /// The errors that they logged, and whatever speaks of a deadlock.
    pub fn errors_logged(&self) -> Result<Vec<String>> {
        let mut errors = Vec::new();
        for number in 0..self.ports.len() {
            let log = fs::read_to_string(self.log(number))?;
            errors.extend(
                log.lines().filter(|line| line.contains("ERROR") || line.contains("deadlock")).map(str::to_owned),
            );
        }
        Ok(errors)
    }

    fn start(&self, number: usize) -> Result<Child> {
        let log: File = OpenOptions::new().create(true).append(true).open(self.log(number))?;
        let address = format!("127.0.0.1:{}", self.ports[number]);
        Command::new(&self.program)
            .arg("serve")
            .current_dir(&self.folder)
            .env("LTT_LISTEN", &address)
            .env("LTT_PUBLIC_URL", format!("http://{address}"))
            .env("LTT_DATABASE_URL", &self.database)
            .env("LTT_OUTBOUND_ALLOW", "loopback")
            .env("LTT_KEY_ROTATION", "off")
            .env("LTT_GRADE_RETRY_FLOOR", "20ms")
            .env("LTT_GRADE_RATE", "100000")
            .env("LTT_LOG", "error")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.join(format!("server-{number}.log"))
    }

    fn last_words(&self, number: usize) -> String {
        let log = fs::read_to_string(self.log(number)).unwrap_or_default();
        let last: Vec<_> = log.lines().rev().take(5).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.running {
            // One that ended meanwhile is not there to be killed.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

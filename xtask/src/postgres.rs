//! A PostgreSQL server for the tests alone: a cluster in a folder of its own on a free port, gone afterwards.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    debian,
    steps::{capture, is_installed},
};

/// Whom PostgreSQL works for where we are root, for whom it refuses to. Debian's package makes that user.
const USER: &str = "postgres";

/// The tests' data may be lost, so nothing waits for the disk, and little of it is kept in logs.
const SETTINGS: [&str; 9] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "min_wal_size=32MB",
    "max_wal_size=64MB",
    "max_connections=400",
    "listen_addresses=127.0.0.1",
];

const PATIENCE: Duration = Duration::from_mins(3);

/// A running server. It ends with this value.
pub struct Server {
    process: Child,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Installs PostgreSQL where it is missing, makes a cluster, and waits until it answers.
    pub fn start() -> Result<Self> {
        let programs = installed_programs()?;
        let folder = env::temp_dir().join(format!("ltt-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if debian::is_root()? {
            capture(Command::new("chown").arg(USER).arg(&folder))?;
        }
        let data = folder.join("data");
        let options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        capture(unprivileged(&programs.join("initdb"))?.arg("--pgdata").arg(&data).args(options))?;
        let port = free_port()?;
        let process = unprivileged(&programs.join("postgres"))?
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(["-p", &port.to_string()])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()
            .context("starting postgres")?;
        let mut server = Self { process, programs, folder, port };
        server.wait()?;
        Ok(server)
    }

    /// Where its user may make databases.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Whether it still runs; where it does not, or complains of the disk, what it said last.
    pub fn check(&mut self) -> Result<()> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let last: Vec<_> = log.lines().rev().take(20).collect();
        let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
        if let Some(status) = self.process.try_wait()? {
            bail!("PostgreSQL ended with {status} while the tests needed it:\n{last}");
        }
        if log.contains("No space left on device") {
            bail!("the disk was full:\n{last}");
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        let answers = |port: u16, programs: &Path| {
            let asked = Command::new(programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p"])
                .arg(port.to_string())
                .status();
            asked.is_ok_and(|status| status.success())
        };
        while !answers(self.port, &self.programs) {
            if self.process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL did not start:\n{log}");
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = unprivileged(&self.programs.join("pg_ctl")).map(|mut command| {
            command.args(["stop", "--silent", "--mode=immediate", "--pgdata"]).arg(self.folder.join("data")).status()
        });
        if stop.is_ok_and(|status| status.is_ok_and(|status| status.success())) && self.process.wait().is_ok() {
            fs::remove_dir_all(&self.folder).ok();
        } else {
            eprintln!("PostgreSQL may still be running on its data in {}", self.folder.display());
        }
    }
}

/// A program of PostgreSQL's, as somebody it works for.
fn unprivileged(program: &Path) -> Result<Command> {
    let mut command = if debian::is_root()? {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--reuid", USER, "--regid", USER, "--init-groups", "--"]).arg(program);
        setpriv
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    Ok(command)
}

fn installed_programs() -> Result<PathBuf> {
    if programs().is_none() {
        debian::install(&["postgresql"])?;
    }
    programs().context("PostgreSQL was installed, but its `initdb` is not under /usr/lib/postgresql")
}

/// The folder with the server's programs: that of the newest version under Debian's folder, or what is in the PATH.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists()).max_by_key(version);
    if let Some(folder) = newest {
        return Some(folder.join("bin"));
    }
    is_installed("pg_config").then(|| capture(Command::new("pg_config").arg("--bindir")).ok())?.map(PathBuf::from)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

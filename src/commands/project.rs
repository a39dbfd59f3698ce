//! `ltt project`: check, import and list projects.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Subcommand;

use crate::{
    entropy::Entropy,
    learning::project::{
        self, Project,
        catalog::{self, ImportError, Imported},
        library,
    },
    store::Db,
};

/// What can be done with projects.
#[derive(Debug, Subcommand)]
pub enum ProjectCommand {
    /// Say what is wrong with project files, if anything
    Check {
        /// Project files, or folders with a project.yaml
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Import project files; learners then find them by their slug
    Import {
        /// Project files, or folders with a project.yaml
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// List the projects that have been imported
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a command needs from outside.
pub struct Surroundings<'a> {
    /// For new ids.
    pub entropy: &'a Entropy,
    /// The present moment.
    pub now: DateTime<Utc>,
    /// Where results go.
    pub out: &'a mut (dyn Write + Send),
}

/// Runs a command; `connect` opens the database, which `check` does without.
pub async fn run(
    command: ProjectCommand,
    connect: impl AsyncFnOnce() -> anyhow::Result<Db>,
    mut around: Surroundings<'_>,
) -> anyhow::Result<ExitCode> {
    match command {
        ProjectCommand::Check { files } => {
            Ok(if read(&files, around.out)?.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ProjectCommand::Import { files } => import(&files, connect, &mut around).await,
        ProjectCommand::List { json } => {
            list(&connect().await?, json, around.out).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Reads every file and prints what is wrong; the projects, where nothing is.
fn read(files: &[PathBuf], out: &mut dyn Write) -> anyhow::Result<Option<Vec<Project>>> {
    let mut projects = vec![];
    for file in files {
        match project::check(file) {
            Ok(project) => {
                let about = project.about();
                let tasks = project.tasks().iter().filter(|task| task.is_leaf()).count();
                writeln!(out, "{}: ok: {} version {}, {tasks} tasks", file.display(), about.slug, about.version)?;
                projects.push(project);
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    writeln!(out, "{}: {mistake}", file.display())?;
                }
            }
        }
    }
    Ok((projects.len() == files.len()).then_some(projects))
}

/// Imports all the files, or none.
async fn import(
    files: &[PathBuf],
    connect: impl AsyncFnOnce() -> anyhow::Result<Db>,
    around: &mut Surroundings<'_>,
) -> anyhow::Result<ExitCode> {
    let Some(projects) = read(files, around.out)? else {
        writeln!(around.out, "nothing was imported")?;
        return Ok(ExitCode::FAILURE);
    };
    let mut tx = connect().await?.begin().await?;
    let mut lines = vec![];
    for project in &projects {
        let (slug, version) = (&project.about().slug, project.about().version);
        match library::import(&mut tx, around.entropy, around.now, None, project).await {
            Ok(Imported::New(_)) => lines.push(format!("imported {slug} version {version}")),
            Ok(Imported::Unchanged(_)) => lines.push(format!("{slug} version {version} was already imported")),
            Err(error @ (ImportError::VersionTaken { .. } | ImportError::SlugTaken { .. })) => {
                writeln!(around.out, "{error}\nnothing was imported")?;
                return Ok(ExitCode::FAILURE);
            }
            Err(ImportError::Store(error)) => return Err(error).context("importing"),
        }
    }
    tx.commit().await?;
    for line in lines {
        writeln!(around.out, "{line}")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(db: &Db, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let projects = catalog::projects(&mut db.read().await?).await?;
    if json {
        writeln!(out, "{}", serde_json::to_string(&projects)?)?;
    } else if projects.is_empty() {
        writeln!(out, "no projects yet: ltt project import FILE")?;
    } else {
        for project in projects {
            writeln!(out, "{}\t{}\t{}", project.slug, project.version, project.title)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database_test;

    async fn ltt(db: &Db, command: ProjectCommand) -> (bool, String) {
        let mut out = vec![];
        let entropy = Entropy::seeded(1);
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let around = Surroundings { entropy: &entropy, now, out: &mut out };
        let code = run(command, async || Ok(db.clone()), around).await.expect("a result");
        (code == ExitCode::SUCCESS, String::from_utf8(out).expect("UTF-8"))
    }

    fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    const PROJECT: &str = "
slug: one
version: 1
title: One
epics:
  - {id: only, title: Only, answer: {kind: hand_in, counts: true}}
";

    database_test!(
        async fn projects_are_imported_together_or_not_at_all(db: Db) {
            let folder = tempfile::tempdir().expect("a folder");
            let good = file(&folder, "good.yaml", PROJECT);
            let bad = file(&folder, "bad.yaml", &PROJECT.replace("title: One", "titel: One"));
            let (ok, out) = ltt(&db, ProjectCommand::Check { files: vec![bad.clone()] }).await;
            assert!(!ok);
            assert!(out.contains("bad.yaml: title: this field is missing"), "{out}");

            let (ok, out) = ltt(&db, ProjectCommand::Import { files: vec![good.clone(), bad] }).await;
            assert!(!ok && out.ends_with("nothing was imported\n"), "{out}");
            assert_eq!(ltt(&db, ProjectCommand::List { json: true }).await, (true, "[]\n".to_owned()));

            let import = || ProjectCommand::Import { files: vec![good.clone()] };
            let (ok, out) = ltt(&db, import()).await;
            assert!(ok && out.ends_with("imported one version 1\n"), "{out}");
            let (ok, out) = ltt(&db, import()).await;
            assert!(ok && out.ends_with("one version 1 was already imported\n"), "{out}");
            file(&folder, "good.yaml", &PROJECT.replace("title: One", "title: Two"));
            let (ok, out) = ltt(&db, import()).await;
            assert!(!ok && out.contains("set `version: 2`"), "{out}");
            let (_, out) = ltt(&db, ProjectCommand::List { json: true }).await;
            assert_eq!(out, "[{\"slug\":\"one\",\"title\":\"One\",\"version\":1}]\n");
        }
    );
}

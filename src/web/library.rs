//! `/teach/projects`: the projects, for whoever teaches and has no shell: a file is sent, its mistakes are shown beside it, and
//! what is good is looked at before it is imported.
//!
//! Somebody of an organisation sees the installation's projects and those of their own organisation, and changes only the
//! latter.

use app::model::{
    admin::Section,
    library::{LibraryPage, ProjectPage, ProjectRow, UploadPage, UploadPreview, VersionRow},
};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    admin::not_found,
    class::teach,
    pages::admin::{Content, Shell, page},
    services::{Services, Shared},
    visitor::{Refused, Visitor, asked},
};
use crate::{
    launch::{course, opening},
    learning::project::{
        self, Mistake, Placed, Project,
        catalog::{ImportError, Imported},
        library::{self, Version},
    },
    store::{StoreError, Tx},
};

mod sent;
mod shown;
#[cfg(test)]
mod tests;

use sent::SentProject;

/// The largest form with a project file that is read: a file in each of its two fields.
const LARGEST_FORM: usize = (2 << 20) + (64 << 10);

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/teach/projects", get(show).post(import))
        .route("/teach/projects/{slug}", get(one))
        .route("/teach/projects/{slug}/assign", post(assign))
        .route("/teach/upload", get(ask).post(check))
        .route("/teach/upload/edit", post(edit))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
}

/// A page of the library.
fn of_library(status: StatusCode, visitor: &Visitor, title: impl Into<String>, content: Content) -> Response {
    let is_list = matches!(content, Content::Library(_));
    let trail = if is_list { Vec::new() } else { vec![("/teach/projects".to_owned(), "Projects".to_owned())] };
    page(status, Shell { frame: visitor.frame(), title: title.into(), section: Section::Projects, trail }, content)
}

async fn show(State(services): State<Shared>, visitor: Visitor) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let versions = library::versions(&mut tx, visitor.account.organisation_id).await.map_err(refused)?;
    let mut projects: Vec<ProjectRow> = Vec::new();
    // The newest version of each project comes first.
    for version in versions {
        match projects.last_mut().filter(|row| row.slug == version.slug) {
            Some(row) => row.learners += version.learners,
            None => projects.push(ProjectRow {
                owner: if version.is_owned { "An organisation" } else { "Everybody here" },
                slug: version.slug,
                title: version.title,
                version: version.version,
                at: version.imported_at,
                learners: version.learners,
            }),
        }
    }
    Ok(of_library(StatusCode::OK, &visitor, "Projects", Content::Library(LibraryPage { projects })))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    version: Option<i64>,
}

async fn one(
    State(services): State<Shared>,
    visitor: Visitor,
    Path(slug): Path<String>,
    uri: Uri,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let organisation = visitor.account.organisation_id;
    let mut tx = services.db.read().await.map_err(refused)?;
    let mut versions = library::versions(&mut tx, organisation).await.map_err(refused)?;
    versions.retain(|version| version.slug == slug);
    let wanted = asked::<Wanted>(&uri).version;
    let found = versions.iter().find(|one| wanted.is_none_or(|wanted| wanted == one.version));
    let Some(found) = found.cloned() else { return Err(not_found(&services).into()) };
    let project = services.catalog.project(&mut tx, found.id).await.map_err(refused)?;
    let ownership = library::ownership(&mut tx, &slug).await.map_err(refused)?;
    let (assigned, assignable) = courses(&mut tx, &visitor, &slug).await.map_err(refused)?;
    let page = ProjectPage {
        assigned,
        assignable,
        slug,
        shown: shown::project(&project),
        versions: versions.into_iter().map(|version| row(&version, found.version)).collect(),
        can_change: ownership.admits(organisation),
    };
    Ok(of_library(StatusCode::OK, &visitor, found.title, Content::Project(page)))
}

/// The courses that a project is assigned to, and those that it can be assigned to besides: each with its address or id, and with
/// what it is called.
async fn courses(
    tx: &mut Tx,
    visitor: &Visitor,
    slug: &str,
) -> Result<(Vec<(String, String)>, Vec<(String, String)>), StoreError> {
    let (mut assigned, mut assignable) = (Vec::new(), Vec::new());
    let open = library::courses_open_to(tx, slug).await?;
    for course::Listed { course, .. } in course::all_within(tx, visitor.within()).await? {
        if course.context_id.is_empty() {
            continue;
        }
        if course.project_slug.as_deref() == Some(slug) {
            assigned.push((teach::base(&course), course.title()));
        } else if open.contains(&course.id) {
            assignable.push((course.id.to_string(), format!("{} ({})", course.title(), course.platform)));
        }
    }
    Ok((assigned, assignable))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Assignment {
    course: String,
}

/// Assigns a project to a course of the visitor's.
async fn assign(
    State(services): State<Shared>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Form(assignment): Form<Assignment>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let nothing = || Refused::from(not_found(&services));
    let course = assignment.course.parse().map_err(|_| nothing())?;
    let mut tx = services.db.begin().await.map_err(refused)?;
    let course = course::find_within(&mut tx, visitor.within(), course).await.map_err(refused)?.ok_or_else(nothing)?;
    // Looked for here, for an address may hold what PostgreSQL refuses to be asked for.
    let open = library::openable_in_course(&mut tx, course.id).await.map_err(refused)?;
    if !open.iter().any(|(known, _)| *known == slug) {
        return Err(nothing());
    }
    opening::assign(&mut tx, course.id, Some(&slug)).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    tracing::info!(course = %course.id, by = %visitor.account.id, slug, "a project was assigned to a course");
    Ok(Redirect::to(&format!("/teach/projects/{slug}?done=assigned")).into_response())
}

fn row(version: &Version, shown: i64) -> VersionRow {
    VersionRow {
        version: version.version,
        at: version.imported_at,
        learners: version.learners,
        courses: version.courses,
        is_shown: version.version == shown,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    of: Option<String>,
}

async fn ask(visitor: Visitor, uri: Uri) -> Response {
    // What cannot be a slug is not repeated.
    let is_slug =
        |slug: &String| slug.len() <= 64 && slug.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let of = asked::<Asked>(&uri).of.filter(is_slug);
    form(StatusCode::OK, &visitor, UploadPage { of, ..UploadPage::default() })
}

fn form(status: StatusCode, visitor: &Visitor, page: UploadPage) -> Response {
    let title = if page.of.is_some() { "Upload a new version" } else { "Upload a project" };
    of_library(status, visitor, title, Content::Upload(page))
}

/// What was sent, once more in the form.
async fn edit(visitor: Visitor, SentProject(text): SentProject) -> Response {
    form(StatusCode::OK, &visitor, UploadPage { text, ..UploadPage::default() })
}

/// Reads what was sent, and shows what it is or what is wrong with it.
async fn check(
    State(services): State<Shared>,
    visitor: Visitor,
    SentProject(text): SentProject,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let (text, project) = match read(&services, text).await? {
        (text, Ok(project)) => (text, project),
        (text, Err(mistakes)) => return Ok(sent_back(&visitor, text, mistakes)),
    };
    let mut tx = services.db.read().await.map_err(refused)?;
    if let Some(problem) = problem(&mut tx, &services, &visitor, &project).await.map_err(refused)? {
        return Ok(sent_back(&visitor, text, vec![problem]));
    }
    let page = preview(&mut tx, &services, &visitor, &project, text).await.map_err(refused)?;
    Ok(of_library(StatusCode::OK, &visitor, page.shown.title.clone(), Content::UploadPreview(page)))
}

/// Imports what was looked at. It is read again, for a browser may send anything.
async fn import(
    State(services): State<Shared>,
    visitor: Visitor,
    SentProject(text): SentProject,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let (text, project) = match read(&services, text).await? {
        (text, Ok(project)) => (text, project),
        (text, Err(mistakes)) => return Ok(sent_back(&visitor, text, mistakes)),
    };
    let organisation = visitor.account.organisation_id;
    let mut tx = services.db.begin().await.map_err(refused)?;
    let imported = library::import(&mut tx, &services.entropy, services.clock.now(), organisation, &project).await;
    let done = match imported {
        Ok(Imported::New(_)) => "imported",
        Ok(Imported::Unchanged(_)) => "unchanged",
        Err(ImportError::Store(error)) => return Err(refused(error).into()),
        Err(error) => return Ok(sent_back(&visitor, text, vec![of_import(&error)])),
    };
    tx.commit().await.map_err(refused)?;
    Ok(Redirect::to(&format!("/teach/projects/{}?done={done}", project.about().slug)).into_response())
}

/// Reads a project beside the threads that answer: a hostile file takes its time.
async fn read(services: &Services, text: String) -> Result<(String, Result<Project, Vec<Placed>>), Refused> {
    let reading = tokio::task::spawn_blocking(move || {
        let read = project::check_text(&text);
        (text, read)
    });
    reading.await.map_err(|error| services.refusals.fault(&error).into())
}

/// The form again, with what was sent and what is wrong with it.
fn sent_back(visitor: &Visitor, text: String, mistakes: Vec<Placed>) -> Response {
    let mistakes = shown::mistakes(&text, mistakes);
    form(StatusCode::UNPROCESSABLE_ENTITY, visitor, UploadPage { text, mistakes, ..UploadPage::default() })
}

/// What would be in the way of the import.
async fn problem(
    tx: &mut Tx,
    services: &Services,
    visitor: &Visitor,
    project: &Project,
) -> Result<Option<Placed>, StoreError> {
    let (about, organisation) = (project.about(), visitor.account.organisation_id);
    let slug = about.slug.clone();
    if !library::ownership(tx, &slug).await?.admits(organisation) {
        return Ok(Some(of_import(&ImportError::SlugTaken { slug })));
    }
    let versions = library::versions(tx, organisation).await?;
    let mut versions = versions.into_iter().filter(|version| version.slug == slug);
    let Some(newest) = versions.next() else { return Ok(None) };
    let same = std::iter::once(newest.clone()).chain(versions).find(|one| one.version == i64::from(about.version));
    let Some(same) = same else { return Ok(None) };
    if *services.catalog.project(tx, same.id).await? == *project {
        return Ok(None);
    }
    Ok(Some(of_import(&ImportError::VersionTaken { slug, version: about.version, newest: newest.version })))
}

fn of_import(error: &ImportError) -> Placed {
    let path = if matches!(error, ImportError::VersionTaken { .. }) { "version" } else { "slug" };
    Placed { line: None, mistake: Mistake { path: path.to_owned(), message: error.to_string() } }
}

async fn preview(
    tx: &mut Tx,
    services: &Services,
    visitor: &Visitor,
    project: &Project,
    text: String,
) -> Result<UploadPreview, StoreError> {
    let slug = project.about().slug.clone();
    let versions = library::versions(tx, visitor.account.organisation_id).await?;
    let before = versions.into_iter().find(|one| one.slug == slug && one.version != i64::from(project.about().version));
    let changes = match before {
        Some(before) => {
            let earlier = services.catalog.project(tx, before.id).await?;
            Some(shown::changes(&before, &earlier, project))
        }
        None => None,
    };
    Ok(UploadPreview { slug, shown: shown::project(project), changes, text })
}

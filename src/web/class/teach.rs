//! `/teach`: the courses and their classes in a plain browser, for accounts that teach or look after platforms.

use app::model::{
    admin::Section,
    class::{CourseRow, CoursesPage},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, Asked, Page, Staff, ago};
use crate::{
    launch::course::{self, Course},
    store::Tx,
    web::{
        admin::not_found,
        pages::{
            admin::Shell,
            class::{self, Content},
        },
        services::{Services, Shared},
        visitor::{Refused, Visitor, asked},
    },
};

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/teach", get(courses))
        .route("/teach/courses/{course}", get(show).post(send))
        .route("/teach/courses/{course}/{*below}", get(show).post(send))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Search {
    text: String,
}

/// Every course that the visitor sees.
async fn courses(State(services): State<Shared>, visitor: Visitor, uri: Uri) -> Result<Response, Refused> {
    let Search { text } = asked(&uri);
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let all = course::all_within(&mut tx, visitor.within()).await.map_err(refused)?;
    drop(tx);
    let wanted = text.trim().to_lowercase();
    let has_any = !all.is_empty();
    let fits = |listed: &course::Listed| listed.course.title().to_lowercase().contains(&wanted);
    let now = services.clock.now();
    let row = |listed: course::Listed| CourseRow {
        address: base(&listed.course),
        title: listed.course.title(),
        platform: listed.course.platform.clone(),
        learners: listed.learners,
        last_launch: listed.last_launch.map(|at| ago(now, at)),
    };
    let found = all.into_iter().filter(fits).map(row).collect();
    let shell = shell(&visitor, "Courses".to_owned(), Vec::new());
    let content = Content::Courses(CoursesPage { search: text, courses: found, has_any });
    Ok(class::page(StatusCode::OK, shell, content))
}

/// The address of a course's class in a plain browser.
pub fn base(course: &Course) -> String {
    format!("/teach/courses/{}", course.id)
}

fn shell(visitor: &Visitor, title: String, trail: Vec<(String, String)>) -> Shell {
    Shell { frame: visitor.frame(), title, section: Section::Teaching, trail }
}

/// A page of a class.
async fn show(
    State(services): State<Shared>,
    visitor: Visitor,
    Path(path): Path<ClassPath>,
    uri: Uri,
) -> Result<Response, Refused> {
    answer(&services, &visitor, &path, &uri, None).await
}

/// A form on a page of a class.
async fn send(
    State(services): State<Shared>,
    visitor: Visitor,
    Path(path): Path<ClassPath>,
    uri: Uri,
    form: String,
) -> Result<Response, Refused> {
    answer(&services, &visitor, &path, &uri, Some(&form)).await
}

#[derive(Deserialize)]
struct ClassPath {
    course: String,
}

async fn answer(
    services: &Shared,
    visitor: &Visitor,
    path: &ClassPath,
    uri: &Uri,
    form: Option<&str>,
) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let course = seen(services, &mut tx, visitor, &path.course).await?;
    drop(tx);
    let (base, title) = (base(&course), course.title());
    let staff = Staff {
        base: base.clone(),
        course,
        project: None,
        can_decide: true,
        by: format!("account {}", visitor.account.id),
    };
    let address = uri.path_and_query().map_or("", |address| address.as_str());
    // The course may be written in another spelling of its id; what stands behind it counts.
    let below = address.strip_prefix("/teach/courses/").map_or("", |rest| rest.trim_start_matches(&*path.course));
    match super::answer(services, &staff, Asked { below, form }).await? {
        Answer::GoTo(address) => Ok(Redirect::to(&address).into_response()),
        Answer::Page(page) => {
            let Page { status, title: page, mut trail, notice, content } = *page;
            let is_class = matches!(content, Content::Class(_));
            trail.insert(0, ("/teach".to_owned(), "Courses".to_owned()));
            let mut shell = shell(visitor, if is_class { title } else { page }, trail);
            shell.frame.notice = notice;
            Ok(class::page(status, shell, content))
        }
    }
}

/// A course that this visitor sees.
async fn seen(services: &Services, tx: &mut Tx, visitor: &Visitor, id: &str) -> Result<Course, Refused> {
    let Ok(id) = id.parse::<Uuid>() else { return Err(not_found(services).into()) };
    let found = course::find_within(tx, visitor.within(), id).await;
    found.map_err(|error| services.refusals.store(&error))?.ok_or_else(|| not_found(services).into())
}

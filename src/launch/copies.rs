//! Copied courses: what a link opens that nobody has chosen anything for, by the links that it was copied from.
//!
//! A link whose own history names links that all open the same keeps that. Where they differ, or only the course is known to be a
//! copy, whoever teaches is asked once, and begins with what was chosen there.

use lti::{Claims, ResourceLink};
use uuid::Uuid;

use super::opening::Choice;
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// The most earlier links or courses that are looked at, the latest first.
const MOST_ORIGINS: usize = 20;

/// What a link has from those it was copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inherited {
    /// Nothing is known.
    Nothing,
    /// It is a copy of links that open this.
    Kept(Choice),
    /// Something like it opened this in a course that this one was copied from.
    Suggested(Choice),
}

/// What a new link on a platform has from others there.
pub(super) async fn inherited(
    tx: &mut Tx,
    platform: Uuid,
    claims: &Claims,
    link: &ResourceLink,
) -> Result<Inherited, StoreError> {
    for earlier in claims.resource_link_history(&link.id).iter().take(MOST_ORIGINS) {
        let mut choices = of_link(tx, platform, earlier).await?;
        if choices.len() == 1 {
            return Ok(choices.pop().map_or(Inherited::Nothing, Inherited::Kept));
        }
        if let Some(first) = choices.into_iter().next() {
            return Ok(Inherited::Suggested(first));
        }
    }
    let Some(context) = &claims.context else { return Ok(Inherited::Nothing) };
    let mut courses = claims.context_history();
    courses.extend(origins(tx, platform, &context.id).await?);
    for course in courses.iter().take(MOST_ORIGINS) {
        let links = of_course(tx, platform, course).await?;
        if let Some(choice) = alike(&links, link.title.as_deref()) {
            return Ok(Inherited::Suggested(choice));
        }
    }
    Ok(Inherited::Nothing)
}

/// Notes that a course holds a copy of what was in another.
pub async fn note(tx: &mut Tx, platform: Uuid, context: &str, origin: &str) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO course_copy (platform_id, context_id, origin_context_id) VALUES ($1, $2, $3)
        ON CONFLICT (platform_id, context_id, origin_context_id) DO NOTHING";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(platform)
        .bind(context)
        .bind(origin)
        .execute(connection)
        .await
        .map(drop))
}

async fn origins(tx: &mut Tx, platform: Uuid, context: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "
        SELECT origin_context_id FROM course_copy WHERE platform_id = $1 AND context_id = $2 ORDER BY origin_context_id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(platform).bind(context).fetch_all(connection).await)
}

/// The different choices that were made for links of that id.
async fn of_link(tx: &mut Tx, platform: Uuid, link: &str) -> Result<Vec<Choice>, StoreError> {
    const SQL: &str = "
        SELECT DISTINCT resource_link.project_slug, resource_link.task
        FROM resource_link JOIN course ON course.id = resource_link.course_id
        WHERE course.platform_id = $1 AND resource_link.link_id = $2 AND resource_link.project_slug IS NOT NULL
        ORDER BY resource_link.project_slug, resource_link.task LIMIT 2";
    let rows: Vec<(String, Option<String>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(platform).bind(link).fetch_all(connection).await)?;
    Ok(rows.into_iter().map(|(project, task)| Choice { project, task }).collect())
}

/// A link's title, and what was chosen for it.
type Titled = (Option<String>, Choice);

async fn of_course(tx: &mut Tx, platform: Uuid, context: &str) -> Result<Vec<Titled>, StoreError> {
    const SQL: &str = "
        SELECT DISTINCT resource_link.title, resource_link.project_slug, resource_link.task
        FROM resource_link JOIN course ON course.id = resource_link.course_id
        WHERE course.platform_id = $1 AND course.context_id = $2 AND resource_link.project_slug IS NOT NULL
        ORDER BY resource_link.title, resource_link.project_slug, resource_link.task LIMIT 500";
    let rows: Vec<(Option<String>, String, Option<String>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(platform).bind(context).fetch_all(connection).await)?;
    Ok(rows.into_iter().map(|(title, project, task)| (title, Choice { project, task })).collect())
}

/// What links of that title open, else what all links of the course do; `None` where they differ.
fn alike(links: &[Titled], title: Option<&str>) -> Option<Choice> {
    let same = links.iter().filter(|(known, _)| title.is_some() && known.as_deref() == title);
    only(same.map(|(_, choice)| choice)).or_else(|| only(links.iter().map(|(_, choice)| choice)))
}

fn only<'c>(mut choices: impl Iterator<Item = &'c Choice>) -> Option<Choice> {
    let first = choices.next()?;
    choices.all(|other| other == first).then(|| first.clone())
}

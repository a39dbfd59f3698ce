//! Submission Review: a launch from a cell of the gradebook to the work behind it. (Submission Review Service 1.0)

use lti::{Claims, ResourceLink, SubmissionReview};
use uuid::Uuid;

use super::{platform::Registration, policy::LaunchPolicy, provisioning};
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// What a cell of the gradebook stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The work that is scored there.
    pub work: Uuid,
    /// The activity through which it was done.
    pub resource_link: ResourceLink,
}

/// Who may look at somebody's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewer {
    /// Whoever teaches the course.
    Teaches,
    /// The learner whose work it is.
    Themselves,
}

impl Reviewer {
    /// What somebody who launches is to the learner whose cell they opened; `None`: nothing that lets them see it.
    pub fn of(policy: &LaunchPolicy, claims: &Claims, review: &SubmissionReview) -> Option<Self> {
        if provisioning::teaches(policy, claims) {
            return Some(Self::Teaches);
        }
        (claims.subject.as_ref() == Some(&review.for_user.user_id)).then_some(Self::Themselves)
    }
}

/// The work behind a cell: of that learner, in the course that the launch names, scored in that column. `None`: nothing was
/// done there yet.
pub async fn behind(
    tx: &mut Tx,
    registration: &Registration,
    claims: &Claims,
    review: &SubmissionReview,
) -> Result<Option<Reviewed>, StoreError> {
    const SQL: &str = "
        SELECT work.id, resource_link.link_id, resource_link.title
        FROM line_item JOIN work ON work.id = line_item.work_id
        LEFT JOIN gradebook_column ON gradebook_column.id = line_item.column_id
        JOIN learner ON learner.id = work.learner_id
        JOIN course ON course.id = work.course_id
        JOIN launch ON launch.work_id = work.id
        JOIN resource_link ON resource_link.id = launch.resource_link_id
        WHERE COALESCE(gradebook_column.url, line_item.url) = $1 AND learner.subject = $2 AND learner.platform_id = $3 AND course.context_id = $4
        ORDER BY launch.created_at DESC LIMIT 1";
    let context = claims.context.as_ref().map_or("", |context| &context.id);
    let row: Option<(Uuid, String, Option<String>)> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(review.line_item.as_str())
        .bind(&review.for_user.user_id)
        .bind(registration.platform_id)
        .bind(context)
        .fetch_optional(connection)
        .await)?;
    Ok(row.map(|(work, id, title)| Reviewed {
        work,
        resource_link: review.resource_link.clone().unwrap_or(ResourceLink { id, title, description: None }),
    }))
}

/// Notes what a launch was made to look at; its page opens there.
pub async fn note(tx: &mut Tx, launch: Uuid, work: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE launch SET reviews = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(launch).bind(work).execute(connection).await.map(drop))
}

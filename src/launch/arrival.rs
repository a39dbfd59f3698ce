//! Writes down who came, from where, and what they will work on: one launch, one transaction.

use chrono::{DateTime, Utc};
use lti::{Claims, ResourceLink, roles::CourseRole};
use sqlx::types::Json;
use url::Url;
use uuid::Uuid;

use super::{
    binding::Binding,
    columns::{self, Scored},
    context::{Context, Mapped},
    copies::{self, Inherited},
    opening::{self, Choice},
    platform::Registration,
    policy::{self, LaunchPolicy},
    provisioning::{self, Newcomer, NotAdmitted},
    roster,
};
use crate::{
    entropy::Entropy,
    learning::{
        project::catalog::Catalog,
        work::{Work, WorkError},
    },
    on_tx,
    store::{StoreError, Tx},
};

/// The context id of launches that name no course; no platform sends an empty one.
const NO_COURSE: &str = "";

/// A launch that has been found good.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// By which registration it came.
    pub registration: &'a Registration,
    /// What the token says.
    pub claims: &'a Claims,
    /// The activity that was opened.
    pub resource_link: &'a ResourceLink,
    /// The address that the platform signed for it.
    pub target: &'a Url,
    /// How the browser proved to be the one that logged in.
    pub binding: Binding,
}

/// A launch that has been written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The launch.
    pub launch: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// That it leads nowhere yet; `None` where all is set up.
    pub not_set_up: Option<NotSetUp>,
    /// Why mapping rules were skipped, for the administrator.
    pub notes: Vec<String>,
}

/// A launch that leads nowhere yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSetUp {
    /// Why, for the administrator.
    pub explanation: String,
    /// Whether this person may choose what the activity opens.
    pub may_choose: bool,
    /// For somebody who may choose, what was chosen where this was copied from; for others, what the launch names.
    pub suggestion: Option<Choice>,
}

/// Why a good launch was not written down.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// The person is new, and the registration does not let them in.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// What they are to work on cannot be opened.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A role, as the database spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum StoredRole {
    /// Learns and is graded.
    Learner,
    /// Teaches the course.
    Instructor,
    /// Helps to teach, below the instructor.
    TeachingAssistant,
    /// Administers the course.
    Administrator,
    /// Accompanies a learner.
    Mentor,
    /// Sees and tries like a learner.
    Observer,
}

impl StoredRole {
    /// Whether they may choose what an activity of the course opens. A platform lets assistants help, not build.
    pub fn may_choose(self) -> bool {
        matches!(self, Self::Instructor | Self::Administrator)
    }
}

impl From<CourseRole> for StoredRole {
    fn from(role: CourseRole) -> Self {
        match role {
            CourseRole::Learner => Self::Learner,
            CourseRole::Instructor => Self::Instructor,
            CourseRole::TeachingAssistant => Self::TeachingAssistant,
            CourseRole::Administrator => Self::Administrator,
            CourseRole::Mentor => Self::Mentor,
            CourseRole::Observer => Self::Observer,
        }
    }
}

/// Writes a launch down: learner, course, resource link, work and line item are made where they are new.
pub async fn record(
    tx: &mut Tx,
    catalog: &Catalog,
    entropy: &Entropy,
    now: DateTime<Utc>,
    arrival: &Arrival<'_>,
) -> Result<Arrived, ArrivalError> {
    let (claims, registration) = (arrival.claims, arrival.registration);
    let platform = registration.platform_id;
    let policy = policy::of(tx, registration.id).await?;
    let role = policy.roles.table().in_course(&claims.roles);
    let newcomer = Newcomer { platform, registration: registration.id, subject: claims.subject.as_deref(), role };
    provisioning::admit(tx, policy.provisioning, newcomer).await??;
    let graded = role == CourseRole::Learner && !claims.roles.is_test_user() && claims.subject.is_some();
    let learner = learner(tx, entropy, now, platform, claims, policy.keep_email).await?;
    let course = course(tx, entropy, now, platform, claims).await?;
    let resource_link = resource_link(tx, entropy, now, course, arrival).await?;
    let (named, inherited) = choices(tx, arrival, resource_link).await?;
    let unnamed = opening::unnamed(tx, resource_link, course).await?;
    let choices = named.clone().into_iter().chain(unnamed);
    let (mut work, not_set_up) =
        match opening::open_first(tx, catalog, entropy, now, (learner, course), choices).await? {
            Ok(work) => (Some(work), None),
            Err(explanation) => {
                let may_choose = StoredRole::from(role).may_choose();
                let suggestion = if may_choose { inherited } else { named };
                (None, Some(NotSetUp { explanation, may_choose, suggestion }))
            }
        };
    let gradebook = (claims.grade_service.as_ref(), claims.subject.as_deref());
    if let (Some(work), (Some(service), Some(subject))) = (work.as_mut().filter(|_| graded), gradebook) {
        let deployment_id = &claims.deployment_id;
        let scored = Scored { registration, deployment_id, course, resource_link, subject, service };
        columns::attach(tx, entropy, now, &scored, work).await?;
    }
    let Mapped { context, notes } = context(tx, policy, resource_link, claims).await?;
    let launch = LaunchRow {
        id: entropy.id(now),
        resource_link,
        learner,
        course,
        role: role.into(),
        graded,
        task: work.as_ref().and_then(Work::part).map(|part| part.id.clone()),
        work: work.map(|work| work.id),
        context,
    };
    insert_launch(tx, now, arrival, &launch).await?;
    // Last, because launches of one course, then of one registration, wait for each other here.
    roster::keep(tx, now, registration.id, course, claims).await?;
    policy::keep_claims(tx, registration.id, now, &claims.raw).await?;
    Ok(Arrived { launch: launch.id, learner, not_set_up, notes })
}

/// The launch's context, by the rules of its placement, else of its registration, else by the default ones.
async fn context(
    tx: &mut Tx,
    policy: LaunchPolicy,
    resource_link: Uuid,
    claims: &Claims,
) -> Result<Mapped, StoreError> {
    let own = policy::placement_rules(tx, resource_link).await?;
    Ok(Context::of(&own.or(policy.rules).unwrap_or_default(), &claims.raw))
}

async fn learner(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    platform: Uuid,
    claims: &Claims,
    keep_email: bool,
) -> Result<Uuid, StoreError> {
    const SQL: &str = "
        INSERT INTO learner (id, platform_id, subject, name, email, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (platform_id, subject) DO UPDATE
        SET name = COALESCE(excluded.name, learner.name), email = COALESCE(excluded.email, learner.email)
        RETURNING id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(platform)
        .bind(claims.subject.as_deref())
        .bind(claims.person.name.as_deref())
        .bind(claims.person.email.as_deref().filter(|_| keep_email))
        .bind(now)
        .fetch_one(connection)
        .await)
}

async fn course(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    platform: Uuid,
    claims: &Claims,
) -> Result<Uuid, StoreError> {
    const SQL: &str = "
        INSERT INTO course (id, platform_id, context_id, title, label, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (platform_id, context_id) DO UPDATE
        SET title = COALESCE(excluded.title, course.title), label = COALESCE(excluded.label, course.label)
        RETURNING id";
    let context = claims.context.as_ref();
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(platform)
        .bind(context.map_or(NO_COURSE, |context| &context.id))
        .bind(context.and_then(|context| context.title.as_deref()))
        .bind(context.and_then(|context| context.label.as_deref()))
        .bind(now)
        .fetch_one(connection)
        .await)
}

async fn resource_link(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    course: Uuid,
    arrival: &Arrival<'_>,
) -> Result<Uuid, StoreError> {
    const SQL: &str = "
        INSERT INTO resource_link (id, registration_id, deployment_id, course_id, link_id, title, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (registration_id, deployment_id, course_id, link_id) DO UPDATE
        SET title = COALESCE(excluded.title, resource_link.title)
        RETURNING id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(arrival.registration.id)
        .bind(&arrival.claims.deployment_id)
        .bind(course)
        .bind(&arrival.resource_link.id)
        .bind(arrival.resource_link.title.as_deref())
        .bind(now)
        .fetch_one(connection)
        .await)
}

/// What a launch names, and what its link may open by what it was copied from. Where that is certain, it is kept.
async fn choices(
    tx: &mut Tx,
    arrival: &Arrival<'_>,
    resource_link: Uuid,
) -> Result<(Option<Choice>, Option<Choice>), StoreError> {
    let named = Choice::named(arrival.claims, arrival.target);
    if named.is_some() || opening::kept(tx, resource_link).await?.is_some() {
        return Ok((named, None));
    }
    let platform = arrival.registration.platform_id;
    match copies::inherited(tx, platform, arrival.claims, arrival.resource_link).await? {
        Inherited::Nothing => Ok((None, None)),
        Inherited::Suggested(choice) => Ok((None, Some(choice))),
        Inherited::Kept(choice) => {
            opening::keep(tx, resource_link, &choice).await?;
            Ok((None, None))
        }
    }
}

struct LaunchRow {
    id: Uuid,
    resource_link: Uuid,
    learner: Uuid,
    course: Uuid,
    role: StoredRole,
    graded: bool,
    work: Option<Uuid>,
    task: Option<String>,
    context: Context,
}

async fn insert_launch(
    tx: &mut Tx,
    now: DateTime<Utc>,
    arrival: &Arrival<'_>,
    launch: &LaunchRow,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO launch (id, registration_id, resource_link_id, learner_id, course_id, role, graded, work_id, task,
                            binding, context, grade_service, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(launch.id)
        .bind(arrival.registration.id)
        .bind(launch.resource_link)
        .bind(launch.learner)
        .bind(launch.course)
        .bind(launch.role)
        .bind(launch.graded)
        .bind(launch.work)
        .bind(&launch.task)
        .bind(arrival.binding)
        .bind(Json(&launch.context))
        .bind(arrival.claims.grade_service.as_ref().map(Json))
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// A launch, as a session sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchRecord {
    /// Its id.
    pub id: Uuid,
    /// By which registration it came.
    pub registration: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// The course it came from.
    pub course: Uuid,
    /// What the learner works on; `None` until the activity has been set up.
    pub work: Option<Uuid>,
    /// The task it is limited to, with what is below it.
    pub part: Option<String>,
    /// The work that it was made to look at, from a cell of the gradebook.
    pub reviews: Option<Uuid>,
    /// The role it was launched with.
    pub role: StoredRole,
    /// Whether what is done here may become a grade.
    pub graded: bool,
    /// Whether the platform told no identity.
    pub guest: bool,
    /// Whether somebody who teaches looks at it as a learner.
    pub preview: bool,
    /// The learner's name, where a launch or the roster told it; never for a provider.
    pub name: Option<String>,
    /// Their e-mail address, where it is kept; never for a provider.
    pub email: Option<String>,
    /// Where it came from.
    pub context: Context,
}

/// Reads a launch.
pub async fn find(tx: &mut Tx, launch: Uuid) -> Result<Option<LaunchRecord>, StoreError> {
    const SQL: &str = "
        SELECT launch.id, launch.registration_id, launch.learner_id, launch.course_id, launch.work_id, launch.task,
               launch.role, launch.graded,
               learner.subject IS NULL AS guest, launch.preview, COALESCE(learner.name, member.name) AS name,
               learner.email, launch.context, launch.reviews
        FROM launch JOIN learner ON learner.id = launch.learner_id
        LEFT JOIN member ON member.course_id = launch.course_id AND member.subject = learner.subject
        WHERE launch.id = $1";
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        registration_id: Uuid,
        learner_id: Uuid,
        course_id: Uuid,
        work_id: Option<Uuid>,
        task: Option<String>,
        reviews: Option<Uuid>,
        role: StoredRole,
        graded: bool,
        guest: bool,
        preview: bool,
        name: Option<String>,
        email: Option<String>,
        context: Json<Context>,
    }
    let row: Option<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).bind(launch).fetch_optional(connection).await)?;
    Ok(row.map(|row| LaunchRecord {
        id: row.id,
        registration: row.registration_id,
        learner: row.learner_id,
        course: row.course_id,
        work: row.work_id,
        part: row.task,
        reviews: row.reviews,
        role: row.role,
        graded: row.graded,
        guest: row.guest,
        preview: row.preview,
        name: row.name,
        email: row.email,
        context: row.context.0,
    }))
}

/// Removes guests, with their work, once their session can no longer be alive; and says how many.
pub async fn sweep_guests(tx: &mut Tx, older_than: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM learner WHERE subject IS NULL AND created_at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(older_than)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}

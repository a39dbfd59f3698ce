//! Deliveries, on both databases, against gradebooks that answer as they are told.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use futures::future::BoxFuture;
use sqlx::types::Json;

use super::*;
use crate::{
    clock::ManualClock,
    database_test,
    grades::{
        access::{LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE},
        column::Wanted,
        outbox::{LineItem, Score, attach, owe},
        standing::{Delivery, DeliveryState, of_course, standing},
    },
    on_tx,
};

mod asking_back;
mod columns;
mod leases;
mod platforms;
mod settling;

type Answer = Result<ScoreTaken, NotPosted>;
type Meanwhile = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Gradebooks that answer what is in the queue, and yes when it is empty.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    /// What it answers when a column is to be made; one of its own numbering when this is empty.
    made: Mutex<VecDeque<Result<Url, NotPosted>>>,
    /// What it was asked to make.
    wanted: Mutex<Vec<Definition>>,
    /// What it shows, when it is asked.
    results: Mutex<VecDeque<Result<Option<f64>, NotPosted>>>,
    posted: Mutex<Vec<(String, lti::Score)>>,
    /// Rung at each post.
    bell: Notify,
    /// What happens while a score is under way.
    meanwhile: Option<Meanwhile>,
}

impl Scripted {
    fn will_answer(&self, answer: Result<(), ScoreNotTaken>) {
        let answer = answer.map(|()| ScoreTaken { status: 201 }).map_err(NotPosted::from);
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
    }

    /// Given and timestamp of each score posted.
    fn posted(&self) -> Vec<(f64, String)> {
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        posted
            .iter()
            .map(|(_, score)| (score.given.expect("points"), score.timestamp.format("%H:%M:%S%.f").to_string()))
            .collect()
    }
}

impl Gradebooks for Arc<Scripted> {
    async fn post(&self, _way: Way<'_>, line_item: &Url, score: &lti::Score, _now: DateTime<Utc>) -> Answer {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner).push((line_item.to_string(), score.clone()));
        self.bell.notify_one();
        tokio::task::yield_now().await;
        if let Some(meanwhile) = &self.meanwhile {
            meanwhile().await;
        }
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        answer.unwrap_or(Ok(ScoreTaken { status: 201 }))
    }

    async fn make(&self, _way: Way<'_>, definition: &Definition, _now: DateTime<Utc>) -> Result<Url, NotPosted> {
        let number = {
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.push(definition.clone());
            wanted.len()
        };
        tokio::task::yield_now().await;
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        made.unwrap_or_else(|| Ok(format!("https://lms.example/made/{number}").parse().expect("an address")))
    }

    async fn result(
        &self,
        _way: Way<'_>,
        _line_item: &Url,
        subject: &str,
        _now: DateTime<Utc>,
    ) -> Result<Option<LearnerResult>, NotPosted> {
        let shown = self.results.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let result = |score| LearnerResult {
            user_id: subject.to_owned(),
            score: Some(score),
            maximum: 100.0,
            comment: None,
            scoring_user_id: None,
        };
        Ok(shown.unwrap_or(Ok(None))?.map(result))
    }
}

const PACE: Pace = Pace { retry_floor: Duration::from_secs(5), per_second: 1000 };

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00.25Z".parse().expect("a time")
}

fn unreachable() -> Result<(), ScoreNotTaken> {
    Err(HttpError::TimedOut.into())
}

/// Learners with a work each, on one platform.
struct Class {
    db: Db,
    entropy: Entropy,
    clock: ManualClock,
    platform: Uuid,
    registration: Uuid,
    course: Uuid,
    project: Uuid,
}

/// One learner's column.
struct Owed {
    work: Uuid,
    line_item: Uuid,
}

impl Class {
    async fn on(db: &Db) -> Self {
        Self::at(db, Entropy::seeded(1), "https://lms.example").await
    }

    /// A class on the platform of that issuer.
    async fn at(db: &Db, entropy: Entropy, issuer: &str) -> Self {
        let (platform, registration, course, project) =
            (entropy.id(noon()), entropy.id(noon()), entropy.id(noon()), entropy.id(noon()));
        let mut tx = db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| async {
            sqlx::query("INSERT INTO platform (id, issuer, name, created_at) VALUES ($1, $3, 'LMS', $2)")
                .bind(platform)
                .bind(noon())
                .bind(issuer)
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO registration (id, platform_id, name, issuer, client_id, auth_url, token_url, jwks_url,
                                           deployment_policy, created_at)
                 VALUES ($1, $2, 'LMS', $4, 'tool', 'https://lms.example/auth',
                         'https://lms.example/token', 'https://lms.example/jwks', 'learn', $3)",
            )
            .bind(registration)
            .bind(platform)
            .bind(noon())
            .bind(issuer)
            .execute(&mut *connection)
            .await?;
            sqlx::query("INSERT INTO course (id, platform_id, context_id, created_at) VALUES ($1, $2, 'course', $3)")
                .bind(course)
                .bind(platform)
                .bind(noon())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO project (id, slug, version, title, document, imported_at) VALUES ($1, 'p', 1, 'P', $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(project)
            .bind(Json(serde_json::json!({})))
            .bind(noon())
            .execute(&mut *connection)
            .await
            .map(drop)
        }
        .await)
        .unwrap();
        tx.commit().await.unwrap();
        Self { db: db.clone(), entropy, clock: ManualClock::at(noon()), platform, registration, course, project }
    }

    fn deliverer(&self, gradebooks: &Arc<Scripted>) -> Deliverer<Arc<Scripted>> {
        Deliverer::new(self.db.clone(), Arc::clone(gradebooks), self.entropy.clone(), PACE, Arc::default())
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A learner with a work and a column for it, which the platform made.
    async fn learner(&self, subject: &str, url: &str) -> Owed {
        self.learner_of(subject, self.column(Some(url)), Access::default()).await
    }

    /// A learner with a work that goes to that column.
    async fn learner_of(&self, subject: &str, column: Wanted, access: Access) -> Owed {
        let (learner, work) = (self.entropy.id(self.now()), self.entropy.id(self.now()));
        let mut tx = self.db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| async {
            sqlx::query("INSERT INTO learner (id, platform_id, subject, created_at) VALUES ($1, $2, $3, $4)")
                .bind(learner)
                .bind(self.platform)
                .bind(learner.to_string())
                .bind(noon())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO work (id, learner_id, course_id, project_slug, project_id, started_at)
                 SELECT $1, $2, $3, 'p', id, $4 FROM project",
            )
            .bind(work)
            .bind(learner)
            .bind(self.course)
            .bind(noon())
            .execute(&mut *connection)
            .await
            .map(drop)
        }
        .await)
        .unwrap();
        let item = LineItem { work, column, access, subject: subject.to_owned(), task: None };
        let line_item = attach(&mut tx, &self.entropy, self.now(), &item).await.unwrap();
        tx.commit().await.unwrap();
        Owed { work, line_item }
    }

    /// A column at that address, or one that has to be made.
    fn column(&self, url: Option<&str>) -> Wanted {
        Wanted {
            registration: self.registration,
            deployment_id: "1".to_owned(),
            course: self.course,
            name: format!("link {}", url.unwrap_or("of LTT's own")),
            definition: Definition {
                resource_id: "p".to_owned(),
                label: "P".to_owned(),
                maximum: 12.0,
                link_id: "link".to_owned(),
            },
            url: url.map(|url| url.parse().expect("an address")),
        }
    }

    /// Lets a learner's newest launch grant that.
    async fn grants(&self, owed: &Owed, subject: &str, scopes: &[&str]) {
        let access = Access { scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(), lineitems: None };
        let column = self.column(Some("https://lms.example/items/1"));
        let item = LineItem { work: owed.work, column, access, subject: subject.to_owned(), task: None };
        let mut tx = self.db.begin().await.unwrap();
        attach(&mut tx, &self.entropy, self.now(), &item).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn sam(&self) -> Owed {
        self.learner("sam", "https://lms.example/items/1").await
    }

    async fn earns(&self, owed: &Owed, given: f64) {
        earn(&self.db, &self.entropy, self.now(), owed.work, owed.line_item, given).await;
    }

    async fn standing(&self, owed: &Owed) -> Option<Delivery> {
        standing(&mut self.db.read().await.unwrap(), owed.work, None).await.unwrap()
    }

    async fn state(&self, owed: &Owed) -> DeliveryState {
        self.standing(owed).await.unwrap().state
    }
}

async fn earn(db: &Db, entropy: &Entropy, now: DateTime<Utc>, work: Uuid, line_item: Uuid, given: f64) {
    let score = Score { given, maximum: 12.0, completed: given >= 12.0 };
    let mut tx = db.begin().await.unwrap();
    owe(&mut tx, entropy, now, work, line_item, score).await.unwrap();
    tx.commit().await.unwrap();
}

const SENT: Round = Round { sent: 1, waiting: 0, refused: 0, checked: 0 };
const WAITING: Round = Round { sent: 0, waiting: 1, refused: 0, checked: 0 };
const REFUSED: Round = Round { sent: 0, waiting: 0, refused: 1, checked: 0 };
const CHECKED: Round = Round { sent: 0, waiting: 0, refused: 0, checked: 1 };

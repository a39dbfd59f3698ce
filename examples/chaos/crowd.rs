//! The learners, and what they earn: each one or a few scores, each higher than the one before, so that an older one that got
//! over a newer one shows.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use ltt::{
    clock::{Clock as _, SystemClock},
    entropy::Entropy,
    grades::{
        access::Access,
        column::{Definition, Wanted},
        outbox::{LineItem, Score, attach, owe},
    },
    launch::platform,
    on_tx,
    store::{Db, Tx},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sqlx::types::Json;
use tokio::time;
use uuid::Uuid;

use crate::platform::{DEPLOYMENT, Platform};

const MAXIMUM: f64 = 100.0;
/// How many learners come in one transaction, and how many scores where nobody waits for them.
const AT_ONCE: usize = 500;
/// How soon a learner's next score follows: within that part of the whole time.
const SOON: usize = 5;
/// How often a transaction is tried that the database refused.
const TRIES: usize = 20;

/// A learner, with a work that one column asks for.
#[derive(Debug, Clone)]
pub struct Learner {
    /// The platform's id of them.
    pub subject: String,
    /// Which platform.
    pub platform: usize,
    work: Uuid,
    /// The outbox's row.
    pub line_item: Uuid,
}

/// All of them, and what they earn in order: who, and how many points.
pub struct Crowd {
    /// The learners.
    pub learners: Vec<Learner>,
    earned: Vec<(usize, f64)>,
    entropy: Entropy,
}

impl Crowd {
    /// Writes the learners down.
    pub async fn gather(
        db: &Db,
        entropy: &Entropy,
        seed: u64,
        size: usize,
        platforms: &[Arc<Platform>],
    ) -> Result<Self> {
        let mut courses = Vec::new();
        for platform in platforms {
            courses.push(Course::open(db, entropy, platform).await?);
        }
        let mut learners = Vec::with_capacity(size);
        while learners.len() < size {
            let mut tx = db.begin().await?;
            for number in learners.len()..size.min(learners.len() + AT_ONCE) {
                let platform = number % courses.len();
                learners.push(courses[platform].enrol(&mut tx, entropy, platform, number).await?);
            }
            tx.commit().await?;
        }
        Ok(Self { earned: earned(seed, size), learners, entropy: entropy.clone() })
    }

    /// How many scores are earned.
    pub fn len(&self) -> usize {
        self.earned.len()
    }

    /// Each learner's scores, the newest last.
    pub fn scores(&self) -> HashMap<usize, Vec<f64>> {
        let mut scores: HashMap<usize, Vec<f64>> = HashMap::new();
        for &(learner, given) in &self.earned {
            scores.entry(learner).or_default().push(given);
        }
        scores
    }

    /// Earns everything over that time, each score by itself, as submissions come.
    pub async fn earn_one_by_one(&self, db: &Db, over: Duration) -> Result<()> {
        let pause = over / u32::try_from(self.earned.len().max(1))?;
        let mut turns = time::interval(pause.max(Duration::from_micros(1)));
        for earned in self.earned.chunks(1) {
            turns.tick().await;
            self.earn(db, earned).await?;
        }
        Ok(())
    }

    /// Earns everything while nobody looks.
    pub async fn earn_all(&self, db: &Db) -> Result<()> {
        for earned in self.earned.chunks(AT_ONCE) {
            self.earn(db, earned).await?;
        }
        Ok(())
    }

    async fn earn(&self, db: &Db, earned: &[(usize, f64)]) -> Result<()> {
        let mut outcome = self.try_to_earn(db, earned).await;
        for _ in 1..TRIES {
            if outcome.is_ok() {
                break;
            }
            outcome = self.try_to_earn(db, earned).await;
        }
        outcome.context("a score could not be written down")
    }

    async fn try_to_earn(&self, db: &Db, earned: &[(usize, f64)]) -> Result<()> {
        let mut tx = db.begin().await?;
        for &(learner, given) in earned {
            let Learner { work, line_item, .. } = self.learners[learner];
            let score = Score { given, maximum: MAXIMUM, completed: false };
            owe(&mut tx, &self.entropy, SystemClock.now(), work, line_item, score).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Who earns what, in order.
fn earned(seed: u64, size: usize) -> Vec<(usize, f64)> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut planned: Vec<(usize, usize, f64)> = Vec::new();
    for learner in 0..size {
        let (mut place, mut points) = (rng.random_range(0..size), rng.random_range(1..=30));
        let times = match rng.random_range(0..100) {
            0..60 => 1,
            60..85 => 2,
            _ => 3,
        };
        for _ in 0..times {
            planned.push((place, learner, f64::from(points)));
            place += rng.random_range(1..=size.div_ceil(SOON));
            points += rng.random_range(1..=30);
        }
    }
    planned.sort_by_key(|&(place, ..)| place);
    planned.into_iter().map(|(_, learner, points)| (learner, points)).collect()
}

/// A platform's course, as the database knows it.
struct Course {
    registration: platform::Registration,
    id: Uuid,
    project: Uuid,
    column: Wanted,
}

impl Course {
    async fn open(db: &Db, entropy: &Entropy, at: &Platform) -> Result<Self> {
        let now = SystemClock.now();
        let (course, project) = (entropy.id(now), entropy.id(now));
        let mut tx = db.begin().await?;
        let registration = platform::add(&mut tx, entropy, now, at.registration(), true).await?;
        on_tx!(&mut tx, |connection| async {
            sqlx::query("INSERT INTO course (id, platform_id, context_id, created_at) VALUES ($1, $2, 'course', $3)")
                .bind(course)
                .bind(registration.platform_id)
                .bind(now)
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO project (id, slug, version, title, document, imported_at) VALUES ($1, $2, 1, 'P', $3, $4)",
            )
            .bind(project)
            .bind(project.to_string())
            .bind(Json(serde_json::json!({})))
            .bind(now)
            .execute(&mut *connection)
            .await
            .map(drop)
        }
        .await)?;
        tx.commit().await?;
        let column = Wanted {
            registration: registration.id,
            deployment_id: DEPLOYMENT.to_owned(),
            course,
            name: "link".to_owned(),
            definition: Definition {
                resource_id: "p".to_owned(),
                label: "P".to_owned(),
                maximum: MAXIMUM,
                link_id: "link".to_owned(),
            },
            url: Some(at.column()?),
        };
        Ok(Self { registration, id: course, project, column })
    }

    async fn enrol(&self, tx: &mut Tx, entropy: &Entropy, platform: usize, number: usize) -> Result<Learner> {
        let now = SystemClock.now();
        let (learner, work, subject) = (entropy.id(now), entropy.id(now), format!("learner {number}"));
        on_tx!(&mut *tx, |connection| async {
            sqlx::query("INSERT INTO learner (id, platform_id, subject, created_at) VALUES ($1, $2, $3, $4)")
                .bind(learner)
                .bind(self.registration.platform_id)
                .bind(&subject)
                .bind(now)
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO work (id, learner_id, course_id, project_slug, project_id, started_at)
                 VALUES ($1, $2, $3, 'p', $4, $5)",
            )
            .bind(work)
            .bind(learner)
            .bind(self.id)
            .bind(self.project)
            .bind(now)
            .execute(&mut *connection)
            .await
            .map(drop)
        }
        .await)?;
        let column = self.column.clone();
        let item = LineItem { work, column, access: Access::default(), subject: subject.clone(), task: None };
        let line_item = attach(tx, entropy, now, &item).await?;
        Ok(Learner { subject, platform, work, line_item })
    }
}

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
        outbox::{LineItem, Score, attach, owe},
        standing::{Delivery, DeliveryState, standing},
    },
    on_tx,
};

type Answer = Result<ScoreTaken, NotPosted>;
type Meanwhile = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Gradebooks that answer what is in the queue, and yes when it is empty.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
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
    async fn post(&self, column: Column<'_>, score: &lti::Score, _now: DateTime<Utc>) -> Answer {
        let line_item = column.line_item.to_string();
        self.posted.lock().unwrap_or_else(PoisonError::into_inner).push((line_item, score.clone()));
        self.bell.notify_one();
        tokio::task::yield_now().await;
        if let Some(meanwhile) = &self.meanwhile {
            meanwhile().await;
        }
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        answer.unwrap_or(Ok(ScoreTaken { status: 201 }))
    }
}

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
        let entropy = Entropy::seeded(1);
        let (platform, registration, course, project) =
            (entropy.id(noon()), entropy.id(noon()), entropy.id(noon()), entropy.id(noon()));
        let mut tx = db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| async {
            sqlx::query("INSERT INTO platform (id, issuer, name, created_at) VALUES ($1, 'https://lms.example', 'LMS', $2)")
                .bind(platform)
                .bind(noon())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO registration (id, platform_id, name, issuer, client_id, auth_url, token_url, jwks_url,
                                           deployment_policy, created_at)
                 VALUES ($1, $2, 'LMS', 'https://lms.example', 'tool', 'https://lms.example/auth',
                         'https://lms.example/token', 'https://lms.example/jwks', 'learn', $3)",
            )
            .bind(registration)
            .bind(platform)
            .bind(noon())
            .execute(&mut *connection)
            .await?;
            sqlx::query("INSERT INTO course (id, platform_id, context_id, created_at) VALUES ($1, $2, 'course', $3)")
                .bind(course)
                .bind(platform)
                .bind(noon())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO project (id, slug, version, title, document, imported_at) VALUES ($1, 'p', 1, 'P', $2, $3)",
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
        Self { db: db.clone(), entropy, clock: ManualClock::at(noon()), registration, course, project }
    }

    fn deliverer(&self, gradebooks: &Arc<Scripted>) -> Deliverer<Arc<Scripted>> {
        let floor = Duration::from_secs(5);
        Deliverer::new(self.db.clone(), Arc::clone(gradebooks), self.entropy.clone(), floor, Arc::default())
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A learner with a work and a column for it.
    async fn learner(&self, subject: &str, url: &str) -> Owed {
        let (learner, work) = (self.entropy.id(self.now()), self.entropy.id(self.now()));
        let mut tx = self.db.begin().await.unwrap();
        let platform: Uuid = on_tx!(&mut tx, |connection| sqlx::query_scalar("SELECT platform_id FROM course")
            .fetch_one(connection)
            .await)
        .unwrap();
        on_tx!(&mut tx, |connection| async {
            sqlx::query("INSERT INTO learner (id, platform_id, subject, created_at) VALUES ($1, $2, $3, $4)")
                .bind(learner)
                .bind(platform)
                .bind(learner.to_string())
                .bind(noon())
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "INSERT INTO work (id, learner_id, course_id, project_slug, project_id, started_at)
                 VALUES ($1, $2, $3, 'p', $4, $5)",
            )
            .bind(work)
            .bind(learner)
            .bind(self.course)
            .bind(self.project)
            .bind(noon())
            .execute(&mut *connection)
            .await
            .map(drop)
        }
        .await)
        .unwrap();
        let item = LineItem {
            work,
            registration: self.registration,
            deployment_id: "1".to_owned(),
            url: url.to_owned(),
            subject: subject.to_owned(),
            task: None,
        };
        let line_item = attach(&mut tx, &self.entropy, self.now(), &item).await.unwrap();
        tx.commit().await.unwrap();
        Owed { work, line_item }
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

const SENT: Round = Round { sent: 1, waiting: 0, refused: 0 };
const WAITING: Round = Round { sent: 0, waiting: 1, refused: 0 };
const REFUSED: Round = Round { sent: 0, waiting: 0, refused: 1 };

database_test! {
    async fn a_score_that_is_owed_is_sent_once(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        assert_eq!(class.state(&sam).await, DeliveryState::NothingYet);
        class.earns(&sam, 4.0).await;
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);

        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), Round::default());

        let standing = class.standing(&sam).await.unwrap();
        assert_eq!((standing.state, standing.given, standing.maximum), (DeliveryState::Sent, 4.0, 12.0));
        assert_eq!(standing.sent_at, Some(noon()));
        let (line_item, score) = gradebooks.posted.lock().unwrap()[0].clone();
        assert_eq!((line_item.as_str(), score.user_id.as_str()), ("https://lms.example/items/1", "sam"));
        assert!(!score.completed);
    }
}

database_test! {
    async fn nothing_is_said_about_a_part_that_no_gradebook_asks_for(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let mut tx = db.read().await.unwrap();
        assert_eq!(standing(&mut tx, sam.work, Some("load-data")).await.unwrap(), None);
        assert_eq!(standing(&mut tx, class.project, None).await.unwrap(), None);
    }
}

database_test! {
    async fn a_zero_is_owed_only_where_more_was_sent_before(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 0.0).await;
        assert_eq!(class.state(&sam).await, DeliveryState::NothingYet);
        class.earns(&sam, 1.0).await;
        class.earns(&sam, 0.0).await;
        let gradebooks = Arc::new(Scripted::default());
        class.deliverer(&gradebooks).deliver_due(class.now()).await.unwrap();
        assert_eq!(gradebooks.posted(), [(0.0, "12:00:00".to_owned())]);
    }
}

database_test! {
    async fn a_platform_that_is_down_for_an_hour_gets_the_newest_score_when_it_is_back(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 1.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let mut pauses = Vec::new();
        while class.now() < noon() + TimeDelta::hours(1) {
            gradebooks.will_answer(unreachable());
            assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), WAITING);
            let standing = class.standing(&sam).await.unwrap();
            assert_eq!(standing.reason.as_deref(), Some("The course's gradebook could not be reached."));
            let pause = standing.next_attempt_at.unwrap() - class.now();
            assert_eq!(deliverer.deliver_due(class.now() + pause - TimeDelta::milliseconds(1)).await.unwrap(), Round::default());
            pauses.push(pause.num_seconds());
            class.clock.advance(pause);
        }
        let expected: [i64; 10] = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900];
        for (pause, expected) in pauses.iter().zip(expected) {
            assert!((expected * 3 / 4..=expected * 5 / 4).contains(pause), "{pauses:?}");
        }
        assert!(pauses.len() <= 12, "{pauses:?}");
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn a_score_held_by_a_worker_that_died_is_delivered_when_its_lease_is_over(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let mut tx = db.begin().await.unwrap();
        let held = outbox::claim(&mut tx, &class.entropy, class.now(), class.now() + LEASE, AT_ONCE).await.unwrap();
        assert_eq!(held.len(), 1);
        tx.commit().await.unwrap();

        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), Round::default());
        class.clock.advance(TimeDelta::seconds(1));
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);

        // The dead one was only slow, and failed: that does not undo what has been sent meanwhile.
        let late = Settlement::Waiting { reason: "late".to_owned(), next_attempt_at: class.now() };
        let mut tx = db.begin().await.unwrap();
        outbox::settle(&mut tx, class.now(), &held[0], &late).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn a_score_is_held_for_as_long_as_its_worker_gives_a_sign_of_life(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let claim = async |until| {
            let mut tx = db.begin().await.unwrap();
            let claimed = outbox::claim(&mut tx, &class.entropy, class.now(), until, AT_ONCE).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let renew = async |claimed: &Claimed| {
            let mut tx = db.begin().await.unwrap();
            outbox::renew(&mut tx, claimed, class.now() + LEASE).await.unwrap();
            tx.commit().await.unwrap();
        };
        let held = claim(class.now() + LEASE).await;
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        renew(&held[0]).await;
        class.clock.advance(TimeDelta::seconds(2));
        assert_eq!(claim(class.now() + LEASE).await, []);
        class.clock.advance(LEASE);
        let taken_over = claim(class.now() + LEASE).await;
        assert_eq!(taken_over.len(), 1);

        // The first worker's sign of life comes too late to keep the second one's claim.
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        renew(&held[0]).await;
        class.clock.advance(TimeDelta::seconds(1));
        assert_eq!(claim(class.now() + LEASE).await.len(), 1);
    }
}

database_test! {
    async fn workers_at_once_deliver_each_score_once(db: Db) {
        let class = Class::on(&db).await;
        for learner in 0..20 {
            let owed = class.learner(&format!("learner {learner}"), &format!("https://lms.example/items/{learner}")).await;
            class.earns(&owed, 4.0).await;
        }
        let gradebooks = Arc::new(Scripted::default());
        let workers = [(); 4].map(|()| class.deliverer(&gradebooks));
        loop {
            let rounds = futures::future::join_all(workers.iter().map(|worker| worker.deliver_due(class.now()))).await;
            if rounds.into_iter().all(|round| round.unwrap() == Round::default()) {
                break;
            }
        }
        let mut items: Vec<_> = gradebooks.posted.lock().unwrap().iter().map(|(item, _)| item.clone()).collect();
        assert_eq!(items.len(), 20);
        items.sort();
        items.dedup();
        assert_eq!(items.len(), 20);
    }
}

database_test! {
    async fn a_score_that_changes_while_it_is_sent_goes_out_again_at_once(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let (entropy, work, line_item) = (class.entropy.clone(), sam.work, sam.line_item);
        let gradebooks = Arc::new(Scripted {
            meanwhile: Some(Box::new(move || {
                let (db, entropy) = (db.clone(), entropy.clone());
                Box::pin(async move { earn(&db, &entropy, noon(), work, line_item, 5.0).await })
            })),
            ..Scripted::default()
        });
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
        assert_eq!(gradebooks.posted(), [(4.0, "12:00:00".to_owned()), (5.0, "12:00:01".to_owned())]);
    }
}

database_test! {
    async fn timestamps_of_one_learner_in_one_column_increase_by_whole_seconds(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for given in [1.0, 2.0, 3.0] {
            class.earns(&sam, given).await;
            deliverer.deliver_due(class.now()).await.unwrap();
        }
        // The same column can be scored from another work, when the activity has got another project.
        let again = class.sam().await;
        class.earns(&again, 4.0).await;
        deliverer.deliver_due(class.now()).await.unwrap();
        class.clock.advance(TimeDelta::seconds(60));
        class.earns(&sam, 5.0).await;
        deliverer.deliver_due(class.now()).await.unwrap();
        let timestamps: Vec<_> = gradebooks.posted().into_iter().map(|(_, timestamp)| timestamp).collect();
        assert_eq!(timestamps, ["12:00:00", "12:00:01", "12:00:02", "12:00:03", "12:01:00"]);
    }
}

database_test! {
    async fn where_the_gradebook_has_a_later_time_the_score_goes_out_once_more(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let older = || Err(ScoreNotTaken::Older { status: 409, excerpt: String::new() });
        gradebooks.will_answer(older());
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted(), [(4.0, "12:00:00".to_owned()), (4.0, "12:00:01".to_owned())]);

        class.earns(&sam, 5.0).await;
        gradebooks.will_answer(older());
        gradebooks.will_answer(older());
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), WAITING);
        assert_eq!(gradebooks.posted().len(), 4);
        class.clock.advance(TimeDelta::hours(1));
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted()[4], (5.0, "13:00:00".to_owned()));
    }
}

database_test! {
    async fn a_platform_that_asks_to_wait_is_waited_for(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let retry_after = Some(TimeDelta::seconds(90));
        gradebooks.will_answer(Err(ServiceFault::Throttled { status: 429, retry_after }.into()));
        deliverer.deliver_due(class.now()).await.unwrap();
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!(standing.next_attempt_at, Some(noon() + TimeDelta::seconds(90)));

        class.clock.advance(TimeDelta::seconds(90));
        let retry_after = Some(TimeDelta::days(400));
        gradebooks.will_answer(Err(ServiceFault::PlatformFailed { status: 503, retry_after, excerpt: String::new() }.into()));
        deliverer.deliver_due(class.now()).await.unwrap();
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!(standing.next_attempt_at, Some(class.now() + LONGEST_RETRY_AFTER));
    }
}

database_test! {
    async fn after_seven_days_a_score_is_given_up_with_its_reason_and_a_new_one_starts_afresh(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        class.clock.advance(PATIENCE - TimeDelta::seconds(1));
        gradebooks.will_answer(unreachable());
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), WAITING);
        class.clock.advance(TimeDelta::minutes(20));
        gradebooks.will_answer(unreachable());
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), REFUSED);
        let reason = class.standing(&sam).await.unwrap().reason;
        assert_eq!(reason.as_deref(), Some("The course's gradebook could not be reached. LTT tried for seven days."));

        class.earns(&sam, 5.0).await;
        assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), SENT);
        assert_eq!(class.standing(&sam).await.unwrap().reason, None);
    }
}

database_test! {
    async fn a_refusal_is_told_in_plain_words(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let excerpt = String::new;
        let answers: [ScoreNotTaken; 5] = [
            ServiceFault::Forbidden { status: 403, excerpt: excerpt() }.into(),
            ServiceFault::Gone { status: 404, excerpt: excerpt() }.into(),
            ScoreNotTaken::LearnerRefused { status: 422, excerpt: excerpt() },
            ServiceFault::Refused { status: 415, excerpt: excerpt() }.into(),
            lti::TokenError::ScopeDenied("score".to_owned()).into(),
        ];
        let mut reasons = Vec::new();
        for (given, answer) in (1_i32..).zip(answers) {
            class.earns(&sam, given.into()).await;
            gradebooks.will_answer(Err(answer));
            assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), REFUSED);
            reasons.extend(class.standing(&sam).await.unwrap().reason);
            class.clock.advance(TimeDelta::days(1));
            assert_eq!(deliverer.deliver_due(class.now()).await.unwrap(), Round::default(), "it is not tried again");
        }
        assert_eq!(reasons, [
            "The course does not let LTT write to its gradebook (status 403).",
            "The course no longer has a column for this activity in its gradebook.",
            "The course does not grade this person; only learners of the course are graded.",
            "The course's gradebook refused the grade (status 415).",
            "The course does not let LTT write grades; whoever set the activity up can change that.",
        ]);
    }
}

database_test! {
    async fn the_worker_delivers_when_it_is_rung_for_and_ends_when_it_is_told(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let bell = Arc::new(Notify::new());
        let floor = Duration::from_secs(5);
        let deliverer =
            Deliverer::new(db.clone(), Arc::clone(&gradebooks), class.entropy.clone(), floor, Arc::clone(&bell));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let working = deliverer.run(&class.clock, async { drop(stopped.await) });
        let story = async {
            class.earns(&sam, 4.0).await;
            bell.notify_one();
            gradebooks.bell.notified().await;
            drop(stop);
        };
        tokio::join!(working, story);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

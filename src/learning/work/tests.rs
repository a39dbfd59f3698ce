//! The whole way through a project, on both databases.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::*;
use crate::{
    database_test,
    grades::{
        access::Access,
        column::{Definition, Wanted},
        outbox::{self, LineItem},
    },
    learning::{
        answer::{Answer, Verdict},
        project::{catalog::import, check_bytes, document::AnswerRule, sample::sample},
        tutoring,
    },
    store::Db,
};

const PROJECT: &str = r#"
slug: averages
version: 1
title: Averages
epics:
  - id: basics
    title: Basics
    subtasks:
      - id: count
        title: Count them
        content: How many?
        answer: {kind: number, value: 7, tolerance: 0, unit: km}
        hints: [Look, Count again, "It is a prime"]
        solution: There are seven.
      - id: name
        title: Name it
        points: 3
        answer: {kind: text, accept: [median]}
        depends_on: [count]
  - id: talk
    title: Talk
    depends_on: [basics]
    subtasks:
      - id: chat
        title: Talk about it
        answer: {kind: conversation, exchanges: 2}
      - id: essay
        title: Write it down
        answer: {kind: hand_in, counts: true}
        depends_on: [chat]
"#;

/// A learner at work: a database with a project in it, and time that passes.
struct Class {
    db: Db,
    entropy: Entropy,
    catalog: Catalog,
    now: DateTime<Utc>,
    registration: Uuid,
    learner: Uuid,
    course: Uuid,
}

impl Class {
    async fn new(db: Db) -> Self {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let entropy = Entropy::seeded(1);
        let [platform, registration, learner, course] = std::array::from_fn(|_| entropy.id(now));
        let mut tx = db.begin().await.expect("a transaction");
        for (sql, ids) in [
            (
                "INSERT INTO platform (id, issuer, name, created_at) VALUES ($1, 'https://lms', 'LMS', $3)",
                [platform; 2],
            ),
            (
                "INSERT INTO registration (id, platform_id, name, issuer, client_id, auth_url, token_url, jwks_url,
                 deployment_policy, created_at) VALUES ($1, $2, 'LMS', 'https://lms', 'c', 'a', 't', 'j', 'learn', $3)",
                [registration, platform],
            ),
            (
                "INSERT INTO learner (id, platform_id, subject, created_at) VALUES ($1, $2, 's', $3)",
                [learner, platform],
            ),
            (
                "INSERT INTO course (id, platform_id, context_id, created_at) VALUES ($1, $2, 'c', $3)",
                [course, platform],
            ),
        ] {
            on_tx!(&mut tx, |connection| {
                sqlx::query(sql).bind(ids[0]).bind(ids[1]).bind(now).execute(connection).await.map(drop)
            })
            .expect("a row");
        }
        let project = check_bytes(PROJECT.as_bytes()).expect("a project");
        import(&mut tx, &entropy, now, &project).await.expect("an import");
        tx.commit().await.expect("a commit");
        Self { db, entropy, catalog: Catalog::default(), now, registration, learner, course }
    }

    async fn tx(&self) -> Tx {
        self.db.begin().await.expect("a transaction")
    }

    async fn open(&self) -> Uuid {
        self.open_project("averages").await
    }

    async fn open_project(&self, slug: &str) -> Uuid {
        let mut tx = self.tx().await;
        let id = open(&mut tx, &self.entropy, self.now, self.learner, self.course, slug).await.expect("a work");
        tx.commit().await.expect("a commit");
        id
    }

    async fn load(&self, id: Uuid, part: Option<&str>) -> Work {
        Work::load(&mut self.tx().await, &self.catalog, id, part).await.expect("a work")
    }

    async fn submit(&mut self, work: &mut Work, task: &str, answer: &str) -> Result<Outcome, WorkError> {
        self.now += TimeDelta::seconds(1);
        let mut tx = self.tx().await;
        let answer = Answer::One(answer.to_owned());
        let outcome = submit(&mut tx, &self.entropy, self.now, work, task, answer).await;
        if outcome.is_ok() {
            tx.commit().await.expect("a commit");
        }
        outcome
    }

    async fn verdict(&mut self, work: &mut Work, task: &str, answer: &str) -> Verdict {
        self.submit(work, task, answer).await.expect("an outcome").submission.expect("a submission").verdict
    }

    async fn finish(&self, work: &mut Work, task: &str, said: u32) -> Result<Outcome, WorkError> {
        let mut tx = self.tx().await;
        let outcome = finish(&mut tx, &self.entropy, self.now, work, task, said).await?;
        tx.commit().await.expect("a commit");
        Ok(outcome)
    }

    async fn hint(&self, work: &mut Work, task: &str, said: u32) -> Result<String, WorkError> {
        let mut tx = self.tx().await;
        let hint = reveal_hint(&mut tx, &self.entropy, self.now, work, task, said).await?;
        tx.commit().await.expect("a commit");
        Ok(hint)
    }

    async fn save(&self, work: &mut Work, text: &str, revision: i64) -> Result<DraftSaved, WorkError> {
        let mut tx = self.tx().await;
        let answer = Answer::One(text.to_owned());
        let saved = save_draft(&mut tx, self.now, work, "count", answer, revision).await?;
        tx.commit().await.expect("a commit");
        Ok(saved)
    }

    async fn attach(&self, work: Uuid, task: Option<&str>) -> Uuid {
        let item = LineItem {
            work,
            column: Wanted {
                registration: self.registration,
                deployment_id: "1".to_owned(),
                course: self.course,
                name: task.unwrap_or("all").to_owned(),
                definition: Definition {
                    resource_id: "p".to_owned(),
                    label: "P".to_owned(),
                    maximum: 1.0,
                    link_id: "l".to_owned(),
                },
                url: format!("https://lms/{}", task.unwrap_or("all")).parse().ok(),
            },
            access: Access::default(),
            subject: "s".to_owned(),
            task: task.map(str::to_owned),
        };
        let mut tx = self.tx().await;
        let id = outbox::attach(&mut tx, &self.entropy, self.now, &item).await.expect("a line item");
        tx.commit().await.expect("a commit");
        id
    }

    async fn owed(&self, item: Uuid) -> Option<(f64, f64, bool)> {
        const SQL: &str = "SELECT given, maximum, completed FROM score WHERE line_item_id = $1";
        let mut tx = self.tx().await;
        on_tx!(&mut tx, |connection| sqlx::query_as(SQL).bind(item).fetch_optional(connection).await).expect("a row")
    }
}

fn states(work: &Work) -> String {
    let line = |task: &Task| format!("{}={:?}", task.id, work.state(task));
    work.tasks().iter().map(line).collect::<Vec<_>>().join(" ")
}

database_test!(
    async fn a_learner_goes_through_a_project(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut work = class.load(id, None).await;
        assert_eq!(states(&work), "basics=Open count=Open name=Blocked talk=Blocked chat=Blocked essay=Blocked");
        assert_eq!(work.next().expect("a next task").id, "count");
        assert_eq!(work.waits_for(work.task("essay").expect("a task")), ["Basics", "Talk about it"]);

        assert_eq!(class.verdict(&mut work, "count", "6").await, Verdict::NotYet);
        assert_eq!(
            states(&work),
            "basics=InProgress count=InProgress name=Blocked talk=Blocked chat=Blocked essay=Blocked"
        );
        let outcome = class.submit(&mut work, "count", "7 km").await.expect("an outcome");
        assert_eq!(outcome.unlocked, ["Name it"]);
        let outcome = class.submit(&mut work, "name", "Median").await.expect("an outcome");
        assert_eq!(outcome.unlocked, ["Talk about it"]);
        assert!(matches!(
            class.finish(&mut work, "chat", 1).await,
            Err(WorkError::NotEnoughSaid { needed: 2, had: 1 })
        ));
        assert_eq!(class.finish(&mut work, "chat", 2).await.expect("an outcome").unlocked, ["Write it down"]);
        assert_eq!(class.verdict(&mut work, "essay", "Well.").await, Verdict::Accepted);

        let work = class.load(id, None).await;
        assert!(work.next().is_none());
        let progress = work.progress();
        assert_eq!((progress.closed, progress.total), (4, 4));
        assert!((progress.score() - 1.0).abs() < 1e-12 && (progress.possible - 5.0).abs() < 1e-12);
        let handed_in = submissions(&mut class.tx().await, &work).await.expect("submissions");
        let line = |one: &Submission| format!("{} {} {} {:?}", one.task, one.attempt, one.readable, one.verdict);
        let lines: Vec<_> = handed_in.iter().map(line).collect();
        assert_eq!(
            lines,
            ["essay 1 Well. Accepted", "name 1 Median Accepted", "count 2 7 km Accepted", "count 1 6 NotYet"]
        );
    }
);

database_test!(
    async fn what_cannot_be_worked_on_is_refused_with_a_reason(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut work = class.load(id, None).await;
        let refused = [("name", "median"), ("chat", "hello"), ("basics", "x"), ("nothing", "x"), ("count", " \n")];
        let mut codes = vec![];
        for (task, answer) in refused {
            codes.push(class.submit(&mut work, task, answer).await.expect_err("a refusal").code());
        }
        let long = "7".repeat(70_000);
        codes.push(class.submit(&mut work, "count", &long).await.expect_err("a refusal").code());
        class.submit(&mut work, "count", "7").await.expect("an outcome");
        codes.push(class.submit(&mut work, "count", "7").await.expect_err("a refusal").code());
        class.submit(&mut work, "name", "median").await.expect("an outcome");
        codes.push(class.submit(&mut work, "chat", "hello").await.expect_err("a refusal").code());
        codes.push(class.finish(&mut work, "basics", 9).await.expect_err("a refusal").code());
        assert_eq!(
            codes.join(" "),
            "task_blocked task_blocked task_has_subtasks task_not_found answer_empty answer_too_long task_closed task_is_conversation task_has_subtasks"
        );
    }
);

database_test!(
    async fn a_window_on_one_task_shows_nothing_else_and_is_scored_by_itself(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let (whole, part) = (class.attach(id, None).await, class.attach(id, Some("name")).await);
        let mut window = class.load(id, Some("name")).await;
        assert_eq!(states(&window), "name=Blocked");
        assert!(window.next().is_none());
        assert_eq!(window.waits_for(window.task("name").expect("a task")), ["Count them"]);
        assert!(matches!(class.submit(&mut window, "count", "7").await, Err(WorkError::NotFound)));
        assert!(matches!(class.save(&mut window, "7", 0).await, Err(WorkError::NotFound)));

        let mut other = class.load(id, Some("basics")).await;
        class.submit(&mut other, "count", "7").await.expect("an outcome");
        assert_eq!(class.owed(whole).await, Some((1.0, 5.0, false)));
        assert_eq!(class.owed(part).await, None);
        class.submit(&mut window, "name", "median").await.expect("an outcome");
        assert_eq!(class.owed(whole).await, Some((4.0, 5.0, false)));
        assert_eq!(class.owed(part).await, Some((3.0, 3.0, true)));
    }
);

database_test!(
    async fn a_line_item_attached_later_is_owed_what_was_earned_before(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut stale = class.load(id, None).await;
        let mut work = class.load(id, None).await;
        class.submit(&mut work, "count", "7").await.expect("an outcome");
        let item = class.attach(id, Some("basics")).await;
        assert_eq!(class.owed(item).await, None);
        let mut tx = class.tx().await;
        settle_grades(&mut tx, &class.entropy, class.now, &mut stale).await.expect("scores");
        tx.commit().await.expect("a commit");
        assert_eq!(class.owed(item).await, Some((1.0, 4.0, false)));
    }
);

database_test!(
    async fn reopening_keeps_the_attempts_and_takes_back_the_points(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let whole = class.attach(id, None).await;
        let mut work = class.load(id, None).await;
        class.submit(&mut work, "count", "7").await.expect("an outcome");
        let mut tx = class.tx().await;
        let refused = reopen(&mut tx, &class.entropy, class.now, &mut work, "count", " ").await;
        assert!(matches!(refused, Err(WorkError::NoReason)));
        let refused = reopen(&mut tx, &class.entropy, class.now, &mut work, "name", "why").await;
        assert!(matches!(refused, Err(WorkError::NotClosed)));
        reopen(&mut tx, &class.entropy, class.now, &mut work, "count", "again").await.expect("an outcome");
        tx.commit().await.expect("a commit");
        assert_eq!(class.owed(whole).await, Some((0.0, 5.0, false)));
        let mut work = class.load(id, None).await;
        assert_eq!(
            states(&work),
            "basics=InProgress count=InProgress name=Blocked talk=Blocked chat=Blocked essay=Blocked"
        );
        let submission = class.submit(&mut work, "count", "7").await.expect("an outcome").submission;
        assert_eq!(submission.expect("a submission").attempt, 2);
        assert_eq!(class.owed(whole).await, Some((1.0, 5.0, false)));
    }
);

database_test!(
    async fn an_older_window_does_not_write_over_a_newer_draft(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut work = class.load(id, None).await;
        let Ok(DraftSaved::Saved { revision: first }) = class.save(&mut work, "one", 0).await else {
            panic!("not saved")
        };
        let Ok(DraftSaved::Saved { revision: second }) = class.save(&mut work, "two", first).await else {
            panic!("not saved")
        };
        assert!(second > first);
        let newer = DraftSaved::Newer(Draft { answer: Answer::One("two".to_owned()), revision: second });
        assert_eq!(class.save(&mut work, "three", first).await.expect("an outcome"), newer);
        assert_eq!(class.save(&mut work, "three", 0).await.expect("an outcome"), newer);
        assert_eq!(class.save(&mut work, "two", 0).await.expect("an outcome"), DraftSaved::Saved { revision: second });

        class.submit(&mut work, "count", "6").await.expect("an outcome");
        let task = work.task("count").expect("a task");
        assert_eq!(draft(&mut class.tx().await, &work, task).await.expect("an outcome"), None);
        let Ok(DraftSaved::Saved { revision: third }) = class.save(&mut work, "four", 0).await else {
            panic!("not saved")
        };
        assert!(third > second, "a stale window must not take up the number of a draft begun later");
        class.submit(&mut work, "count", "7").await.expect("an outcome");
        assert!(matches!(class.save(&mut work, "five", third).await, Err(WorkError::Closed)));
    }
);

database_test!(
    async fn a_hint_opens_by_an_act_and_never_by_clicking(db: Db) {
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut work = class.load(id, None).await;
        assert_eq!(class.hint(&mut work, "count", 0).await.expect("a hint"), "Look");
        assert!(matches!(class.hint(&mut work, "count", 0).await, Err(WorkError::HintLocked)));
        class.submit(&mut work, "count", "6").await.expect("an outcome");
        assert_eq!(class.hint(&mut work, "count", 0).await.expect("a hint"), "Count again");
        assert!(matches!(class.hint(&mut work, "count", 0).await, Err(WorkError::HintLocked)));

        let hidden = tutoring::hidden(&work, "count").expect("what is hidden");
        assert_eq!(hidden.locked_hints, ["It is a prime"]);
        assert_eq!(hidden.solutions, ["There are seven."]);
        assert_eq!(class.hint(&mut work, "count", 1).await.expect("a hint"), "It is a prime");
        assert!(matches!(class.hint(&mut work, "count", 9).await, Err(WorkError::NoMoreHints)));
        assert!(matches!(class.hint(&mut work, "name", 9).await, Err(WorkError::Blocked { .. })));

        let work = class.load(id, None).await;
        let brief = tutoring::brief(&mut class.tx().await, &work, "count", 0).await.expect("a brief");
        assert_eq!(brief.hints.len(), 3);
        assert_eq!(brief.last_attempt.expect("an attempt").feedback, "Too small.");
        assert_eq!(brief.next, Some(("count".to_owned(), "Count them".to_owned())));
    }
);

database_test!(
    async fn two_windows_that_submit_at_once_make_two_attempts(db: Db) {
        let class = Class::new(db).await;
        let id = class.open().await;
        let one_window = async |answer: &str| {
            let mut work = class.load(id, None).await;
            let mut tx = class.tx().await;
            let answer = Answer::One(answer.to_owned());
            let outcome = submit(&mut tx, &class.entropy, class.now, &mut work, "count", answer).await;
            tx.commit().await.expect("a commit");
            outcome.map(|outcome| outcome.submission.expect("a submission").attempt)
        };
        let (first, second) = tokio::join!(one_window("5"), one_window("6"));
        let mut attempts = [first.expect("an attempt"), second.expect("an attempt")];
        attempts.sort_unstable();
        assert_eq!(attempts, [1, 2]);

        let (first, second) = tokio::join!(one_window("7"), one_window("7"));
        let refused = [first, second].into_iter().filter_map(Result::err).map(|error| error.code());
        assert_eq!(refused.collect::<Vec<_>>(), ["task_closed"]);
    }
);

database_test!(
    async fn a_work_is_begun_once_and_stays_on_its_version(db: Db) {
        let class = Class::new(db).await;
        let (first, second) = tokio::join!(class.open(), class.open());
        assert_eq!(first, second);
        let newer = PROJECT.replace("version: 1", "version: 2").replace("Count them", "Count them all");
        let newer = check_bytes(newer.as_bytes()).expect("a project");
        let mut tx = class.tx().await;
        import(&mut tx, &class.entropy, class.now, &newer).await.expect("an import");
        tx.commit().await.expect("a commit");
        assert_eq!(class.open().await, first);
        assert_eq!(class.load(first, None).await.project.about().version, 1);
        let unknown = open(&mut class.tx().await, &class.entropy, class.now, class.learner, class.course, "nope").await;
        assert!(matches!(unknown, Err(WorkError::NoProject { .. })));
    }
);

database_test!(
    async fn the_sample_project_is_solved_by_its_reference_answers(db: Db) {
        let mut class = Class::new(db).await;
        let sample = sample().unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        let mut tx = class.tx().await;
        import(&mut tx, &class.entropy, class.now, &sample).await.expect("an import");
        tx.commit().await.expect("a commit");
        let id = class.open_project("reading-data").await;
        let item = class.attach(id, None).await;
        let mut work = class.load(id, None).await;
        while let Some(task) = work.next().cloned() {
            let brief = tutoring::brief(&mut class.tx().await, &work, &task.id, 0).await.expect("a brief");
            let (brief, hidden) = (format!("{brief:?}"), tutoring::hidden(&work, &task.id).expect("what is hidden"));
            for text in hidden.solutions.iter().chain(&hidden.locked_hints).chain(&hidden.guidance) {
                assert!(!brief.contains(text.trim()), "{}: the brief holds “{text}”", task.id);
            }
            match task.answer.as_ref().expect("an answer") {
                AnswerRule::Conversation(rule) => {
                    class.finish(&mut work, &task.id, rule.exchanges).await.expect("an outcome");
                }
                rule => {
                    let answer = rule.reference().map_or("Dear colleague".to_owned(), |answer| answer.text());
                    assert_eq!(class.verdict(&mut work, &task.id, &answer).await, Verdict::Accepted, "{}", task.id);
                }
            }
        }
        assert_eq!((work.progress().closed, work.progress().total), (19, 19));
        assert_eq!(class.owed(item).await, Some((18.0, 18.0, true)));
    }
);

database_test!(
    async fn a_verdict_can_be_worked_out_again_from_its_row(db: Db) {
        const SQL: &str = "SELECT answer, verdict, feedback, validator FROM submission WHERE work_id = $1";
        type Row = (String, String, String, sqlx::types::Json<crate::learning::answer::Validator>);
        let mut class = Class::new(db).await;
        let id = class.open().await;
        let mut work = class.load(id, None).await;
        for answer in ["six", "6", "7"] {
            class.submit(&mut work, "count", answer).await.expect("an outcome");
        }
        let mut tx = class.tx().await;
        let rows: Vec<Row> =
            on_tx!(&mut tx, |connection| sqlx::query_as(SQL).bind(id).fetch_all(connection).await).expect("rows");
        assert_eq!(rows.len(), 3);
        for (answer, verdict, feedback, validator) in rows {
            let again = validator.judge(&serde_json::from_str(&answer).expect("an answer"));
            assert_eq!((again.verdict.word(), again.feedback), (verdict.as_str(), feedback));
        }
    }
);

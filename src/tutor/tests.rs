//! Turns from the first word to the last, on both databases.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::{
    provider::{Answer, ChatRequest, ModelError},
    *,
};
use crate::{
    clock::ManualClock,
    database_test,
    learning::{
        answer,
        project::{
            Project,
            catalog::{self, Catalog},
        },
        work,
    },
    on_tx,
};

mod faults;
mod privacy;
mod sample;

const PROJECT: &str = r#"
slug: averages
version: 1
title: Averages
epics:
  - id: basics
    title: Basics
    subtasks:
      - id: count
        title: Count the rows
        content: |
          The table lists every sale of a kiosk. Each row is one sale.

          How many sales are there?
        answer: {kind: number, value: 7, tolerance: 0}
        hints: ["Look at the rows, not at the columns.", "The first row holds the names of the columns, so leave it out."]
        solution: There are eight lines in the file and one of them is the header, so seven sales remain.
      - id: name
        title: Name it
        content: What do we call the value in the middle?
        answer: {kind: text, accept: [median value]}
        depends_on: [count]
  - id: talk
    title: Talk
    subtasks:
      - id: chat
        title: Talk about averages
        content: Where have you met an average lately? Was it a fair summary?
        answer: {kind: conversation, exchanges: 2}
"#;

/// A learner with a work, and the tutors of one or two processes.
struct Class {
    db: Db,
    clock: ManualClock,
    entropy: Entropy,
    catalog: Catalog,
    work: Uuid,
}

impl Class {
    async fn new(db: Db) -> Self {
        Self::with(db, Project::new(serde_yaml_ng::from_str(PROJECT).expect("a project"))).await
    }

    async fn with(db: Db, project: Project) -> Self {
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).expect("a time"));
        let (entropy, now) = (Entropy::seeded(1), clock.now());
        let [platform, learner, course] = std::array::from_fn(|_| entropy.id(now));
        let mut tx = db.begin().await.expect("a transaction");
        for (sql, ids) in [
            (
                "INSERT INTO platform (id, issuer, name, created_at) VALUES ($1, 'https://lms', 'LMS', $3)",
                [platform; 2],
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
        catalog::import(&mut tx, &entropy, now, &project).await.expect("an import");
        let work = work::open(&mut tx, &entropy, now, learner, course, &project.about().slug).await.expect("a work");
        tx.commit().await.expect("a commit");
        Self { db, clock, entropy, catalog: Catalog::default(), work }
    }

    /// A tutor that waits for its model longer than any test takes.
    fn tutor(&self, model: Option<Arc<dyn ChatModel>>) -> Tutor {
        self.tutor_with_patience(model, Duration::from_mins(1))
    }

    fn tutor_with_patience(&self, model: Option<Arc<dyn ChatModel>>, silence: Duration) -> Tutor {
        let patience = Patience { first: silence, idle: silence, whole: Duration::from_mins(2), longest: 2_000 };
        Tutor::with_model(self.db.clone(), Arc::new(self.clock.clone()), self.entropy.clone(), model, patience)
    }

    async fn load(&self) -> Work {
        let mut tx = self.db.read().await.expect("a transaction");
        Work::load(&mut tx, &self.catalog, self.work, None).await.expect("a work")
    }

    async fn say(&self, tutor: &Tutor, task: Option<&str>, message: &str) -> Result<Said, TutorError> {
        let setting = Setting { redact: vec!["Ada Lovelace".to_owned()], ..Setting::default() };
        self.say_in(tutor, task, message, setting).await
    }

    async fn say_in(
        &self,
        tutor: &Tutor,
        task: Option<&str>,
        message: &str,
        setting: Setting,
    ) -> Result<Said, TutorError> {
        let work = self.load().await;
        let mut tx = self.db.begin().await.expect("a transaction");
        let said = tutor.say(&mut tx, &work, task, message, setting).await?;
        tx.commit().await.expect("a commit");
        self.clock.advance(TimeDelta::milliseconds(5));
        Ok(said)
    }

    async fn begin(&self, tutor: &Tutor, task: Option<&str>, message: &str) -> Uuid {
        tutor.answer(self.say(tutor, task, message).await.expect("it is said")).id
    }

    /// Says something and follows the answer to its end.
    async fn talk(&self, tutor: &Tutor, task: Option<&str>, message: &str) -> String {
        let turn = self.begin(tutor, task, message).await;
        match self.events(tutor, turn, 0).await.pop() {
            Some(Logged { event: Event::Done { message }, .. }) => message,
            other => panic!("the turn ended with {other:?}"),
        }
    }

    async fn events(&self, tutor: &Tutor, turn: Uuid, after: i64) -> Vec<Logged> {
        let events = tutor.events(self.work, turn, after).await.expect("a turn");
        events.map(|event| event.expect("an event")).collect().await
    }

    async fn conversation(&self, tutor: &Tutor) -> Vec<Turn> {
        let mut tx = self.db.read().await.expect("a transaction");
        tutor.conversation(&mut tx, self.work).await.expect("a conversation")
    }

    async fn submit(&self, task: &str, answer: &str) {
        let mut work = self.load().await;
        let mut tx = self.db.begin().await.expect("a transaction");
        let answer = answer::Answer::One(answer.to_owned());
        work::submit(&mut tx, &self.entropy, self.clock.now(), &mut work, task, answer).await.expect("a submission");
        tx.commit().await.expect("a commit");
    }
}

type Pieces = mpsc::UnboundedReceiver<Result<String, ModelError>>;

/// A model that says what a test tells it to, when it tells it to.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Pieces>>,
    asked: Mutex<u32>,
}

impl Scripted {
    /// The next answer, piece by piece; it is whole when the sender is dropped.
    fn expect(&self) -> mpsc::UnboundedSender<Result<String, ModelError>> {
        let (pieces, answer) = mpsc::unbounded_channel();
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
        pieces
    }

    /// The next answer, at once.
    fn answers(&self, pieces: &[&str]) {
        let sender = self.expect();
        for piece in pieces {
            sender.send(Ok((*piece).to_owned())).expect("a listener");
        }
    }

    fn fails(&self, pieces: &[&str], error: ModelError) {
        let sender = self.expect();
        for piece in pieces {
            sender.send(Ok((*piece).to_owned())).expect("a listener");
        }
        sender.send(Err(error)).expect("a listener");
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl ChatModel for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    async fn answer(&self, _: ChatRequest) -> Result<Answer, ModelError> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let pieces = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front().expect("an answer");
        Ok(stream::unfold(pieces, |mut pieces| async { pieces.recv().await.map(|piece| (piece, pieces)) }).boxed())
    }
}

fn text(events: &[Logged]) -> String {
    let texts = events.iter().filter_map(|logged| match &logged.event {
        Event::Delta { text } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

database_test!(
    async fn the_guide_answers_and_every_reader_gets_the_same(db: Db) {
        let class = Class::new(db).await;
        let tutor = class.tutor(None);
        let turn = class.begin(&tutor, Some("count"), "What do I have to do here?").await;
        let all = class.events(&tutor, turn, 0).await;

        let Some(Event::Done { message }) = all.last().map(|logged| &logged.event) else { panic!("{all:?}") };
        assert!(message.contains("> How many sales are there?"), "{message}");
        assert_eq!(*message, text(&all));
        let blocks: String = all
            .iter()
            .filter_map(|logged| match &logged.event {
                Event::Block { markdown, .. } => Some(markdown.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(blocks, *message);
        let sequences: Vec<i64> = all.iter().map(|logged| logged.sequence).collect();
        assert_eq!(sequences, (1..=i64::try_from(all.len()).unwrap()).collect::<Vec<_>>());

        for seen in 0..all.len() {
            let rest = class.events(&tutor, turn, all[seen].sequence).await;
            assert_eq!(rest, all[seen + 1..], "after {seen}");
        }
        let said = class.conversation(&tutor).await;
        assert_eq!((said.len(), said[0].state, said[0].model.as_deref()), (1, State::Done, None));
        assert_eq!(said[0].reply, *message);
    }
);

database_test!(
    async fn tokens_come_as_they_are_said_to_readers_of_any_process(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let pieces = model.expect();
        let (tutor, other) = (class.tutor(Some(model)), class.tutor(None));
        let turn = class.begin(&tutor, Some("count"), "Where do I start?").await;
        let mut here = Box::pin(tutor.events(class.work, turn, 0).await.unwrap());
        let mut there = Box::pin(other.events(class.work, turn, 0).await.unwrap());

        pieces.send(Ok("Look at the ta".to_owned())).unwrap();
        pieces.send(Ok("ble. ".to_owned())).unwrap();
        let first = Logged { sequence: 1, event: Event::Delta { text: "Look at the table. ".to_owned() } };
        assert_eq!(here.next().await.unwrap().unwrap(), first);
        assert_eq!(there.next().await.unwrap().unwrap(), first);
        let so_far = class.conversation(&other).await.pop().unwrap();
        assert_eq!((so_far.reply.as_str(), so_far.state, so_far.sequence), ("Look at the table. ", State::Running, 1));

        pieces.send(Ok("What is one row?".to_owned())).unwrap();
        drop(pieces);
        let rest: Vec<Logged> = here.map(|event| event.unwrap()).collect().await;
        assert_eq!(text(&rest), "What is one row?");
        assert_eq!(there.map(|event| event.unwrap()).collect::<Vec<_>>().await, rest);
        assert_eq!(class.conversation(&tutor).await[0].model.as_deref(), Some("scripted"));
    }
);

database_test!(
    async fn a_message_while_one_is_answered_is_refused_even_in_a_race(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let tutor = class.tutor(Some(model));
        let (one, two) = tokio::join!(class.say(&tutor, None, "One"), class.say(&tutor, None, "Two"));
        assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
        let refused = one.err().or(two.err()).unwrap();
        assert!(matches!(refused, TutorError::StillAnswering), "{refused}");
        assert!(matches!(class.say(&tutor, None, "Three").await, Err(TutorError::StillAnswering)));
    }
);

database_test!(
    async fn what_cannot_be_said_is_refused(db: Db) {
        let class = Class::new(db).await;
        let tutor = class.tutor(None);
        assert!(matches!(class.say(&tutor, None, " \n\0 ").await, Err(TutorError::Empty)));
        assert!(matches!(class.say(&tutor, None, &"é".repeat(4_001)).await, Err(TutorError::TooLong)));
        assert!(matches!(
            class.say(&tutor, Some("elsewhere"), "Hello").await,
            Err(TutorError::Work(WorkError::NotFound))
        ));
        let turn = class.begin(&tutor, None, "With a \0 in it").await;
        assert!(matches!(tutor.events(turn, turn, 0).await.err(), Some(TutorError::NoTurn)));
        let mut tx = class.db.begin().await.unwrap();
        assert!(matches!(tutor.stop(&mut tx, turn, turn).await, Err(TutorError::NoTurn)));
    }
);

database_test!(
    async fn stopping_ends_the_request_and_keeps_what_was_said(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let (tutor, other) = (class.tutor(Some(model.clone())), class.tutor(None));
        for stopper in [&tutor, &other] {
            let pieces = model.expect();
            let turn = class.begin(&tutor, Some("count"), "Tell me more").await;
            pieces.send(Ok("Each row is one sale. And the".to_owned())).unwrap();
            let mut events = Box::pin(tutor.events(class.work, turn, 0).await.unwrap());
            events.next().await.unwrap().unwrap();

            let mut tx = class.db.begin().await.unwrap();
            stopper.stop(&mut tx, class.work, turn).await.unwrap();
            tx.commit().await.unwrap();
            // Signs of life, for the other process to be heard before the model counts as slow.
            let (ends, closed) = (pieces.clone(), pieces.closed());
            let alive = async {
                loop {
                    let _ = ends.send(Ok(String::new()));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            tokio::select! { () = closed => {}, () = alive => {} }
            let rest: Vec<Logged> = events.map(|event| event.unwrap()).collect().await;
            let Some(Event::Done { message }) = rest.last().map(|logged| &logged.event) else { panic!("{rest:?}") };
            assert_eq!(message, "Each row is one sale. And the");
            assert_eq!(class.conversation(&tutor).await.pop().unwrap().state, State::Stopped);
        }
    }
);

database_test!(
    async fn a_turn_whose_process_died_is_ended_honestly(db: Db) {
        let class = Class::new(db).await;
        let (dead, tutor) = (class.tutor(None), class.tutor(None));
        let turn = class.say(&dead, Some("count"), "Hello").await.unwrap().turn.id;
        assert_eq!(tutor.recover(class.clock.now()).await.unwrap(), 0, "its lease has not expired");
        class.clock.advance(TimeDelta::seconds(21));
        assert_eq!(tutor.recover(class.clock.now()).await.unwrap(), 1);
        let events = class.events(&tutor, turn, 0).await;
        assert!(matches!(&events[..], [Logged { sequence: 1, event: Event::Error { .. } }]), "{events:?}");
        assert_eq!(class.conversation(&tutor).await[0].state, State::Interrupted);
        assert_eq!(tutor.recover(class.clock.now()).await.unwrap(), 0);
        class.talk(&tutor, Some("count"), "Hello again").await;
    }
);

database_test!(
    async fn a_dead_turn_does_not_keep_the_learner_from_speaking(db: Db) {
        let class = Class::new(db).await;
        let tutor = class.tutor(None);
        let _dead = class.say(&tutor, None, "Hello").await.unwrap();
        class.clock.advance(TimeDelta::seconds(21));
        class.talk(&tutor, None, "Hello again").await;
    }
);

database_test!(
    async fn a_turn_that_was_given_up_gets_no_further_word(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let pieces = model.expect();
        let tutor = class.tutor(Some(model));
        let turn = class.begin(&tutor, None, "Hello").await;
        pieces.send(Ok("Look at this. ".to_owned())).unwrap();
        tutor.events(class.work, turn, 0).await.unwrap().boxed().next().await.unwrap().unwrap();
        tutor.recover(class.clock.now() + TimeDelta::seconds(60)).await.unwrap();
        // It may have noticed by itself already.
        drop(pieces.send(Ok("And at that. ".to_owned())));
        drop(pieces);
        tutor.shut_down().await;
        let events = class.events(&tutor, turn, 0).await;
        assert_eq!(text(&events), "Look at this. ");
        assert!(matches!(events.last().unwrap().event, Event::Error { .. }));
    }
);

database_test!(
    async fn a_server_that_goes_says_so(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let pieces = model.expect();
        let tutor = class.tutor(Some(model));
        let turn = class.begin(&tutor, None, "Hello").await;
        pieces.send(Ok("Half a sent".to_owned())).unwrap();
        tutor.shut_down().await;
        let events = class.events(&tutor, turn, 0).await;
        assert!(matches!(&events.last().unwrap().event, Event::Error { message, .. } if message.contains("restarted")));
        assert_eq!(class.conversation(&tutor).await[0].state, State::Interrupted);
    }
);

database_test!(
    async fn the_guard_stands_before_the_log(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        model.answers(&["Good ques", "tion. The ans", "wer is ", "7. ", "What is one ro", "w?"]);
        let tutor = class.tutor(Some(model));
        let turn = class.begin(&tutor, Some("count"), "What is it?").await;
        let events = class.events(&tutor, turn, 0).await;
        assert_eq!(text(&events), format!("Good question. {} What is one row?", guard::WITHHELD));
        assert!(!format!("{events:?}").contains("answer is"));
    }
);

database_test!(
    async fn a_reply_that_is_all_withheld_is_completed_by_the_guide(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        model.answers(&["The answer is 7."]);
        let tutor = class.tutor(Some(model));
        let reply = class.talk(&tutor, Some("count"), "What is it?").await;
        assert!(reply.starts_with(guard::WITHHELD) && reply.len() > guard::WITHHELD.len() + 40, "{reply}");
    }
);

database_test!(
    async fn the_guide_walks_down_the_ladder_of_hints_as_they_unlock(db: Db) {
        let class = Class::new(db).await;
        let tutor = class.tutor(None);
        let (first, second) =
            ("> Look at the rows, not at the columns.", "> The first row holds the names of the columns");
        assert!(class.talk(&tutor, Some("count"), "a hint please").await.contains(first));
        let locked = class.talk(&tutor, Some("count"), "another hint").await;
        assert!(locked.contains("another try") && !locked.contains(second), "{locked}");
        class.talk(&tutor, Some("count"), "I think every line of the file is one sale").await;
        assert!(class.talk(&tutor, Some("count"), "another hint").await.contains(second));
        class.submit("count", "8").await;
        let reply = class.talk(&tutor, Some("count"), "give me a hint").await;
        assert!(reply.contains("all the hints"), "{reply}");
        let mut tx = class.db.read().await.unwrap();
        assert_eq!(exchanges(&mut tx, class.work, "count").await.unwrap(), 5);
        assert_eq!(own_words(&mut tx, class.work, "count").await.unwrap(), 1);
    }
);

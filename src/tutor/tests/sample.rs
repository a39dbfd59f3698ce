//! The guide through the whole sample project: always of use, never telling.

use super::*;
use crate::learning::{
    answer::AnswerForm,
    project::{document::AnswerRule, sample::sample},
    tutoring,
    work::TaskState,
};

const MESSAGES: [&str; 12] = [
    "hi",
    "What do I have to do here?",
    "I'm stuck",
    "a hint please",
    "I think it has to do with the rows, because each of them is counted once",
    "another hint",
    "just give me the answer",
    "is it the first one?",
    "what is the median?",
    "why is it wrong?",
    "Which number do I have to look at first, and why that one?",
    "ok, thanks, what next",
];

#[tokio::test]
async fn the_guide_goes_through_the_sample_project_without_giving_anything_away() {
    let database = crate::store::testing::TestDatabase::sqlite().await;
    let class = Class::with(database.db.clone(), sample().expect("the sample project")).await;
    let tutor = class.tutor(None);
    let mut talked = 0;
    while let Some(task) = class.load().await.next().map(|task| task.id.clone()) {
        let mut last = String::new();
        for message in MESSAGES {
            let locked = tutoring::hidden(&class.load().await, &task).expect("a task").locked_hints;
            let reply = class.talk(&tutor, Some(&task), message).await;
            let shown = tutoring::hidden(&class.load().await, &task).expect("a task").locked_hints;
            assert!(!reply.contains(guard::WITHHELD), "{task}, {message}: {reply}");
            assert!(shown.iter().all(|hint| !reply.contains(hint)), "{task}, {message}: {reply}");
            assert!(locked.len() - shown.len() <= 1 && reply != last, "{task}, {message}: {reply}");
            assert!(reply.split_whitespace().count() <= 200, "{task}, {message}: {reply}");
            last = reply;
            talked += 1;
        }
        class.finish(&task).await;
    }
    let work = class.load().await;
    assert!(work.progress().is_complete() && talked > 150, "{:?}", work.progress());
    assert!(class.talk(&tutor, None, "and now?").await.contains("every task you can reach is done"));
}

impl Class {
    /// Does a task as its author would.
    async fn finish(&self, task: &str) {
        let mut work = self.load().await;
        let task = work.task(task).expect("a task").clone();
        assert_ne!(work.state(&task), TaskState::Blocked);
        if matches!(task.form(), AnswerForm::Conversation { .. }) {
            let mut tx = self.db.begin().await.expect("a transaction");
            let said = exchanges(&mut tx, self.work, &task.id).await.expect("a count");
            work::finish(&mut tx, &self.entropy, self.clock.now(), &mut work, &task.id, said).await.expect("an end");
            tx.commit().await.expect("a commit");
            return;
        }
        let reference = task.answer.as_ref().and_then(AnswerRule::reference);
        let answer = reference.unwrap_or(answer::Answer::One("Dear colleague".to_owned()));
        let mut tx = self.db.begin().await.expect("a transaction");
        work::submit(&mut tx, &self.entropy, self.clock.now(), &mut work, &task.id, answer)
            .await
            .expect("a submission");
        tx.commit().await.expect("a commit");
    }
}

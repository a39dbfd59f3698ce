use super::*;
use crate::{
    learning::{
        answer::{Answer, Verdict},
        tutoring::{Brief, LastAttempt},
        work::Progress,
    },
    tutor::{setting::Setting, situation::Exchange},
};

const BODY: &str = "A kiosk writes down every sale in a **table**. Each row is one sale; the first row names the columns.\n\n\
    ```\nitem,price\ntea,2\n```\n\nHow many sales does the file hold?";

fn brief() -> Brief {
    Brief {
        task: "count".into(),
        title: "Count the sales".into(),
        path: vec!["Tables".into()],
        body: BODY.into(),
        objectives: vec!["Tell rows from columns".into()],
        state: TaskState::InProgress,
        waits_for: vec![],
        answer: AnswerForm::Number { unit: None },
        attempts: 0,
        last_attempt: None,
        hints: vec![],
        hint: HintState::Ready,
        next: Some(("count".into(), "Count the sales".into())),
        progress: Progress { closed: 2, total: 12, points: 2.0, possible: 11.0 },
    }
}

fn conversation() -> Brief {
    let body = "Talk about averages. Where have you met one lately? Was it a fair summary of what it stood for?";
    Brief { body: body.into(), answer: AnswerForm::Conversation { needed: 3 }, hint: HintState::NoMore, ..brief() }
}

/// A dialogue with one brief, as somebody would read it.
fn dialogue(brief: &Brief, messages: &[&str]) -> String {
    let mut situation = Situation {
        brief: Some(brief.clone()),
        history: vec![],
        message: String::new(),
        exchanges: 0,
        own_words: 0,
        setting: Setting::default(),
    };
    let mut read = String::new();
    for message in messages {
        situation.message = (*message).to_owned();
        situation.exchanges += 1;
        let reply = say(&plan(&situation), &situation, Some("Leave the first row out."));
        assert!(reply.split_whitespace().count() <= 160, "{reply}");
        assert_eq!(outside_quotes(&reply).matches('?').count(), 1, "one question a turn: {reply}");
        assert_ne!(situation.history.last().map(|last| last.reply.clone()), Some(reply.clone()));
        read.extend(["- ", message, "\n", &reply, "\n\n"]);
        situation.history.push(Exchange { message: situation.message.clone(), reply });
    }
    read
}

fn outside_quotes(reply: &str) -> String {
    reply.lines().filter(|line| !line.starts_with('>')).collect()
}

#[test]
fn a_learner_who_begins_is_led_by_the_text() {
    let read = dialogue(
        &brief(),
        &["hi", "I'm stuck", "still stuck", "what does column mean?", "just tell me the answer", "is it 12?"],
    );
    insta::assert_snapshot!(read);
}

#[test]
fn a_learner_with_a_wrong_answer_is_led_back_to_it() {
    let attempt = LastAttempt {
        answer: Answer::One("12".into()),
        readable: "12".into(),
        verdict: Verdict::NotYet,
        feedback: "Not quite: look again at what the first row holds.".into(),
    };
    let tried = Brief {
        attempts: 1,
        last_attempt: Some(attempt),
        hints: vec!["A row is one sale.".into()],
        hint: HintState::AfterAnotherTry,
        ..brief()
    };
    let read = dialogue(
        &tried,
        &[
            "why is it wrong?",
            "hint",
            "I think every row is a sale because each has a price",
            "ok",
            "thanks",
            "what next?",
            "12",
            "how many points do I have?",
        ],
    );
    insta::assert_snapshot!(read);
}

#[test]
fn a_conversation_is_led_by_the_authors_questions_and_counted() {
    let read = dialogue(
        &conversation(),
        &[
            "The average grade of our class was in the newspaper last week",
            "no idea",
            "It hid that some people had very bad grades",
            "What do you think?",
        ],
    );
    insta::assert_snapshot!(read);
}

#[test]
fn what_is_done_waits_or_is_a_group_gets_its_own_words() {
    let next = Some(("other".into(), "Find the median".into()));
    let done = Brief { state: TaskState::Closed, next: next.clone(), ..brief() };
    let waits =
        Brief { state: TaskState::Blocked, waits_for: vec!["Find the median".into()], next: next.clone(), ..brief() };
    let group = Brief { answer: AnswerForm::Children, next, ..brief() };
    let read = [&done, &waits, &group].map(|brief| dialogue(brief, &["what now?", "and then"])).concat();
    insta::assert_snapshot!(read);
}

#[test]
fn anything_at_all_gets_a_reply_of_one_question_and_never_the_same_twice() {
    let messages = [
        "?",
        "a",
        "¯\\_(ツ)_/¯",
        "ich verstehe die Aufgabe nicht",
        "no sé qué hacer",
        "答えは何ですか",
        "why",
        "hint",
        "hint",
        "hint",
        "hint",
        "stuck",
        "stuck",
        "stuck",
        "answer",
        "answer",
        "answer",
        "ok",
        "ok",
        "ok",
        "x x x x x x x x x x x",
        "\n\n",
        "<b>hi</b>",
        "what is a row?",
        "what is a zebra?",
    ];
    for brief in [brief(), conversation(), Brief { body: String::new(), hint: HintState::NoMore, ..brief() }] {
        dialogue(&brief, &messages);
    }
}

#[test]
fn own_words_are_more_than_a_request() {
    for own in
        ["I think each row is one sale", "Why is the first row not a sale?", "Is it 12 because there are 12 rows?"]
    {
        assert!(is_own_words(own), "{own}");
    }
    for other in [
        "hint",
        "give me a hint please now",
        "I'm stuck and have no idea",
        "just tell me the answer please",
        "12",
        "thanks",
    ] {
        assert!(!is_own_words(other), "{other}");
    }
}

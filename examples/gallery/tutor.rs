//! A tutor that says the same to everyone, a word at a time.

use std::{convert::Infallible, time::Duration};

use app::{
    model::{ClassAnswer, Conversation, Turn, TurnState},
    ports::{TeacherPort, TutorPort},
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::{
    Router,
    response::{Sse, sse::Event},
    routing::get,
};
use futures::{Stream, StreamExt, stream};
use ltt::web::markdown::render;
use serde_json::json;

use crate::{
    classroom::{Classroom, now},
    invented::TASKS,
};

const ANSWER: [&str; 3] = [
    "Good that you ask. Let us look at what the question *really* wants: one number that stands for all five people.",
    "Two ways come to mind:\n\n- share the total out evenly, or\n- line the people up and look at the one in the middle.",
    "Which of the two would change if Eva had waited an hour, `60` minutes instead of `16`? Tell me what you think, and why.",
];

pub fn routes() -> Router {
    Router::new().route("/api/turns/{turn}/events", get(events))
}

/// A conversation that has gone on for a while.
pub fn earlier() -> Vec<Turn> {
    let turn = |number: u32, message: &str, reply: &str, answered_by: Option<&str>| Turn {
        id: format!("earlier-{number}"),
        message: message.into(),
        task_title: Some(TASKS[1].title.into()),
        reply_html: render(reply),
        state: TurnState::Done,
        answered_by: answered_by.map(Into::into),
        at: now(),
    };
    vec![
        turn(
            1,
            "I got 5, but it says not yet. What did I miss?",
            "You are close. How many **people** are there, and what is the *total* of their minutes?\n\n$$2 + 3 + 4 + 5 + 16 = {?}$$",
            Some("llama-3.3-70b"),
        ),
        turn(
            2,
            "30! So 30 / 5 = 6",
            "Exactly, and you found the slip yourself. Notice that **nobody** waited 6 minutes:\n\n```python\n6 in [2, 3, 4, 5, 16]  # False\n```\n\nWhat does that say about the mean?",
            None,
        ),
    ]
}

async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut all = Vec::new();
    for (number, block) in ANSWER.iter().enumerate() {
        for word in block.split_inclusive(' ') {
            all.push(("delta", json!({ "text": word })));
        }
        all.push(("block", json!({ "id": format!("block-{number}"), "html": render(block) })));
    }
    all.push(("done", json!({ "message": "turn" })));
    let steps = stream::iter(all).enumerate().then(|(id, (name, data))| async move {
        tokio::time::sleep(Duration::from_millis(40)).await;
        Ok(Event::default().id(id.to_string()).event(name).data(data.to_string()))
    });
    Sse::new(steps)
}

/// Nobody teaches in the gallery.
#[async_trait]
impl TeacherPort for Classroom {
    async fn class_page(&self, _address: &str, _form: Option<String>) -> Result<ClassAnswer, Refusal> {
        Err(crate::invented::expired())
    }

    async fn window(&self) -> Result<String, Refusal> {
        Err(crate::invented::expired())
    }

    async fn preview(&self) -> Result<String, Refusal> {
        Err(crate::invented::expired())
    }
}

#[async_trait]
impl TutorPort for Classroom {
    async fn conversation(&self) -> Result<Conversation, Refusal> {
        Ok(Conversation { turns: self.work().turns.clone() })
    }

    async fn say(&self, message: String, task: Option<String>) -> Result<Turn, Refusal> {
        let mut work = self.work();
        let title = task
            .and_then(|task| TASKS.iter().find(|written| written.id == task))
            .map(|written| written.title.to_owned());
        let turn = Turn {
            id: format!("turn-{}", work.turns.len()),
            message,
            task_title: title,
            reply_html: String::new(),
            state: TurnState::Running,
            answered_by: Some("llama-3.3-70b".into()),
            at: now(),
        };
        let done = Turn { state: TurnState::Done, reply_html: render(&ANSWER.join("\n\n")), ..turn.clone() };
        work.turns.push(done);
        Ok(turn)
    }

    async fn stop(&self, turn: &str) -> Result<(), Refusal> {
        for known in self.work().turns.iter_mut().filter(|known| known.id == turn) {
            known.state = TurnState::Stopped;
        }
        Ok(())
    }
}

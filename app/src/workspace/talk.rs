//! The conversation: what was said, what is being said, and how it gets through a bad connection.

use leptos::{prelude::*, task::spawn_local};

use super::{Loaded, Workspace};
use crate::{
    browser::{
        self,
        events::{self, TurnEvent},
    },
    calls,
    model::{AnswerForm, Conversation, TaskState, Turn, TurnState},
    refusal::Refusal,
};

/// The conversation.
#[derive(Clone, Copy)]
pub struct Talk {
    /// All turns, oldest first.
    pub turns: RwSignal<Loaded<Vec<Reply>>>,
    /// What stands in the message box.
    pub typed: RwSignal<String>,
    /// A message on its way to the server.
    pub pending: RwSignal<Option<Pending>>,
    /// Why the last message was not taken.
    pub refusal: RwSignal<Option<Refusal>>,
    /// Whether the events of a running answer cannot be reached.
    pub lost: RwSignal<bool>,
    /// The sentence that a screen reader is told next.
    pub announcement: RwSignal<String>,
}

/// A message that the server has not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What it says.
    pub message: String,
    /// Whether the first try did not get through.
    pub retrying: bool,
}

/// A turn, and its answer while it comes.
#[derive(Clone, Copy)]
pub struct Reply {
    /// The turn as the server told it last.
    pub turn: RwSignal<Turn>,
    /// The finished blocks of a running answer.
    pub blocks: RwSignal<Vec<Block>>,
    /// The text after the last finished block.
    pub tail: RwSignal<String>,
    /// What went wrong with the answer.
    pub failure: RwSignal<Option<Refusal>>,
}

/// A finished block of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its id within the turn.
    pub id: String,
    /// Sanitised by the server.
    pub html: String,
}

impl Reply {
    fn to(turn: Turn) -> Self {
        Self {
            turn: RwSignal::new(turn),
            blocks: RwSignal::default(),
            tail: RwSignal::default(),
            failure: RwSignal::default(),
        }
    }

    /// The turn's id.
    pub fn id(self) -> String {
        self.turn.with_untracked(|turn| turn.id.clone())
    }

    fn set_state(self, state: TurnState) {
        self.turn.update(|turn| turn.state = state);
    }
}

impl Talk {
    /// The conversation that an opening brought, if it did.
    pub fn new(conversation: Option<Conversation>) -> Self {
        let turns = conversation.map_or(Loaded::Waiting, |conversation| {
            Loaded::Here(conversation.turns.into_iter().map(Reply::to).collect())
        });
        Self {
            turns: RwSignal::new(turns),
            typed: RwSignal::default(),
            pending: RwSignal::default(),
            refusal: RwSignal::default(),
            lost: RwSignal::default(),
            announcement: RwSignal::default(),
        }
    }

    /// The turn whose answer is still coming.
    pub fn running(self) -> Option<Reply> {
        self.turns.with(|turns| {
            let last = turns.here()?.last().copied()?;
            last.turn.with(|turn| turn.state == TurnState::Running).then_some(last)
        })
    }

    /// Goes on where the page opened: with an answer that is still coming, or with a conversation that has yet to be loaded.
    pub(super) fn begin(self, workspace: Workspace) {
        if self.turns.with_untracked(|turns| turns.here().is_some()) {
            self.follow_running(workspace);
        } else {
            self.load(workspace);
        }
    }

    /// Asks for the conversation again.
    pub fn load(self, workspace: Workspace) {
        spawn_local(async move {
            match workspace.ask(calls::conversation()).await {
                Ok(conversation) => {
                    self.take(workspace, conversation);
                    self.follow_running(workspace);
                }
                Err(refusal) => self.turns.set(Loaded::Refused(refusal)),
            }
        });
    }

    fn take(self, workspace: Workspace, conversation: Conversation) {
        let turns = workspace.lasting(|| conversation.turns.into_iter().map(Reply::to).collect());
        self.turns.set(Loaded::Here(turns));
    }

    fn follow_running(self, workspace: Workspace) {
        if let Some(reply) = untrack(|| self.running()) {
            spawn_local(self.follow(workspace, reply));
        }
    }

    /// Says what stands in the message box.
    pub fn send(self, workspace: Workspace) {
        let message = self.typed.get_untracked().trim().to_owned();
        if !message.is_empty() && self.deliver(workspace, message) {
            self.typed.set(String::new());
        }
    }

    /// Says something; `false` while something else is being said.
    pub fn deliver(self, workspace: Workspace, message: String) -> bool {
        if self.pending.with_untracked(Option::is_some) || untrack(|| self.running()).is_some() {
            return false;
        }
        self.refusal.set(None);
        self.pending.set(Some(Pending { message: message.clone(), retrying: false }));
        spawn_local(async move {
            match self.say(workspace, &message).await {
                Ok(reply) => {
                    self.pending.set(None);
                    self.follow(workspace, reply).await;
                }
                Err(refusal) => {
                    self.pending.set(None);
                    self.give_back(message);
                    self.refusal.set(Some(refusal));
                }
            }
        });
        true
    }

    /// A message that was not taken returns to the box, before whatever was typed meanwhile.
    fn give_back(self, message: String) {
        self.typed.update(|typed| {
            *typed = if typed.is_empty() { message } else { format!("{message}\n{typed}") };
        });
    }

    /// Tries until the server has the message. Where an answer was lost on the way back, the message may have arrived, so
    /// the conversation is looked at before it is sent once more.
    async fn say(self, workspace: Workspace, message: &str) -> Result<Reply, Refusal> {
        let about = workspace.shown.get_untracked();
        let known = self.turns.with_untracked(|turns| turns.here().map_or(0, Vec::len));
        let mut wait = 1_000;
        loop {
            let task = about.map(super::TaskWork::id);
            match workspace.ask(calls::say(message.to_owned(), task)).await {
                Ok(turn) => return Ok(self.add(workspace, turn)),
                Err(refusal) if !refusal.is_passing() => return Err(refusal),
                Err(_) => self.pending.set(Some(Pending { message: message.to_owned(), retrying: true })),
            }
            browser::pause(wait).await;
            wait = (wait * 2).min(15_000);
            if let Ok(conversation) = workspace.ask(calls::conversation()).await
                && let Some(turn) = conversation.turns.into_iter().nth(known).filter(|turn| turn.message == message)
            {
                return Ok(self.add(workspace, turn));
            }
        }
    }

    fn add(self, workspace: Workspace, turn: Turn) -> Reply {
        let reply = workspace.lasting(|| Reply::to(turn));
        self.turns.update(|turns| match turns {
            Loaded::Here(turns) => turns.push(reply),
            other => *other = Loaded::Here(vec![reply]),
        });
        reply
    }

    /// Stops the answer.
    pub fn stop(self, workspace: Workspace) {
        let Some(reply) = untrack(|| self.running()) else { return };
        spawn_local(async move {
            match workspace.ask(calls::stop(reply.id())).await {
                Ok(()) => reply.set_state(TurnState::Stopped),
                Err(refusal) => self.refusal.set(Some(refusal)),
            }
        });
    }

    /// Shows an answer as it comes, however often the connection breaks.
    async fn follow(self, workspace: Workspace, reply: Reply) {
        let mut last_event = None;
        let mut wait = 500;
        let mut speech = Speech::default();
        loop {
            let mut came = false;
            let on_event = |event| {
                came = true;
                self.lost.set(false);
                self.take_event(reply, event, &mut speech);
            };
            match events::read(&reply.id(), &mut last_event, on_event).await {
                events::End::Whole => break,
                events::End::Lost if !workspace.ended.get_untracked() => {}
                events::End::Lost => return,
                events::End::Refused(refusal) => {
                    workspace.ended.set(workspace.ended.get_untracked() || refusal.ends_session());
                    // The turn may have ended long ago and its events be gone: the conversation knows.
                    self.load(workspace);
                    return;
                }
            }
            if came {
                wait = 500;
            }
            self.lost.set(!came);
            browser::pause(wait).await;
            wait = (wait * 2).min(15_000);
        }
        self.lost.set(false);
        self.finish(workspace, reply).await;
    }

    fn take_event(self, reply: Reply, event: TurnEvent, speech: &mut Speech) {
        match event {
            TurnEvent::Delta { text } => {
                if let Some(sentences) = speech.hear(&text) {
                    self.announcement.set(sentences);
                }
                reply.tail.update(|tail| tail.push_str(&text));
            }
            TurnEvent::Block { id, html } => {
                reply.tail.set(String::new());
                reply.blocks.update(|blocks| match blocks.iter_mut().find(|block| block.id == id) {
                    Some(block) => block.html = html,
                    None => blocks.push(Block { id, html }),
                });
            }
            TurnEvent::Done => {
                let rest = speech.rest();
                if !rest.is_empty() {
                    self.announcement.set(rest);
                }
                if reply.turn.with_untracked(|turn| turn.state == TurnState::Running) {
                    reply.set_state(TurnState::Done);
                }
            }
            TurnEvent::Failed(refusal) => {
                self.announcement.set(refusal.message.clone());
                reply.failure.set(Some(refusal));
                if reply.turn.with_untracked(|turn| turn.state == TurnState::Running) {
                    reply.set_state(TurnState::Failed);
                }
            }
        }
    }

    /// The answer is whole. A conversational task counts the exchange; a block that got lost is read from the history.
    async fn finish(self, workspace: Workspace, reply: Reply) {
        if let Ok(conversation) = workspace.ask(calls::conversation()).await
            && let Some(turn) = conversation.turns.into_iter().find(|turn| turn.id == reply.id())
        {
            reply.turn.set(turn);
            reply.blocks.set(Vec::new());
            reply.tail.set(String::new());
        }
        if let Some(work) = workspace.shown.get_untracked() {
            let talks = matches!(work.form(), AnswerForm::Conversation { .. });
            let state = untrack(|| workspace.row(&work.id())).map(|row| row.state);
            if talks && state != Some(TaskState::Closed) {
                work.load(workspace);
                if let Ok(activity) = workspace.ask(calls::activity()).await {
                    workspace.take(activity);
                }
            }
        }
    }
}

/// Collects an answer into whole sentences, so that it is not read out token by token.
#[derive(Default)]
struct Speech {
    heard: String,
}

impl Speech {
    /// The sentences that are now complete.
    fn hear(&mut self, text: &str) -> Option<String> {
        self.heard.push_str(text);
        let ends_sentence = |(at, letter): &(usize, char)| {
            let after = self.heard[at + letter.len_utf8()..].chars().next();
            *letter == '\n' || matches!(letter, '.' | '!' | '?' | ':') && after.is_some_and(char::is_whitespace)
        };
        let (at, letter) = self.heard.char_indices().rfind(ends_sentence)?;
        let end = at + letter.len_utf8();
        let rest = self.heard.split_off(end);
        let sentences = std::mem::replace(&mut self.heard, rest);
        let sentences = sentences.trim();
        (!sentences.is_empty()).then(|| sentences.to_owned())
    }

    /// What is left at the end.
    fn rest(&mut self) -> String {
        std::mem::take(&mut self.heard).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Speech;

    #[test]
    fn an_answer_is_read_out_by_sentence() {
        let mut speech = Speech::default();
        assert_eq!(speech.hear("A mean is 3.5 he"), None);
        assert_eq!(speech.hear("re. And the med").as_deref(), Some("A mean is 3.5 here."));
        assert_eq!(speech.hear("ian? Look"), Some("And the median?".into()));
        assert_eq!(speech.rest(), "Look");
    }
}

//! The port behind which language models are, and whether the one that is configured can be asked just now.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::BoxStream;
use secrecy::SecretString;

pub mod openai;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProviderKind {
    /// No model: the guide.
    #[default]
    Guide,
    /// Any server that speaks OpenAI's chat completions.
    OpenAi,
}

/// What the settings say about the provider.
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// Who answers.
    pub kind: ProviderKind,
    /// Where, with or without `/v1`; `None`: OpenAI itself.
    pub base_url: Option<String>,
    /// Which model; some servers have only one and need no name.
    pub model: Option<String>,
    /// The key, where one is needed.
    pub api_key: Option<SecretString>,
}

impl ProviderSettings {
    /// The model these settings ask for; `None`: the guide answers alone.
    pub fn build(&self) -> Result<Option<Arc<dyn ChatModel>>, ProviderSettingsError> {
        match self.kind {
            ProviderKind::Guide => Ok(None),
            ProviderKind::OpenAi => Ok(Some(Arc::new(openai::OpenAi::new(self)?))),
        }
    }
}

/// Why a provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSettingsError {
    /// The address is no http(s) address.
    #[error("the tutor's base URL must begin with http:// or https://, for example http://localhost:11434/v1")]
    BaseUrl,
    /// The key has characters that no header can carry.
    #[error("the tutor's API key holds characters that cannot be sent")]
    ApiKey,
    /// The HTTP client could not be made.
    #[error("the HTTP client for the tutor's provider could not be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// LTT: how to teach, and what the author wrote.
    System,
    /// The learner.
    Learner,
    /// The tutor.
    Tutor,
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who says it.
    pub speaker: Speaker,
    /// What is said, markdown.
    pub text: String,
}

/// What a model reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChatRequest {
    /// In order.
    pub messages: Vec<ChatMessage>,
}

/// The text of an answer as it comes. An empty piece is a sign of life. Dropping it ends the request.
pub type Answer = BoxStream<'static, Result<String, ModelError>>;

/// A language model.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What the learner is told about who answers.
    fn name(&self) -> &str;

    /// Asks the model. The answer ends when the model said that it is whole; an answer that ends otherwise ends in an error.
    async fn answer(&self, request: ChatRequest) -> Result<Answer, ModelError>;
}

/// Why a model gave no answer, or not a whole one. Texts are for the administrator's log and hold nothing the learner said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection, or it broke before an answer began.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// It took longer than is reasonable.
    #[error("the provider was silent for {} s", .0.as_secs())]
    Slow(Duration),
    /// The answer ended before its end.
    #[error("the provider broke off in the middle of its answer")]
    Cut,
    /// The key is wrong, or may not use this model.
    #[error("the provider refused the API key or the model (HTTP {0}); check LTT_TUTOR_API_KEY and LTT_TUTOR_MODEL")]
    Refused(u16),
    /// Too many requests, or nothing left to spend.
    #[error("the provider has no capacity for us now (HTTP 429)")]
    Busy(Option<Duration>),
    /// Any other status that is no success, or an error told within the stream.
    #[error("the provider failed (HTTP {0})")]
    Failed(u16),
    /// What came is no answer in the expected form.
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(String),
    /// It did not come to an end.
    #[error("the provider's answer did not end within the limits")]
    Endless,
}

impl ModelError {
    /// How long the provider is left alone after this error; `None`: a single failure says little.
    fn rest(&self) -> Option<Duration> {
        match self {
            Self::Refused(_) => Some(Duration::from_mins(1)),
            Self::Busy(after) => Some(after.unwrap_or(Duration::from_secs(20)).min(Duration::from_mins(5))),
            Self::Unreachable(_) | Self::Slow(_) => Some(Duration::from_secs(15)),
            _ => None,
        }
    }
}

/// Remembers how the provider did, so that not every learner waits for one that is down.
#[derive(Debug, Default)]
pub struct Health(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

/// After so many failures in a row of any kind the provider rests.
const FAILURES: u32 = 3;

impl Health {
    /// Whether to ask now. After its rest, one turn tries while the others still go to the guide.
    pub fn may_ask(&self, now: DateTime<Utc>) -> bool {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match record.rests_until {
            Some(until) if now < until => false,
            Some(_) => {
                record.rests_until = Some(now + TimeDelta::seconds(10));
                true
            }
            None => true,
        }
    }

    /// It answered.
    pub fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Record::default();
    }

    /// It did not.
    pub fn failed(&self, error: &ModelError, now: DateTime<Utc>) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.failures += 1;
        let many = (record.failures >= FAILURES).then_some(Duration::from_secs(30));
        if let Some(rest) = error.rest().max(many) {
            let rest = TimeDelta::from_std(rest).unwrap_or(TimeDelta::MAX);
            record.rests_until = Some(record.rests_until.unwrap_or(now).max(now + rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_down_is_left_alone_and_then_tried_by_one() {
        let (health, now) = (Health::default(), DateTime::UNIX_EPOCH);
        assert!(health.may_ask(now));
        health.failed(&ModelError::Unreachable("connection refused".into()), now);
        assert!(!health.may_ask(now + TimeDelta::seconds(14)));
        let later = now + TimeDelta::seconds(15);
        assert!(health.may_ask(later), "one tries");
        assert!(!health.may_ask(later), "the others do not wait with it");
        health.succeeded();
        assert!(health.may_ask(later));
    }

    #[test]
    fn a_single_cut_answer_does_not_close_the_door_but_three_do() {
        let (health, now) = (Health::default(), DateTime::UNIX_EPOCH);
        for _ in 0..2 {
            health.failed(&ModelError::Cut, now);
            assert!(health.may_ask(now));
        }
        health.failed(&ModelError::Cut, now);
        assert!(!health.may_ask(now));
    }

    #[test]
    fn a_provider_that_says_when_to_come_back_is_asked_then() {
        let (health, now) = (Health::default(), DateTime::UNIX_EPOCH);
        health.failed(&ModelError::Busy(Some(Duration::from_secs(40))), now);
        assert!(!health.may_ask(now + TimeDelta::seconds(39)));
        assert!(health.may_ask(now + TimeDelta::seconds(40)));
    }
}

//! Any server that speaks OpenAI's chat completions: OpenAI, Azure, vLLM, Ollama, llama.cpp, `LiteLLM` and their like.
//!
//! They agree on the request and differ in the answer, so reading is tolerant: fields may be missing, pieces may be empty, usage
//! may come as a piece of its own, an error may come within the stream, and a server that cannot stream may answer with plain JSON.
//! Only one thing is asked of all: an answer says when it is whole.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};
use sse_stream::SseByteStream;
use url::Url;

mod thinking;

use thinking::Thinking;

use super::{Answer, ChatModel, ChatRequest, ModelError, ProviderSettings, ProviderSettingsError, Speaker};

/// Where OpenAI itself is.
const OPENAI: &str = "https://api.openai.com/v1";

/// The most bytes of one answer, whatever they say.
const LARGEST: usize = 4 * 1024 * 1024;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// A chat completions server.
#[derive(Debug)]
pub struct OpenAi {
    client: reqwest::Client,
    address: Url,
    model: Option<String>,
}

impl OpenAi {
    /// An adapter for the server that the settings name.
    pub fn new(settings: &ProviderSettings) -> Result<Self, ProviderSettingsError> {
        let address = completions_address(settings.base_url.as_deref().unwrap_or(OPENAI))?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.api_key {
            let secret = |value: &str| {
                let mut value = HeaderValue::from_str(value).map_err(|_| ProviderSettingsError::ApiKey)?;
                value.set_sensitive(true);
                Ok::<_, ProviderSettingsError>(value)
            };
            headers.insert(AUTHORIZATION, secret(&format!("Bearer {}", key.expose_secret().trim()))?);
            if address.host_str().is_some_and(|host| host.ends_with(".azure.com")) {
                headers.insert("api-key", secret(key.expose_secret().trim())?);
            }
        }
        // The administrator named this server, so it may be a local one; it is not followed elsewhere.
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()?;
        Ok(Self { client, address, model: settings.model.clone().filter(|model| !model.is_empty()) })
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let messages: Vec<Value> = request
            .messages
            .iter()
            .map(|message| {
                let role = match message.speaker {
                    Speaker::System => "system",
                    Speaker::Learner => "user",
                    Speaker::Tutor => "assistant",
                };
                json!({ "role": role, "content": message.text })
            })
            .collect();
        let mut body = json!({ "messages": messages, "stream": true });
        if let Some(model) = &self.model {
            body["model"] = json!(model);
        }
        body
    }
}

#[async_trait]
impl ChatModel for OpenAi {
    fn name(&self) -> &str {
        self.model.as_deref().unwrap_or("a language model")
    }

    async fn answer(&self, request: ChatRequest) -> Result<Answer, ModelError> {
        let response = self
            .client
            .post(self.address.clone())
            .json(&self.body(&request))
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(refusal(&response));
        }
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().starts_with("application/json"));
        let bytes = bounded(response.bytes_stream());
        let answer = if is_json { whole_answer(bytes).await? } else { streamed_answer(bytes) };
        let mut thinking = Thinking::default();
        Ok(answer.map_ok(move |text| thinking.leave_out(&text)).boxed())
    }
}

/// Where chat completions are, below a base URL with or without a version.
fn completions_address(base: &str) -> Result<Url, ProviderSettingsError> {
    let mut url = Url::parse(base.trim()).map_err(|_| ProviderSettingsError::BaseUrl)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(ProviderSettingsError::BaseUrl);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    let is_versioned = path.split('/').any(|segment| {
        segment == "deployments"
            || segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    });
    if path.ends_with("/chat/completions") {
        url.set_path(&path);
    } else if is_versioned {
        url.set_path(&format!("{path}/chat/completions"));
    } else {
        url.set_path(&format!("{path}/v1/chat/completions"));
    }
    Ok(url)
}

fn refusal(response: &Response) -> ModelError {
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ModelError::Refused(response.status().as_u16()),
        StatusCode::TOO_MANY_REQUESTS => {
            ModelError::Busy(after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs))
        }
        status => ModelError::Failed(status.as_u16()),
    }
}

/// The error without the address it happened at, for an address may hold a key.
fn unreachable(error: &reqwest::Error) -> ModelError {
    let kind = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "the connection broke"
    };
    ModelError::Unreachable(kind.to_owned())
}

/// Lets an answer through until it is too large; a broken connection is a cut answer.
fn bounded(
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, ModelError>> + Send + 'static {
    bytes.map_err(|_| ModelError::Cut).scan(0, |taken, piece| {
        let piece = piece.and_then(|piece| {
            *taken += piece.len();
            if *taken > LARGEST { Err(ModelError::Endless) } else { Ok(piece) }
        });
        futures::future::ready(Some(piece))
    })
}

/// What a piece of a stream, or a whole answer, may hold.
#[derive(Debug, Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Option<Said>,
    #[serde(default)]
    finish_reason: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<Value>,
}

impl Completion {
    fn read(data: &str) -> Result<Self, ModelError> {
        let completion: Self = serde_json::from_str(data).map_err(|error| {
            ModelError::Unreadable(format!("not JSON of the expected form, at column {}", error.column()))
        })?;
        match completion.error {
            None | Some(Value::Null) => Ok(completion),
            Some(error) => Err(told_error(&error)),
        }
    }

    fn first(&self) -> Option<&Choice> {
        self.choices.as_ref().and_then(|choices| choices.first())
    }

    fn text(&self) -> String {
        let content = self.first().and_then(|choice| choice.delta.as_ref()).and_then(|said| said.content.as_ref());
        match content {
            Some(Value::String(text)) => text.clone(),
            // Some servers send a list of parts.
            Some(Value::Array(parts)) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            _ => String::new(),
        }
    }

    fn is_last(&self) -> bool {
        self.first().and_then(|choice| choice.finish_reason.as_ref()).is_some_and(|reason| !reason.is_null())
    }
}

/// An error told in the body, after a status that promised success.
fn told_error(error: &Value) -> ModelError {
    let code = [&error["code"], &error["status"], &error["status_code"]]
        .into_iter()
        .find_map(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()))
        .and_then(|code| u16::try_from(code).ok());
    match code {
        Some(code @ (401 | 403)) => ModelError::Refused(code),
        Some(429) => ModelError::Busy(None),
        code => ModelError::Failed(code.unwrap_or(200)),
    }
}

async fn whole_answer(bytes: impl Stream<Item = Result<Bytes, ModelError>> + Send) -> Result<Answer, ModelError> {
    let body = bytes.try_fold(Vec::new(), async |mut body, piece| {
        body.extend_from_slice(&piece);
        Ok(body)
    });
    let body = body.await?;
    let completion = Completion::read(&String::from_utf8_lossy(&body))?;
    let text = completion.text();
    if text.trim().is_empty() {
        return Err(ModelError::Unreadable("no text in it".to_owned()));
    }
    Ok(stream::once(futures::future::ready(Ok(text))).boxed())
}

fn streamed_answer(bytes: impl Stream<Item = Result<Bytes, ModelError>> + Send + 'static) -> Answer {
    let events = SseByteStream::new(bytes.boxed());
    stream::unfold(Some((events, false)), |state| async {
        let (mut events, mut has_ended) = state?;
        match next_piece(&mut events, &mut has_ended).await {
            Some(Ok(text)) => Some((Ok(text), Some((events, has_ended)))),
            Some(Err(error)) => Some((Err(error), None)),
            None if has_ended => None,
            None => Some((Err(ModelError::Cut), None)),
        }
    })
    .boxed()
}

/// The next text; `None` where the stream has ended, and `has_ended` tells whether the answer had, too.
async fn next_piece<S>(events: &mut SseByteStream<S>, has_ended: &mut bool) -> Option<Result<String, ModelError>>
where
    S: Stream<Item = Result<Bytes, ModelError>> + Unpin,
{
    loop {
        let data = match events.next().await? {
            Ok(event) => event.data.unwrap_or_default(),
            Err(sse_stream::Error::Body(error)) => {
                let error = error.downcast::<ModelError>().map_or(ModelError::Cut, |error| *error);
                // Whoever has said everything may hang up as they like.
                return if *has_ended { None } else { Some(Err(error)) };
            }
            Err(_) => return Some(Err(ModelError::Unreadable("not UTF-8".to_owned()))),
        };
        if data.trim() == "[DONE]" {
            *has_ended = true;
            return None;
        }
        if data.trim().is_empty() {
            continue;
        }
        let completion = match Completion::read(&data) {
            Ok(completion) => completion,
            Err(error) => return Some(Err(error)),
        };
        *has_ended |= completion.is_last();
        return Some(Ok(completion.text()));
    }
}

#[cfg(test)]
mod tests;

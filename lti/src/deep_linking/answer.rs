//! What goes back to the platform: the choice, signed. (Deep Linking 2.0 §4.5; Security Framework 1.0 §5.2)

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngCore;
use serde_json::{Value, json};
use url::Url;

use super::{ContentItem, DeepLinkingRequest, ItemKind};
use crate::{
    claims::names,
    digest::secret,
    http::HttpClient,
    keys::{self, KeyError},
    service_token::BACKDATED,
    storage::{Registration, Storage, StorageError},
    tool::Tool,
};

/// With the backdating, less than the five minutes that a message may live.
const LIFETIME: TimeDelta = TimeDelta::seconds(290);

/// What an author has chosen. Without items it is a cancellation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeepLinkingAnswer {
    /// What to place.
    pub items: Vec<ContentItem>,
    /// What the platform may tell the author.
    pub message: Option<String>,
    /// What the platform may write into its log.
    pub log: Option<String>,
    /// What the platform may tell the author went wrong.
    pub error_message: Option<String>,
    /// What the platform may write into its log about what went wrong.
    pub error_log: Option<String>,
}

/// A signed answer. The author's browser posts it as a form with the one field [`SignedAnswer::FIELD`].
#[derive(Clone, PartialEq, Eq)]
pub struct SignedAnswer {
    /// Where the form goes.
    pub url: Url,
    /// The field's value. Whoever has it can place what the author chose, once, within five minutes.
    pub jwt: String,
}

impl SignedAnswer {
    /// The name of the form's one field.
    pub const FIELD: &str = "JWT";
}

impl fmt::Debug for SignedAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedAnswer").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// Why an answer is not sent: the platform would refuse it, or it could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum DeepLinkingRefused {
    /// The platform does not take items of that kind here.
    KindNotAccepted {
        /// The item's.
        kind: ItemKind,
        /// What it takes.
        accepted: Vec<String>,
    },
    /// The platform takes one item.
    OnlyOneAccepted {
        /// How many there are.
        count: usize,
    },
    /// The platform makes no line items here.
    LineItemNotAccepted,
    /// A line item's maximum must be more than zero.
    MaximumNotPositive(f64),
    /// The tool's own keys.
    Key(#[from] KeyError),
    /// The storage failed.
    Storage(#[from] StorageError),
}

impl DeepLinkingRefused {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KindNotAccepted { .. } => "type_not_accepted",
            Self::OnlyOneAccepted { .. } => "multiple_not_accepted",
            Self::LineItemNotAccepted => "line_item_not_accepted",
            Self::MaximumNotPositive(_) => "score_maximum_invalid",
            Self::Key(_) => "own_key",
            Self::Storage(_) => "storage_failed",
        }
    }

    /// The section of the specification behind it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::KindNotAccepted { .. } | Self::OnlyOneAccepted { .. } | Self::LineItemNotAccepted => {
                "Deep Linking 2.0 §4.4.1"
            }
            Self::MaximumNotPositive(_) => "Deep Linking 2.0 §3.2",
            Self::Key(_) | Self::Storage(_) => "none: this tool's own fault",
        }
    }

    /// What is wrong and what to do, for the author.
    pub fn explanation(&self) -> String {
        match self {
            Self::KindNotAccepted { kind, accepted } if accepted.is_empty() => {
                format!("The platform takes nothing here, so no `{}` either. Open the tool from another place in the course.", kind.name())
            }
            Self::KindNotAccepted { kind, accepted } => format!(
                "The platform takes no `{}` here, only `{}`. Open the tool from a place in the course that does.",
                kind.name(),
                accepted.join("`, `")
            ),
            Self::OnlyOneAccepted { count } => {
                format!("The platform takes one item here, and {count} are chosen. Choose one, and come again for the others.")
            }
            Self::LineItemNotAccepted => {
                "The platform makes no column in its gradebook here. Place the item without one, or from a place that is graded."
                    .to_owned()
            }
            Self::MaximumNotPositive(maximum) => {
                format!("An item that is graded needs more than zero points; this one has {maximum}.")
            }
            Self::Key(error) => error.to_string(),
            Self::Storage(error) => format!("The tool's storage failed: {error}"),
        }
    }
}

impl DeepLinkingRequest {
    /// Whether the platform will take this; told here, because platforms often do not say why they take nothing.
    pub fn check(&self, items: &[ContentItem]) -> Result<(), DeepLinkingRefused> {
        if items.len() > 1 && !self.accept_multiple {
            return Err(DeepLinkingRefused::OnlyOneAccepted { count: items.len() });
        }
        for item in items {
            if !self.accepts(item.kind()) {
                let accepted = self.accept_types.clone();
                return Err(DeepLinkingRefused::KindNotAccepted { kind: item.kind(), accepted });
            }
            match item.line_item() {
                Some(_) if self.accept_line_item == Some(false) => return Err(DeepLinkingRefused::LineItemNotAccepted),
                Some(line_item) if !line_item.score_maximum.is_finite() || line_item.score_maximum <= 0.0 => {
                    return Err(DeepLinkingRefused::MaximumNotPositive(line_item.score_maximum));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// Signs an answer to a deep linking request, after looking whether the platform will take it. The deployment is the
    /// launch's. `rng` is used up before the future is returned, so it may be behind a lock.
    ///
    /// ```
    /// # use lti::{ContentItem, DeepLinkingAnswer, DeepLinkingRefused, DeepLinkingRequest, HttpClient, ResourceLinkItem};
    /// # use lti::{SignedAnswer, Storage, Tool};
    /// # async fn example<S: Storage, H: HttpClient>(
    /// #     tool: &Tool<S, H>, registration: &S::Registration, request: &DeepLinkingRequest,
    /// #     now: chrono::DateTime<chrono::Utc>, rng: &mut (dyn rand::RngCore + Send),
    /// # ) -> Result<(), DeepLinkingRefused> {
    /// let task = ResourceLinkItem {
    ///     title: Some("Essay".to_owned()),
    ///     custom: [("task".to_owned(), "essay".to_owned())].into(),
    ///     ..ResourceLinkItem::default()
    /// };
    /// let answer = DeepLinkingAnswer { items: vec![ContentItem::ResourceLink(task)], ..DeepLinkingAnswer::default() };
    /// let signed = tool.answer_deep_linking(registration, "1", request, &answer, now, rng).await?;
    /// println!("post {}={} to {}", SignedAnswer::FIELD, signed.jwt, signed.url);
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_deep_linking<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        request: &'a DeepLinkingRequest,
        answer: &'a DeepLinkingAnswer,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<SignedAnswer, DeepLinkingRefused>> + Send + use<'a, S, H> {
        let nonce = secret(rng);
        async move {
            request.check(&answer.items)?;
            let key = self.storage().signing_key(registration.issuer(), registration.client_id()).await?;
            let claims = answer.claims(registration, deployment_id, request, now, &nonce);
            Ok(SignedAnswer {
                url: request.return_url.clone(),
                jwt: keys::sign(&key.ok_or(KeyError::NoneActive)?, &claims)?,
            })
        }
    }
}

impl DeepLinkingAnswer {
    /// A message of the tool's own: its issuer is the client, its audience the platform's issuer.
    fn claims(
        &self,
        registration: &impl Registration,
        deployment_id: &str,
        request: &DeepLinkingRequest,
        now: DateTime<Utc>,
        nonce: &str,
    ) -> Value {
        let mut claims = json!({
            "iss": registration.client_id(),
            "aud": registration.issuer(),
            "iat": (now - BACKDATED).timestamp(),
            "exp": (now + LIFETIME).timestamp(),
            "nonce": nonce,
            names::MESSAGE_TYPE: "LtiDeepLinkingResponse",
            names::VERSION: "1.3.0",
            names::DEPLOYMENT_ID: deployment_id,
            "https://purl.imsglobal.org/spec/lti-dl/claim/content_items": self.items,
        });
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let further = [
            ("data", request.data.clone()),
            ("msg", text(&self.message)),
            ("log", text(&self.log)),
            ("errormsg", text(&self.error_message)),
            ("errorlog", text(&self.error_log)),
        ];
        for (name, value) in further {
            if let Some(value) = value {
                claims[format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}")] = value;
            }
        }
        claims
    }
}

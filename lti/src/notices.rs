//! Notices: what a platform tells a tool while nobody is looking, such as that a course was copied.
//! (Platform Notification Service 1.0)

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Method;
use rand::RngCore;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    algorithm::Algorithm,
    claims::{Context, names},
    digest::Digest,
    fields::Fields,
    http::HttpClient,
    id_token::{Envelope, identifier, shortened},
    refusal::Refusal,
    services::{Call, Caller, SIZE_LIMIT, ServiceFault, judged},
    storage::{DeploymentDecision, Lookup, RegisteredIn, Registration as _, Registrations, Storage, StorageError},
    tool::Tool,
};

const MEDIA_TYPE: &str = "application/json";
/// The largest body taken, and the most notices in it.
const BODY_LIMIT: usize = 1024 * 1024;
const NOTICES_LIMIT: usize = 100;

/// Where the platform takes down which notices the tool wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeService {
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// The service's address.
    pub url: Url,
    /// The kinds of notices that the platform sends; see [`NoticeKind::name`].
    pub notice_types_supported: Vec<String>,
    /// Versions the platform speaks.
    pub service_versions: Vec<String>,
}

impl NoticeService {
    /// The scope that lets a tool say which notices it wants.
    pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

    pub(crate) fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            scopes: fields.texts("scope"),
            url: fields.address("platform_notification_service_url")?,
            notice_types_supported: fields.texts("notice_types_supported"),
            service_versions: fields.texts("service_versions"),
        })
    }
}

/// Where the platform shall post notices of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeHandler<'h> {
    /// The kind, one of the service's `notice_types_supported`.
    pub kind: &'h str,
    /// The address, on the tool's own host; `None` wants such notices no more.
    pub address: Option<&'h Url>,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    /// Nothing: the platform shows that notices arrive.
    HelloWorld,
    /// The notice's context holds a copy of what was in these others.
    ContextCopy {
        /// Their ids; empty where the platform does not say.
        origins: Vec<String>,
    },
    /// Something that this library does not know.
    Other(String),
}

impl NoticeKind {
    /// The name of [`NoticeKind::HelloWorld`].
    pub const HELLO_WORLD: &str = "LtiHelloWorldNotice";
    /// The name of [`NoticeKind::ContextCopy`].
    pub const CONTEXT_COPY: &str = "LtiContextCopyNotice";

    /// Its name in tokens and at the service.
    pub fn name(&self) -> &str {
        match self {
            Self::HelloWorld => Self::HELLO_WORLD,
            Self::ContextCopy { .. } => Self::CONTEXT_COPY,
            Self::Other(name) => name,
        }
    }
}

/// A notice that was found good in every respect but one: whether it was acted on before.
#[derive(Debug)]
pub struct Notice<S: Registrations> {
    /// The registration it came through, and its platform.
    pub registered: RegisteredIn<S>,
    /// The deployment.
    pub deployment: S::Deployment,
    /// Its id.
    pub id: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// When what it tells of happened.
    pub happened_at: Option<DateTime<Utc>>,
    /// The course it is about.
    pub context: Option<Context>,
    /// The same for no two notices. To act on each just once, write it down in the transaction that acts on it, under a
    /// unique key; where it stands there already, the notice was sent again by the platform, or by somebody who overheard it.
    pub once: Digest,
    /// Until when [`Notice::once`] has to be remembered; after that the notice is refused.
    pub until: DateTime<Utc>,
    /// Everything the token says, as it was signed, but for NUL characters.
    pub raw: Map<String, Value>,
}

/// Why a notice is refused.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum NoticeRefused {
    /// The body holds no list of notices.
    NotNotices,
    /// The body holds more than one request may.
    TooMany,
    /// Nobody registered this tool with that issuer and client id.
    RegistrationUnknown {
        /// The issuer that the token names.
        issuer: String,
        /// The client that it names, where that is one.
        client_id: Option<String>,
    },
    /// The token is not good.
    Token(#[from] Refusal),
}

impl From<StorageError> for NoticeRefused {
    fn from(error: StorageError) -> Self {
        Self::Token(error.into())
    }
}

impl NoticeRefused {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotNotices => "notices_malformed",
            Self::TooMany => "notices_too_many",
            Self::RegistrationUnknown { .. } => "registration_unknown",
            Self::Token(refusal) => refusal.code(),
        }
    }

    /// The section of the specification whose rule was not kept.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotNotices | Self::TooMany => "Platform Notification Service 1.0, notices",
            Self::RegistrationUnknown { .. } => "Security Framework 1.0 §5.1.3, steps 2 and 3",
            Self::Token(refusal) => refusal.rule(),
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::NotNotices => {
                "What was posted is no list of notices. Check which address the platform posts it to.".to_owned()
            }
            Self::TooMany => format!("More than {NOTICES_LIMIT} notices, or {BODY_LIMIT} bytes, came in one request."),
            Self::RegistrationUnknown { issuer, client_id } => format!(
                "A notice came from `{issuer}` for the client id `{}`, which is not registered. Add the registration, or \
                 remove the notice handler in the platform.",
                client_id.as_deref().unwrap_or("?")
            ),
            Self::Token(refusal) => refusal.explanation(),
        }
    }
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// Reads what a platform posts to a notice handler, and judges each notice by itself. The handler answers with success
    /// once it has written down the good ones; platforms such as Canvas send none again.
    ///
    /// ```
    /// # use lti::{HttpClient, NoticeKind, NoticeRefused, Storage, Tool};
    /// # async fn example<S: Storage, H: HttpClient>(
    /// #     tool: &Tool<S, H>, body: &[u8], now: chrono::DateTime<chrono::Utc>,
    /// # ) -> Result<(), NoticeRefused> {
    /// for judged in tool.notices(body, now).await? {
    ///     match judged {
    ///         Ok(notice) => match notice.kind {
    ///             NoticeKind::ContextCopy { origins } => println!("{:?} is a copy of {origins:?}", notice.context),
    ///             other => println!("{} means nothing here", other.name()),
    ///         },
    ///         Err(refused) => println!("{}: {refused}", refused.code()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn notices(
        &self,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Vec<Result<Notice<S>, NoticeRefused>>, NoticeRefused> {
        if body.len() > BODY_LIMIT {
            return Err(NoticeRefused::TooMany);
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| NoticeRefused::NotNotices)?;
        let listed = body.get("notices").and_then(Value::as_array).ok_or(NoticeRefused::NotNotices)?;
        if listed.len() > NOTICES_LIMIT {
            return Err(NoticeRefused::TooMany);
        }
        let mut notices = Vec::with_capacity(listed.len());
        for entry in listed {
            let token = entry.get("jwt").and_then(Value::as_str).unwrap_or_default();
            notices.push(self.notice(token, now).await);
        }
        Ok(notices)
    }

    async fn notice(&self, token: &str, now: DateTime<Utc>) -> Result<Notice<S>, NoticeRefused> {
        let envelope = Envelope::open(token, &Algorithm::ALL)?;
        let issuer = envelope.claimed_issuer().unwrap_or_default().to_owned();
        let client_id = envelope.claimed_audience().map(str::to_owned);
        let found = match &client_id {
            Some(client_id) => self.storage().find(&issuer, Some(client_id)).await?,
            None => Lookup::Unknown,
        };
        let Lookup::One(registered) = found else {
            let client_id = client_id.as_deref().map(shortened);
            return Err(NoticeRefused::RegistrationUnknown { issuer: shortened(&issuer), client_id });
        };
        let registration = &registered.registration;
        let envelope = envelope.agreed(registration.algorithms())?;
        let verified = self.verified(envelope, registration, now).await?;
        let examined = verified.examine_notice(registration.issuer(), registration.client_id(), now)?;
        let deployment_id = &examined.deployment_id;
        let deployment = match self.storage().decide_deployment(&registered, deployment_id, now).await? {
            DeploymentDecision::Known(deployment) | DeploymentDecision::Learnt(deployment) => deployment,
            DeploymentDecision::Waiting => {
                return Err(Refusal::DeploymentPending { deployment_id: deployment_id.clone() }.into());
            }
            DeploymentDecision::Unknown => {
                return Err(Refusal::DeploymentUnknown { deployment_id: deployment_id.clone() }.into());
            }
        };
        let (claims, once, until) = (examined.claims, examined.once, examined.until);
        let notice = Fields::of(&claims, names::NOTICE);
        let context = Fields::of(&claims, names::CONTEXT);
        let context_id = identifier("context.id", context.value("id"))?.filter(|id| !id.is_empty());
        let kind = match notice.text("type").unwrap_or_default() {
            name if name == NoticeKind::HELLO_WORLD => NoticeKind::HelloWorld,
            name if name == NoticeKind::CONTEXT_COPY => {
                NoticeKind::ContextCopy { origins: Fields::new(&claims).texts(names::ORIGIN_CONTEXTS) }
            }
            other => NoticeKind::Other(other),
        };
        Ok(Notice {
            deployment,
            id: notice.exact("id").unwrap_or_default(),
            kind,
            happened_at: notice.moment("timestamp"),
            context: context_id.map(|id| Context::read(id, context)),
            once,
            until,
            raw: claims,
            registered,
        })
    }

    /// Tells the platform where to post notices. `rng` makes the assertions unique by which tokens are asked for.
    pub fn set_notice_handler<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        service: &'a NoticeService,
        handler: NoticeHandler<'a>,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<(), ServiceFault>> + Send + use<'a, S, H> {
        let caller = Caller::new(self, registration, deployment_id, rng);
        async move {
            if !service.scopes.iter().any(|scope| scope == NoticeService::SCOPE) {
                return Err(ServiceFault::ScopeNotGranted { scope: NoticeService::SCOPE });
            }
            let body = json!({"notice_type": handler.kind, "handler": handler.address.map_or("", Url::as_str)});
            let call = Call {
                method: Method::PUT,
                url: &service.url,
                scope: NoticeService::SCOPE,
                accept: MEDIA_TYPE,
                content: Some((MEDIA_TYPE, Bytes::from(body.to_string()))),
                limit: SIZE_LIMIT,
            };
            judged(caller.send(&call, now).await?, now).map(|_| ())
        }
    }
}

//! Who is signed in with a plain browser, and what such a browser sends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use app::{model::admin::Frame, refusal::Refusal};
use axum::{
    Form,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Query, Request},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use tower_sessions::Session;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    client_address::client_address,
    pages::{Button, Message, admin},
    services::{Services, Shared},
};
use crate::{
    accounts::{
        self, Account, Role,
        browser_session::ACCOUNT,
        organisation::{self, Organisation},
    },
    launch::platform::Within,
};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The account.
    pub account: Account,
    /// The organisation it belongs to; `None`: the installation.
    pub organisation: Option<Organisation>,
    notice: Option<String>,
}

impl Visitor {
    /// Who is signed in in this browser, if anybody is.
    pub async fn of(services: &Services, session: &Session) -> Result<Option<Self>, Refusal> {
        let account: Option<Uuid> = session.get(ACCOUNT).await.map_err(|error| services.refusals.fault(&error))?;
        let Some(account) = account else { return Ok(None) };
        let refused = |error| services.refusals.store(&error);
        let mut tx = services.db.read().await.map_err(refused)?;
        let Some(account) = accounts::find(&mut tx, account).await.map_err(refused)? else { return Ok(None) };
        let organisation = match account.organisation_id {
            Some(id) => organisation::find(&mut tx, id).await.map_err(refused)?,
            None => None,
        };
        Ok(Some(Self { account, organisation, notice: None }))
    }

    /// Whose platforms are seen.
    pub fn within(&self) -> Within {
        self.account.organisation_id.map_or(Within::Installation, Within::Organisation)
    }

    /// What stands round every page.
    pub fn frame(&self) -> Frame {
        Frame {
            account: self.account.name.clone(),
            organisation: self.organisation.as_ref().map(|organisation| organisation.name.clone()),
            is_administrator: self.account.role == Role::Administrator,
            notice: self.notice.clone(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Done {
    done: String,
}

/// What has just been done, by the word for it in the address.
fn notice(parts: &Parts) -> Option<String> {
    let Query(Done { done }) = Query::try_from_uri(&parts.uri).unwrap_or_default();
    let sentence = match done.as_str() {
        "welcome" => "You are signed in. Choose a password now, so that you need no link the next time.",
        "password" => "Your password is saved. All other browsers were signed out.",
        "added" => "The registration is added. Now try a launch.",
        "passports" => "The registrations are added. Open one of its blocks to try it.",
        "removed" => "The account is removed, and signed out everywhere.",
        "saved" => "The changes are saved. The next launch goes by them.",
        "disabled" => "The registration is disabled: its launches are refused.",
        "enabled" => "The registration is enabled: its launches are taken again.",
        "deleted" => "The registration is deleted.",
        "approved" => "The registration is approved: its launches are taken.",
        "rejected" => "The registration is forgotten. Delete LTT in the platform too.",
        "revoked" => "The invitation no longer works.",
        "deployment-approved" => "The deployment may launch now.",
        "deployment-removed" => "The deployment is removed.",
        "assigned" => "The project is assigned. It opens in the course’s activities that name no other.",
        "imported" => "The project is imported. Whoever begins it from now on gets this version.",
        "unchanged" => "This very version was already here; nothing was changed.",
        "rotated" => "The next key signs now, and another one is published to follow it.",
        _ => return None,
    };
    Some(sentence.to_owned())
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, services: &Shared) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, services).await.map_err(IntoResponse::into_response)?;
        match Self::of(services, &session).await {
            Ok(Some(visitor)) => Ok(Self { notice: notice(parts), ..visitor }),
            Ok(None) => Err(signed_out(parts)),
            Err(refusal) => Err(Refused(refusal).into_response()),
        }
    }
}

/// Leads to the sign-in and back. What was sent by a form cannot be taken along, but the browser still has it.
fn signed_out(parts: &Parts) -> Response {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        let to = parts.uri.path_and_query().map_or("/admin", |address| address.as_str());
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        return Redirect::to(&format!("/sign-in?{query}")).into_response();
    }
    let message = Message {
        title: "You are signed out".to_owned(),
        sentence: "Nothing was changed, for you have not been active for a while.".to_owned(),
        advice: "Sign in in a new window, come back here, go one page back, and send the form again: your browser has \
                 kept what you typed."
            .to_owned(),
        button: Some(Button {
            label: "Sign in".to_owned(),
            address: "/sign-in".to_owned(),
            fields: Vec::new(),
            new_window: true,
        }),
        ..Message::default()
    };
    admin::message(StatusCode::UNAUTHORIZED, message)
}

/// Somebody who looks after platforms: those of an organisation, or all.
#[derive(Debug, Clone)]
pub struct Administrator(pub Visitor);

impl FromRequestParts<Shared> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, services: &Shared) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, services).await?;
        if visitor.account.role == Role::Administrator {
            return Ok(Self(visitor));
        }
        let message = Message {
            title: "This is for administrators".to_owned(),
            sentence: format!("You are signed in as {}, who looks after no platforms.", visitor.account.name),
            advice: "Ask whoever runs this installation for another account, if you should.".to_owned(),
            button: Some(Button {
                label: "Your account".to_owned(),
                address: "/account".to_owned(),
                fields: Vec::new(),
                new_window: false,
            }),
            ..Message::default()
        };
        Err(admin::message(StatusCode::FORBIDDEN, message))
    }
}

/// What a form sent.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, services: &Shared) -> Result<Self, Response> {
        match Form::<T>::from_request(request, services).await {
            Ok(Form(sent)) => Ok(Self(sent)),
            Err(rejection) => {
                let message = Message {
                    title: "This form could not be read".to_owned(),
                    sentence: "It was sent in a way that LTT does not understand, or it is too large.".to_owned(),
                    advice: "Go one page back and send it again, with less text if there is much.".to_owned(),
                    ..Message::default()
                };
                Err(admin::message(rejection.status(), message))
            }
        }
    }
}

/// What an address asks for; what cannot be read is as if it were not there.
pub fn asked<T: DeserializeOwned + Default>(uri: &axum::http::Uri) -> T {
    Query::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default()
}

/// The address of the browser, as far as it can be believed.
pub struct Client(pub IpAddr);

impl FromRequestParts<Shared> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, services: &Shared) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(client_address(peer, &parts.headers, &services.settings.trusted_proxies)))
    }
}

/// A refusal as a page for a plain browser.
#[derive(Debug)]
pub struct Refused(pub Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (title, advice) = if status == StatusCode::NOT_FOUND {
            ("There is no such page", "It may have been deleted. Go on from the overview.")
        } else {
            ("This did not work", "Try again in a moment. If it stays, look for the reference in the server's log.")
        };
        let button = Button {
            label: "Overview".to_owned(),
            address: "/admin".to_owned(),
            fields: Vec::new(),
            new_window: false,
        };
        let message = Message {
            title: title.to_owned(),
            sentence: refusal.message,
            advice: advice.to_owned(),
            reference: if status == StatusCode::NOT_FOUND { String::new() } else { refusal.reference },
            button: Some(button),
            ..Message::default()
        };
        admin::message(status, message)
    }
}

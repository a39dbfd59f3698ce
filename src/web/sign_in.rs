//! The door for a plain browser: by name and password, or by a one-time link; the own password; and out again.

use app::model::admin::{AccountPage, Field, Home, LinkSignIn, Section, SignIn};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

#[cfg(test)]
mod tests;

use super::{
    pages::{
        Message,
        admin::{self, Content, Shell},
    },
    services::{Services, Shared},
    visitor::{Client, Refused, Sent, Visitor, asked},
};
use crate::{
    accounts::{self, Account, Role, browser_session::ACCOUNT, link, password, throttle},
    store::StoreError,
};

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(form).post(by_password))
        .route("/sign-in/link", post(by_link))
        .route("/sign-out", post(sign_out))
        .route("/account", get(account).post(change_password))
}

/// `/`: what this is, and where to go.
async fn home(State(services): State<Shared>, session: Session) -> Result<Response, Refused> {
    let visitor = Visitor::of(&services, &session).await?;
    let is_fresh = match visitor {
        Some(_) => false,
        None => !has_administrator(&services).await.map_err(|error| services.refusals.store(&error))?,
    };
    Ok(admin::home(Home { frame: visitor.map(|visitor| visitor.frame()), is_fresh }))
}

async fn has_administrator(services: &Services) -> Result<bool, StoreError> {
    let mut tx = services.db.read().await?;
    accounts::has_administrator(&mut tx).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    to: String,
    link: Option<String>,
}

async fn form(State(services): State<Shared>, session: Session, uri: Uri) -> Result<Response, Refused> {
    let Asked { to, link } = asked(&uri);
    if let Some(secret) = link {
        return by_link_form(&services, secret).await;
    }
    if Visitor::of(&services, &session).await?.is_some() {
        return Ok(Redirect::to(destination(&to)).into_response());
    }
    Ok(admin::sign_in(StatusCode::OK, SignIn { destination: destination(&to).to_owned(), ..SignIn::default() }))
}

/// Where to go after the sign-in: a page of the administration or of teaching, whatever the address asks for.
fn destination(to: &str) -> &str {
    let (path, _) = to.split_once('?').unwrap_or((to, ""));
    let is_ours =
        ["/admin", "/teach"].iter().any(|part| path.strip_prefix(part).is_some_and(is_below)) || path == "/account";
    let is_plain = to.chars().all(|letter| letter.is_ascii_graphic() && letter != '\\') && !path.contains("//");
    if is_ours && is_plain { to } else { "/admin" }
}

fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// What somebody comes for who asks for nothing in particular.
fn first_page(role: Role) -> &'static str {
    match role {
        Role::Administrator => "/admin",
        Role::Instructor => "/teach",
    }
}

async fn by_link_form(services: &Services, secret: String) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let holder = link::holder(&mut tx, services.clock.now(), &secret).await.map_err(refused)?;
    Ok(match holder {
        Some(account) => {
            admin::link_sign_in(LinkSignIn { name: account.name, role: account.role.name().to_owned(), secret })
        }
        None => spent_link(),
    })
}

fn spent_link() -> Response {
    let message = Message {
        title: "This link does not work any more".to_owned(),
        sentence: format!("A link signs somebody in once, within {} hours.", link::LIFE.num_hours()),
        advice: "Ask for a new one: whoever runs this installation makes it with `ltt user invite`.".to_owned(),
        ..Message::default()
    };
    admin::message(StatusCode::GONE, message)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Link {
    link: String,
}

async fn by_link(
    State(services): State<Shared>,
    session: Session,
    Sent(Link { link }): Sent<Link>,
) -> Result<Response, Refused> {
    let account = redeem(&services, &link).await.map_err(|error| services.refusals.store(&error))?;
    let Some(account) = account else { return Ok(spent_link()) };
    let to = match account {
        Account { password_hash: None, .. } => "/account?done=welcome",
        Account { role, .. } => first_page(role),
    };
    open(&services, &session, &account).await?;
    Ok(Redirect::to(to).into_response())
}

async fn redeem(services: &Services, secret: &str) -> Result<Option<Account>, StoreError> {
    let mut tx = services.db.begin().await?;
    let account = link::redeem(&mut tx, services.clock.now(), secret).await?;
    tx.commit().await?;
    Ok(account)
}

/// Signs a browser in. Its session gets a new id: whoever knew the old one knows nothing.
async fn open(services: &Services, session: &Session, account: &Account) -> Result<(), Refused> {
    let opened = async {
        session.cycle_id().await?;
        session.insert(ACCOUNT, account.id).await?;
        session.save().await
    };
    opened.await.map_err(|error| Refused(services.refusals.fault(&error)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Credentials {
    name: String,
    password: String,
    to: String,
}

async fn by_password(
    State(services): State<Shared>,
    Client(client): Client,
    session: Session,
    Sent(sent): Sent<Credentials>,
) -> Result<Response, Refused> {
    let again = |status, problem: &str| {
        let page = SignIn {
            name: Field::of(sent.name.clone()),
            problem: Some(problem.to_owned()),
            destination: destination(&sent.to).to_owned(),
        };
        admin::sign_in(status, page)
    };
    let refused = |error| services.refusals.store(&error);
    let now = services.clock.now();
    let mut tx = services.db.begin().await.map_err(refused)?;
    let admitted = throttle::admit(&mut tx, &services.entropy, now, &sent.name, client).await.map_err(refused)?;
    let account = accounts::by_name(&mut tx, &sent.name).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    if !admitted {
        let problem = "There were too many attempts. Wait a quarter of an hour, or ask for a one-time link.";
        return Ok(again(StatusCode::TOO_MANY_REQUESTS, problem));
    }
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = password::verify(&services.entropy, sent.password.clone(), hash).await;
    let is_right = is_right.map_err(|error| services.refusals.fault(&error))?;
    let Some(account) = account.filter(|_| is_right) else {
        return Ok(again(StatusCode::UNAUTHORIZED, "Name and password do not go together."));
    };
    let mut tx = services.db.begin().await.map_err(refused)?;
    throttle::forgive(&mut tx, &account.name).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    open(&services, &session, &account).await?;
    let to = if matches!(&*sent.to, "" | "/admin") { first_page(account.role) } else { destination(&sent.to) };
    Ok(Redirect::to(to).into_response())
}

async fn sign_out(State(services): State<Shared>, session: Session) -> Result<Response, Refused> {
    session.flush().await.map_err(|error| services.refusals.fault(&error))?;
    Ok(Redirect::to("/").into_response())
}

async fn account(visitor: Visitor) -> Response {
    account_page(StatusCode::OK, &visitor, Field::default(), Field::default())
}

fn account_page(status: StatusCode, visitor: &Visitor, current: Field, password: Field) -> Response {
    let page = AccountPage {
        name: visitor.account.name.clone(),
        role: visitor.account.role.name().to_owned(),
        has_password: visitor.account.password_hash.is_some(),
        current,
        password,
        shortest: password::SHORTEST,
    };
    let shell = Shell {
        frame: visitor.frame(),
        title: "Your account".to_owned(),
        section: Section::Account,
        trail: Vec::new(),
    };
    admin::page(status, shell, Content::Account(page))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NewPassword {
    current: String,
    password: String,
}

/// Passwords are not written back into the page: it is the one thing that has to be typed again.
async fn change_password(
    State(services): State<Shared>,
    session: Session,
    visitor: Visitor,
    Sent(sent): Sent<NewPassword>,
) -> Result<Response, Refused> {
    let wrong = |problem: String| Field { value: String::new(), problem: Some(problem) };
    if let Some(hash) = visitor.account.password_hash.clone() {
        let is_right = password::verify(&services.entropy, sent.current, Some(hash)).await;
        if !is_right.map_err(|error| services.refusals.fault(&error))? {
            let current = wrong("this is not your present password".to_owned());
            return Ok(account_page(StatusCode::UNPROCESSABLE_ENTITY, &visitor, current, Field::default()));
        }
    }
    let hash = match password::hash(&services.entropy, &visitor.account.name, sent.password).await {
        Ok(hash) => hash,
        Err(error) => {
            let password = wrong(error.to_string());
            return Ok(account_page(StatusCode::UNPROCESSABLE_ENTITY, &visitor, Field::default(), password));
        }
    };
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    accounts::set_password(&mut tx, visitor.account.id, &hash).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    open(&services, &session, &visitor.account).await?;
    Ok(Redirect::to("/account?done=password").into_response())
}

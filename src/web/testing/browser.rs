//! A plain browser: it keeps its cookie, follows no redirect by itself, and says where its forms come from.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use url::form_urlencoded;

use super::{Answer, TestApp};
use crate::accounts::{self, Invitation, Role, link, organisation};

/// A browser on LTT's own pages.
pub struct Browser<'a> {
    app: &'a TestApp,
    /// What it sends as `Cookie`.
    pub cookie: Option<String>,
}

impl TestApp {
    /// A browser that nobody is signed in with.
    pub fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookie: None }
    }

    /// A browser of an administrator, of an organisation where one is named.
    pub async fn administrator(&self, organisation: Option<&str>) -> Browser<'_> {
        let secret = self.invite(organisation.unwrap_or("root"), Role::Administrator, organisation).await;
        let mut browser = self.browser();
        let answer = browser.post("/sign-in/link", &[("link", &secret)]).await;
        assert!(answer.status.is_redirection(), "{}", answer.body);
        browser
    }

    /// Invites somebody, and gives the secret of their link.
    pub async fn invite(&self, name: &str, role: Role, organisation: Option<&str>) -> String {
        let (entropy, now) = (&self.services.entropy, self.now());
        let mut tx = self.services.db.begin().await.unwrap();
        let organisation_id = match organisation {
            Some(name) => Some(organisation::named(&mut tx, entropy, now, name).await.unwrap().id),
            None => None,
        };
        let invitation = Invitation { name: Some(name.to_owned()), role, organisation_id };
        let account = accounts::invited(&mut tx, entropy, now, &invitation).await.unwrap();
        let secret = link::issue(&mut tx, entropy, now, account.id).await.unwrap();
        tx.commit().await.unwrap();
        secret
    }
}

impl Browser<'_> {
    /// Opens an address.
    pub async fn get(&mut self, address: &str) -> Answer {
        let request = self.request(Method::GET, address).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Sends a form from one of LTT's own pages.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let own = [("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3000")];
        self.post_from(&own, address, fields).await
    }

    /// Sends a form, with what the browser says of where it comes from.
    pub async fn post_from(&mut self, said: &[(&str, &str)], address: &str, fields: &[(&str, &str)]) -> Answer {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request =
            self.request(Method::POST, address).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in said {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    fn request(&self, method: Method, address: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(address).header(header::HOST, "localhost:3000");
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.send(request).await;
        if let Some((cookie, _)) = answer.header(header::SET_COOKIE).split_once(';') {
            self.cookie = Some(cookie.to_owned());
        }
        answer
    }
}

//! Answers that come in pages, one after the other by the platform's `next` links. (RFC 8288)

use std::collections::HashSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Response, header};
use url::Url;

use super::{Call, Caller, ServiceFault, judged};
use crate::{http::HttpClient, storage::Storage};

/// The largest page taken. A platform that knows no limit sends a course of 5,000 in one.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;
/// The most pages: 5,000 members by ten, and as many again.
const PAGES_LIMIT: usize = 1000;

/// A place between two pages. What fails leaves it where it is, so that the same page can be asked for again.
pub(crate) struct Cursor {
    scope: &'static str,
    accept: &'static str,
    next: Option<Url>,
    asked: HashSet<Url>,
}

/// A page that has been read.
pub(crate) struct Page<T> {
    pub(crate) content: T,
    /// Where the platform will tell what has changed since (Names and Role Provisioning Services 2.0 §2.4.3).
    pub(crate) differences: Option<Url>,
}

impl Cursor {
    /// Before the first page.
    pub(crate) fn new(first: Url, scope: &'static str, accept: &'static str) -> Self {
        Self { scope, accept, next: Some(first), asked: HashSet::new() }
    }

    /// Fetches the next page and reads it; `None` after the last.
    pub(crate) async fn advance<S: Storage, H: HttpClient, T>(
        &mut self,
        caller: &Caller<'_, S, H>,
        now: DateTime<Utc>,
        read: impl FnOnce(&Response<Bytes>) -> Result<T, ServiceFault>,
    ) -> Result<Option<Page<T>>, ServiceFault> {
        let Some(url) = self.next.clone() else { return Ok(None) };
        let call = Call { limit: PAGE_LIMIT, ..Call::get(&url, self.scope, self.accept) };
        let answer = judged(caller.send(&call, now).await?, now)?;
        let next = self.following(&url, answer.headers())?;
        let content = read(&answer)?;
        // A wrong link here costs no member, so it only means that there is none.
        let differences = link(answer.headers(), "differences").and_then(|link| on_same_host(&url, &link).ok());
        self.asked.insert(url);
        self.next = next;
        Ok(Some(Page { content, differences }))
    }

    fn following(&self, url: &Url, headers: &HeaderMap) -> Result<Option<Url>, ServiceFault> {
        let Some(link) = link(headers, "next") else { return Ok(None) };
        let next = on_same_host(url, &link)?;
        if next == *url || self.asked.contains(&next) || self.asked.len() + 1 >= PAGES_LIMIT {
            return Err(ServiceFault::EndlessPages { pages: self.asked.len() + 1 });
        }
        Ok(Some(next))
    }
}

/// Where a link leads, if that is where the page itself came from: whoever else it names must not get the token. A platform
/// behind a proxy may write `http` for its own `https`.
fn on_same_host(page: &Url, link: &str) -> Result<Url, ServiceFault> {
    let foreign = || ServiceFault::ForeignPage { address: link.to_owned() };
    let mut target = page.join(link).map_err(|_| foreign())?;
    if page.scheme() == "https" && target.scheme() == "http" {
        target.set_scheme("https").map_err(|()| foreign())?;
    }
    target.set_fragment(None);
    let is_plain = target.username().is_empty() && target.password().is_none();
    if target.origin() == page.origin() && is_plain { Ok(target) } else { Err(foreign()) }
}

/// The target of the first link of that relation.
fn link(headers: &HeaderMap, relation: &str) -> Option<String> {
    headers.get_all(header::LINK).iter().find_map(|value| link_in(value.to_str().ok()?, relation))
}

fn link_in(value: &str, relation: &str) -> Option<String> {
    let mut rest = value;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let mut is_quoted = false;
        let end = after.find(|letter| {
            is_quoted ^= letter == '"';
            letter == ',' && !is_quoted
        });
        let (parameters, others) = after.split_at(end.unwrap_or(after.len()));
        if is_of_relation(parameters, relation) {
            return Some(target.trim().to_owned());
        }
        rest = others;
    }
}

fn is_of_relation(parameters: &str, relation: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|one| one.eq_ignore_ascii_case(relation))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_among_others_however_it_is_written() {
        for header in [
            r#"<https://lms.example/a?p=2>; rel="next""#,
            r"<https://lms.example/a?p=2>;rel=next",
            r#"<https://lms.example/a?p=1>; rel="first", <https://lms.example/a?p=2>; REL="prefetch NEXT""#,
            r#"<https://lms.example/a;b,c>; rel="last"; title="x, <y>", <https://lms.example/a?p=2>; title="2"; rel=next"#,
        ] {
            assert_eq!(link_in(header, "next").as_deref(), Some("https://lms.example/a?p=2"), "{header}");
        }
        for header in
            ["", "<", "<>", "https://a; rel=next", "<https://a>; rel=\"prev\"", "<https://a>; rev=next", "<a>, <b"]
        {
            assert_eq!(link_in(header, "next"), None, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_link_header_makes_it_panic(header in r#"[<>;,=" a-z]{0,40}|.{0,40}"#) {
            let _ = link_in(&header, "next");
        }

        #[test]
        fn a_next_page_is_on_the_host_of_the_page_before(link in "(https?:)?/{0,3}[a-z.@:0-9/\\\\]{0,24}") {
            let page = Url::parse("https://lms.example/items?a=b").unwrap();
            if let Ok(next) = on_same_host(&page, &link) {
                assert_eq!(next.origin(), page.origin());
            }
        }
    }
}

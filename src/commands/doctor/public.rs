//! LTT's own address, as browsers and platforms meet it: through names, certificates, proxies and tunnels.

use std::{collections::BTreeSet, io::Write};

use axum::http::{Response, StatusCode, header};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CLOCK_TOLERANCE, Finding, Report, clock_difference, request};
use crate::{
    launch::{
        keys::{KeyRecord, Keyring},
        protocol::{AddressRefused, HttpClient, HttpError},
    },
    settings::Settings,
};

/// A page that every LTT has, and that needs nothing of the person who opens it.
const PAGE: &str = "/activity";

/// Where to ask, and by what.
struct Outside<'a, H> {
    settings: &'a Settings,
    http: &'a H,
}

impl<H: HttpClient> Outside<'_, H> {
    async fn get(&self, path: &str) -> Result<Response<Bytes>, HttpError> {
        let url = self.settings.public_url.join(path).map_err(|error| HttpError::Connection(error.to_string()))?;
        self.http.send(request(&url)).await
    }

    /// The JSON at a path; `None` where there is something else.
    async fn json(&self, path: &str) -> Result<Option<Value>, HttpError> {
        Ok(serde_json::from_slice(self.get(path).await?.body()).ok())
    }
}

/// Checks the public address from the outside in, as far as it gets.
pub(super) async fn check<W: Write>(
    settings: &Settings,
    keyring: &Keyring,
    now: DateTime<Utc>,
    http: &impl HttpClient,
    report: &mut Report<'_, W>,
) -> anyhow::Result<()> {
    let outside = Outside { settings, http };
    let origin = settings.origin();
    let alive = match outside.get("/health/live").await {
        Ok(answer) => answer,
        Err(error) => {
            report.line(Finding::Fault, &format!("{origin}: {error}. {}", remedy(&error)))?;
            return Ok(());
        }
    };
    if serde_json::from_slice::<Value>(alive.body()).ok().is_none_or(|body| body["status"] != "alive") {
        let text = format!(
            "{origin} is answered by something else than LTT (status {}): a sign-in page, the warning page of a tunnel, or \
             another server. Let every path of that host lead to LTT, with no page in between.",
            alive.status().as_u16()
        );
        report.line(Finding::Fault, &text)?;
        return Ok(());
    }
    report.line(Finding::Good, &format!("{origin} leads to an LTT"))?;
    let difference = clock_difference(&alive, now).unwrap_or_default();
    if difference.abs() > CLOCK_TOLERANCE {
        let text = format!("{origin}: the clock there is {difference} s from this machine's. Set both by NTP.");
        report.line(Finding::Fault, &text)?;
    }
    let rest = async {
        let ready = outside.get("/health/ready").await?;
        let keys = outside.json("/lti/jwks").await?;
        let configuration = outside.json("/lti/config.json").await?;
        Ok::<_, HttpError>((ready, keys, configuration, outside.get(PAGE).await?))
    };
    let (ready, keys, configuration, page) = match rest.await {
        Ok(answers) => answers,
        Err(error) => {
            report.line(Finding::Fault, &format!("{origin}: {error}. {}", remedy(&error)))?;
            return Ok(());
        }
    };
    if ready.status() != StatusCode::OK {
        report.line(Finding::Fault, &format!("{origin}: LTT is up, but its database is not. See the server's log."))?;
    }
    published(keys.as_ref(), &keyring.records().await?, &origin, report)?;
    addresses(configuration.as_ref(), settings, report)?;
    headers(&page, report)?;
    Ok(())
}

/// What to do when no answer came.
fn remedy(error: &HttpError) -> &'static str {
    match error {
        HttpError::Refused(AddressRefused::NotPublic(_)) => {
            "A platform on the Internet cannot reach it; one in the same network can. Check the host's DNS entry."
        }
        HttpError::Refused(AddressRefused::NotHttps(_)) => {
            "Platforms and browsers ask for https: put a proxy or a tunnel before LTT, and set LTT_PUBLIC_URL to its address."
        }
        HttpError::Refused(AddressRefused::Redirect(_)) => "Set LTT_PUBLIC_URL to where it leads.",
        HttpError::Refused(AddressRefused::Credentials(_)) => "Set LTT_PUBLIC_URL to an address without a password.",
        HttpError::TimedOut | HttpError::BrokenOff => {
            "Check that LTT and the proxy or tunnel before it are up, and that a firewall lets https in."
        }
        HttpError::TooLarge { .. } => "Something else than LTT answers there. Let every path of that host lead to LTT.",
        HttpError::Connection(cause) if cause.contains("certificate") => {
            "Use a certificate of a public authority for that host, and send the whole chain (`fullchain.pem`)."
        }
        HttpError::Connection(_) => {
            "Check the host's DNS entry, that the proxy or tunnel is up, and that it leads to LTT_LISTEN."
        }
    }
}

/// The keys out there must be those of this database, or platforms verify by another LTT's.
fn published<W: Write>(
    keys: Option<&Value>,
    records: &[KeyRecord],
    origin: &str,
    report: &mut Report<'_, W>,
) -> std::io::Result<()> {
    let entries = keys.and_then(|keys| keys["keys"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let theirs: BTreeSet<&str> = entries.iter().filter_map(|key| key["kid"].as_str()).collect();
    let ours: BTreeSet<&str> = records.iter().map(|record| record.kid.as_str()).collect();
    if theirs == ours {
        report.line(Finding::Good, &format!("{origin} publishes the {} key(s) of this database", ours.len()))
    } else if theirs.is_disjoint(&ours) {
        let text = format!(
            "{origin} publishes other keys than those of this database: another LTT answers there. Check LTT_DATABASE_URL \
             here and there, and where the proxy leads."
        );
        report.line(Finding::Fault, &text)
    } else {
        let text = format!(
            "{origin} publishes an older set of keys: something keeps it in between. Let it keep /lti/jwks no longer than LTT says."
        );
        report.line(Finding::Fault, &text)
    }
}

/// What the server out there takes for its own address.
fn addresses<W: Write>(
    configuration: Option<&Value>,
    settings: &Settings,
    report: &mut Report<'_, W>,
) -> std::io::Result<()> {
    let theirs = configuration.and_then(|configuration| configuration["target_link_uri"].as_str()).unwrap_or_default();
    if theirs == settings.address("/lti/launch") {
        return report.line(Finding::Good, "the server there has the same public address");
    }
    let text =
        format!("the server there says that launches go to \"{theirs}\". Start it with the same LTT_PUBLIC_URL.");
    report.line(Finding::Fault, &text)
}

/// What a proxy made of the headers that let LTT work inside a frame.
fn headers<W: Write>(page: &Response<Bytes>, report: &mut Report<'_, W>) -> std::io::Result<()> {
    let all = |name: header::HeaderName| {
        let values = page.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.collect::<Vec<_>>().join(", ")
    };
    let mut faults = Vec::new();
    if page.headers().contains_key(header::X_FRAME_OPTIONS) {
        faults.push("adds X-Frame-Options, which keeps LTT out of every course: remove it there".to_owned());
    }
    let policies = page.headers().get_all(header::CONTENT_SECURITY_POLICY).iter().count();
    if policies != 1 || !all(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors") {
        faults.push("changes Content-Security-Policy, which says who may frame LTT: let LTT's own through".to_owned());
    }
    if !all(header::CACHE_CONTROL).contains("no-store") {
        faults.push("changes Cache-Control: pages of one learner must not be kept for another".to_owned());
    }
    if faults.is_empty() {
        return report.line(Finding::Good, "headers come through unchanged");
    }
    for fault in faults {
        report.line(Finding::Fault, &format!("a proxy before LTT {fault}."))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, sync::Arc};

    use tokio::net::TcpListener;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;
    use crate::{
        clock::{Clock as _, SystemClock},
        entropy::Entropy,
        launch::{
            keys::Vault,
            protocol::{GuardedClient, Reach},
        },
        store::testing::TestDatabase,
        web::{self, services::Services},
    };

    fn settings(public_url: &str) -> Settings {
        let environment = HashMap::from([("LTT_PUBLIC_URL".to_owned(), public_url.to_owned())]);
        Settings::read(None, environment).unwrap()
    }

    async fn checked(settings: &Settings, database: &TestDatabase) -> (usize, String) {
        let keyring = Keyring::new(database.db.clone(), Entropy::seeded(1), Vault::default());
        let http = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let mut out = Vec::new();
        let mut report = Report { out: &mut out, faults: 0 };
        check(settings, &keyring, SystemClock.now(), &http, &mut report).await.unwrap();
        (report.faults, String::from_utf8(out).unwrap())
    }

    /// A server on that database, and the settings it was started with.
    async fn served(database: &TestDatabase, entropy: Entropy) -> Settings {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = settings(&format!("http://{}", listener.local_addr().unwrap()));
        let clock = Arc::new(SystemClock);
        let services = Services::assemble(settings.clone(), database.db.clone(), clock, entropy).await.unwrap();
        let router = web::router(&services);
        tokio::spawn(async move { axum::serve(listener, router).await });
        settings
    }

    #[tokio::test]
    async fn an_address_that_leads_to_this_very_server_is_good() {
        let database = TestDatabase::sqlite().await;
        let settings = served(&database, Entropy::seeded(2)).await;
        let (faults, text) = checked(&settings, &database).await;
        assert_eq!(faults, 0, "{text}");
        assert!(text.contains("publishes the 1 key(s) of this database"), "{text}");
        assert!(text.contains("headers come through unchanged"), "{text}");
    }

    #[tokio::test]
    async fn another_ltt_at_the_address_is_told_by_its_keys() {
        let (here, there) = (TestDatabase::sqlite().await, TestDatabase::sqlite().await);
        served(&here, Entropy::seeded(2)).await;
        let settings = served(&there, Entropy::seeded(3)).await;
        let (faults, text) = checked(&settings, &here).await;
        assert_eq!(faults, 1, "{text}");
        assert!(text.contains("another LTT answers there"), "{text}");
    }

    #[tokio::test]
    async fn a_proxy_that_meddles_is_told_what_to_leave_alone() {
        let database = TestDatabase::sqlite().await;
        let proxy = MockServer::start().await;
        let alive = ResponseTemplate::new(200).set_body_json(serde_json::json!({ "status": "alive" }));
        let page = ResponseTemplate::new(200).insert_header("x-frame-options", "DENY");
        let configuration = serde_json::json!({ "target_link_uri": "http://localhost:3000/lti/launch" });
        for (at, answer) in [
            ("/health/live", alive.clone()),
            ("/health/ready", alive),
            ("/lti/jwks", ResponseTemplate::new(200).set_body_json(serde_json::json!({ "keys": [] }))),
            ("/lti/config.json", ResponseTemplate::new(200).set_body_json(configuration)),
            ("/activity", page),
        ] {
            Mock::given(path(at)).respond_with(answer).mount(&proxy).await;
        }
        let (faults, text) = checked(&settings(&proxy.uri()), &database).await;
        for told in ["X-Frame-Options", "Content-Security-Policy", "Cache-Control", "the same LTT_PUBLIC_URL"] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert_eq!(faults, 4, "{text}");
    }

    #[tokio::test]
    async fn an_address_that_leads_elsewhere_is_told_with_its_remedy() {
        let database = TestDatabase::sqlite().await;
        let elsewhere = MockServer::start().await;
        let answers = [
            (ResponseTemplate::new(200).set_body_string("<h1>You are about to visit"), "something else than LTT"),
            (ResponseTemplate::new(302).insert_header("location", "https://other.example"), "where it leads"),
        ];
        for (answer, told) in answers {
            elsewhere.reset().await;
            Mock::given(path("/health/live")).respond_with(answer).mount(&elsewhere).await;
            let (faults, text) = checked(&settings(&elsewhere.uri()), &database).await;
            assert_eq!(faults, 1, "{text}");
            assert!(text.contains(told), "{told} in {text}");
        }
        for (address, told) in [
            ("http://127.0.0.1:9", "LTT_LISTEN"),
            ("https://10.0.0.1", "DNS entry"),
            ("https://127.0.0.1:9", "LTT_LISTEN"),
        ] {
            let (faults, text) = checked(&settings(address), &database).await;
            assert_eq!(faults, 1, "{text}");
            assert!(text.contains(told), "{told} in {text}");
        }
    }
}

//! The administration as people use it, and as attackers try to.

use axum::http::{StatusCode, header};
use serde_json::json;

use crate::{
    accounts::Role,
    launch::platform::{self, Registration},
    web::testing::{Answer, Browser, TestApp},
};

const FORM: [(&str, &str); 6] = [
    ("family", "moodle"),
    ("name", "Moodle of the North"),
    ("issuer", "https://moodle.example.org"),
    ("client_id", "north-1"),
    ("auth_url", "https://moodle.example.org/mod/lti/auth.php"),
    ("token_url", "https://moodle.example.org/mod/lti/token.php"),
];

fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = FORM.to_vec();
    fields.push(("jwks_url", "https://moodle.example.org/mod/lti/certs.php"));
    for change in changes {
        match fields.iter_mut().find(|field| field.0 == change.0) {
            Some(field) => field.1 = change.1,
            None => fields.push(*change),
        }
    }
    fields
}

async fn registrations(app: &TestApp) -> Vec<Registration> {
    let mut tx = app.services.db.read().await.unwrap();
    platform::registrations(&mut tx).await.unwrap()
}

/// Where an answer leads, without its query.
fn location(answer: &Answer) -> String {
    let location = answer.header(header::LOCATION);
    location.split('?').next().unwrap_or_default().to_owned()
}

/// Adds a platform and gives the address of its registration's page.
async fn added(browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> String {
    let answer = browser.post("/admin/platforms/new", &form(changes)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    location(&answer)
}

#[tokio::test]
async fn nobody_sees_the_administration_without_signing_in() {
    let app = TestApp::new().await;
    let mut browser = app.browser();
    for address in ["/admin", "/admin/platforms", "/admin/platforms/new?family=moodle", "/account", "/admin/nothing"] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        assert_eq!(location(&answer), "/sign-in");
    }
    let sent = browser.post("/admin/platforms/new", &form(&[])).await;
    assert_eq!(sent.status, StatusCode::UNAUTHORIZED);
    assert_eq!(registrations(&app).await.len(), 1, "the one that was there");
}

#[tokio::test]
async fn an_instructor_is_told_that_this_is_for_administrators() {
    let app = TestApp::new().await;
    let secret = app.invite("ada", Role::Instructor, None).await;
    let mut browser = app.browser();
    let signed_in = browser.post("/sign-in/link", &[("link", &secret)]).await;
    assert_eq!(location(&signed_in), "/account");
    assert_eq!(browser.get("/admin/platforms").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/admin/platforms/new", &form(&[])).await.status, StatusCode::FORBIDDEN);
    assert!(browser.get("/").await.body.contains("Signed in as"));
}

#[tokio::test]
async fn every_page_refuses_to_be_framed_and_runs_no_script_but_ours() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    let edit = format!("{page}/edit");
    let door = app.browser().get("/sign-in").await;
    assert!(door.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
    for address in ["/", "/sign-in?link=nothing", "/account", "/admin", "/admin/platforms", &page, &edit] {
        let answer = browser.get(address).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{address}: {policy}"
        );
        assert!(policy.contains("script-src 'nonce-"), "{address}: {policy}");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{address}");
        assert_eq!(answer.header(header::X_FRAME_OPTIONS), "DENY", "{address}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    for said in [
        &[][..],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://localhost:4000")],
    ] {
        let disable = browser.post_from(said, &format!("{page}/disable"), &[]).await;
        assert_eq!(disable.status, StatusCode::FORBIDDEN, "{said:?}");
        let add = browser.post_from(said, "/admin/platforms/new", &form(&[])).await;
        assert_eq!(add.status, StatusCode::FORBIDDEN, "{said:?}");
        let sign_out = browser.post_from(said, "/sign-out", &[]).await;
        assert_eq!(sign_out.status, StatusCode::FORBIDDEN, "{said:?}");
    }
    let registrations = registrations(&app).await;
    assert!(registrations.len() == 1 && registrations[0].disabled_at.is_none());
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test]
async fn first_steps_are_ticked_as_they_are_done() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let before = browser.get("/admin").await.body;
    assert!(before.contains("First steps") && before.contains("To do"), "{before}");
    app.open("client-1", json!({})).await;
    let after = browser.get("/admin").await.body;
    assert!(after.contains("Overview") && !after.contains("To do"), "{after}");
}

#[tokio::test]
async fn a_platform_is_added_seen_changed_and_deleted() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let families = browser.get("/admin/platforms/new").await.body;
    assert!(families.contains("/admin/platforms/new?family=canvas"), "{families}");
    let empty = browser.get("/admin/platforms/new?family=brightspace").await.body;
    assert!(empty.contains("http://localhost:3000/lti/launch") && empty.contains("LTI 1.3 has none"), "{empty}");

    let page = added(&mut browser, &[]).await;
    let shown = browser.get(&format!("{page}?done=added")).await.body;
    assert!(shown.contains("The registration is added") && shown.contains("north-1"), "{shown}");
    assert!(browser.get("/admin/platforms").await.body.contains("Moodle of the North"));

    let changed = browser.post(&format!("{page}/edit"), &form(&[("name", "Moodle"), ("client_id", "north-2")])).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert!(browser.get(&page).await.body.contains("north-2"));

    let confirm = browser.get(&format!("{page}/delete")).await.body;
    assert!(confirm.contains("does not come back"), "{confirm}");
    let unmeant = browser.post(&format!("{page}/delete"), &[("typed", "moodl")]).await;
    assert_eq!(unmeant.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(registrations(&app).await.len(), 2);
    let deleted = browser.post(&format!("{page}/delete"), &[("typed", "Moodle")]).await;
    assert_eq!(location(&deleted), "/admin/platforms");
    assert_eq!(registrations(&app).await.len(), 1);
    assert_eq!(browser.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_mistake_stands_at_its_field_and_nothing_typed_is_lost() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let typed = [("auth_url", "http://moodle.example.org/auth"), ("jwks_url", "certs"), ("frame_ancestors", "x\ny")];
    let answer = browser.post("/admin/platforms/new", &form(&typed)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["auth_url", "jwks_url", "frame_ancestors"] {
        assert!(answer.body.contains(&format!("id=\"{field}-problem\"")), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!("href=\"#{field}\"")), "{field} in the summary");
    }
    assert!(!answer.body.contains("id=\"token_url-problem\""));
    for kept in ["value=\"Moodle of the North\"", "value=\"certs\"", "\nx\ny</textarea>"] {
        assert!(answer.body.contains(kept), "{kept}: {}", answer.body);
    }
    let twice = [("issuer", &*app.platform.issuer()), ("client_id", "client-1")];
    let answer = browser.post("/admin/platforms/new", &form(&twice)).await;
    assert!(answer.body.contains("id=\"client_id-problem\"") && answer.body.contains("already registered"));
    assert_eq!(registrations(&app).await.len(), 1);
}

#[tokio::test]
async fn html_in_a_name_stays_text() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let name = "<script>alert(1)</script>\"'";
    let page = added(&mut browser, &[("name", name)]).await;
    for address in [page.clone(), format!("{page}/edit"), format!("{page}/delete"), "/admin/platforms".to_owned()] {
        let body = browser.get(&address).await.body;
        assert!(!body.contains("<script>alert"), "{address}: {body}");
        assert!(body.contains("&lt;script&gt;"), "{address}: {body}");
    }
}

#[tokio::test]
async fn another_organisations_registrations_do_not_exist() {
    let app = TestApp::new().await;
    let mut north = app.administrator(Some("North")).await;
    let mut south = app.administrator(Some("South")).await;
    let page = added(&mut north, &[]).await;
    let installation = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    for foreign in [&page, &installation] {
        assert_eq!(south.get(foreign).await.status, StatusCode::NOT_FOUND);
        for (action, fields) in
            [("edit", form(&[])), ("delete", vec![("typed", "x")]), ("disable", vec![]), ("enable", vec![])]
        {
            let answer = south.post(&format!("{foreign}/{action}"), &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}");
        }
        for action in ["edit", "delete"] {
            assert_eq!(south.get(&format!("{foreign}/{action}")).await.status, StatusCode::NOT_FOUND, "{action}");
        }
    }
    assert!(!south.get("/admin/platforms").await.body.contains("north-1"));
    assert!(north.get("/admin/platforms").await.body.contains("north-1"));
    let mut root = app.administrator(None).await;
    let all = root.get("/admin/platforms").await.body;
    assert!(all.contains("north-1") && all.contains("client-1"), "{all}");
}

#[tokio::test]
async fn an_organisations_administrator_cannot_give_a_platform_to_another() {
    let app = TestApp::new().await;
    let mut north = app.administrator(Some("North")).await;
    let mut south = app.administrator(Some("South")).await;
    let mut tx = app.services.db.read().await.unwrap();
    let organisations = crate::accounts::organisation::all(&mut tx).await.unwrap();
    drop(tx);
    let south_id = organisations.iter().find(|organisation| organisation.name == "South").unwrap().id.to_string();
    let page = added(&mut north, &[("organisation", &south_id)]).await;
    assert_eq!(south.get(&page).await.status, StatusCode::NOT_FOUND);
    let moved = north.post(&format!("{page}/edit"), &form(&[("organisation", &south_id)])).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
    assert_eq!(south.get(&page).await.status, StatusCode::NOT_FOUND);
    assert_eq!(north.get(&page).await.status, StatusCode::OK);
    let mut root = app.administrator(None).await;
    root.post(&format!("{page}/edit"), &form(&[("organisation", &south_id)])).await;
    assert_eq!(south.get(&page).await.status, StatusCode::OK, "the installation's administrators may");
}

#[tokio::test]
async fn a_disabled_registration_refuses_launches_with_a_page_and_a_code() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    let login = app.login("client-1").await;
    let disabled = browser.post(&format!("{page}/disable"), &[]).await;
    assert_eq!(location(&disabled), page);

    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    let under_way = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_eq!(under_way.status, StatusCode::FORBIDDEN);
    assert!(under_way.body.contains("out of use"), "{}", under_way.body);
    let login = app.platform.login("client-1");
    let fields: Vec<(&str, &str)> = login.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(app.post_form("/lti/login", &fields, None).await.status, StatusCode::FORBIDDEN);
    let shown = browser.get(&page).await.body;
    assert!(shown.contains("registration_disabled") && shown.contains("Disabled"), "{shown}");

    browser.post(&format!("{page}/enable"), &[]).await;
    assert_eq!(app.open("client-1", json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_registrations_page_shows_how_launches_went() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    app.open("client-1", json!({})).await;
    let refused = app.launch("client-1", json!({ "aud": "somebody-else", "azp": "somebody-else" })).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let page = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    let shown = browser.get(&page).await.body;
    for part in ["audience_mismatch: 1", "cookie: 1", "1 fetched", &format!("{page}/edit#client_id")] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for secret in ["Ada Example", "ada@example.org", "learner-1"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

async fn first(app: &TestApp) -> Registration {
    registrations(app).await.swap_remove(0)
}

#[tokio::test]
async fn a_platforms_page_tells_what_to_paste_where_and_fills_in_what_is_known() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    for family in platform::Family::ALL {
        let page = browser.get(&format!("/admin/platforms/new?family={}", family.key())).await;
        assert_eq!(page.status, StatusCode::OK, "{family:?}");
        assert!(page.body.contains("http://localhost:3000/lti/launch"), "{family:?}");
        assert!(page.body.contains("LTI 1.3 has none") || page.body.contains("no client secret"), "{family:?}");
    }
    let page = browser.get("/admin/platforms/new?family=brightspace&host=school.brightspace.com").await;
    for known in ["https://school.brightspace.com/d2l/lti/authenticate", "https://api.brightspace.com/auth/token"] {
        assert!(page.body.contains(&format!("value=\"{known}\"")), "{known}: {}", page.body);
    }
    let hostile = browser.get("/admin/platforms/new?family=moodle&host=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert_eq!(hostile.status, StatusCode::OK);
    assert!(!hostile.body.contains("<script>alert"));
}

#[tokio::test]
async fn an_invitation_is_made_shown_once_and_taken_back() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let wrong = browser.post("/admin/invitations", &[("name", "North School"), ("days", "91")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("from 1 to 90") && wrong.body.contains("value=\"North School\""), "{}", wrong.body);
    let made = browser.post("/admin/invitations", &[("name", "North School"), ("days", "7"), ("approve", "yes")]).await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.body.contains("http://localhost:3000/lti/register?invite="), "{}", made.body);
    let later = browser.get("/admin/invitations").await;
    assert!(later.body.contains("North School") && !later.body.contains("register?invite="));
    let (_, rest) = later.body.split_once("/admin/invitations/").unwrap();
    let revoke = format!("/admin/invitations/{}", rest.split('"').next().unwrap());
    let mut stranger = app.administrator(Some("Another school")).await;
    assert_eq!(stranger.post(&revoke, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/admin/invitations").await.body.contains("North School"));
    assert_eq!(browser.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/admin/invitations").await.body.contains("revoked"));
    assert_eq!(browser.post("/admin/invitations/nonsense/revoke", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_registration_that_waits_is_approved_or_rejected() {
    for (client_id, verb, expected) in [("first", "reject", 1), ("second", "approve", 2)] {
        let app = TestApp::new().await;
        let mut browser = app.administrator(None).await;
        app.platform.offer_registration(client_id, "7");
        let made = browser.post("/admin/invitations", &[("name", client_id), ("days", "7"), ("approve", "yes")]).await;
        let (_, rest) = made.body.split_once("/lti/register?invite=").unwrap();
        let secret: String =
            rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect();
        let configuration = app.platform.configuration_url();
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("invite", &secret), ("openid_configuration", &configuration)])
            .finish();
        assert_eq!(app.get(&format!("/lti/register?{query}"), None).await.status, StatusCode::OK);
        assert!(browser.get("/admin").await.body.contains("href=\"/admin/invitations#pending\""));
        let page = browser.get("/admin/invitations").await;
        assert!(page.body.contains("Waiting for your approval") && page.body.contains(client_id), "{}", page.body);
        let (_, rest) = page.body.split_once("/admin/pending/").unwrap();
        let address = format!("/admin/pending/{}/{verb}", rest.split('/').next().unwrap());
        let mut stranger = app.administrator(Some(client_id)).await;
        assert_eq!(stranger.post(&address, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.post(&address, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(registrations(&app).await.len(), expected);
        assert_eq!(browser.post(&address, &[]).await.status, StatusCode::NOT_FOUND, "once");
    }
}

#[tokio::test]
async fn a_deployment_that_waits_is_approved_on_its_registrations_page() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let address = format!("/admin/registrations/{}", first(&app).await.id);
    let policy = format!("{address}/deployments/policy");
    assert_eq!(browser.post(&policy, &[("policy", "approve")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.post(&policy, &[("policy", "maybe")]).await.status, StatusCode::NOT_FOUND);
    app.launch("client-1", json!({ "deployment_id": "<b>New</b>" })).await;
    assert!(browser.get("/admin").await.body.contains(&format!("href=\"{address}#deployments\"")));
    let page = browser.get(&address).await;
    assert!(page.body.contains("&lt;b&gt;New&lt;/b&gt;") && page.body.contains("waits since"), "{}", page.body);
    let approve = format!("{address}/deployments/approve");
    assert_eq!(browser.post(&approve, &[("deployment", "never seen")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&approve, &[("deployment", "<b>New</b>")]).await.status, StatusCode::SEE_OTHER);
    assert!(app.open("client-1", json!({ "deployment_id": "<b>New</b>" })).await.session().is_some());
    let remove = format!("{address}/deployments/remove");
    assert_eq!(browser.post(&remove, &[("deployment", "<b>New</b>")]).await.status, StatusCode::SEE_OTHER);
    assert!(first(&app).await.deployments.is_empty());
}

#[tokio::test]
async fn a_reference_leads_to_its_cause_in_one_step() {
    let app = TestApp::new().await;
    let refused = app.launch("client-1", json!({ "aud": "somebody-else", "azp": "somebody-else" })).await;
    let mut tx = app.services.db.read().await.unwrap();
    let entry = crate::launch::log::newest(&mut tx, 1).await.unwrap().remove(0);
    drop(tx);
    assert!(refused.body.contains(&entry.reference));
    let mut root = app.administrator(None).await;
    let typed = entry.reference.to_lowercase().replace('-', "");
    let found = root.get(&format!("/admin/log?reference={typed}")).await.body;
    assert!(found.contains("audience_mismatch") && found.contains("edit#client_id"), "{found}");
    assert!(root.get("/admin/log").await.body.contains(&entry.reference));
    let mut north = app.administrator(Some("North")).await;
    for address in [format!("/admin/log?reference={typed}"), "/admin/log".to_owned()] {
        let hidden = north.get(&address).await.body;
        assert!(!hidden.contains("audience_mismatch"), "another organisation's: {hidden}");
    }
    let nothing = root.get("/admin/log?reference=%3Cscript%3E").await.body;
    assert!(nothing.contains("Nothing goes by this reference") && !nothing.contains("<script>"), "{nothing}");
}

/// Blocks as Studio shows them.
fn pasted(numbers: std::ops::RangeInclusive<u32>) -> String {
    let block = |number| {
        format!(
            "Client: block-{number}\nDeployment ID: 1\nKeyset URL: https://lms.example.org/keys/{number}\n\
             OAuth Token URL: https://lms.example.org/token/{number}\n\
             OIDC Callback URL: https://lms.example.org/api/lti_consumer/v1/launch/\n"
        )
    };
    numbers.map(block).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn twenty_blocks_of_open_edx_are_added_by_pasting() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let text = pasted(1..=20);
    let fields = |step| [("text", text.as_str()), ("name", "DATA 101"), ("step", step)];
    let read = browser.post("/admin/platforms/passports", &fields("read")).await;
    assert_eq!(read.status, StatusCode::OK);
    assert!(read.body.contains("Add 20 registrations"), "{}", read.body);
    assert_eq!(registrations(&app).await.len(), 1, "a preview adds nothing");
    let added = browser.post("/admin/platforms/passports", &fields("add")).await;
    assert_eq!(location(&added), "/admin/platforms", "{}", added.body);
    let all = registrations(&app).await;
    assert_eq!(all.len(), 21);
    let blocks = all.iter().filter(|registration| registration.client_id.starts_with("block-"));
    let platforms: std::collections::BTreeSet<_> = blocks.map(|registration| registration.platform_id).collect();
    assert_eq!(platforms.len(), 1, "one site is one platform");
    let again = browser.post("/admin/platforms/passports", &fields("add")).await;
    assert!(again.body.contains("Is there already"), "{}", again.body);
    assert_eq!(registrations(&app).await.len(), 21);
}

#[tokio::test]
async fn blocks_are_added_all_or_none_and_each_line_that_was_not_understood_is_named() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let text = format!("{}Colour: <b>blue</b>\nClient: half\n", pasted(1..=2));
    let fields = [("text", text.as_str()), ("name", "DATA 101"), ("step", "add")];
    let answer = browser.post("/admin/platforms/passports", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["Colour: &lt;b&gt;blue&lt;/b&gt;</code>", "&quot;Keyset URL&quot; is missing", "Client: half"] {
        let plain = part.replace("&quot;", "\"");
        assert!(answer.body.contains(part) || answer.body.contains(&plain), "{part}: {}", answer.body);
    }
    assert_eq!(registrations(&app).await.len(), 1);
    let empty = browser.post("/admin/platforms/passports", &[("step", "add")]).await;
    assert!(empty.body.contains("id=\"text-problem\""), "{}", empty.body);
}

#[tokio::test]
async fn a_test_launch_names_the_value_that_is_wrong() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = format!("/admin/registrations/{}", registrations(&app).await[0].id);
    let tried = browser.post(&format!("{page}/test"), &[]).await.body;
    // The test platform has no authorization page, and goes by the real time.
    for finding in ["nothing at this address", "clock is"] {
        assert!(tried.contains(finding), "{finding}: {tried}");
    }
    assert!(tried.contains(&format!("{page}/edit#auth_url")), "{tried}");
    let since = format!("{page}/test?since={}", app.now().timestamp());
    assert!(tried.contains(&since), "{tried}");
    assert!(browser.get(&since).await.body.contains("Nothing has arrived"));
    let unknown = app.platform.login("mistyped");
    let fields: Vec<(&str, &str)> = unknown.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.post_form("/lti/login", &fields, None).await;
    let outcome = browser.get(&since).await.body;
    assert!(outcome.contains("registration_unknown"), "{outcome}");
    app.open("client-1", json!({})).await;
    assert!(browser.get(&since).await.body.contains("launched"));
    for odd in ["?since=x", "?since=99999999999999999999", "?since=-1"] {
        assert_eq!(browser.get(&format!("{page}/test{odd}")).await.status, StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn people_are_invited_and_removed_within_an_organisation() {
    let app = TestApp::new().await;
    let mut north = app.administrator(Some("North")).await;
    let invited =
        north.post("/admin/people", &[("name", "Bob"), ("role", "administrator"), ("organisation", "South")]).await;
    let (_, rest) = invited.body.split_once("http://localhost:3000/sign-in?link=").unwrap();
    let secret: String =
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect();
    let mut bob = app.browser();
    assert!(bob.post("/sign-in/link", &[("link", &secret)]).await.status.is_redirection());
    let page = bob.get("/admin/people").await.body;
    assert!(
        page.contains("North") && !page.contains("South"),
        "whoever is invited by an organisation belongs to it: {page}"
    );

    app.administrator(None).await;
    let taken = north.post("/admin/people", &[("name", "root"), ("role", "administrator")]).await;
    assert_eq!(
        taken.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "an invitation gives no rights over a stranger's account"
    );
    let mut tx = app.services.db.read().await.unwrap();
    let root = crate::accounts::by_name(&mut tx, "root").await.unwrap().unwrap().id;
    let bob_id = crate::accounts::by_name(&mut tx, "bob").await.unwrap().unwrap().id;
    drop(tx);
    for action in ["link", "remove"] {
        let foreign = north.post(&format!("/admin/people/{root}/{action}"), &[]).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{action}");
        let own = bob.post(&format!("/admin/people/{bob_id}/{action}"), &[]).await;
        assert_eq!(own.status, StatusCode::NOT_FOUND, "nobody removes themselves: {action}");
    }
    assert_eq!(location(&north.post(&format!("/admin/people/{bob_id}/remove"), &[]).await), "/admin/people");
    assert_eq!(bob.get("/admin/people").await.status, StatusCode::SEE_OTHER, "signed out at once");
}

//! Cases of the list for tools that only the whole server can show.

use super::*;

#[tokio::test]
async fn x14_an_unknown_deployment_gets_a_page_and_no_session() {
    let app = TestApp::new().await;
    let mut closed = app.platform.registration("client-2");
    closed.deployments = vec!["other".to_owned()];
    app.register_as(closed).await;
    let answer = app.launch("client-2", json!({})).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let entry = explained(&app, &answer).await;
    assert!(entry.outcome.starts_with("deployment_"), "{}", entry.outcome);
    assert!(answer.session().is_none() && answer.header(header::LOCATION).is_empty());
}

#[tokio::test]
async fn x24_an_error_from_the_platform_gets_a_page_and_uses_the_state_up() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let fields = [("state", login.state.as_str()), ("error", "login_required")];
    let answer = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "platform_error").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("state", login.state.as_str()), ("id_token", token.as_str())];
    let late = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &late, StatusCode::UNAUTHORIZED, "state_unknown").await;
}

#[tokio::test]
async fn x25_the_launch_address_by_itself_explains_what_to_do() {
    let app = TestApp::new().await;
    for address in ["/lti/launch", "/lti/launch?id_token=a.b.c&state=s"] {
        let answer = app.get(address, None).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header(header::ALLOW), "POST");
        assert!(answer.body.contains("Go back to your course"), "{}", answer.body);
    }
}

#[tokio::test]
async fn x26_an_issuer_that_is_nearly_right_is_named_in_the_log() {
    let app = TestApp::new().await;
    let mut login = app.platform.login("client-1");
    login.iter_mut().find(|(name, _)| *name == "iss").unwrap().1.push('/');
    let answer = app.post_body("/lti/login", lti::testkit::form(&login), None).await;
    let entry = explained(&app, &answer).await;
    assert_eq!((answer.status, entry.outcome.as_str()), (StatusCode::NOT_FOUND, "registration_unknown"));
    assert!(entry.explanation.contains(&format!("one is as `{}`", app.platform.issuer())), "{}", entry.explanation);
}

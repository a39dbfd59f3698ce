//! The gradebook: line items, scores and results. The first case is the certification suite's.

mod scores;

use std::{ops::Deref, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    errors::any_json,
    platform::{CLIENT, INSTRUCTOR, ISSUER, LEARNER, Stage, TOKEN_URL, noon, registration, set, url},
};
use crate::{
    GradeService, Gradebook, HttpError, LineItem, LineItemDefinition, LineItemFilter, Request, RosterQuery,
    RosterService, Score, ScoreNotTaken, ServiceFault, TokenError,
    memory::{Memory, PlainRegistration},
    roles::CourseRole,
    testkit::Wire,
};

const LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
const LINE_ITEM_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
const RESULT_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

const ITEMS: &str = "https://lms.example/items?type_id=3";
const ITEM: &str = "https://lms.example/items/7?type_id=3";
const RESULTS: &str = "https://lms.example/items/7/results?type_id=3";
const SCORES: &str = "https://lms.example/items/7/scores?type_id=3";

fn service(scopes: &[&str]) -> GradeService {
    GradeService {
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        lineitems: Some(url(ITEMS)),
        lineitem: Some(url(ITEM)),
    }
}

fn everything() -> GradeService {
    service(&[LINE_ITEM, RESULT_READ, SCORE])
}

/// A course whose platform gives tokens for whatever it is asked, and the tool's access to its gradebook.
struct Course {
    stage: Stage,
    registration: PlainRegistration,
    service: GradeService,
}

impl Course {
    fn granting(service: GradeService) -> Self {
        let stage = Stage::new();
        stage.network.answer(TOKEN_URL, 200, &[], json!({"access_token": "first", "token_type": "Bearer"}));
        Self { stage, registration: registration(ISSUER, CLIENT), service }
    }

    fn gradebook(&self) -> Gradebook<'_, Memory, Arc<Wire>> {
        self.tool.gradebook(&self.registration, "1", &self.service, &mut *self.random())
    }
}

impl Deref for Course {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

fn course() -> Course {
    Course::granting(everything())
}

fn essay() -> LineItemDefinition {
    LineItemDefinition {
        label: "Essay".to_owned(),
        score_maximum: Some(12.0),
        resource_id: Some("essay-1".to_owned()),
        tag: Some("grade".to_owned()),
        ..LineItemDefinition::default()
    }
}

fn score(given: Option<f64>) -> Score {
    Score { user_id: "99".to_owned(), given, maximum: 12.0, completed: true, comment: None, timestamp: noon() }
}

fn asked(stage: &Stage, url: &str) -> Vec<Request> {
    stage.network.asked().into_iter().filter(|request| request.url.as_str() == url).collect()
}

fn last(stage: &Stage) -> Request {
    stage.network.asked().last().expect("a request").clone()
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

fn scope_asked(stage: &Stage) -> Vec<String> {
    let fields = |request: &Request| {
        url::form_urlencoded::parse(&request.body).find(|(name, _)| name == "scope").expect("a scope").1.into_owned()
    };
    asked(stage, TOKEN_URL).iter().map(fields).collect()
}

fn item(number: u32) -> Value {
    json!({"id": format!("https://lms.example/items/{number}?type_id=3"), "label": "Essay", "scoreMaximum": 12,
           "resourceId": "essay-1", "tag": "grade"})
}

#[tokio::test]
async fn g01_a_students_launch_is_enough_to_make_a_line_item_and_post_a_score() {
    let stage = course();
    let launch = stage
        .launch_with(|claims| {
            claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = json!({
                "scope": [LINE_ITEM, RESULT_READ, SCORE], "lineitems": ITEMS});
        })
        .await
        .unwrap();
    let service = launch.claims.grade_service.unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Learner);
    stage.network.answer(ITEMS, 201, &[("content-type", "application/vnd.ims.lis.v2.lineitem+json")], item(7));
    stage.network.answer(SCORES, 200, &[], "");
    let gradebook = stage.tool.gradebook(&stage.registration, "1", &service, &mut *stage.random());
    let line_item = gradebook.create_line_item(&essay(), stage.now).await.unwrap();
    let taken = gradebook.post_score(&line_item.id, &score(Some(9.5)), stage.now).await.unwrap();
    assert_eq!(taken.status, 200);
    assert_eq!(body(&last(&stage))["userId"], "99");
}

#[tokio::test]
async fn g02_a_token_is_asked_for_the_scope_that_the_launch_grants_and_the_call_needs() {
    let stage = Course::granting(service(&[LINE_ITEM_READ, RESULT_READ, SCORE]));
    let items = json!([item(7)]);
    stage.network.answer(ITEMS, 200, &[], items);
    stage.network.answer(SCORES, 204, &[], "");
    stage.network.answer(RESULTS, 200, &[], "[]");
    let gradebook = stage.gradebook();
    gradebook.line_items(LineItemFilter::default()).unwrap().next_page(stage.now).await.unwrap();
    gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap();
    gradebook.results(&url(ITEM), None, None).unwrap().next_page(stage.now).await.unwrap();
    assert_eq!(scope_asked(&stage), [LINE_ITEM_READ, SCORE, RESULT_READ]);
    let assertions: Vec<_> = asked(&stage, TOKEN_URL).iter().map(|request| request.body.clone()).collect();
    assert!(assertions[0] != assertions[1] && assertions[1] != assertions[2], "no assertion is used twice");
    let writing = gradebook.create_line_item(&essay(), stage.now).await.unwrap_err();
    assert!(matches!(writing, ServiceFault::ScopeNotGranted { scope: LINE_ITEM }), "{writing:?}");

    let stage = Course::granting(service(&["https://lms.example/scope/unknown"]));
    let gradebook = stage.gradebook();
    let faults = [
        gradebook.line_items(LineItemFilter::default()).err().unwrap(),
        gradebook.line_item(&url(ITEM), stage.now).await.unwrap_err(),
        gradebook.update_line_item(&url(ITEM), &essay(), stage.now).await.unwrap_err(),
        gradebook.delete_line_item(&url(ITEM), stage.now).await.unwrap_err(),
        gradebook.results(&url(ITEM), None, None).err().unwrap(),
    ];
    assert!(faults.iter().all(|fault| fault.code() == "scope_not_granted"), "{faults:?}");
    let not_taken = gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap_err();
    assert_eq!(not_taken.code(), "scope_not_granted");
    assert_eq!(stage.network.asked().len(), 0, "nothing was sent");
}

#[tokio::test]
async fn g03_a_line_item_is_made_changed_and_deleted_under_its_exact_media_type() {
    let stage = course();
    stage.network.answer(ITEMS, 201, &[("content-type", "application/vnd.ims.lis.v2.lineitem+json")], item(7));
    stage.network.answer(ITEM, 200, &[], json!({"id": ITEM, "label": "Essay 2", "scoreMaximum": 12}));
    stage.network.answer(ITEM, 204, &[], "");
    let gradebook = stage.gradebook();

    let made = gradebook.create_line_item(&essay(), stage.now).await.unwrap();
    assert_eq!(made, LineItem { id: url(ITEM), definition: essay() });
    let request = last(&stage);
    assert_eq!((request.method.as_str(), &request.headers["content-type"]), ("POST", &media("lineitem")));
    let expected = json!({"label": "Essay", "scoreMaximum": 12, "resourceId": "essay-1", "tag": "grade"});
    assert_eq!(body(&request), expected, "whole numbers as whole numbers, and nothing that is not known");

    let further: Map<String, Value> = [("submissionReview".to_owned(), json!({"label": "Look"}))].into_iter().collect();
    let changed = LineItemDefinition { ends_at: Some(noon()), score_maximum: Some(12.5), further, ..essay() };
    let applied = gradebook.update_line_item(&made.id, &changed, stage.now).await.unwrap();
    assert_eq!(applied.definition.label, "Essay 2", "as the platform applied it");
    let request = last(&stage);
    assert_eq!((request.method.as_str(), &request.headers["content-type"]), ("PUT", &media("lineitem")));
    assert_eq!(body(&request)["endDateTime"], "2026-11-20T12:00:00.000Z");
    assert_eq!(
        (&body(&request)["scoreMaximum"], &body(&request)["submissionReview"]["label"]),
        (&json!(12.5), &json!("Look"))
    );

    gradebook.delete_line_item(&made.id, stage.now).await.unwrap();
    assert_eq!(last(&stage).method.as_str(), "DELETE");
    for gone in [404, 410] {
        stage.network.forget(ITEM);
        stage.network.answer(ITEM, gone, &[], "");
        gradebook.delete_line_item(&made.id, stage.now).await.unwrap();
    }
    stage.network.forget(ITEM);
    stage.network.answer(ITEM, 403, &[], "Open edX never allows it");
    assert_eq!(gradebook.delete_line_item(&made.id, stage.now).await.unwrap_err().code(), "forbidden");
}

fn media(name: &str) -> http::HeaderValue {
    format!("application/vnd.ims.lis.v2.{name}+json").parse().unwrap()
}

#[tokio::test]
async fn g03_what_no_platform_takes_is_not_sent() {
    let stage = course();
    let gradebook = stage.gradebook();
    for maximum in [None, Some(0.0), Some(-1.0), Some(f64::NAN), Some(f64::INFINITY)] {
        let definition = LineItemDefinition { score_maximum: maximum, ..essay() };
        assert_eq!(gradebook.create_line_item(&definition, stage.now).await.unwrap_err().code(), "invalid");
    }
    let nameless = LineItemDefinition { label: " ".to_owned(), ..essay() };
    assert_eq!(gradebook.update_line_item(&url(ITEM), &nameless, stage.now).await.unwrap_err().code(), "invalid");
    assert_eq!(stage.network.asked().len(), 0);
    let stage = Course::granting(GradeService { lineitems: None, ..everything() });
    let fault = stage.gradebook().create_line_item(&essay(), stage.now).await.unwrap_err();
    insta::assert_snapshot!(
        format!("{} ({}): {fault}", fault.code(), fault.rule()),
        @"service_not_offered (LTI Core 1.3 §5.2; Security Framework 1.0 §4.1.1): The platform offers no list of line items here. Switch the service on for this tool in the platform."
    );
    assert_eq!(stage.network.asked().len(), 0);
}

#[tokio::test]
async fn line_items_come_page_by_page_with_filters_beside_the_query_that_was_there() {
    let stage = course();
    let filter = LineItemFilter {
        resource_link_id: Some("block-v1:Org+C+R@lti"),
        resource_id: Some("essay-1"),
        tag: Some("grade"),
        limit: Some(2),
    };
    let first = "https://lms.example/items?type_id=3&resource_link_id=block-v1%3AOrg%2BC%2BR%40lti\
                 &resource_id=essay-1&tag=grade&limit=2";
    let next = r#"<https://lms.example/items?page=2>; rel="next", <https://lms.example/items?page=9>; rel="last""#;
    let nulls = json!({"id": ITEM, "label": "Essay", "scoreMaximum": 0, "resourceId": "essay-1", "tag": "grade",
                       "startDateTime": null, "endDateTime": "", "resourceLinkId": null, "gradesReleased": null});
    let other = json!({"id": ITEM, "label": "Other", "scoreMaximum": 1, "resourceId": "essay-2", "tag": null});
    let elsewhere = json!({"id": ITEM, "label": "Essay", "scoreMaximum": 1.5, "resourceId": "essay-1", "tag": "grade",
                           "resourceLinkId": "another"});
    stage.network.answer(first, 200, &[("link", next)], json!([nulls, other, "no item", {"label": "no id"}]));
    stage.network.answer("https://lms.example/items?page=2", 200, &[], json!([elsewhere, item(8)]));
    let gradebook = stage.gradebook();
    let mut items = gradebook.line_items(filter).unwrap();
    let page = items.next_page(stage.now).await.unwrap().unwrap();
    let definition = LineItemDefinition { score_maximum: Some(0.0), ..essay() };
    assert_eq!(page, [LineItem { id: url(ITEM), definition }]);
    let page = items.next_page(stage.now).await.unwrap().unwrap();
    assert_eq!(page.iter().map(|item| item.id.path()).collect::<Vec<_>>(), ["/items/8"]);
    assert_eq!(items.next_page(stage.now).await.unwrap(), None);
    assert_eq!(asked(&stage, first)[0].headers["accept"], media("lineitemcontainer"));
}

#[tokio::test]
async fn a_line_item_is_read_whatever_json_it_is_labelled_as() {
    let stage = Course::granting(service(&[LINE_ITEM]));
    stage.network.answer(ITEM, 200, &[("content-type", "application/vnd.ims.lis.v2.lineitemcontainer+json")], item(7));
    let gradebook = stage.gradebook();
    assert_eq!(gradebook.line_item(&url(ITEM), stage.now).await.unwrap().definition, essay());
    assert_eq!(last(&stage).headers["accept"], media("lineitem"));
    assert_eq!(scope_asked(&stage), [LINE_ITEM], "who may write may read");
    stage.network.forget(ITEM);
    stage.network.answer(ITEM, 200, &[], "[]");
    assert_eq!(gradebook.line_item(&url(ITEM), stage.now).await.unwrap_err().code(), "unreadable");
}

#[tokio::test]
async fn g05_a_path_is_lengthened_before_the_query() {
    let stage = course();
    let gradebook = stage.gradebook();
    for (item, path) in [
        ("https://lms.example/items/7?type_id=3", "https://lms.example/items/7/{}?type_id=3"),
        ("https://lms.example/items/7/?a=b&c=d%2Fe", "https://lms.example/items/7/{}?a=b&c=d%2Fe"),
        ("https://lms.example/items/a%2Fb#part", "https://lms.example/items/a%2Fb/{}"),
        ("https://lms.example/?item=7", "https://lms.example/{}?item=7"),
    ] {
        stage.network.answer(&path.replace("{}", "scores"), 200, &[], "");
        stage.network.answer(&path.replace("{}", "results"), 200, &[], "[]");
        gradebook.post_score(&url(item), &score(Some(1.0)), stage.now).await.unwrap();
        gradebook.results(&url(item), None, None).unwrap().next_page(stage.now).await.unwrap();
    }
}

#[tokio::test]
async fn g08_a_kept_token_is_renewed_once_on_401_or_a_403_that_may_mean_that() {
    for status in [401, 403] {
        let stage = course();
        stage.network.answer(RESULTS, 200, &[], "[]");
        let gradebook = stage.gradebook();
        let read = || async {
            let mut results = gradebook.results(&url(ITEM), None, None)?;
            results.next_page(stage.now).await
        };
        read().await.unwrap();
        stage.network.forget(TOKEN_URL);
        stage.network.answer(TOKEN_URL, 200, &[], json!({"access_token": "second", "token_type": "Bearer"}));
        stage.network.forget(RESULTS);
        stage.network.answer(RESULTS, status, &[], r#"{"detail": "Token expired"}"#);
        stage.network.answer(RESULTS, 200, &[], "[]");
        read().await.unwrap();
        assert_eq!(last(&stage).headers["authorization"], "Bearer second");

        stage.network.forget(RESULTS);
        stage.network.answer(RESULTS, status, &[], "no");
        let asked_before = stage.network.times_asked(RESULTS);
        assert_eq!(read().await.unwrap_err().code(), "forbidden");
        assert_eq!(stage.network.times_asked(RESULTS), asked_before + 2, "once again, and no more");
    }
}

#[tokio::test]
async fn g08_a_403_that_says_what_it_means_renews_nothing() {
    let challenge = r#"Bearer error="insufficient_scope""#;
    for (headers, said, code) in [
        (&[("www-authenticate", challenge)][..], "", "forbidden"),
        (&[("x-rate-limit-remaining", "0")][..], "", "throttled"),
        (&[][..], "403 Forbidden (Rate Limit Exceeded)", "throttled"),
    ] {
        let stage = course();
        stage.network.answer(RESULTS, 200, &[], "[]");
        stage.network.answer(RESULTS, 403, headers, said);
        let gradebook = stage.gradebook();
        gradebook.results(&url(ITEM), None, None).unwrap().next_page(stage.now).await.unwrap();
        let fault = gradebook.results(&url(ITEM), None, None).unwrap().next_page(stage.now).await.unwrap_err();
        assert_eq!((fault.code(), stage.network.times_asked(TOKEN_URL)), (code, 1));
    }
}

#[tokio::test]
async fn g11_a_line_item_that_is_gone_is_found_again_by_its_names_or_made_anew() {
    let stage = course();
    stage.network.answer(SCORES, 404, &[], "");
    let gradebook = stage.gradebook();
    let gone = gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap_err();
    assert!(matches!(gone, ScoreNotTaken::Fault(ServiceFault::Gone { status: 404, .. })));

    let first = "https://lms.example/items?type_id=3&resource_id=essay-1&tag=grade";
    let next = r#"</items?page=2>; rel="next""#;
    stage.network.answer(first, 200, &[("link", next)], json!([{"id": ITEM, "label": "Another", "scoreMaximum": 1}]));
    stage.network.answer("https://lms.example/items?page=2", 200, &[], json!([item(9)]));
    let found = gradebook.find_or_create_line_item(&essay(), stage.now).await.unwrap();
    assert_eq!(found.id.path(), "/items/9");
    assert_eq!(stage.network.times_asked(ITEMS), 0, "none was made");

    stage.network.forget(first);
    stage.network.answer(first, 200, &[], "[]");
    stage.network.answer(ITEMS, 201, &[], item(10));
    let made = gradebook.find_or_create_line_item(&essay(), stage.now).await.unwrap();
    assert_eq!((made.id.path(), last(&stage).method.as_str()), ("/items/10", "POST"));
}

#[tokio::test]
async fn g11_a_line_item_that_names_nothing_is_not_looked_for() {
    let stage = course();
    let nameless = LineItemDefinition { label: "Essay".to_owned(), ..LineItemDefinition::default() };
    let fault = stage.gradebook().find_or_create_line_item(&nameless, stage.now).await.unwrap_err();
    assert_eq!(fault.code(), "invalid", "or it would find whatever comes first");
}

#[tokio::test]
async fn g15_one_learners_result_is_found_whether_or_not_the_platform_filters() {
    let stage = course();
    let of_one = "https://lms.example/items/7/results?type_id=3&user_id=a%2Bb%40c";
    let next = r"<https://lms.example/items/7/results?page=2>; rel=next";
    let others = json!([{"userId": "98", "resultScore": 3, "resultMaximum": 12}, {"resultScore": 1}, {"userId": 7}]);
    let own = json!([{"userId": "a+b@c", "resultScore": 9.5, "resultMaximum": 12.0, "comment": null, "scoringUserId": ""},
                     {"userId": "97"}]);
    stage.network.answer(of_one, 200, &[("link", next)], others);
    stage.network.answer("https://lms.example/items/7/results?page=2", 200, &[], own);
    let gradebook = stage.gradebook();
    let result = gradebook.result_of(&url(ITEM), "a+b@c", stage.now).await.unwrap().unwrap();
    assert_eq!((result.score, result.maximum, result.comment), (Some(9.5), 12.0, None));
    assert_eq!(asked(&stage, of_one)[0].headers["accept"], media("resultcontainer"));

    stage.network.answer("https://lms.example/items/7/results?type_id=3&user_id=nobody&limit=5", 200, &[], "[]");
    let mut results = gradebook.results(&url(ITEM), Some("nobody"), Some(5)).unwrap();
    assert_eq!(results.next_page(stage.now).await.unwrap(), Some(Vec::new()));
    assert_eq!(results.next_page(stage.now).await.unwrap(), None);

    stage.network.answer(RESULTS, 200, &[], json!([{"userId": "1", "resultScore": null, "resultMaximum": null}]));
    let mut results = gradebook.results(&url(ITEM), None, None).unwrap();
    let page = results.next_page(stage.now).await.unwrap().unwrap();
    assert_eq!((page[0].score, page[0].maximum), (None, 1.0), "no grade yet, and the specification's maximum");
}

#[tokio::test]
async fn nothing_is_sent_to_a_host_that_is_not_the_platforms() {
    let elsewhere = Some(url("https://evil.example/items"));
    let stage = Course::granting(GradeService { lineitems: elsewhere, ..everything() });
    let gradebook = stage.gradebook();
    let evil = url("https://lms.example@evil.example/items/7");
    let faults = [
        gradebook.line_items(LineItemFilter::default()).unwrap().next_page(stage.now).await.unwrap_err(),
        gradebook.create_line_item(&essay(), stage.now).await.unwrap_err(),
        gradebook.line_item(&evil, stage.now).await.unwrap_err(),
        gradebook.update_line_item(&evil, &essay(), stage.now).await.unwrap_err(),
        gradebook.delete_line_item(&evil, stage.now).await.unwrap_err(),
        gradebook.result_of(&evil, "99", stage.now).await.unwrap_err(),
    ];
    assert!(faults.iter().all(|fault| fault.code() == "foreign_host"), "{faults:?}");
    assert_eq!(stage.network.asked().len(), 0);
}

#[tokio::test]
async fn no_token_and_no_answer_are_faults_with_a_name() {
    let stage = course();
    stage.network.forget(TOKEN_URL);
    stage.network.answer(TOKEN_URL, 400, &[], json!({"error": "invalid_client"}));
    let gradebook = stage.gradebook();
    let fault = gradebook.line_item(&url(ITEM), stage.now).await.unwrap_err();
    assert!(matches!(fault, ServiceFault::Token(TokenError::Refused { status: 400, .. })));
    assert_eq!((fault.code(), fault.rule()), ("token_refused", "Security Framework 1.0 §4.1.1"));
    stage.network.forget(TOKEN_URL);
    stage.network.fail(TOKEN_URL, HttpError::TimedOut);
    assert_eq!(gradebook.line_item(&url(ITEM), stage.now).await.unwrap_err().code(), "timed_out");
}

/// A host may wait for any call on any of its threads.
#[tokio::test]
async fn calls_may_go_from_thread_to_thread() {
    fn is_send(_: impl Send) {}
    let stage = course();
    let gradebook = stage.gradebook();
    let (item, essay, score) = (url(ITEM), essay(), score(None));
    is_send(gradebook.find_or_create_line_item(&essay, stage.now));
    is_send(gradebook.update_line_item(&item, &essay, stage.now));
    is_send(gradebook.post_score(&item, &score, stage.now));
    is_send(gradebook.result_of(&item, "99", stage.now));
    is_send(stage.tool.notices(b"", stage.now));
    let service = RosterService { context_memberships_url: item.clone(), service_versions: Vec::new() };
    let query = RosterQuery::default();
    let mut roster = stage.tool.roster(&stage.registration, "1", &service, query, &mut *stage.random());
    is_send(roster.next_page(stage.now));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn no_answer_makes_a_gradebook_panic(answer in any_json(), entry in any_json(), name in "id|label|scoreMaximum|userId") {
        let mut known = item(7);
        known["userId"] = json!("99");
        known[name] = entry;
        for answer in [answer.clone(), json!([answer, known])] {
            let stage = course();
            stage.network.answer(ITEMS, 200, &[], &answer);
            stage.network.answer(RESULTS, 200, &[], &answer);
            let gradebook = stage.gradebook();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut items = gradebook.line_items(LineItemFilter::default()).unwrap();
                let _ = items.next_page(stage.now).await.map_err(|fault| fault.explanation());
                let mut results = gradebook.results(&url(ITEM), None, None).unwrap();
                let _ = results.next_page(stage.now).await.map_err(|fault| fault.explanation());
            });
        }
    }
}

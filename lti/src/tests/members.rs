//! The roster. The first five are the certification suite's.

use std::fmt::Write as _;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::platform::{CLIENT, INSTRUCTOR, ISSUER, LEARNER, Stage, TOKEN_URL, registration, set, url};
use crate::{
    Member, MembershipStatus, MessageType, Person, Request, RosterPage, RosterQuery, RosterService, ServiceFault,
    memory::PlainRegistration,
    roles::{ContextRole, CourseRole, Role},
};

const MEMBERS: &str = "https://lms.example/members?course=7";
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.network.answer(TOKEN_URL, 200, &[], json!({"access_token": "first", "token_type": "bearer", "scope": SCOPE}));
    stage
}

fn service() -> RosterService {
    RosterService { context_memberships_url: url(MEMBERS), service_versions: vec!["2.0".to_owned()] }
}

fn container(members: &Value) -> Value {
    json!({"id": MEMBERS, "context": {"id": "course-7", "label": "C7", "title": "Seventh"}, "members": members})
}

fn learner(id: &str) -> Value {
    json!({"user_id": id, "roles": [LEARNER]})
}

fn platform() -> PlainRegistration {
    registration(ISSUER, CLIENT)
}

/// All pages of a roster, or the first fault.
async fn pages(stage: &Stage, query: RosterQuery<'_>) -> Result<Vec<RosterPage>, ServiceFault> {
    let registration = platform();
    let mut roster = stage.tool.roster(&registration, "1", &service(), query, &mut *stage.random());
    let mut pages = Vec::new();
    while let Some(page) = roster.next_page(stage.now).await? {
        pages.push(page);
    }
    Ok(pages)
}

async fn page(stage: &Stage) -> RosterPage {
    pages(stage, RosterQuery::default()).await.expect("a roster").remove(0)
}

async fn fault(stage: &Stage) -> ServiceFault {
    pages(stage, RosterQuery::default()).await.expect_err("a fault")
}

/// The one page of a platform that lists these.
async fn roster_of(members: Value) -> RosterPage {
    let stage = stage();
    stage.network.answer(MEMBERS, 200, &[("content-type", MEDIA_TYPE)], container(&members));
    page(&stage).await
}

fn last(stage: &Stage) -> Request {
    stage.network.asked().last().expect("a request").clone()
}

fn ids(page: &RosterPage) -> Vec<&str> {
    page.members.iter().map(|member| member.user_id.as_str()).collect()
}

#[tokio::test]
async fn n01_n02_an_instructors_launch_leads_to_the_roster() {
    let stage = stage();
    let launch = stage
        .launch_with(|claims| {
            set(claims, "roles", json!([INSTRUCTOR]));
            claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] =
                json!({"context_memberships_url": MEMBERS, "service_versions": ["2.0"]});
        })
        .await
        .unwrap();
    let service = launch.claims.roster_service.unwrap();
    stage.network.answer(MEMBERS, 200, &[("content-type", MEDIA_TYPE)], container(&json!([learner("99")])));
    let registration = platform();
    let mut roster = stage.tool.roster(&registration, "1", &service, RosterQuery::default(), &mut *stage.random());
    assert_eq!(ids(&roster.next_page(stage.now).await.unwrap().unwrap()), ["99"]);
    assert_eq!(roster.next_page(stage.now).await.unwrap(), None);
}

#[tokio::test]
async fn n03_n04_n05_the_roster_is_asked_for_by_its_media_type_with_a_token_of_its_scope() {
    let stage = stage();
    stage.network.answer(MEMBERS, 200, &[], container(&json!([])));
    page(&stage).await;
    let request = last(&stage);
    assert_eq!((request.method.as_str(), &request.headers["accept"]), ("GET", &MEDIA_TYPE.parse().unwrap()));
    assert_eq!(request.headers["authorization"], "Bearer first");
    let asked = stage.network.asked();
    let token = asked.iter().find(|request| request.url.as_str() == TOKEN_URL).unwrap();
    let scope = url::form_urlencoded::parse(&token.body).find(|(name, _)| name == "scope").unwrap().1;
    assert_eq!(scope, SCOPE);
}

#[tokio::test]
async fn n06_pages_are_followed_on_the_same_host_only() {
    let stage = stage();
    let next = r#"<https://lms.example/members?page=2>; rel="next", <https://lms.example/x>; rel="last""#;
    stage.network.answer(MEMBERS, 200, &[("link", next)], container(&json!([learner("1")])));
    let relative = r#"</members?page=3>; rel="next""#;
    stage.network.answer("https://lms.example/members?page=2", 200, &[("link", relative)], container(&json!([])));
    stage.network.answer("https://lms.example/members?page=3", 200, &[], container(&json!([learner("2")])));
    let pages = pages(&stage, RosterQuery::default()).await.unwrap();
    assert_eq!(pages.iter().map(ids).collect::<Vec<_>>(), [vec!["1"], vec![], vec!["2"]]);

    for foreign in [
        "https://evil.example/members?page=2",
        "//evil.example/members",
        "https://lms.example.evil.example/",
        "https://lms.example:8443/members",
        "https://user@lms.example/members",
        "https://grades.example/members",
        "javascript:alert(1)",
        "https://[",
    ] {
        let stage = self::stage();
        let link = format!("<{foreign}>; rel=\"next\"");
        stage.network.answer(MEMBERS, 200, &[("link", &link)], container(&json!([learner("1")])));
        let fault = fault(&stage).await;
        assert_eq!(fault.code(), "foreign_page", "{foreign}");
        assert!(fault.to_string().contains(foreign), "{fault}");
        assert_eq!(stage.network.asked().len(), 2, "a token and a page, and nothing to {foreign}");
    }
}

#[tokio::test]
async fn n06_a_platform_behind_a_proxy_may_write_http_for_its_own_https() {
    let stage = stage();
    let next = r#"<http://lms.example/members?page=2>; rel="next""#;
    stage.network.answer(MEMBERS, 200, &[("link", next)], container(&json!([learner("1")])));
    stage.network.answer("https://lms.example/members?page=2", 200, &[], container(&json!([learner("2")])));
    assert_eq!(pages(&stage, RosterQuery::default()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn n06_pages_that_come_round_again_or_never_end_are_a_fault() {
    let stage = stage();
    let second = "https://lms.example/members?page=2";
    stage.network.answer(MEMBERS, 200, &[("link", &format!("<{second}>; rel=next"))], container(&json!([])));
    stage.network.answer(second, 200, &[("link", &format!("<{MEMBERS}#again>; rel=next"))], container(&json!([])));
    assert_eq!(fault(&stage).await.code(), "endless_pages");
    assert_eq!(stage.network.times_asked(MEMBERS), 1);

    let itself = self::stage();
    itself.network.answer(MEMBERS, 200, &[("link", &format!("<{MEMBERS}>; rel=next"))], container(&json!([])));
    assert_eq!(fault(&itself).await.code(), "endless_pages");

    let endless = self::stage();
    let mut address = MEMBERS.to_owned();
    for page in 1..=1001 {
        let next = format!("https://lms.example/members?page={page}");
        endless.network.answer(&address, 200, &[("link", &format!("<{next}>; rel=next"))], container(&json!([])));
        address = next;
    }
    assert!(matches!(fault(&endless).await, ServiceFault::EndlessPages { pages: 1000 }));
}

#[tokio::test]
async fn n07_a_status_is_read_in_any_case_and_none_means_active() {
    use MembershipStatus::{Active, Deleted, Inactive, Other};

    let member = |status: Value| json!({"user_id": status.to_string(), "roles": [], "status": status});
    let statuses = [json!("Active"), json!("ACTIVE"), json!("inactive"), json!("Deleted"), json!("Suspended")];
    let mut members: Vec<Value> = statuses.into_iter().map(member).collect();
    members.extend([learner("none"), member(Value::Null), member(json!(""))]);
    let page = roster_of(json!(members)).await;
    let statuses: Vec<_> = page.members.into_iter().map(|member| member.status).collect();
    let other = Other("Suspended".to_owned());
    assert_eq!(statuses, [Active, Active, Inactive, Deleted, other, Active, Active, Active]);
}

#[tokio::test]
async fn n08_an_unknown_role_or_an_entry_that_names_nobody_costs_no_member() {
    let odd = json!([
        {"user_id": "1", "roles": ["https://lms.example/roles#Helper", "Learner", 7, null, ""]},
        {"user_id": "2", "roles": "Instructor"},
        {"user_id": "3", "roles": null},
        {"user_id": "4"},
        {"user_id": 5, "roles": [LEARNER]},
        {"user_id": "", "roles": [LEARNER]},
        {"user_id": "x".repeat(256), "roles": [LEARNER]},
        {"roles": [LEARNER]},
        "nobody",
        null,
    ]);
    let page = roster_of(odd).await;
    assert_eq!((ids(&page), page.unreadable), (vec!["1", "2", "3", "4"], 6));
    let first = &page.members[0].roles;
    assert_eq!(first.in_course(), CourseRole::Learner);
    assert!(first.iter().any(|role| *role == Role::Unknown("https://lms.example/roles#Helper".to_owned())));
    assert_eq!(page.members[1].roles.in_course(), CourseRole::Instructor);
    assert_eq!(page.members[2].roles.in_course(), CourseRole::Observer);
}

#[tokio::test]
async fn n09_names_and_mail_are_read_where_the_platform_tells_them() {
    let page = roster_of(json!([
        {"user_id": "1", "roles": [LEARNER], "name": " Sam Lee ", "given_name": "Sam", "family_name": "Lee", "middle_name": "J",
         "email": "sam@lms.example", "picture": "https://lms.example/sam.png", "lis_person_sourcedid": "sis-1"},
        {"user_id": "2", "roles": [LEARNER]},
        {"user_id": "3", "roles": [LEARNER], "name": null, "email": 7, "picture": "javascript:alert(1)", "given_name": "a\u{0}b"},
    ]))
    .await;
    let [sam, nameless, odd] = &page.members[..] else { panic!("{page:?}") };
    assert_eq!(sam.person.name.as_deref(), Some("Sam Lee"));
    assert_eq!(sam.person.email.as_deref(), Some("sam@lms.example"));
    assert_eq!(sam.picture.as_ref().map(url::Url::as_str), Some("https://lms.example/sam.png"));
    assert_eq!(sam.person_sourcedid.as_deref(), Some("sis-1"));
    assert_eq!(nameless.person, Person::default());
    assert_eq!((&odd.person.name, &odd.person.email, &odd.picture), (&None, &None, &None));
    assert_eq!(odd.person.given_name.as_deref(), Some("a\u{fffd}b"), "databases take no NUL");
}

#[tokio::test]
async fn n10_a_course_that_is_only_an_id_or_not_even_that() {
    for (context, id) in [
        (json!({"id": "course-v1:Org+C+R"}), Some("course-v1:Org+C+R")),
        (json!({"id": "7", "label": null, "title": ""}), Some("7")),
        (json!({"title": "no id"}), None),
        (json!(null), None),
        (json!("course"), None),
    ] {
        let stage = stage();
        stage.network.answer(MEMBERS, 200, &[], json!({"context": context, "members": [learner("1")]}));
        let page = page(&stage).await;
        assert_eq!(page.context.map(|context| context.id).as_deref(), id);
        assert_eq!(page.members.len(), 1);
    }
    let stage = stage();
    stage.network.answer(MEMBERS, 200, &[], json!({"members": [learner("1")]}));
    assert_eq!(page(&stage).await.context, None);
}

#[tokio::test]
async fn n11_a_platform_that_takes_no_notice_of_the_resource_link_is_found_out() {
    let stage = stage();
    let asked = "https://lms.example/members?course=7&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23\
                 Learner&limit=50&rlid=block-v1%3AOrg%2BC%40lti";
    let query = RosterQuery {
        role: Some(ContextRole::Learner),
        limit: Some(50),
        resource_link_id: Some("block-v1:Org+C@lti"),
        groups: false,
    };
    let staff = json!({"user_id": "staff", "roles": [INSTRUCTOR]});
    let assistant = "http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#GuestLearner";
    let guest = json!({"user_id": "guest", "roles": [assistant]});
    stage.network.answer(asked, 200, &[], container(&json!([learner("1"), staff, guest])));
    let page = pages(&stage, query).await.unwrap().remove(0);
    assert!(!page.speaks_of_link());
    assert_eq!(ids(&page), ["1", "guest"], "nor of the role");

    stage.network.forget(asked);
    let mut member = learner("1");
    member["message"] = json!([
        {"https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
         "https://purl.imsglobal.org/spec/lti/claim/custom": {"country": "Canada", "points": 7, "none": null}},
        "odd",
    ]);
    stage.network.answer(asked, 200, &[], container(&json!([member])));
    let page = pages(&stage, query).await.unwrap().remove(0);
    assert!(page.speaks_of_link());
    let message = &page.members[0].messages[0];
    assert_eq!((&message.kind, &*message.custom["points"]), (&MessageType::ResourceLink, "7"));
    assert_eq!(message.custom.len(), 2);
}

#[tokio::test]
async fn n12_a_course_too_large_for_the_platform_is_explained() {
    let stage = stage();
    stage.network.answer(MEMBERS, 403, &[], json!({"error": "above_response_limit"}));
    for _ in 0..2 {
        let fault = fault(&stage).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                format!("{} ({}): {fault}", fault.code(), fault.rule()),
                @"too_many_members (Names and Role Provisioning Services 2.0 §2.4.2): The course has more members than the platform hands out. Raise its limit (in Open edX COURSE_MEMBER_API_ENROLLMENT_LIMIT), or go without the roster: members appear as they open the activity."
            );
        }
    }
    assert_eq!(stage.network.times_asked(TOKEN_URL), 1, "a new token would not help");
}

#[tokio::test]
async fn n13_differences_are_asked_at_the_address_that_the_roster_gave() {
    let stage = stage();
    let link = r#"<https://lms.example/members?since=1>; rel="differences""#;
    stage.network.answer(MEMBERS, 200, &[("link", link)], container(&json!([learner("1")])));
    let differences = page(&stage).await.differences.expect("an address");
    let answer = json!([learner("2"), {"user_id": "1", "roles": [], "status": "deleted"}]);
    let again = r#"<https://lms.example/members?since=2>; rel="differences""#;
    stage.network.answer("https://lms.example/members?since=1", 200, &[("link", again)], container(&answer));
    let registration = platform();
    let mut differences = stage.tool.roster_differences(&registration, "1", differences, &mut *stage.random());
    let page = differences.next_page(stage.now).await.unwrap().unwrap();
    let gone: Vec<&Member> = page.members.iter().filter(|member| member.status == MembershipStatus::Deleted).collect();
    assert_eq!((page.members.len(), gone[0].user_id.as_str()), (2, "1"));
    assert_eq!(page.differences, Some(url("https://lms.example/members?since=2")));

    let stage = self::stage();
    let evil = r#"<https://evil.example/members?since=1>; rel="differences""#;
    stage.network.answer(MEMBERS, 200, &[("link", evil)], container(&json!([learner("1")])));
    let page = self::page(&stage).await;
    assert_eq!((page.differences, page.members.len()), (None, 1), "no such address is kept");
}

#[tokio::test]
async fn n14_five_thousand_members_pass_through_a_page_at_a_time() {
    let stage = stage();
    let address = |page: usize| match page {
        0 => MEMBERS.to_owned(),
        page => format!("https://lms.example/members?page={page}"),
    };
    for page in 0..50 {
        let members: Vec<Value> = (0..100).map(|number| learner(&format!("{page}-{number}"))).collect();
        let mut link = String::new();
        if page < 49 {
            write!(link, "<{}>; rel=\"next\"", address(page + 1)).unwrap();
        }
        stage.network.answer(&address(page), 200, &[("link", &link)], container(&json!(members)));
    }
    let registration = platform();
    let query = RosterQuery { limit: None, ..RosterQuery::default() };
    let mut roster = stage.tool.roster(&registration, "1", &service(), query, &mut *stage.random());
    let (mut members, mut pages) = (0, 0);
    while let Some(page) = roster.next_page(stage.now).await.unwrap() {
        pages += 1;
        members += page.members.len();
        assert_eq!(page.members.len(), 100);
        let pages_asked = stage.network.asked().len() - 1;
        assert_eq!(pages_asked, pages, "nothing is fetched before it is wanted");
    }
    assert_eq!((members, pages), (5000, 50));
    let asked = stage.network.asked();
    assert!(asked.iter().all(|request| request.limit <= 8 * 1024 * 1024), "every page is bounded");
}

#[tokio::test]
async fn a_token_that_runs_out_between_two_pages_is_renewed_and_a_page_that_fails_can_be_asked_for_again() {
    let stage = stage();
    let second = "https://lms.example/members?page=2";
    stage.network.answer(
        MEMBERS,
        200,
        &[("link", &format!("<{second}>; rel=next"))],
        container(&json!([learner("1")])),
    );
    stage.network.answer(second, 401, &[], "");
    stage.network.answer(second, 429, &[("retry-after", "3600")], "");
    stage.network.answer(second, 200, &[], container(&json!([learner("2")])));
    let registration = platform();
    let query = RosterQuery::default();
    let mut roster = stage.tool.roster(&registration, "1", &service(), query, &mut *stage.random());
    roster.next_page(stage.now).await.unwrap().unwrap();
    let busy = roster.next_page(stage.now).await.unwrap_err();
    assert!(matches!(busy, ServiceFault::Throttled { retry_after: Some(wait), .. } if wait == TimeDelta::hours(1)));
    assert_eq!(stage.network.times_asked(TOKEN_URL), 2, "renewed on the way");
    let later = stage.now + TimeDelta::hours(1);
    assert_eq!(ids(&roster.next_page(later).await.unwrap().unwrap()), ["2"]);
    assert_eq!(stage.network.times_asked(TOKEN_URL), 3, "by then, that token had run out too");
    assert_eq!(roster.next_page(later).await.unwrap(), None);
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_a_roster_panic(body in r#"\{"members":\[.{0,60}\]\}|.{0,60}"#, link in "[<>;,=\" a-z:/]{0,40}") {
        let stage = stage();
        stage.network.answer(MEMBERS, 200, &[("link", &link)], body);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _ = runtime.block_on(pages(&stage, RosterQuery::default())).map_err(|fault| fault.explanation());
    }
}

#[tokio::test]
async fn members_come_with_their_groups_where_those_are_asked_for() {
    let stage = stage();
    let mut grouped = learner("99");
    grouped["group_enrollments"] = json!([{"group_id": "g1"}, {"group_id": "g2"}, {"group_id": 7}, "g3", null]);
    stage.network.answer(&format!("{MEMBERS}&groups=true"), 200, &[], container(&json!([grouped, learner("1")])));
    let pages = pages(&stage, RosterQuery { groups: true, ..RosterQuery::default() }).await.unwrap();
    let groups: Vec<_> = pages[0].members.iter().map(|member| member.groups.clone()).collect();
    assert_eq!(groups, [vec!["g1".to_owned(), "g2".to_owned()], vec![]]);
}

//! Rosters: from the launch that brings the address to the members that are kept.

use chrono::TimeDelta;
use lti::testkit::Family;

use super::*;
use crate::{
    launch::{
        arrival::StoredRole,
        policy::{self, LaunchPolicy},
        roster::{
            self, Reading, RosterState, Standing,
            sync::{self, Outcome, Rosters},
        },
    },
    web::testing::{RosterFault, enrolled},
};

const NRPS: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

async fn state(app: &TestApp) -> RosterState {
    let course = app.course().await;
    roster::state(&mut app.services.db.read().await.unwrap(), course).await.unwrap().unwrap()
}

async fn decide(app: &TestApp, policy: LaunchPolicy) {
    let mut tx = app.services.db.begin().await.unwrap();
    let registration = crate::launch::platform::registrations(&mut tx).await.unwrap()[0].id;
    policy::save(&mut tx, registration, &policy).await.unwrap();
    tx.commit().await.unwrap();
}

fn class(size: usize) -> Vec<Value> {
    (0..size).map(|at| enrolled(&format!("m{at:05}"), &format!("Name {at:05}"))).collect()
}

database_test!(
    async fn n01_n02_n06_after_a_launch_the_whole_class_is_known_page_by_page(db: Db) {
        let app = TestApp::over(db).await;
        app.session("learner-1").await;
        assert_eq!(state(&app).await.state, Reading::New);
        let mut members = class(250);
        members.push(enrolled("learner-1", "Ada Example"));
        app.platform.simulated().enrol(members);
        assert_eq!(app.sync_roster().await, Outcome::Complete { members: 251 });

        let asked = app.platform.roster_asked();
        assert!(asked.len() == 3 && asked[0].ends_with("?limit=100") && asked[2].contains("page=3"), "{asked:?}");
        let known = app.members().await;
        assert_eq!((known.len(), state(&app).await.active), (251, 251));
        let ada = known.iter().find(|member| member.subject == "learner-1").unwrap();
        assert!(ada.learner.is_some() && ada.name.as_deref() == Some("Ada Example"));
        assert!(known.iter().filter(|member| member.learner.is_none()).count() == 250, "they have not launched");
        assert_eq!(state(&app).await.synced_at, Some(app.now()));
    }
);

database_test!(
    async fn who_is_no_longer_in_a_whole_roster_is_no_longer_in_the_class(db: Db) {
        let app = TestApp::over(db).await;
        app.session("learner-1").await;
        app.platform.simulated().enrol(class(3));
        app.sync_roster().await;
        app.clock.advance(TimeDelta::hours(1));
        app.platform.simulated().enrol(class(2));
        app.sync_roster().await;
        let gone: Vec<_> = app.members().await.into_iter().filter(|one| one.status == Standing::Inactive).collect();
        assert_eq!(gone.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["m00002"]);
        assert_eq!(state(&app).await.active, 2);

        // A reading that breaks off says of nobody that they are gone.
        app.platform.simulated().enrol(class(150).split_off(1));
        app.platform.disturb_roster(Some(RosterFault::SecondPage));
        assert!(matches!(app.sync_roster().await, Outcome::Failed { .. }));
        assert_eq!(state(&app).await.active, 101, "the first two, and the first page, on which one of them stands");
    }
);

#[tokio::test]
async fn n07_n08_n09_status_roles_and_names_are_taken_as_they_come() {
    let app = TestApp::new().await;
    app.session("learner-1").await;
    app.platform.simulated().enrol(vec![
        json!({"user_id": "no-status", "roles": [LEARNER]}),
        json!({"user_id": "shouting", "roles": [LEARNER], "status": "INACTIVE"}),
        json!({"user_id": "odd-role", "roles": ["urn:odd"], "name": "Odd", "status": "active"}),
        json!({"user_id": "parts", "roles": [INSTRUCTOR], "given_name": "Ruth", "family_name": "Okafor"}),
        json!({"user_id": "nul", "roles": null, "name": "\u{0}<b>Bold</b>", "email": 7, "status": "Sabbatical"}),
        json!({"roles": [LEARNER]}),
        json!("nobody"),
    ]);
    assert_eq!(app.sync_roster().await, Outcome::Complete { members: 5 });
    let known = app.members().await;
    let one = |id: &str| known.iter().find(|member| member.subject == id).unwrap();
    assert_eq!((one("no-status").status, one("no-status").name.as_deref()), (Standing::Active, None));
    assert_eq!(one("shouting").status, Standing::Inactive);
    assert_eq!((one("odd-role").role, one("odd-role").status), (StoredRole::Observer, Standing::Active));
    assert_eq!((one("parts").role, one("parts").name.as_deref()), (StoredRole::Instructor, Some("Ruth Okafor")));
    assert_eq!((one("nul").status, one("nul").name.as_deref()), (Standing::Active, Some("\u{fffd}<b>Bold</b>")));
}

#[tokio::test]
async fn n12_a_course_with_too_many_members_is_explained() {
    let app = TestApp::new().await;
    app.session("learner-1").await;
    app.platform.disturb_roster(Some(RosterFault::TooMany));
    let Outcome::Failed { reason } = app.sync_roster().await else { panic!("it was read") };
    assert!(reason.contains("more members than the platform hands out"), "{reason}");
    assert_eq!(state(&app).await.reason, Some(reason));
}

#[tokio::test]
async fn n13_differences_are_asked_for_once_the_whole_was_read_and_the_whole_where_they_fail() {
    let app = TestApp::new().await;
    app.session("learner-1").await;
    app.platform.simulated().enrol(class(2));
    app.platform.disturb_roster(Some(RosterFault::Differences));
    app.sync_roster().await;
    app.platform.simulated().enrol(vec![json!({"user_id": "m00001", "roles": [LEARNER], "status": "Deleted"})]);
    app.clock.advance(TimeDelta::hours(6));
    assert_eq!(app.sync_roster().await, Outcome::Complete { members: 1 });
    assert!(app.platform.roster_asked().last().unwrap().ends_with("?since=7"));
    assert_eq!(state(&app).await.active, 1, "one was deleted; the other has not changed");

    app.platform.disturb_roster(Some(RosterFault::Page));
    app.clock.advance(TimeDelta::hours(6));
    assert!(matches!(app.sync_roster().await, Outcome::Failed { .. }));
    let asked = app.platform.roster_asked();
    assert!(
        asked[asked.len() - 2].ends_with("?since=7") && asked[asked.len() - 1].ends_with("?limit=100"),
        "{asked:?}"
    );

    app.platform.disturb_roster(None);
    app.platform.simulated().enrol(class(1));
    app.clock.advance(TimeDelta::days(8));
    app.sync_roster().await;
    assert!(app.platform.roster_asked().last().unwrap().ends_with("?limit=100"), "after a week the whole is read");
}

#[tokio::test]
async fn every_fault_of_the_service_is_told_and_costs_nothing_that_was_known() {
    let faults = [
        (RosterFault::Down, "503"),
        (RosterFault::Forbidden, "does not let this tool in"),
        (RosterFault::Throttled, "wait for 3600 seconds"),
        (RosterFault::Half, "no answer"),
        (RosterFault::Huge, "not read"),
        (RosterFault::Page, "instead of JSON"),
        (RosterFault::Redirect, "address"),
        (RosterFault::Elsewhere, "another host"),
        (RosterFault::Endless, "did not end"),
        (RosterFault::SecondPage, "502"),
    ];
    let app = TestApp::new().await;
    app.session("learner-1").await;
    app.platform.simulated().enrol(class(120));
    app.sync_roster().await;
    for (fault, told) in faults {
        app.platform.disturb_roster(Some(fault));
        let Outcome::Failed { reason } = app.sync_roster().await else { panic!("{fault:?} was read") };
        assert!(reason.contains(told) && reason.chars().count() <= 600, "{fault:?}: {reason}");
        let state = state(&app).await;
        assert_eq!((state.state, state.active, state.reason), (Reading::Failed, 120, Some(reason)), "{fault:?}");
        assert!(app.session("learner-1").await.len() > 20, "launches go on");
    }
    app.platform.disturb_roster(Some(RosterFault::NoLimit));
    assert_eq!(app.sync_roster().await, Outcome::Complete { members: 120 }, "it is asked again without a limit");
}

#[tokio::test]
async fn a_roster_address_that_nobody_answers_or_that_is_not_the_platforms_gets_no_token() {
    for (address, told) in [("http://127.0.0.1:9/members", "no answer"), ("http://localhost:9/members", "host")] {
        let app = TestApp::new().await;
        app.open("client-1", json!({ NRPS: {"context_memberships_url": address} })).await;
        let Outcome::Failed { reason } = app.sync_roster().await else { panic!("{address} was read") };
        assert!(reason.contains(told), "{reason}");
    }
}

#[tokio::test]
async fn a_launch_without_a_roster_or_a_course_offers_none() {
    let app = TestApp::new().await;
    app.open("client-1", json!({ NRPS: null })).await;
    app.open("client-1", json!({ "context": null })).await;
    app.open("client-1", json!({ NRPS: {"context_memberships_url": "javascript:alert(1)"} })).await;
    let mut tx = app.services.db.read().await.unwrap();
    assert_eq!(roster::all(&mut tx).await.unwrap(), []);
}

#[tokio::test]
async fn more_members_than_are_kept_are_not_read_on() {
    let app = TestApp::new().await;
    app.session("learner-1").await;
    app.platform.disturb_roster(Some(RosterFault::NoLimit));
    app.platform.simulated().enrol((0..20_001).map(|at| json!({"user_id": at.to_string(), "roles": []})).collect());
    let Outcome::Failed { reason } = app.sync_roster().await else { panic!("it was read") };
    assert!(reason.contains("more than 20000 members"), "{reason}");
}

#[tokio::test]
async fn names_and_addresses_are_kept_only_where_the_registration_has_it_so() {
    let app = TestApp::new().await;
    app.open("client-1", json!({ "sub": "m1", "name": null, "given_name": null, "family_name": null })).await;
    let mut member = enrolled("m1", "Mira Santos");
    member["email"] = json!("mira@school.example");
    app.platform.simulated().enrol(vec![member]);
    app.sync_roster().await;
    let one = async || app.members().await.pop().unwrap();
    assert_eq!((one().await.name.as_deref(), one().await.email), (Some("Mira Santos"), None));

    decide(&app, LaunchPolicy { keep_email: true, ..LaunchPolicy::default() }).await;
    app.sync_roster().await;
    assert_eq!(one().await.email.as_deref(), Some("mira@school.example"));

    decide(&app, LaunchPolicy { roster_names: false, ..LaunchPolicy::default() }).await;
    assert_eq!((one().await.name, one().await.email), (None, None), "what was kept is forgotten at once");
    app.sync_roster().await;
    assert_eq!((one().await.name, one().await.email), (None, None), "and is not kept again");
}

#[tokio::test]
async fn the_previewing_test_student_is_nobody_in_the_class() {
    let app = TestApp::of(Family::Canvas).await;
    app.session("learner-1").await;
    let test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    app.platform.simulated().enrol(vec![json!({"user_id": "preview", "roles": [LEARNER, test_user]})]);
    app.sync_roster().await;
    assert_eq!(app.members().await[0].role, StoredRole::Observer);
}

database_test!(
    async fn rosters_in_use_are_due_by_schedule_and_no_two_workers_read_the_same(db: Db) {
        let app = TestApp::over(db).await;
        app.session("learner-1").await;
        let services = &app.services;
        let rosters = Rosters::new(services.db.clone(), services.entropy.clone(), services.lti.clone());
        let interval = TimeDelta::hours(6);
        let due = async || rosters.due(app.now(), interval).await.unwrap().len();
        assert_eq!(due().await, 1, "a new course is due at once");
        let (course, clock) = (app.course().await, services.clock.as_ref());
        // Another worker reads it, and dies.
        let mut tx = services.db.begin().await.unwrap();
        assert!(sync::abandon(&mut tx, app.now(), course, services.entropy.id(app.now())).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(rosters.sync(clock, course).await.unwrap(), Outcome::Busy);
        app.clock.advance(sync::LEASE);
        let taken_over = rosters.sync(clock, course).await.unwrap();
        assert!(matches!(taken_over, Outcome::Complete { .. }), "{taken_over:?}");
        assert_eq!(due().await, 0);
        app.clock.advance(TimeDelta::hours(6));
        assert_eq!(due().await, 1);
        app.platform.disturb_roster(Some(RosterFault::Down));
        app.sync_roster().await;
        app.clock.advance(TimeDelta::minutes(59));
        assert_eq!(due().await, 0);
        app.clock.advance(TimeDelta::minutes(1));
        assert_eq!(due().await, 1, "one that failed is tried again earlier");
        app.clock.advance(TimeDelta::days(14));
        assert_eq!(due().await, 0, "nobody opens the course any more");
    }
);

#[tokio::test]
async fn groups_of_the_course_come_with_its_roster() {
    let app = TestApp::new().await;
    let groups = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
    let address = app.platform.simulated().addresses().groups.to_string();
    let scope = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
    app.open("client-1", json!({ groups: {"scope": [scope], "context_groups_url": address} })).await;
    app.sync_roster().await;
    let course = app.course().await;
    let mut tx = app.services.db.read().await.unwrap();
    let known = roster::groups::of_course(&mut tx, course).await.unwrap();
    assert_eq!(known.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Red"]);
    assert_eq!(roster::groups::members(&mut tx, course, "g1").await.unwrap(), ["ada"]);
    assert!(app.platform.roster_asked()[0].contains("groups=true"));
}

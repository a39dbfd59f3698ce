//! Files of registrations, on both databases.

use chrono::TimeZone as _;
use serde_json::{Value, json};

use super::*;
use crate::{database_test, store::Db};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

fn registration(client_id: &str) -> NewRegistration {
    NewRegistration {
        name: format!("Block {client_id}"),
        issuer: "https://lms.example.org".to_owned(),
        client_id: client_id.to_owned(),
        auth_url: "https://lms.example.org/auth".to_owned(),
        token_url: "https://lms.example.org/token".to_owned(),
        token_audience: Some("https://api.example.org".to_owned()),
        jwks_url: "https://lms.example.org/keys".to_owned(),
        deployments: vec!["A1".to_owned(), "a1".to_owned()],
        deployment_policy: Some(DeploymentPolicy::Approve),
        frame_ancestors: vec!["https://apps.example.org".to_owned()],
        service_hosts: vec!["api.example.org".to_owned()],
        family: Family::OpenEdx,
        grade_columns: Some(GradeColumns::Task),
        ..NewRegistration::default()
    }
}

async fn add(db: &Db, registrations: &[NewRegistration]) {
    let mut tx = db.begin().await.unwrap();
    for (minute, new) in (0..).zip(registrations) {
        let at = now() + TimeDelta::minutes(minute);
        platform::add(&mut tx, &Entropy::system(), at, new.clone(), false).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn exported(db: &Db) -> String {
    export(&mut db.read().await.unwrap(), Within::Installation).await.unwrap()
}

async fn imported(db: &Db, text: &str, existing: Existing) -> Imported {
    let readable = read(text.as_bytes(), false).unwrap();
    let mut tx = db.begin().await.unwrap();
    let imported = import(&mut tx, &Entropy::system(), now(), readable, existing, false).await.unwrap();
    tx.commit().await.unwrap();
    imported
}

async fn remove_all(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for registration in platform::registrations(&mut tx).await.unwrap() {
        platform::remove(&mut tx, &registration).await.unwrap();
    }
    tx.commit().await.unwrap();
}

database_test!(
    async fn what_is_exported_comes_back_as_it_was(db: Db) {
        let apart = NewRegistration { separate: true, ..registration("another-school") };
        add(&db, &[registration("one"), registration("two"), apart]).await;
        let file = exported(&db).await;
        remove_all(&db).await;
        let came = imported(&db, &file, Existing::Skip).await;
        assert_eq!(came.added.len(), 3);
        assert_eq!(exported(&db).await, file);
        let mut tx = db.read().await.unwrap();
        assert_eq!(platform::platforms(&mut tx).await.unwrap().len(), 2, "tenants stay apart");
    }
);

database_test!(
    async fn what_is_there_is_left_alone_or_updated_as_told(db: Db) {
        add(&db, &[registration("one")]).await;
        let mut file: Value = serde_json::from_str(&exported(&db).await).unwrap();
        file["platforms"][0]["registrations"][0]["name"] = json!("Renamed");
        file["platforms"][0]["registrations"][0]["deployment_policy"] = json!("closed");
        let mut second = file["platforms"][0]["registrations"][0].clone();
        second["client_id"] = json!("two");
        file["platforms"][0]["registrations"].as_array_mut().unwrap().push(second);
        let came = imported(&db, &file.to_string(), Existing::Skip).await;
        assert_eq!((came.added.len(), came.updated.len(), came.skipped.len()), (1, 0, 1));
        let mut tx = db.read().await.unwrap();
        let found = platform::registrations(&mut tx).await.unwrap();
        assert_eq!(found[0].name, "Block one");
        assert_eq!(found[0].platform_id, found[1].platform_id, "what stands together belongs together");
        drop(tx);
        let came = imported(&db, &file.to_string(), Existing::Update).await;
        assert_eq!((came.added.len(), came.updated.len(), came.skipped.len()), (0, 2, 0));
        let mut tx = db.read().await.unwrap();
        let found = platform::registrations(&mut tx).await.unwrap();
        assert_eq!((found[0].name.as_str(), found[0].deployment_policy), ("Renamed", DeploymentPolicy::Closed));
    }
);

database_test!(
    async fn the_file_of_another_tool_is_read(db: Db) {
        let file = json!({
            "https://canvas.instructure.com": [
                { "default": true, "client_id": "10000000000001", "auth_login_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
                  "auth_token_url": "https://sso.canvaslms.com/login/oauth2/token", "auth_audience": null,
                  "key_set_url": "https://sso.canvaslms.com/api/lti/security/jwks", "key_set": null,
                  "private_key_file": "private.key", "public_key_file": "public.key", "deployment_ids": ["5:abc"] },
                { "client_id": "10000000000002", "auth_login_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
                  "auth_token_url": "https://sso.canvaslms.com/login/oauth2/token",
                  "key_set_url": "https://sso.canvaslms.com/api/lti/security/jwks", "deployment_ids": [] },
            ],
            "https://moodle.example.org": { "client_id": "m", "auth_login_url": "https://moodle.example.org/mod/lti/auth.php",
                "auth_token_url": "https://moodle.example.org/mod/lti/token.php",
                "key_set_url": "https://moodle.example.org/mod/lti/certs.php", "deployment_ids": ["1"] },
        });
        assert_eq!(imported(&db, &file.to_string(), Existing::Skip).await.added.len(), 3);
        let mut tx = db.read().await.unwrap();
        let found = platform::registrations(&mut tx).await.unwrap();
        let moodle = found.iter().find(|one| one.client_id == "m").unwrap();
        assert_eq!((moodle.name.as_str(), moodle.family), ("moodle.example.org", Family::Moodle));
        let canvas = found.iter().find(|one| one.client_id == "10000000000001").unwrap();
        assert_eq!((canvas.family, canvas.deployment_policy), (Family::Canvas, DeploymentPolicy::Closed));
        assert_eq!(canvas.deployments, ["5:abc"]);
        let open = found.iter().find(|one| one.client_id == "10000000000002").unwrap();
        assert_eq!(open.deployment_policy, DeploymentPolicy::Learn);
    }
);

fn mistakes(file: &Value) -> Vec<String> {
    read(file.to_string().as_bytes(), false).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_is_named_by_its_place() {
    let good = json!({ "name": "A", "client_id": "a", "auth_url": "https://lms.example.org/auth",
        "token_url": "https://lms.example.org/token", "jwks_url": "https://lms.example.org/keys" });
    let mut bad = good.clone();
    bad["auth_url"] = json!("javascript:alert(1)");
    bad["jwks_url"] = json!(7);
    bad["deployments"] = json!(["1", 2]);
    bad["family"] = json!("webct");
    bad["frame_ancestors"] = json!("https://apps.example.org");
    let file = json!({ "ltt_platforms": 1, "platforms": [
        { "name": "LMS", "issuer": "https://lms.example.org", "registrations": [good, bad] },
        { "name": "Empty", "issuer": "https://empty.example.org" },
    ]});
    let found = mistakes(&file);
    for expected in [
        "platforms[0].registrations[1].auth_url: \"javascript:alert(1)\" must begin with https://",
        "platforms[0].registrations[1].jwks_url: give a text",
        "platforms[0].registrations[1].deployments[1]: give a text",
        "platforms[0].registrations[1].family: give one of open_edx, moodle",
        "platforms[0].registrations[1].frame_ancestors: give a list of texts",
        "platforms[0].registrations[1].client_id: \"a\" of https://lms.example.org stands in the file twice",
        "platforms[1].registrations: give a list of registrations",
    ] {
        assert!(found.iter().any(|mistake| mistake.starts_with(expected)), "{expected}\n{found:#?}");
    }
}

#[test]
fn what_is_no_file_of_registrations_says_what_to_give() {
    for text in ["", "[]", "{}", "<html>", "{\"ltt_platforms\": 2}", "{\"https://a.example\": 7}"] {
        assert!(read(text.as_bytes(), false).is_err(), "{text}");
    }
    let pinned = json!({ "https://lms.example.org": { "client_id": "a", "key_set": { "keys": [] },
        "auth_login_url": "https://lms.example.org/auth", "auth_token_url": "https://lms.example.org/token" } });
    assert!(mistakes(&pinned)[0].starts_with("\"https://lms.example.org\".key_set_url: LTT fetches"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = read(&bytes, false);
        let _ = read(format!("{{\"ltt_platforms\":1,\"platforms\":[{}]}}", String::from_utf8_lossy(&bytes)).as_bytes(), false);
    }
}

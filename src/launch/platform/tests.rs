//! Registrations, on both databases.

use chrono::TimeZone as _;

use super::*;
use crate::{database_test, store::Db};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

fn block(client_id: &str, host: &str) -> NewRegistration {
    NewRegistration {
        name: format!("Block {client_id}"),
        issuer: "https://lms.example.org".to_owned(),
        client_id: client_id.to_owned(),
        auth_url: format!("https://{host}/launch/"),
        token_url: format!("https://{host}/token/{client_id}"),
        jwks_url: format!("https://{host}/keys/{client_id}"),
        ..NewRegistration::default()
    }
}

async fn added(db: &Db, new: NewRegistration) -> Result<Registration, PlatformError> {
    let mut tx = db.begin().await?;
    let registration = add(&mut tx, &Entropy::system(), now(), new, false).await?;
    tx.commit().await?;
    Ok(registration)
}

database_test!(
    async fn registrations_of_one_issuer_and_origin_are_one_platform(db: Db) {
        let first = added(&db, block("one", "lms.example.org")).await.unwrap();
        let second = added(&db, block("two", "lms.example.org")).await.unwrap();
        let elsewhere = added(&db, block("three", "other.example.org")).await.unwrap();
        let separate =
            added(&db, NewRegistration { separate: true, ..block("four", "lms.example.org") }).await.unwrap();
        assert_eq!(first.platform_id, second.platform_id);
        assert_ne!(first.platform_id, elsewhere.platform_id);
        assert_ne!(first.platform_id, separate.platform_id);
    }
);

database_test!(
    async fn a_registration_comes_back_with_its_lists(db: Db) {
        let new = NewRegistration {
            deployments: vec!["1".to_owned(), "a".to_owned()],
            frame_ancestors: vec!["https://learn.example.org/some/path".to_owned()],
            service_hosts: vec!["grades.example.org".to_owned()],
            ..block("one", "lms.example.org")
        };
        let registration = added(&db, new).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let found = registrations_of(&mut tx, "https://lms.example.org", Some("one")).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&registration));
        assert_eq!(found[0].frame_ancestors, ["https://learn.example.org"]);
        assert_eq!(found[0].deployment_policy, DeploymentPolicy::Closed);
        assert!(registrations_of(&mut tx, "https://lms.example.org", Some("two")).await.unwrap().is_empty());
    }
);

database_test!(
    async fn the_same_client_id_twice_is_refused(db: Db) {
        added(&db, block("one", "lms.example.org")).await.unwrap();
        let again = added(&db, block("one", "other.example.org")).await;
        assert!(matches!(again, Err(PlatformError::Duplicate { .. })), "{again:?}");
    }
);

database_test!(
    async fn the_last_registration_takes_its_platform_with_it(db: Db) {
        let first = added(&db, block("one", "lms.example.org")).await.unwrap();
        let second = added(&db, block("two", "lms.example.org")).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        remove(&mut tx, &first).await.unwrap();
        assert_eq!(platforms(&mut tx).await.unwrap().len(), 1);
        remove(&mut tx, &second).await.unwrap();
        assert!(platforms(&mut tx).await.unwrap().is_empty());
    }
);

#[test]
fn an_address_that_is_not_https_is_refused_with_its_option() {
    for (url, loopback, expected) in [
        ("http://lms.example.org/auth", true, "must begin with https"),
        ("http://localhost:8000/auth", false, "LTT_OUTBOUND_ALLOW=loopback"),
        ("lms.example.org", true, "is no address"),
    ] {
        let new = NewRegistration { auth_url: url.to_owned(), ..block("one", "lms.example.org") };
        let [problem] = &*new.problems(loopback) else { panic!("{:?}", new.problems(loopback)) };
        let message = problem.to_string();
        assert!(message.starts_with("--auth-url") && message.contains(expected), "{message}");
    }
}

#[test]
fn every_problem_is_named_and_not_only_the_first() {
    let new = NewRegistration {
        name: "  ".to_owned(),
        jwks_url: "keys".to_owned(),
        service_hosts: vec!["https://host".to_owned()],
        ..block("one", "lms.example.org")
    };
    let fields: Vec<Field> = new.problems(false).into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, [Field::Name, Field::ServiceHosts, Field::JwksUrl]);
}

database_test!(
    async fn a_changed_registration_keeps_its_platform_and_its_policy(db: Db) {
        let known = added(&db, block("one", "lms.example.org")).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let new = NewRegistration {
            issuer: "https://renamed.example.org".to_owned(),
            frame_ancestors: vec!["https://learn.example.org".to_owned()],
            ..block("two", "elsewhere.example.org")
        };
        let changed = update(&mut tx, &Entropy::system(), now(), &known, new, false).await.unwrap();
        assert_eq!(registration(&mut tx, known.id).await.unwrap().as_ref(), Some(&changed));
        assert_eq!((changed.platform_id, changed.deployment_policy), (known.platform_id, known.deployment_policy));
        let platform = find(&mut tx, known.platform_id).await.unwrap().unwrap();
        assert_eq!(platform.issuer, "https://renamed.example.org");
    }
);

database_test!(
    async fn a_platform_with_several_registrations_keeps_its_issuer(db: Db) {
        let first = added(&db, block("one", "lms.example.org")).await.unwrap();
        added(&db, block("two", "lms.example.org")).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let entropy = Entropy::system();
        let moved = NewRegistration { issuer: "https://other.example.org".to_owned(), ..block("one", "x.example.org") };
        let refused = update(&mut tx, &entropy, now(), &first, moved, false).await.unwrap_err();
        assert!(
            matches!(&refused, PlatformError::Invalid(problems) if problems[0].field == Field::Issuer),
            "{refused}"
        );
        let taken = update(&mut tx, &entropy, now(), &first, block("two", "lms.example.org"), false).await;
        assert!(matches!(taken, Err(PlatformError::Duplicate { .. })), "{taken:?}");
    }
);

database_test!(
    async fn organisations_share_no_platform_and_see_only_their_own(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let entropy = Entropy::system();
        let mut ids = Vec::new();
        for name in ["North", "South"] {
            const SQL: &str = "INSERT INTO organisation (id, name, created_at) VALUES ($1, $2, $3)";
            let id = entropy.id(now());
            let insert = on_tx!(&mut tx, |connection| sqlx::query(SQL)
                .bind(id)
                .bind(name)
                .bind(now())
                .execute(connection)
                .await
                .map(drop));
            insert.unwrap();
            ids.push(id);
        }
        let mut registrations = Vec::new();
        for (client_id, organisation_id) in [("one", Some(ids[0])), ("two", Some(ids[1])), ("three", None)] {
            let new = NewRegistration { organisation_id, ..block(client_id, "lms.example.org") };
            registrations.push(add(&mut tx, &entropy, now(), new, false).await.unwrap());
        }
        let north = Within::Organisation(ids[0]);
        let seen = platforms_within(&mut tx, north).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].1[0].client_id, "one");
        assert!(registration_within(&mut tx, north, registrations[0].id).await.unwrap().is_some());
        for foreign in &registrations[1..] {
            assert!(registration_within(&mut tx, north, foreign.id).await.unwrap().is_none());
            assert!(registration_within(&mut tx, Within::Installation, foreign.id).await.unwrap().is_some());
        }
        assert_eq!(platforms_within(&mut tx, Within::Installation).await.unwrap().len(), 3);
    }
);

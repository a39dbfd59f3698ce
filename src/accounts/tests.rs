//! Signing in, through the stores on both databases.

use std::{net::IpAddr, sync::Arc};

use chrono::{TimeDelta, TimeZone as _};
use serde_json::json;
use tower_sessions::{
    SessionStore as _,
    session::{Id, Record},
};

use super::{browser_session::BrowserSessions, *};
use crate::{clock::ManualClock, database_test, store::Db};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

async fn account(db: &Db, name: &str) -> Account {
    let mut tx = db.begin().await.unwrap();
    let invitation = Invitation { name: Some(name.to_owned()), role: Role::Administrator, organisation_id: None };
    let account = invited(&mut tx, &Entropy::system(), now(), &invitation).await.unwrap();
    tx.commit().await.unwrap();
    account
}

fn record(account: &Account) -> Record {
    let data = [(browser_session::ACCOUNT.to_owned(), json!(account.id))].into();
    Record { id: Id(rand::random()), data, expiry_date: tower_sessions::cookie::time::OffsetDateTime::UNIX_EPOCH }
}

database_test!(
    async fn a_link_is_good_once_and_for_a_while(db: Db) {
        let account = account(&db, "Ada").await;
        let mut tx = db.begin().await.unwrap();
        let secret = link::issue(&mut tx, &Entropy::system(), now(), account.id).await.unwrap();
        let late = link::issue(&mut tx, &Entropy::system(), now(), account.id).await.unwrap();
        assert_eq!(
            link::holder(&mut tx, now(), &secret).await.unwrap().as_ref(),
            Some(&account),
            "looking spends nothing"
        );
        assert_eq!(link::redeem(&mut tx, now(), &secret).await.unwrap().as_ref(), Some(&account));
        assert_eq!(link::redeem(&mut tx, now(), &secret).await.unwrap(), None);
        let over = now() + link::LIFE;
        assert_eq!(link::holder(&mut tx, over, &late).await.unwrap(), None);
        assert_eq!(link::redeem(&mut tx, over, &late).await.unwrap(), None);
        assert_eq!(sweep(&mut tx, over).await.unwrap(), 1);
    }
);

database_test!(
    async fn a_session_ends_when_it_stands_idle_and_in_any_case_after_a_day_of_work(db: Db) {
        let account = account(&db, "Ada").await;
        let clock = ManualClock::at(now());
        let sessions = BrowserSessions::new(db.clone(), Arc::new(clock.clone()));
        let (mut idle, mut busy) = (record(&account), record(&account));
        sessions.create(&mut idle).await.unwrap();
        sessions.create(&mut busy).await.unwrap();
        assert!(sessions.load(&idle.id).await.unwrap().is_some());
        for _ in 0..14 {
            clock.advance(TimeDelta::minutes(50));
            assert!(sessions.load(&busy.id).await.unwrap().is_some(), "used again and again");
        }
        assert!(sessions.load(&idle.id).await.unwrap().is_none(), "idle");
        clock.advance(TimeDelta::minutes(50));
        assert!(sessions.load(&busy.id).await.unwrap().is_none(), "twelve hours are over");
        let mut tx = db.begin().await.unwrap();
        assert_eq!(sweep(&mut tx, crate::clock::Clock::now(&clock)).await.unwrap(), 2);
    }
);

database_test!(
    async fn a_session_says_whose_it_is_and_goes_with_its_account(db: Db) {
        let account = account(&db, "Ada").await;
        let sessions = BrowserSessions::new(db.clone(), Arc::new(ManualClock::at(now())));
        let mut session = record(&account);
        sessions.create(&mut session).await.unwrap();
        let loaded = sessions.load(&session.id).await.unwrap().unwrap();
        assert_eq!(loaded.data, session.data);
        let mut foreign = record(&account);
        foreign.data.insert("cart".to_owned(), json!(1));
        assert!(sessions.create(&mut foreign).await.is_err());
        let mut tx = db.begin().await.unwrap();
        remove(&mut tx, account.id).await.unwrap();
        tx.commit().await.unwrap();
        assert!(sessions.load(&session.id).await.unwrap().is_none());
    }
);

database_test!(
    async fn a_new_password_signs_every_browser_out(db: Db) {
        let account = account(&db, "Ada").await;
        let sessions = BrowserSessions::new(db.clone(), Arc::new(ManualClock::at(now())));
        let mut session = record(&account);
        sessions.create(&mut session).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        set_password(&mut tx, account.id, "hash").await.unwrap();
        assert_eq!(by_name(&mut tx, " ADA ").await.unwrap().unwrap().password_hash.as_deref(), Some("hash"));
        tx.commit().await.unwrap();
        assert!(sessions.load(&session.id).await.unwrap().is_none());
    }
);

database_test!(
    async fn guessing_is_slowed_down_by_name_and_by_address(db: Db) {
        let entropy = Entropy::system();
        let (here, there): (IpAddr, IpAddr) = ("203.0.113.7".parse().unwrap(), "198.51.100.1".parse().unwrap());
        let mut tx = db.begin().await.unwrap();
        for _ in 0..throttle::BY_NAME {
            assert!(throttle::admit(&mut tx, &entropy, now(), "Ada", here).await.unwrap());
        }
        assert!(!throttle::admit(&mut tx, &entropy, now(), " ada ", there).await.unwrap(), "from anywhere");
        assert!(throttle::admit(&mut tx, &entropy, now(), "bob", there).await.unwrap(), "others are let in");
        throttle::forgive(&mut tx, "ada").await.unwrap();
        assert!(throttle::admit(&mut tx, &entropy, now(), "ada", there).await.unwrap(), "its owner has come");
        for number in 0..throttle::BY_CLIENT {
            let name = format!("name-{number}");
            throttle::admit(&mut tx, &entropy, now(), &name, here).await.unwrap();
        }
        assert!(!throttle::admit(&mut tx, &entropy, now(), "new", here).await.unwrap());
        let later = now() + throttle::WINDOW;
        assert!(throttle::admit(&mut tx, &entropy, later, "new", here).await.unwrap());
    }
);

#[tokio::test]
async fn a_password_is_known_by_its_hash_and_no_other_is() {
    let entropy = Entropy::seeded(1);
    let word = "correct horse battery".to_owned();
    let hash = password::hash(&entropy, "ada", word.clone()).await.unwrap();
    assert!(hash.starts_with("$argon2id$") && !hash.contains("horse"), "{hash}");
    assert!(password::verify(&entropy, word.clone(), Some(hash.clone())).await.unwrap());
    assert!(!password::verify(&entropy, "wrong horse battery".to_owned(), Some(hash)).await.unwrap());
    assert!(!password::verify(&entropy, word, None).await.unwrap());
    assert!(
        !password::verify(&entropy, "nobody's".to_owned(), None).await.unwrap(),
        "what stands in for no hash opens nothing"
    );
}

#[tokio::test]
async fn a_password_that_is_too_easy_is_refused_with_what_to_do() {
    let entropy = Entropy::seeded(1);
    for password in ["short", "", &"long".repeat(60)] {
        let refused = password::hash(&entropy, "ada", password.to_owned()).await.unwrap_err();
        assert!(refused.to_string().contains("12 to 200"), "{refused}");
    }
    let same = password::hash(&entropy, "administrator", "Administrator".to_owned()).await.unwrap_err();
    assert!(same.to_string().contains("anybody would try"), "{same}");
}

//! The life of keys, on both databases.

use chrono::TimeZone as _;
use futures::future::join_all;
use secrecy::SecretString;

use super::*;
use crate::{
    database_test,
    launch::platform::{self, NewRegistration, Registration},
};

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

fn keyring(db: &Db) -> Keyring {
    Keyring::new(db.clone(), Entropy::system(), Vault::default())
}

fn sealing(db: &Db, current: &str, former: &str) -> Keyring {
    let vault = Vault::new(Some(SecretString::from(current)), Some(SecretString::from(former)));
    Keyring::new(db.clone(), Entropy::system(), vault)
}

async fn register(db: &Db, client_id: &str) -> Registration {
    let at = |path: &str| format!("https://lms.example.org/{path}");
    let new = NewRegistration {
        name: client_id.to_owned(),
        issuer: "https://lms.example.org".to_owned(),
        client_id: client_id.to_owned(),
        auth_url: at("auth"),
        token_url: at("token"),
        jwks_url: at("keys"),
        ..NewRegistration::default()
    };
    let mut tx = db.begin().await.unwrap();
    let registration = platform::add(&mut tx, &Entropy::system(), noon(), new, false).await.unwrap();
    tx.commit().await.unwrap();
    registration
}

/// The kids of that state, for all registrations.
async fn kids(keyring: &Keyring, state: KeyState) -> Vec<String> {
    let records = keyring.records().await.unwrap();
    records.into_iter().filter(|record| record.state == state && record.registration.is_none()).map(|r| r.kid).collect()
}

async fn signing(keyring: &Keyring, client_id: &str) -> String {
    keyring.signing("https://lms.example.org", client_id).await.unwrap().expect("a key that signs").kid
}

database_test!(
    async fn a_key_is_published_before_it_signs_and_after(db: Db) {
        let keyring = keyring(&db);
        let rotation = Some(TimeDelta::days(30));
        keyring.ensure(noon()).await.unwrap();
        keyring.upkeep(noon(), rotation).await.unwrap();
        let (first, next) = (kids(&keyring, KeyState::Active).await, kids(&keyring, KeyState::Next).await);
        assert_eq!((first.len(), next.len()), (1, 1));
        keyring.upkeep(noon() + TimeDelta::days(29), rotation).await.unwrap();
        assert_eq!(kids(&keyring, KeyState::Active).await, first, "not yet old enough");

        let changed = noon() + TimeDelta::days(30);
        keyring.upkeep(changed, rotation).await.unwrap();
        assert_eq!(kids(&keyring, KeyState::Active).await, next);
        assert_eq!(kids(&keyring, KeyState::Retired).await, first);
        assert_eq!(signing(&keyring, "any").await, next[0]);
        let published: Vec<String> = keyring.all().await.unwrap().into_iter().map(|key| key.kid).collect();
        assert!(published.contains(&first[0]) && published.len() == 3);

        keyring.upkeep(changed + PUBLISHED_AFTER - TimeDelta::seconds(1), rotation).await.unwrap();
        assert_eq!(kids(&keyring, KeyState::Retired).await, first, "it may still have to be verified by");
        keyring.upkeep(changed + PUBLISHED_AFTER, rotation).await.unwrap();
        assert!(kids(&keyring, KeyState::Retired).await.is_empty());
    }
);

database_test!(
    async fn no_key_signs_by_itself_that_platforms_cannot_know_yet(db: Db) {
        let keyring = keyring(&db);
        keyring.ensure(noon()).await.unwrap();
        let first = kids(&keyring, KeyState::Active).await;
        let later = noon() + TimeDelta::days(100);
        let rotation = Some(TimeDelta::days(90));
        keyring.upkeep(later, rotation).await.unwrap();
        keyring.upkeep(later + TimeDelta::hours(23), rotation).await.unwrap();
        assert_eq!(kids(&keyring, KeyState::Active).await, first, "the next key was made too late");
        keyring.upkeep(later + PUBLISHED_BEFORE, None).await.unwrap();
        assert_eq!(kids(&keyring, KeyState::Active).await, first, "rotation by itself is off");
        keyring.upkeep(later + PUBLISHED_BEFORE, rotation).await.unwrap();
        assert_ne!(kids(&keyring, KeyState::Active).await, first);
    }
);

database_test!(
    async fn replicas_that_start_and_rotate_at_once_agree_on_one_key(db: Db) {
        let replicas = [(); 4].map(|()| keyring(&db));
        for started in join_all(replicas.iter().map(|replica| replica.ensure(noon()))).await {
            started.unwrap();
        }
        for kept in join_all(replicas.iter().map(|replica| replica.upkeep(noon(), None))).await {
            kept.unwrap();
        }
        let (active, next) = (kids(&replicas[0], KeyState::Active).await, kids(&replicas[0], KeyState::Next).await);
        assert_eq!((active.len(), next.len()), (1, 1));

        let rotations = join_all(replicas.iter().map(|replica| replica.rotate(None, noon()))).await;
        let won = rotations.iter().filter(|rotation| rotation.is_ok()).count();
        let raced = rotations.iter().filter(|rotation| matches!(rotation, Err(OwnKeyError::Raced))).count();
        assert_eq!((won, raced), (1, 3), "{rotations:?}");
        assert_eq!(kids(&replicas[1], KeyState::Active).await, next);
        assert_eq!(kids(&replicas[2], KeyState::Retired).await, active);
        assert_eq!(kids(&replicas[3], KeyState::Next).await.len(), 1);
    }
);

database_test!(
    async fn keys_that_leaked_are_gone_at_once(db: Db) {
        let keyring = keyring(&db);
        keyring.ensure(noon()).await.unwrap();
        keyring.rotate(None, noon()).await.unwrap();
        let before = keyring.records().await.unwrap();
        let replaced = keyring.replace(None, noon()).await.unwrap();
        let after = keyring.records().await.unwrap();
        assert_eq!(after.len(), 2);
        assert!(after.iter().all(|record| before.iter().all(|former| former.kid != record.kid)));
        assert_eq!(signing(&keyring, "any").await, replaced.active);
    }
);

database_test!(
    async fn a_registration_may_sign_with_keys_of_its_own(db: Db) {
        let keyring = keyring(&db);
        keyring.ensure(noon()).await.unwrap();
        let shared = kids(&keyring, KeyState::Active).await.remove(0);
        let (one, two) = (register(&db, "one").await, register(&db, "two").await);
        assert!(matches!(keyring.share(one.id, noon()).await, Err(OwnKeyError::NoneOfItsOwn)));
        assert!(matches!(keyring.rotate(Some(one.id), noon()).await, Err(OwnKeyError::NoneOfItsOwn)));
        assert!(matches!(keyring.replace(Some(one.id), noon()).await, Err(OwnKeyError::NoneOfItsOwn)));

        let own = keyring.give_own(one.id, noon()).await.unwrap();
        assert!(matches!(keyring.give_own(one.id, noon()).await, Err(OwnKeyError::OwnAlready)));
        assert_eq!(signing(&keyring, "one").await, shared, "it is published first");
        keyring.upkeep(noon() + PUBLISHED_BEFORE, None).await.unwrap();
        assert_eq!((signing(&keyring, "one").await, signing(&keyring, "two").await), (own.clone(), shared.clone()));
        assert_eq!(keyring.signing("https://another.example.org", "one").await.unwrap().unwrap().kid, shared);

        let rotation = keyring.rotate(Some(one.id), noon() + PUBLISHED_BEFORE).await.unwrap();
        assert_eq!(rotation.retired, Some(own));
        assert_eq!(kids(&keyring, KeyState::Active).await.first(), Some(&shared), "the installation's is untouched");
        keyring.share(one.id, noon() + PUBLISHED_BEFORE).await.unwrap();
        assert_eq!(signing(&keyring, "one").await, shared);
        assert!(keyring.all().await.unwrap().iter().any(|key| key.kid == rotation.active), "still published");

        keyring.give_own(two.id, noon()).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        platform::remove(&mut tx, &two).await.unwrap();
        tx.commit().await.unwrap();
        assert!(keyring.records().await.unwrap().iter().all(|record| record.registration != Some(two.id)));
    }
);

database_test!(
    async fn keys_are_encrypted_at_rest_and_the_secret_can_be_changed(db: Db) {
        let plain = keyring(&db);
        plain.ensure(noon()).await.unwrap();
        let private = plain.all().await.unwrap();
        assert!(matches!(plain.encrypt().await, Err(OwnKeyError::Vault(VaultError::NoSecret))));

        let first = sealing(&db, "first", "");
        first.upkeep(noon(), None).await.unwrap();
        let sealed = |records: Vec<KeyRecord>| records.iter().filter(|record| record.encrypted).count();
        assert_eq!(sealed(first.records().await.unwrap()), 1, "what is made from now on is encrypted");
        assert_eq!(first.encrypt().await.unwrap(), 1);
        assert_eq!(sealed(first.records().await.unwrap()), 2);
        assert_eq!(first.encrypt().await.unwrap(), 0);
        assert!(first.all().await.unwrap().contains(&private[0]));

        let missing = plain.ensure(noon()).await.unwrap_err().to_string();
        assert!(missing.contains("set LTT_KEY_ENCRYPTION_SECRET"), "{missing}");
        let wrong = sealing(&db, "second", "").ensure(noon()).await.unwrap_err().to_string();
        assert!(wrong.contains("LTT_KEY_ENCRYPTION_SECRET_OLD"), "{wrong}");

        let second = sealing(&db, "second", "first");
        second.ensure(noon()).await.unwrap();
        assert_eq!(second.encrypt().await.unwrap(), 2);
        assert!(sealing(&db, "second", "").all().await.unwrap().contains(&private[0]));
        assert!(first.all().await.is_err());
    }
);

//! Workers that hold scores, side by side and one after the other.

use std::sync::LazyLock;

use sqlx::PgPool;

use super::*;
use crate::grades::claim::Trouble;

static NOTHING_UNDER_WAY: LazyLock<HashMap<Uuid, usize>> = LazyLock::new(HashMap::new);

fn room() -> Room<'static> {
    Room { free: AT_ONCE, at_once: AT_ONCE_TO_ONE, per_second: 1000, under_way: &NOTHING_UNDER_WAY }
}

database_test! {
    async fn a_score_held_by_a_worker_that_died_is_delivered_when_its_lease_is_over(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let mut tx = db.begin().await.unwrap();
        let held = claim::claim(&mut tx, &class.entropy, class.now(), class.now() + LEASE, room()).await.unwrap();
        assert_eq!(held.len(), 1);
        tx.commit().await.unwrap();

        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        class.clock.advance(TimeDelta::seconds(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);

        // The dead one was only slow, and failed: that does not undo what has been sent meanwhile.
        let late = Settlement::Waiting {
            trouble: Trouble { fault: "timed_out", reason: "late".to_owned(), remedy: String::new() },
            next_attempt_at: class.now(),
            counts: true,
        };
        let mut tx = db.begin().await.unwrap();
        claim::settle(&mut tx, class.now(), &held[0], &late).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn a_score_is_held_for_as_long_as_its_worker_gives_a_sign_of_life(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let claim = async |until| {
            let mut tx = db.begin().await.unwrap();
            let claimed = claim::claim(&mut tx, &class.entropy, class.now(), until, room()).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let renew = async |claimed: &Claimed| {
            let mut tx = db.begin().await.unwrap();
            claim::renew(&mut tx, claimed.line_item, claimed.claim, class.now() + LEASE).await.unwrap();
            tx.commit().await.unwrap();
        };
        let held = claim(class.now() + LEASE).await;
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        renew(&held[0]).await;
        class.clock.advance(TimeDelta::seconds(2));
        assert_eq!(claim(class.now() + LEASE).await, []);
        class.clock.advance(LEASE);
        let taken_over = claim(class.now() + LEASE).await;
        assert_eq!(taken_over.len(), 1);

        // The first worker's sign of life comes too late to keep the second one's claim.
        class.clock.advance(LEASE - TimeDelta::seconds(1));
        renew(&held[0]).await;
        class.clock.advance(TimeDelta::seconds(1));
        assert_eq!(claim(class.now() + LEASE).await.len(), 1);
    }
}

database_test! {
    async fn workers_at_once_deliver_each_score_once(db: Db) {
        let class = Class::on(&db).await;
        for learner in 0..20 {
            let owed = class.learner(&format!("learner {learner}"), &format!("https://lms.example/items/{learner}")).await;
            class.earns(&owed, 4.0).await;
        }
        let gradebooks = Arc::new(Scripted::default());
        let workers = [(); 4].map(|()| class.deliverer(&gradebooks));
        loop {
            let rounds = futures::future::join_all(workers.iter().map(|worker| worker.deliver_due(&class.clock))).await;
            if rounds.into_iter().all(|round| round.unwrap() == Round::default()) {
                break;
            }
        }
        let mut items: Vec<_> = gradebooks.posted.lock().unwrap().iter().map(|(item, _)| item.clone()).collect();
        assert_eq!(items.len(), 20);
        items.sort();
        items.dedup();
        assert_eq!(items.len(), 20);
    }
}

database_test! {
    async fn the_worker_delivers_when_it_is_rung_for_and_ends_when_it_is_told(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let bell = Arc::new(Notify::new());
        let deliverer =
            Deliverer::new(db.clone(), Arc::clone(&gradebooks), class.entropy.clone(), PACE, Arc::clone(&bell));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let working = deliverer.run(&class.clock, async { drop(stopped.await) });
        let story = async {
            class.earns(&sam, 4.0).await;
            bell.notify_one();
            gradebooks.bell.notified().await;
            drop(stop);
        };
        tokio::join!(working, story);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

/// Comes back when a connection to this database waits for another one.
async fn somebody_waits(pool: &PgPool) {
    const SQL: &str = "
        SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(SQL).fetch_one(pool).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

database_test! {
    async fn a_worker_that_ends_late_and_one_that_takes_over_wait_for_each_other_in_one_order(db: Db) {
        // SQLite has one writer, who waits for nobody.
        let Db::Postgres(pool) = &db else { return };
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let mut tx = db.begin().await.unwrap();
        let held = claim::claim(&mut tx, &class.entropy, class.now(), class.now() + LEASE, room()).await.unwrap();
        tx.commit().await.unwrap();
        class.clock.advance(LEASE);

        let trouble = Trouble { fault: "platform_failed", reason: "late".to_owned(), remedy: String::new() };
        let failure = Failure { began: noon(), is_down: false, trouble: &trouble };
        let mut late = db.begin().await.unwrap();
        health::failed(&mut late, class.now(), class.platform, failure, |_| LEASE).await.unwrap();
        let takes_over = async {
            let mut tx = db.begin().await.unwrap();
            let now = class.now();
            let claimed = claim::claim(&mut tx, &class.entropy, now, now + LEASE, room()).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let ends = async {
            somebody_waits(pool).await;
            let settlement = Settlement::Refused { trouble: trouble.clone() };
            claim::settle(&mut late, class.now(), &held[0], &settlement).await.unwrap();
            late.commit().await.unwrap();
        };
        let (claimed, ()) = tokio::join!(takes_over, ends);
        assert_eq!(claimed.len(), 0, "it has been settled before it could be taken over");
    }
}

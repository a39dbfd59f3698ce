//! Platforms that are down, busy or slow, and what that means for the others.

use super::*;

fn failed(status: u16) -> Result<(), ScoreNotTaken> {
    Err(ServiceFault::PlatformFailed { status, retry_after: None, excerpt: String::new() }.into())
}

/// Ten learners of a class with a score each.
async fn ten(class: &Class) -> Vec<Owed> {
    let mut all = Vec::new();
    for learner in 0..10 {
        let owed = class.learner(&format!("learner {learner}"), "https://lms.example/items/1").await;
        class.earns(&owed, 4.0).await;
        all.push(owed);
    }
    all
}

database_test! {
    async fn while_a_platform_is_down_one_score_goes_ahead_and_the_others_wait_behind_it(db: Db) {
        let class = Class::on(&db).await;
        let all = ten(&class).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for _ in 0..AT_ONCE_TO_ONE {
            gradebooks.will_answer(unreachable());
        }
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap().waiting, AT_ONCE_TO_ONE);
        for owed in &all {
            let standing = class.standing(owed).await.unwrap();
            assert_eq!(standing.reason.as_deref(), Some("The course's gradebook could not be reached."));
            assert!(standing.next_attempt_at.unwrap() > class.now() + TimeDelta::seconds(3), "{standing:?}");
            assert!(standing.remedy.is_some());
        }
        for _ in 0..5 {
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
            class.clock.advance(TimeDelta::minutes(20));
            gradebooks.will_answer(unreachable());
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
        }
        class.clock.advance(TimeDelta::minutes(20));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT, "one goes ahead");
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap().sent, AT_ONCE_TO_ONE, "then the others");
    }
}

database_test! {
    async fn the_score_that_goes_ahead_is_one_for_all_workers(db: Db) {
        let class = Class::on(&db).await;
        ten(&class).await;
        let gradebooks = Arc::new(Scripted::default());
        for _ in 0..AT_ONCE_TO_ONE {
            gradebooks.will_answer(failed(503));
        }
        let workers = [(); 3].map(|()| class.deliverer(&gradebooks));
        workers[0].deliver_due(&class.clock).await.unwrap();
        class.clock.advance(TimeDelta::minutes(1));
        let posted = gradebooks.posted().len();
        gradebooks.will_answer(failed(503));
        futures::future::join_all(workers.iter().map(|worker| worker.deliver_due(&class.clock))).await;
        assert_eq!(gradebooks.posted().len(), posted + 1);
    }
}

database_test! {
    async fn a_platform_that_is_down_delays_no_other(db: Db) {
        let down = Class::on(&db).await;
        let up = Class::at(&db, down.entropy.clone(), "https://other.example").await;
        ten(&down).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = down.deliverer(&gradebooks);
        for _ in 0..AT_ONCE_TO_ONE {
            gradebooks.will_answer(unreachable());
        }
        deliverer.deliver_due(&down.clock).await.unwrap();
        let ada = up.learner("ada", "https://other.example/items/1").await;
        up.earns(&ada, 4.0).await;
        assert_eq!(deliverer.deliver_due(&up.clock).await.unwrap(), SENT);
        assert_eq!(up.state(&ada).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn a_platform_with_many_scores_leaves_room_for_one_with_few(db: Db) {
        let many = Class::on(&db).await;
        let few = Class::at(&db, many.entropy.clone(), "https://other.example").await;
        ten(&many).await;
        let ada = few.learner("ada", "https://other.example/items/1").await;
        few.earns(&ada, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        many.deliverer(&gradebooks).deliver_due(&many.clock).await.unwrap();
        assert_eq!(few.state(&ada).await, DeliveryState::Sent);
        assert_eq!(gradebooks.posted().len(), AT_ONCE_TO_ONE + 1);
    }
}

database_test! {
    async fn no_more_goes_to_a_platform_in_a_second_than_it_may_be_asked(db: Db) {
        let class = Class::on(&db).await;
        ten(&class).await;
        let gradebooks = Arc::new(Scripted::default());
        let pace = Pace { per_second: 3, ..PACE };
        let deliverer =
            Deliverer::new(db.clone(), Arc::clone(&gradebooks), class.entropy.clone(), pace, Arc::default());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap().sent, 3);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        class.clock.advance(TimeDelta::seconds(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap().sent, 3);
    }
}

database_test! {
    async fn a_busy_platform_is_left_alone_as_long_as_it_asks(db: Db) {
        let class = Class::on(&db).await;
        ten(&class).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let retry_after = Some(TimeDelta::hours(1));
        for _ in 0..AT_ONCE_TO_ONE {
            gradebooks.will_answer(Err(ServiceFault::Throttled { status: 403, retry_after }.into()));
        }
        deliverer.deliver_due(&class.clock).await.unwrap();
        class.clock.advance(TimeDelta::minutes(59));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        class.clock.advance(TimeDelta::minutes(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
    }
}

database_test! {
    async fn a_score_that_a_platform_fails_at_again_and_again_while_it_takes_others_is_refused(db: Db) {
        let class = Class::on(&db).await;
        let (sam, ada) = (class.sam().await, class.learner("ada", "https://lms.example/items/1").await);
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        class.earns(&sam, 4.0).await;
        for given in 1..i32::try_from(TRIES).unwrap() {
            gradebooks.will_answer(failed(500));
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
            class.clock.advance(TimeDelta::seconds(1));
            class.earns(&ada, given.into()).await;
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT, "others are not held up by it");
            class.clock.advance(TimeDelta::minutes(20));
        }
        gradebooks.will_answer(failed(500));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let standing = class.standing(&sam).await.unwrap();
        assert!(standing.reason.unwrap().contains("has an error at this grade"), "it is told apart from a platform in trouble");
    }
}

database_test! {
    async fn a_platform_that_fails_at_every_score_is_waited_for(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for _ in 0..20 {
            gradebooks.will_answer(failed(500));
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
            class.clock.advance(TimeDelta::minutes(20));
        }
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
    }
}

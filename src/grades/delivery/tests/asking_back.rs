//! Asking gradebooks what they show, and what those who teach can do.

use super::*;
use crate::grades::{digest, pause, resend};

/// Sam, whose course lets LTT read what its gradebook shows, with four of twelve points sent.
async fn sent(class: &Class, deliverer: &Deliverer<Arc<Scripted>>) -> Owed {
    let sam = class.sam().await;
    class.grants(&sam, "sam", &[SCORE_SCOPE, RESULT_SCOPE]).await;
    class.earns(&sam, 4.0).await;
    assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
    sam
}

impl Scripted {
    fn will_show(&self, percent: Option<f64>) {
        self.results.lock().unwrap().push_back(Ok(percent));
    }
}

database_test! {
    async fn what_the_gradebook_shows_as_it_was_sent_is_confirmed(db: Db) {
        let class = Class::on(&db).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let sam = sent(&class, &deliverer).await;
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default(), "not at once");
        class.clock.advance(TimeDelta::minutes(1));
        gradebooks.will_show(Some(33.0));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), CHECKED);
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!((standing.state, standing.confirmed_at), (DeliveryState::Confirmed, Some(class.now())));
        class.clock.advance(TimeDelta::days(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());

        class.earns(&sam, 5.0).await;
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);
    }
}

database_test! {
    async fn a_gradebook_that_shows_another_value_has_time_and_is_then_told(db: Db) {
        let class = Class::on(&db).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let sam = sent(&class, &deliverer).await;
        for _ in 0..3 {
            assert_eq!(class.state(&sam).await, DeliveryState::Sent);
            class.clock.advance(TimeDelta::hours(7));
            gradebooks.will_show(Some(80.0));
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), CHECKED);
        }
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!((standing.state, standing.shown), (DeliveryState::Differs, Some(0.8)));
        let mut tx = db.begin().await.unwrap();
        let stuck = digest::stuck(&mut tx, class.now()).await.unwrap();
        assert_eq!((stuck.len(), &*stuck[0].state, stuck[0].scores), (1, "differs", 1));
        assert_eq!(resend::one(&mut tx, class.now(), sam.work).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted().len(), 2);
    }
}

database_test! {
    async fn a_gradebook_that_says_nothing_or_fails_leaves_it_at_sent(db: Db) {
        let class = Class::on(&db).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let sam = sent(&class, &deliverer).await;
        for answer in [Ok(None), Err(NotPosted::from(ScoreNotTaken::from(HttpError::TimedOut))), Ok(None)] {
            class.clock.advance(TimeDelta::hours(7));
            gradebooks.results.lock().unwrap().push_back(answer);
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), CHECKED);
        }
        class.clock.advance(TimeDelta::days(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn open_edx_is_not_asked_and_a_zero_there_is_told(db: Db) {
        let class = Class::on(&db).await;
        let mut tx = db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| sqlx::query("UPDATE registration SET family = 'open_edx'").execute(connection).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let sam = sent(&class, &deliverer).await;
        class.clock.advance(TimeDelta::days(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        assert_eq!(class.standing(&sam).await.unwrap().reason, None);
        class.earns(&sam, 0.0).await;
        deliverer.deliver_due(&class.clock).await.unwrap();
        let reason = class.standing(&sam).await.unwrap().reason;
        assert_eq!(reason.as_deref(), Some("Your course may not show a grade of zero."));
    }
}

database_test! {
    async fn a_paused_course_holds_its_grades_back_and_sends_the_newest_when_it_goes_on(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let mut tx = db.begin().await.unwrap();
        pause::pause(&mut tx, class.now(), class.course).await.unwrap();
        pause::pause(&mut tx, class.now() + TimeDelta::hours(1), class.course).await.unwrap();
        assert_eq!(pause::since(&mut tx, class.course).await.unwrap(), Some(class.now()));
        tx.commit().await.unwrap();
        for given in [4.0, 5.0] {
            class.earns(&sam, given).await;
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());
        }
        assert_eq!(class.state(&sam).await, DeliveryState::Paused);
        let mut tx = db.begin().await.unwrap();
        pause::resume(&mut tx, class.course).await.unwrap();
        assert_eq!(pause::since(&mut tx, class.course).await.unwrap(), None);
        tx.commit().await.unwrap();
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted(), [(5.0, "12:00:00".to_owned())]);
    }
}

database_test! {
    async fn a_course_is_sent_again_but_for_what_is_confirmed_and_listed_in_one_go(db: Db) {
        let class = Class::on(&db).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let confirmed = sent(&class, &deliverer).await;
        class.clock.advance(TimeDelta::minutes(1));
        gradebooks.will_show(Some(100.0 / 3.0));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), CHECKED);
        let refused = class.learner("ada", "https://lms.example/items/1").await;
        class.earns(&refused, 6.0).await;
        gradebooks.will_answer(Err(ScoreNotTaken::LearnerRefused { status: 422, excerpt: String::new() }));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let idle = class.learner("bob", "https://lms.example/items/1").await;

        let mut tx = db.begin().await.unwrap();
        let listed = of_course(&mut tx, class.course).await.unwrap();
        let state = |work| listed.iter().find(|(of, _)| *of == work).map(|(_, delivery)| delivery.state);
        assert_eq!(state(confirmed.work), Some(DeliveryState::Confirmed));
        assert_eq!(state(refused.work), Some(DeliveryState::Refused));
        assert_eq!(state(idle.work), Some(DeliveryState::NothingYet));
        assert_eq!(resend::all(&mut tx, class.now(), class.course).await.unwrap(), 1);
        tx.commit().await.unwrap();
        class.clock.advance(TimeDelta::seconds(5));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.state(&refused).await, DeliveryState::Sent);
    }
}

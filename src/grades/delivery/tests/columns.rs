//! Columns that LTT makes, that are gone, and that come back.

use super::*;

fn gone() -> Result<(), ScoreNotTaken> {
    Err(ServiceFault::Gone { status: 404, excerpt: String::new() }.into())
}

database_test! {
    async fn a_column_is_made_once_for_all_learners_when_the_first_score_is_sent(db: Db) {
        let class = Class::on(&db).await;
        let gradebooks = Arc::new(Scripted::default());
        let mut all = Vec::new();
        for learner in 0..6 {
            all.push(own(&class, &format!("own {learner}")).await);
        }
        assert!(gradebooks.wanted.lock().unwrap().is_empty(), "no launch makes one");
        let workers = [(); 3].map(|()| class.deliverer(&gradebooks));
        for _ in 0..4 {
            futures::future::join_all(workers.iter().map(|worker| worker.deliver_due(&class.clock))).await;
        }
        for owed in &all {
            assert_eq!(class.state(owed).await, DeliveryState::Sent);
        }
        let wanted = gradebooks.wanted.lock().unwrap().clone();
        assert_eq!(wanted.len(), 1);
        assert_eq!((&*wanted[0].resource_id, &*wanted[0].link_id, wanted[0].maximum), ("p", "link", 12.0));
        let posted = gradebooks.posted.lock().unwrap().clone();
        assert!(posted.iter().all(|(url, _)| url == "https://lms.example/made/1"), "{posted:?}");
    }
}

/// A learner who has earned something that goes to a column of LTT's own.
async fn own(class: &Class, subject: &str) -> Owed {
    let owed = class.learner_of(subject, class.column(None), may_make()).await;
    class.earns(&owed, 4.0).await;
    owed
}

fn may_make() -> Access {
    Access {
        scopes: [SCORE_SCOPE, LINE_ITEM_SCOPE].map(str::to_owned).into(),
        lineitems: Some("https://lms.example/items".parse().expect("an address")),
    }
}

database_test! {
    async fn a_column_that_was_deleted_is_found_again_or_made_anew_where_the_course_lets_ltt(db: Db) {
        let class = Class::on(&db).await;
        let url = "https://lms.example/items/1";
        let sam = class.learner_of("sam", class.column(Some(url)), may_make()).await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        gradebooks.will_answer(gone());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
        class.clock.advance(TimeDelta::seconds(10));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted.lock().unwrap().last().unwrap().0, "https://lms.example/made/1");
    }
}

database_test! {
    async fn a_gradebook_that_loses_each_new_column_is_not_filled_with_them(db: Db) {
        let class = Class::on(&db).await;
        let sam = own(&class, "sam").await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for _ in 0..20 {
            gradebooks.will_answer(gone());
            deliverer.deliver_due(&class.clock).await.unwrap();
            class.clock.advance(TimeDelta::minutes(20));
        }
        assert_eq!(class.state(&sam).await, DeliveryState::Refused);
        assert!(gradebooks.wanted.lock().unwrap().len() <= usize::try_from(TRIES).unwrap());
    }
}

database_test! {
    async fn a_column_that_is_gone_and_may_not_be_made_is_told_with_its_remedy_and_the_next_launch_heals_it(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        gradebooks.will_answer(gone());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let standing = class.standing(&sam).await.unwrap();
        assert!(standing.remedy.unwrap().starts_with("Open the activity once from the course"));

        // Somebody opens the activity, and the launch names the column that the platform has made meanwhile.
        let mut newer = class.column(Some("https://lms.example/items/1"));
        newer.url = Some("https://lms.example/items/2".parse().unwrap());
        class.learner_of("ada", newer, Access::default()).await;
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted.lock().unwrap().last().unwrap().0, "https://lms.example/items/2");
    }
}

database_test! {
    async fn a_course_that_lets_ltt_make_no_column_is_told_so(db: Db) {
        let class = Class::on(&db).await;
        let sam = own(&class, "sam").await;
        let gradebooks = Arc::new(Scripted::default());
        let refused = ServiceFault::Forbidden { status: 403, excerpt: String::new() };
        gradebooks.made.lock().unwrap().push_back(Err(NotPosted::Column(refused)));
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let reason = class.standing(&sam).await.unwrap().reason;
        let expected = "The course does not let LTT make a column in its gradebook (status 403).";
        assert_eq!(reason.as_deref(), Some(expected));
    }
}

database_test! {
    async fn a_line_item_of_before_there_were_columns_gets_its_column_at_the_next_launch(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let mut tx = db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| async {
            sqlx::query("UPDATE line_item SET column_id = NULL, access = NULL, url = 'https://lms.example/items/1'")
                .execute(&mut *connection)
                .await?;
            sqlx::query("DELETE FROM gradebook_column").execute(&mut *connection).await.map(drop)
        }
        .await)
        .unwrap();
        tx.commit().await.unwrap();
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        class.grants(&sam, "sam", &[SCORE_SCOPE]).await;
        class.earns(&sam, 5.0).await;
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted(), [(4.0, "12:00:00".to_owned()), (5.0, "12:00:01".to_owned())]);
    }
}

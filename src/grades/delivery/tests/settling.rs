//! How deliveries end, by what gradebooks answer.

use super::*;

database_test! {
    async fn a_score_that_is_owed_is_sent_once(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        assert_eq!(class.state(&sam).await, DeliveryState::NothingYet);
        class.earns(&sam, 4.0).await;
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);

        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default());

        let standing = class.standing(&sam).await.unwrap();
        assert_eq!((standing.state, standing.given, standing.maximum), (DeliveryState::Sent, 4.0, 12.0));
        assert_eq!(standing.sent_at, Some(noon()));
        let (line_item, score) = gradebooks.posted.lock().unwrap()[0].clone();
        assert_eq!((line_item.as_str(), score.user_id.as_str()), ("https://lms.example/items/1", "sam"));
        assert!(!score.completed);
    }
}

database_test! {
    async fn nothing_is_said_about_a_part_that_no_gradebook_asks_for(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let mut tx = db.read().await.unwrap();
        assert_eq!(standing(&mut tx, sam.work, Some("load-data")).await.unwrap(), None);
        assert_eq!(standing(&mut tx, class.project, None).await.unwrap(), None);
    }
}

database_test! {
    async fn a_zero_is_owed_only_where_more_was_sent_before(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 0.0).await;
        assert_eq!(class.state(&sam).await, DeliveryState::NothingYet);
        class.earns(&sam, 1.0).await;
        class.earns(&sam, 0.0).await;
        let gradebooks = Arc::new(Scripted::default());
        class.deliverer(&gradebooks).deliver_due(&class.clock).await.unwrap();
        assert_eq!(gradebooks.posted(), [(0.0, "12:00:00".to_owned())]);
    }
}

database_test! {
    async fn a_platform_that_is_down_for_an_hour_gets_the_newest_score_when_it_is_back(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 1.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let mut pauses = Vec::new();
        while class.now() < noon() + TimeDelta::hours(1) {
            gradebooks.will_answer(unreachable());
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
            let standing = class.standing(&sam).await.unwrap();
            assert_eq!(standing.reason.as_deref(), Some("The course's gradebook could not be reached."));
            let pause = standing.next_attempt_at.unwrap() - class.now();
            assert_eq!(deliverer.deliver_due(&ManualClock::at(class.now() + pause - TimeDelta::milliseconds(1))).await.unwrap(), Round::default());
            pauses.push(pause.num_seconds());
            class.clock.advance(pause);
        }
        let expected: [i64; 10] = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900];
        for (pause, expected) in pauses.iter().zip(expected) {
            assert!((expected * 3 / 4..=expected * 5 / 4).contains(pause), "{pauses:?}");
        }
        assert!(pauses.len() <= 12, "{pauses:?}");
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
    }
}

database_test! {
    async fn a_score_that_changes_while_it_is_sent_goes_out_again_at_once(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let (entropy, work, line_item) = (class.entropy.clone(), sam.work, sam.line_item);
        let gradebooks = Arc::new(Scripted {
            meanwhile: Some(Box::new(move || {
                let (db, entropy) = (db.clone(), entropy.clone());
                Box::pin(async move { earn(&db, &entropy, noon(), work, line_item, 5.0).await })
            })),
            ..Scripted::default()
        });
        let deliverer = class.deliverer(&gradebooks);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Waiting);
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.state(&sam).await, DeliveryState::Sent);
        assert_eq!(gradebooks.posted(), [(4.0, "12:00:00".to_owned()), (5.0, "12:00:01".to_owned())]);
    }
}

database_test! {
    async fn timestamps_of_one_learner_in_one_column_increase_by_whole_seconds(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for given in [1.0, 2.0, 3.0] {
            class.earns(&sam, given).await;
            deliverer.deliver_due(&class.clock).await.unwrap();
        }
        // The same column can be scored from another work, when the activity has got another project.
        let again = class.sam().await;
        class.earns(&again, 4.0).await;
        deliverer.deliver_due(&class.clock).await.unwrap();
        class.clock.advance(TimeDelta::seconds(60));
        class.earns(&sam, 5.0).await;
        deliverer.deliver_due(&class.clock).await.unwrap();
        let timestamps: Vec<_> = gradebooks.posted().into_iter().map(|(_, timestamp)| timestamp).collect();
        assert_eq!(timestamps, ["12:00:00", "12:00:01", "12:00:02", "12:00:03", "12:01:00"]);
    }
}

database_test! {
    async fn where_the_gradebook_has_a_later_time_the_score_goes_out_once_more(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let older = || Err(ScoreNotTaken::Older { status: 409, excerpt: String::new() });
        gradebooks.will_answer(older());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted(), [(4.0, "12:00:00".to_owned()), (4.0, "12:00:01".to_owned())]);

        class.earns(&sam, 5.0).await;
        gradebooks.will_answer(older());
        gradebooks.will_answer(older());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
        assert_eq!(gradebooks.posted().len(), 4);
        class.clock.advance(TimeDelta::hours(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(gradebooks.posted()[4], (5.0, "13:00:00".to_owned()));
    }
}

database_test! {
    async fn a_platform_that_asks_to_wait_is_waited_for(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let retry_after = Some(TimeDelta::seconds(90));
        gradebooks.will_answer(Err(ServiceFault::Throttled { status: 429, retry_after }.into()));
        deliverer.deliver_due(&class.clock).await.unwrap();
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!(standing.next_attempt_at, Some(noon() + TimeDelta::seconds(90)));

        class.clock.advance(TimeDelta::seconds(90));
        let retry_after = Some(TimeDelta::days(400));
        gradebooks.will_answer(Err(ServiceFault::PlatformFailed { status: 503, retry_after, excerpt: String::new() }.into()));
        deliverer.deliver_due(&class.clock).await.unwrap();
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!(standing.next_attempt_at, Some(class.now() + LONGEST_RETRY_AFTER));
    }
}

database_test! {
    async fn after_seven_days_a_score_is_given_up_with_its_reason_and_a_new_one_starts_afresh(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        class.clock.advance(PATIENCE - TimeDelta::seconds(1));
        gradebooks.will_answer(unreachable());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
        class.clock.advance(TimeDelta::minutes(20));
        gradebooks.will_answer(unreachable());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let reason = class.standing(&sam).await.unwrap().reason;
        assert_eq!(reason.as_deref(), Some("The course's gradebook could not be reached. LTT tried for seven days."));

        class.earns(&sam, 5.0).await;
        class.clock.advance(TimeDelta::minutes(20));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.standing(&sam).await.unwrap().reason, None);
    }
}

database_test! {
    async fn a_refusal_is_told_in_plain_words(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let excerpt = String::new;
        let answers: [ScoreNotTaken; 4] = [
            ServiceFault::Gone { status: 404, excerpt: excerpt() }.into(),
            ScoreNotTaken::LearnerRefused { status: 422, excerpt: excerpt() },
            ServiceFault::Refused { status: 415, excerpt: excerpt() }.into(),
            lti::TokenError::ScopeDenied("score".to_owned()).into(),
        ];
        let mut reasons = Vec::new();
        for (given, answer) in (1_i32..).zip(answers) {
            class.earns(&sam, given.into()).await;
            gradebooks.will_answer(Err(answer));
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
            reasons.extend(class.standing(&sam).await.unwrap().reason);
            class.clock.advance(TimeDelta::days(1));
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default(), "it is not tried again");
        }
        assert_eq!(reasons, [
            "The course no longer has a column for this activity in its gradebook.",
            "The course does not grade this person; only learners of the course are graded.",
            "The course's gradebook refused the grade (status 415).",
            "The course does not let LTT write grades; whoever set the activity up can change that.",
        ]);
    }
}

fn forbidden() -> Result<(), ScoreNotTaken> {
    Err(ServiceFault::Forbidden { status: 403, excerpt: String::new() }.into())
}

database_test! {
    async fn a_platform_that_forbids_a_score_while_it_starts_anew_gets_it_a_little_later(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        gradebooks.will_answer(forbidden());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
        let standing = class.standing(&sam).await.unwrap();
        assert_eq!(standing.reason.as_deref(), Some("The course does not let LTT write to its gradebook (status 403)."));
        assert!(standing.remedy.unwrap().contains("let the LTT tool write grades"), "whoever looks can act meanwhile");
        class.clock.advance(TimeDelta::seconds(10));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
        assert_eq!(class.standing(&sam).await.unwrap().reason, None);
    }
}

database_test! {
    async fn a_score_that_stays_forbidden_is_refused_within_minutes(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        for _ in 1..TRIES {
            gradebooks.will_answer(forbidden());
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
            class.clock.advance(TimeDelta::minutes(1));
        }
        gradebooks.will_answer(forbidden());
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), REFUSED);
        let reason = class.standing(&sam).await.unwrap().reason;
        assert_eq!(reason.as_deref(), Some("The course does not let LTT write to its gradebook (status 403)."));
        class.clock.advance(TimeDelta::days(1));
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), Round::default(), "it is not tried again");
    }
}

database_test! {
    async fn a_score_that_is_forbidden_once_after_other_troubles_is_not_refused_for_it(db: Db) {
        let class = Class::on(&db).await;
        let sam = class.sam().await;
        class.earns(&sam, 4.0).await;
        let gradebooks = Arc::new(Scripted::default());
        let deliverer = class.deliverer(&gradebooks);
        let no_token = || Err(lti::TokenError::NoToken.into());
        for answer in [no_token(), no_token(), no_token(), no_token(), no_token(), forbidden()] {
            gradebooks.will_answer(answer);
            assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), WAITING);
            class.clock.advance(TimeDelta::hours(1));
        }
        assert_eq!(deliverer.deliver_due(&class.clock).await.unwrap(), SENT);
    }
}

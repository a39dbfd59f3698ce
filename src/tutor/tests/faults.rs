//! Providers that do not do what they should: the learner is helped in the same turn, and told so.

use super::*;

const HELP: &str = "How many sales are there?";

database_test!(
    async fn whatever_the_provider_does_the_guide_helps_and_says_so(db: Db) {
        let class = Class::new(db).await;
        let faults = [
            ModelError::Unreachable("no connection".to_owned()),
            ModelError::Refused(401),
            ModelError::Busy(None),
            ModelError::Failed(500),
            ModelError::Unreadable("HTML".to_owned()),
            ModelError::Cut,
        ];
        for error in faults {
            let model = Arc::new(Scripted::default());
            model.fails(&[], error);
            let tutor = class.tutor(Some(model));
            let reply = class.talk(&tutor, Some("count"), "What do I have to do here?").await;
            assert!(reply.starts_with("*The language model does not answer just now"), "{reply}");
            assert!(reply.contains(HELP), "{reply}");
            assert_eq!(class.conversation(&tutor).await.pop().unwrap().model, None);
        }
    }
);

database_test!(
    async fn an_answer_that_breaks_off_is_kept_and_completed(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        model.fails(&["Look at the table.\n\n```text\nsale 1\nsale"], ModelError::Cut);
        let tutor = class.tutor(Some(model));
        let reply = class.talk(&tutor, Some("count"), "What do I have to do here?").await;
        let kept = "Look at the table.\n\n```text\nsale 1\nsale\n```\n";
        assert!(reply.starts_with(kept) && reply.contains("broke off") && reply.contains(HELP), "{reply}");
        assert_eq!(class.conversation(&tutor).await[0].model.as_deref(), Some("scripted"));
    }
);

database_test!(
    async fn a_silent_or_endless_provider_holds_nobody_up(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        let silent = model.expect();
        let tutor = class.tutor_with_patience(Some(model.clone()), Duration::from_millis(300));
        assert!(class.talk(&tutor, Some("count"), "What do I have to do here?").await.contains(HELP));
        assert!(silent.is_closed(), "the request is given up");

        class.clock.advance(TimeDelta::seconds(60));
        let stalls = model.expect();
        stalls.send(Ok("Look at the table. ".to_owned())).unwrap();
        let reply = class.talk(&tutor, Some("count"), "And what is a row?").await;
        assert!(reply.starts_with("Look at the table. ") && reply.contains("broke off"), "{reply}");

        class.clock.advance(TimeDelta::seconds(60));
        let endless = model.expect();
        for _ in 0..500 {
            endless.send(Ok("Look at the rows. ".to_owned())).unwrap();
        }
        let reply = class.talk(&tutor, Some("count"), "And what is a column?").await;
        assert!(reply.len() < 4_000 && reply.contains("broke off"), "{reply}");
    }
);

database_test!(
    async fn a_provider_that_is_down_is_not_asked_on_every_turn(db: Db) {
        let class = Class::new(db).await;
        let model = Arc::new(Scripted::default());
        model.fails(&[], ModelError::Unreachable("no connection".to_owned()));
        let tutor = class.tutor(Some(model.clone()));
        class.talk(&tutor, Some("count"), "Hello").await;
        let reply = class.talk(&tutor, Some("count"), "What do I have to do here?").await;
        assert!(reply.starts_with("*The language model does not answer just now") && reply.contains(HELP), "{reply}");
        assert_eq!(model.asked(), 1);
        class.clock.advance(TimeDelta::seconds(20));
        model.answers(&["Here I am."]);
        assert_eq!(class.talk(&tutor, Some("count"), "Hello?").await, "Here I am.");
    }
);

database_test!(
    async fn stopping_closes_the_connection_to_the_provider(db: Db) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let class = Class::new(db).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let settings = ProviderSettings { kind: ProviderKind::OpenAi, base_url: Some(base_url), ..Default::default() };
        let tutor = class.tutor(settings.build().unwrap());
        let turn = class.begin(&tutor, Some("count"), "Tell me").await;

        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        assert!(connection.read(&mut request).await.unwrap() > 0);
        let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"Look here. \"}}]}\n\n";
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        connection.write_all(format!("{head}{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await.unwrap();
        let mut events = Box::pin(tutor.events(class.work, turn, 0).await.unwrap());
        events.next().await.unwrap().unwrap();

        let mut tx = class.db.begin().await.unwrap();
        tutor.stop(&mut tx, class.work, turn).await.unwrap();
        tx.commit().await.unwrap();
        while connection.read(&mut request).await.unwrap_or(0) > 0 {}
        let rest: Vec<Logged> = events.map(|event| event.unwrap()).collect().await;
        assert!(
            matches!(&rest.last().unwrap().event, Event::Done { message } if message.trim() == "Look here."),
            "{rest:?}"
        );
    }
);

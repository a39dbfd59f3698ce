use clap::Parser;

use super::*;
use crate::{
    clock::SystemClock,
    database_test,
    launch::platform::{self, NewRegistration},
};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: PolicyCommand,
}

/// Runs a command line on a registration called Block and gives what it printed.
async fn ltt_platform(db: &Db, line: &[&str]) -> anyhow::Result<String> {
    let line = Line::try_parse_from([&["platform"], line].concat())?;
    let mut out = Vec::new();
    run(line.command, db, &SystemClock, &Entropy::system(), &mut out).await?;
    Ok(String::from_utf8(out)?)
}

async fn register(db: &Db) {
    let at = |path: &str| format!("https://lms.example.org/{path}");
    let new = NewRegistration {
        name: "Block".to_owned(),
        issuer: "https://lms.example.org".to_owned(),
        client_id: "one".to_owned(),
        auth_url: at("auth"),
        token_url: at("token"),
        jwks_url: at("keys"),
        ..NewRegistration::default()
    };
    let mut tx = db.begin().await.unwrap();
    platform::add(&mut tx, &Entropy::seeded(2), SystemClock.now(), new, false).await.unwrap();
    tx.commit().await.unwrap();
}

/// A file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

database_test!(
    async fn roles_are_shown_changed_and_shown_again(db: Db) {
        register(&db).await;
        let before = ltt_platform(&db, &["roles", "Block"]).await.unwrap();
        assert!(before.contains("#   ContentDeveloper: observer"), "{before}");
        let lines = file("ContentDeveloper: instructor\n");
        let path = lines.path().to_str().unwrap();
        let after = ltt_platform(&db, &["roles", "Block", "--set", path]).await.unwrap();
        assert!(
            after.contains("\nContentDeveloper: instructor\n") && !after.contains("#   ContentDeveloper"),
            "{after}"
        );
        let wrong = file("Instuctor: instructor\nMember: boss\n");
        let path = wrong.path().to_str().unwrap();
        let refused = ltt_platform(&db, &["roles", "Block", "--set", path]).await.unwrap_err().to_string();
        assert!(
            refused.contains("2 mistake(s)") && refused.contains("Instuctor:") && refused.contains("Member:"),
            "{refused}"
        );
        assert!(ltt_platform(&db, &["roles", "Block"]).await.unwrap().contains("\nContentDeveloper: instructor\n"));
    }
);

database_test!(
    async fn rules_are_set_shown_as_a_file_and_reset(db: Db) {
        register(&db).await;
        let own = ltt_platform(&db, &["rules", "show", "Block"]).await.unwrap();
        assert!(own.contains("LTT's own") && own.contains("no launch lately"), "{own}");
        assert!(Rules::read(&own).is_ok(), "what is shown can be edited and set");
        let rules = file("rules: [{ field: course, custom: course_name, default: Mathematics }]");
        let path = rules.path().to_str().unwrap();
        let set = ltt_platform(&db, &["rules", "set", "Block", path]).await.unwrap();
        assert!(set.contains("the registration's") && Rules::read(&set).is_ok(), "{set}");
        let wrong = file("rules: [{ field: curse, claim: email }]");
        let path = wrong.path().to_str().unwrap();
        let refused = ltt_platform(&db, &["rules", "set", "Block", path]).await.unwrap_err().to_string();
        assert!(refused.contains("rules[0].field:") && refused.contains("rules[0].claim:"), "{refused}");
        let nowhere = "018f0000-0000-7000-8000-000000000000";
        assert!(ltt_platform(&db, &["rules", "reset", "Block", "--placement", nowhere]).await.is_err());
        assert!(ltt_platform(&db, &["rules", "reset", "Block"]).await.unwrap().contains("LTT's own"));
        assert_eq!(ltt_platform(&db, &["rules", "placements", "Block"]).await.unwrap(), "");
    }
);

database_test!(
    async fn who_is_let_in_is_decided_and_codes_are_made(db: Db) {
        register(&db).await;
        let before = ltt_platform(&db, &["people", "Block"]).await.unwrap();
        assert!(before.contains("first_launch") && before.contains("kept: no"), "{before}");
        let early = ltt_platform(&db, &["admit", "Block", "--codes", "2"]).await.unwrap();
        assert!(early.lines().count() == 3 && early.contains("--admit invitation"), "{early}");
        let after =
            ltt_platform(&db, &["people", "Block", "--admit", "invitation", "--keep-email", "yes"]).await.unwrap();
        assert!(after.contains("invitation") && after.contains("kept: yes"), "{after}");
        let invited = ltt_platform(&db, &["admit", "Block", "--subject", "ada", "--codes", "1"]).await.unwrap();
        assert!(invited.contains("1 person(s)") && !invited.contains("--admit"), "{invited}");
        for nobody in
            [&["admit", "Block"][..], &["admit", "Block", "--codes", "501"], &["admit", "Block", "--subject", ""]]
        {
            assert!(ltt_platform(&db, nobody).await.is_err());
        }
    }
);

database_test!(
    async fn sites_that_may_frame_are_named_and_shown(db: Db) {
        register(&db).await;
        let open = ltt_platform(&db, &["frames", "Block"]).await.unwrap();
        assert!(open.contains("https://lms.example.org") && open.contains("every https site"), "{open}");
        let named =
            ltt_platform(&db, &["frames", "Block", "--allow", "https://learn.example.org/course"]).await.unwrap();
        assert!(named.contains("  https://learn.example.org\n") && !named.contains("every https site"), "{named}");
        for odd in ["learn.example.org", "http://learn.example.org", "https://a; script-src *", ""] {
            assert!(ltt_platform(&db, &["frames", "Block", "--allow", odd]).await.is_err(), "{odd}");
        }
    }
);

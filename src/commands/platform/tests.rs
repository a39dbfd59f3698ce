//! `ltt platform` as it is typed.

use clap::Parser;

use super::*;
use crate::{clock::SystemClock, database_test};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: PlatformCommand,
}

/// Runs a command line and gives what it printed.
async fn ltt_platform(db: &Db, line: &[&str]) -> anyhow::Result<String> {
    let line = Line::try_parse_from([&["platform"], line].concat())?;
    let settings = Settings::read(None, std::collections::HashMap::new())?;
    let mut out = Vec::new();
    run(line.command, &settings, db, &SystemClock, &Entropy::seeded(1), &mut out).await?;
    Ok(String::from_utf8(out)?)
}

fn add_line<'a>(name: &'a str, client_id: &'a str) -> Vec<&'a str> {
    vec![
        "add",
        "--name",
        name,
        "--issuer",
        "https://lms.example.org",
        "--client-id",
        client_id,
        "--auth-url",
        "https://lms.example.org/auth",
        "--token-url",
        "https://lms.example.org/token",
        "--jwks-url",
        "https://lms.example.org/keys",
    ]
}

database_test!(
    async fn a_platform_is_added_listed_shown_and_removed(db: Db) {
        assert!(ltt_platform(&db, &["list"]).await.unwrap().contains("No platform yet"));
        let added = ltt_platform(&db, &add_line("Block one", "one")).await.unwrap();
        assert!(added.contains("http://localhost:3000/lti/launch"), "{added}");
        let joined = ltt_platform(&db, &add_line("Block two", "two")).await.unwrap();
        assert!(joined.contains("same platform as 1 other"), "{joined}");

        let listed: serde_json::Value =
            serde_json::from_str(&ltt_platform(&db, &["list", "--json"]).await.unwrap()).unwrap();
        assert_eq!(listed[0]["registrations"][1]["client_id"], "two");
        assert!(ltt_platform(&db, &["show", "Block one"]).await.unwrap().contains("https://lms.example.org/keys"));

        ltt_platform(&db, &["edit", "two", "--name", "Block 2", "--frame-ancestor", "https://learn.example.org"])
            .await
            .unwrap();
        let shown = ltt_platform(&db, &["show", "Block 2"]).await.unwrap();
        assert!(
            shown.contains("https://learn.example.org") && shown.contains("https://lms.example.org/keys"),
            "{shown}"
        );
        assert!(shown.contains("the activity's own column"), "{shown}");
        ltt_platform(&db, &["edit", "two", "--grades", "project"]).await.unwrap();
        let shown = ltt_platform(&db, &["show", "two"]).await.unwrap();
        assert!(shown.contains("a column of LTT's for each project"), "{shown}");
        ltt_platform(&db, &["disable", "two"]).await.unwrap();
        assert!(ltt_platform(&db, &["show", "two"]).await.unwrap().contains("refused: disabled"));
        ltt_platform(&db, &["enable", "two"]).await.unwrap();
        assert!(!ltt_platform(&db, &["show", "two"]).await.unwrap().contains("disabled"));

        let refused = ltt_platform(&db, &["remove", "two"]).await.unwrap_err().to_string();
        assert!(refused.contains("--yes"), "{refused}");
        ltt_platform(&db, &["remove", "two", "--yes"]).await.unwrap();
        assert!(ltt_platform(&db, &["show", "two"]).await.is_err());
    }
);

database_test!(
    async fn what_is_wrong_with_a_registration_is_named(db: Db) {
        ltt_platform(&db, &add_line("Block one", "one")).await.unwrap();
        let twice = ltt_platform(&db, &add_line("Again", "one")).await.unwrap_err().to_string();
        assert!(twice.contains("already registered"), "{twice}");
        let mut line = add_line("Plain", "plain");
        line[8] = "http://lms.example.org/auth";
        let plain = ltt_platform(&db, &line).await.unwrap_err().to_string();
        assert!(plain.contains("--auth-url"), "{plain}");
    }
);

database_test!(
    async fn a_family_and_a_host_fill_in_what_is_known(db: Db) {
        let line = [
            "add",
            "--name",
            "School",
            "--family",
            "brightspace",
            "--host",
            "school.brightspace.com",
            "--client-id",
            "b",
        ];
        ltt_platform(&db, &line).await.unwrap();
        let shown = ltt_platform(&db, &["show", "School"]).await.unwrap();
        assert!(shown.contains("https://api.brightspace.com/auth/token"), "{shown}");
        let line = [
            "add",
            "--name",
            "Block",
            "--family",
            "open-edx",
            "--host",
            "lms.example.org",
            "--client-id",
            "o",
            "--key",
            "7f",
        ];
        ltt_platform(&db, &line).await.unwrap();
        let shown = ltt_platform(&db, &["show", "Block"]).await.unwrap();
        assert!(shown.contains("https://lms.example.org/api/lti_consumer/v1/token/7f"), "{shown}");
        let line = ["add", "--name", "Block", "--family", "open-edx", "--host", "lms.example.org", "--client-id", "p"];
        let refused = ltt_platform(&db, &line).await.unwrap_err().to_string();
        assert!(refused.contains("--token-url") && refused.contains("--jwks-url"), "{refused}");
        let unknown = ["add", "--name", "x", "--family", "webct", "--client-id", "p"];
        assert!(ltt_platform(&db, &unknown).await.unwrap_err().to_string().contains("open-edx, moodle"));
    }
);

database_test!(
    async fn deployments_are_listed_approved_and_removed(db: Db) {
        ltt_platform(&db, &add_line("Block", "one")).await.unwrap();
        let policy = ltt_platform(&db, &["deployment", "policy", "Block", "approve"]).await.unwrap();
        assert!(policy.contains("wait until you approve"), "{policy}");
        ltt_platform(&db, &["deployment", "approve", "Block", "A1"]).await.unwrap();
        let listed = ltt_platform(&db, &["deployment", "list"]).await.unwrap();
        assert!(listed.contains("  A1"), "{listed}");
        let refused = ltt_platform(&db, &["deployment", "remove", "Block", "a1"]).await.unwrap_err().to_string();
        assert!(refused.contains("no deployment"), "{refused}");
        ltt_platform(&db, &["deployment", "remove", "Block", "A1"]).await.unwrap();
        assert!(!ltt_platform(&db, &["deployment", "list", "Block"]).await.unwrap().contains("A1"));
    }
);

database_test!(
    async fn an_invitation_is_printed_once_listed_and_taken_back(db: Db) {
        let printed = ltt_platform(&db, &["invite", "--name", "Moodle", "--expires", "2h", "--approve"]).await.unwrap();
        let link = printed.lines().next().unwrap();
        assert!(link.starts_with("http://localhost:3000/lti/register?invite="), "{printed}");
        assert!(printed.contains("ltt platform pending"), "{printed}");
        let listed = ltt_platform(&db, &["invites"]).await.unwrap();
        assert!(listed.contains("Moodle  open until"), "{listed}");
        assert!(!listed.contains(link.split_once('=').unwrap().1), "the secret is not kept");
        let id = listed.split_whitespace().next().unwrap();
        ltt_platform(&db, &["revoke", id]).await.unwrap();
        assert!(ltt_platform(&db, &["invites"]).await.unwrap().contains("revoked"));
        assert!(ltt_platform(&db, &["revoke", id]).await.is_err());
        for expires in ["1s", "91d", "soon"] {
            assert!(ltt_platform(&db, &["invite", "--expires", expires]).await.is_err(), "{expires}");
        }
        assert!(ltt_platform(&db, &["pending"]).await.unwrap().contains("No registration waits"));
        assert!(ltt_platform(&db, &["approve", "nobody"]).await.is_err());
    }
);

database_test!(
    async fn a_file_is_exported_and_imported(db: Db) {
        ltt_platform(&db, &add_line("Block", "one")).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("platforms.json");
        std::fs::write(&file, ltt_platform(&db, &["export"]).await.unwrap()).unwrap();
        let file = file.to_str().unwrap();
        ltt_platform(&db, &["remove", "Block", "--yes"]).await.unwrap();
        let added = ltt_platform(&db, &["import", file]).await.unwrap();
        assert!(added.contains("added: Block (one)") && added.contains("1 added, 0 updated"), "{added}");
        assert!(ltt_platform(&db, &["import", file]).await.unwrap().contains("--update"));
        assert!(ltt_platform(&db, &["import", file, "--update"]).await.unwrap().contains("updated: Block (one)"));
        std::fs::write(file, "{\"https://lms.example.org\": {}}").unwrap();
        let refused = ltt_platform(&db, &["import", file]).await.unwrap_err().to_string();
        assert!(refused.contains("nothing was imported"), "{refused}");
    }
);

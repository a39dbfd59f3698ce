//! Keeps the walls of the house: which folder may know which, and that both databases have the same tables.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the tree fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each folder of `src/`, and what of `src/` it may know besides itself and what [`EVERYONE_KNOWS`].
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("store", &[]),
    ("accounts", &["store"]),
    ("records", &["store"]),
    ("grades", &["records", "store"]),
    ("learning", &["grades", "records", "store"]),
    ("tutor", &["learning", "grades", "records", "store"]),
    ("launch", &["learning", "grades", "records", "store"]),
    ("demo", &[]),
    ("web", &["settings", "accounts", "launch", "tutor", "learning", "grades", "records", "store"]),
    ("commands", &["settings", "web", "demo", "accounts", "launch", "tutor", "learning", "grades", "records", "store"]),
];

/// Time and randomness are arguments of everything; and anything may ask whether an address is this machine's own.
const EVERYONE_KNOWS: [&str; 3] = ["clock", "entropy", "loopback"];

/// Names at the crate's root that are not modules: the macros of the store.
const MACROS: [&str; 2] = ["on_tx", "database_test"];

#[test]
fn imports_point_one_way() {
    let mut mistakes = Vec::new();
    for file in rust_files("src") {
        let Some((_, known)) = MAY_KNOW.iter().find(|(folder, _)| *folder == file.subject) else { continue };
        for name in file.names_after("crate::") {
            let allowed = name == file.subject
                || known.contains(&name.as_str())
                || EVERYONE_KNOWS.contains(&name.as_str())
                || MACROS.contains(&name.as_str());
            if !allowed {
                mistakes.push(format!("{} knows `{name}`", file.path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn every_folder_has_its_place() {
    let placed: BTreeSet<&str> =
        MAY_KNOW.iter().map(|(folder, _)| *folder).chain(EVERYONE_KNOWS).chain(["settings", "lib", "main"]).collect();
    let homeless: BTreeSet<String> =
        rust_files("src").into_iter().map(|file| file.subject).filter(|subject| !placed.contains(&**subject)).collect();
    assert!(homeless.is_empty(), "say in MAY_KNOW what these may know: {homeless:?}");
}

#[test]
fn only_launch_and_grades_know_the_lti_library() {
    // The demo and the tests of the web play a platform, by the library's test kit and nothing else of it.
    let plays_a_platform = |file: &Source| {
        let in_web = file.path.strip_prefix(absolute("src/web")).ok().and_then(Path::to_str);
        file.subject == "demo"
            || in_web.is_some_and(|path| path.starts_with("testing") || path.starts_with("lti/tests"))
    };
    assert_known_only_to("lti::", |file| {
        ["launch", "grades"].contains(&&*file.subject)
            || plays_a_platform(file) && file.names_after("lti::").iter().all(|name| name == "testkit")
    });
}

#[test]
fn only_web_knows_the_pages_and_only_web_pages_their_components() {
    assert_known_only_to("app::", |file| file.subject == "web");
    for file in rust_files("src").iter().filter(|file| !file.path.starts_with(absolute("src/web/pages"))) {
        let shared = ["address", "model", "ports", "refusal"];
        let components: Vec<String> =
            file.names_after("app::").into_iter().filter(|name| !shared.contains(&&**name)).collect();
        let is_pages = file.path == absolute("src/web/pages.rs");
        assert!(is_pages || components.is_empty(), "{} names {components:?}", file.path.display());
    }
}

#[test]
fn web_knows_no_sql() {
    for file in rust_files("src").iter().filter(|file| file.subject == "web") {
        assert!(!file.code.contains("sqlx::"), "{} speaks to the database itself", file.path.display());
    }
}

#[test]
fn pages_and_lti_know_nothing_of_the_rest() {
    let forbidden = ["ltt", "sqlx", "axum", "leptos", "app", "lti"];
    let allowed_to_pages = ["leptos"];
    for (manifest, exceptions) in [("lti/Cargo.toml", &[][..]), ("app/Cargo.toml", &allowed_to_pages)] {
        let text = fs::read_to_string(absolute(manifest)).unwrap();
        let (_, dependencies) = text.split_once("\n[dependencies]").unwrap();
        // What only tests and examples need is nobody else's burden.
        let dependencies = dependencies.split("\n[dev-dependencies]").next().unwrap_or_default();
        let names = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        for name in names {
            let known = forbidden.contains(&name) && !exceptions.contains(&name);
            assert!(!known, "{manifest} depends on {name}");
        }
    }
}

/// Both dialects are one text but for the names of types, so that a row means the same on both.
#[test]
fn migrations_say_the_same_to_both_databases() {
    assert_eq!(names_in("migrations/sqlite"), names_in("migrations/postgres"));
    for name in names_in("migrations/sqlite") {
        let sqlite = fs::read_to_string(absolute("migrations/sqlite").join(&name)).unwrap();
        let postgres = fs::read_to_string(absolute("migrations/postgres").join(&name)).unwrap();
        assert_eq!(sqlite.replace(") STRICT;", ");"), as_sqlite(&postgres), "{name}");
    }
}

fn as_sqlite(postgres: &str) -> String {
    let types = [
        ("DOUBLE PRECISION", "REAL"),
        ("TIMESTAMPTZ", "TEXT"),
        ("JSONB", "TEXT"),
        ("BYTEA", "BLOB"),
        ("UUID", "BLOB"),
        ("BIGINT", "INTEGER"),
        ("BOOLEAN", "INTEGER"),
        ("DEFAULT FALSE", "DEFAULT 0"),
        ("DEFAULT TRUE", "DEFAULT 1"),
    ];
    types.into_iter().fold(postgres.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

#[test]
fn both_readings_of_the_leptos_options_agree() {
    let embedded = fs::read_to_string(absolute("Leptos.toml")).unwrap();
    let workspace = fs::read_to_string(absolute("Cargo.toml")).unwrap();
    for key in ["name", "output-name", "site-pkg-dir", "server-fn-prefix"] {
        assert_eq!(leptos_option(&embedded, key), leptos_option(&workspace, key), "{key}");
    }
}

fn leptos_option<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, section) = text.split_once("[[workspace.metadata.leptos]]")?;
    section.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))
}

/// A source file of the server.
struct Source {
    path: PathBuf,
    /// The file or folder right under `src/` that it belongs to.
    subject: String,
    /// Its text without comments.
    code: String,
}

impl Source {
    /// The names that follow a path's beginning, each of a group like `crate::{clock::Clock, store}`.
    fn names_after(&self, beginning: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (at, _) in self.code.match_indices(beginning) {
            let before = self.code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &self.code[at + beginning.len()..];
            match rest.strip_prefix('{') {
                Some(group) => names.extend(members(group)),
                None => names.extend(identifier(rest)),
            }
        }
        names
    }
}

/// The first names of the paths in a group, up to its closing brace.
fn members(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut begins = true;
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins && !c.is_whitespace() => {
                names.extend(identifier(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn assert_known_only_to(beginning: &str, allowed: impl Fn(&Source) -> bool) {
    for file in rust_files("src").iter().filter(|file| !allowed(file)) {
        let names = file.names_after(beginning);
        assert!(names.is_empty(), "{} knows {beginning}{names:?}", file.path.display());
    }
}

fn rust_files(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![absolute(folder)];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(source(path, &absolute(folder)));
            }
        }
    }
    sources
}

fn source(path: PathBuf, top: &Path) -> Source {
    let inside = path.strip_prefix(top).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    let subject = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
    let text = fs::read_to_string(&path).unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    Source { path, subject, code }
}

fn names_in(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(absolute(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn absolute(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

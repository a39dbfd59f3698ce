//! Project files: what is read, and what is said about mistakes.

use std::path::Path;

use proptest::prelude::*;

use super::*;

mod any;

fn mistakes(text: &str) -> String {
    let mistakes = check_bytes(text.as_bytes()).expect_err("mistakes");
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn project(text: &str) -> Project {
    check_bytes(text.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

#[test]
fn all_mistakes_are_reported_with_their_paths() {
    insta::assert_snapshot!(mistakes(r#"
slug: Reading Data
titel: Wrong
version: 1.5
epics:
  - id: one
    title: One
    answer: {kind: text, accept: [x]}
    tasks:
      - id: two
        title: Two
        depends_on: [on, three]
        answer: {kind: choise}
      - id: two
        title: [no]
        minutes: -1
        answer: {kind: choice, options: [{id: a, text: A}, {id: a, text: B}], correct: b}
      - id: three
        title: Three
        points: lots
        answer: {kind: regex, pattern: "(", example: x}
        mistakes: [{feedback: f}, {pattern: "[", feedback: f}]
      - id: four
        title: Four
      - id: five
        title: Five
        answer: {kind: set, accept: ["a, b", c, C]}
        mistakes: [{answer: c, feedback: f}]
        hint: [x]
        hints: x
      - just a text
      - id: six
        title: Six
        answer: {kind: number, value: "7", tolerance: -1}
      - id: seven
        title: Seven
        answer: {kind: regex, pattern: "a+", example: aab}
      - id: eight
        title: Eight
        content_file: ../secret
        answer: {kind: hand_in}
"#), @r#"
slug: “Reading Data” may only have a-z, 0-9 and -, and at most 64 of them
version: this must be a whole number from 1 to 2147483647
title: this field is missing
epics[0].tasks[0].answer.kind: “choise” must be one of: text, choice, number, regex, set, hand_in, conversation; did you mean “choice”?
epics[0].tasks[1].title: this is a list; it must be a text
epics[0].tasks[1].minutes: this must be a whole number from 0 to 100000
epics[0].tasks[1].answer.options[1].id: there are two options “a”
epics[0].tasks[1].answer.correct: there is no option “b”
epics[0].tasks[2].points: this is a text; it must be a number
epics[0].tasks[2].answer.pattern: this is no pattern: unclosed group
epics[0].tasks[2].mistakes[0]: give the wrong answer as `answer` or as `pattern`, one of them
epics[0].tasks[2].mistakes[1].pattern: this is no pattern: unclosed character class
epics[0].tasks[3].answer: say how this task is answered; for what nobody checks: `answer: {kind: hand_in, counts: true}`
epics[0].tasks[4].answer.accept[0]: a value of a set has no comma, semicolon or line break: these part the values
epics[0].tasks[4].answer.accept[2]: “C” stands here twice
epics[0].tasks[4].mistakes[0].answer: this is the right answer
epics[0].tasks[4]: there is no field “hint” here; did you mean “hints”?
epics[0].tasks[5]: this is a text; it must be an object with fields
epics[0].tasks[6].answer.value: this is a text; it must be a number
epics[0].tasks[6].answer.tolerance: a tolerance is never below 0
epics[0].tasks[7].answer.example: the pattern does not match this example
epics[0].tasks[8].content_file: this project comes without a folder: write the text here
epics[0].tasks[8].answer.counts: this field is missing: whether handing in earns the points, true or false
epics[0].answer: this belongs to the tasks below: a group is done when they are
there is no field “titel” here; did you mean “title”?
epics[0].tasks[1].id: “two” is already the id of epics[0].tasks[0]
epics[0].tasks[0].depends_on[0]: no task "on"; did you mean “one”?
"#);
}

#[test]
fn tasks_that_wait_for_each_other_are_named() {
    let tasks = |dependencies: &[(&str, &str)]| {
        let line = |(id, on): &(&str, &str)| {
            format!("      - {{id: {id}, title: T, depends_on: [{on}], answer: {{kind: hand_in, counts: true}}}}\n")
        };
        format!(
            "slug: s\nversion: 1\ntitle: T\nepics:\n  - id: e\n    title: E\n    subtasks:\n{}",
            dependencies.iter().map(line).collect::<String>()
        )
    };
    insta::assert_snapshot!(mistakes(&tasks(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")])), @"epics[0].subtasks[2].depends_on[0]: these tasks wait for each other: a → b → c → a");
    insta::assert_snapshot!(mistakes(&tasks(&[("a", "a")])), @"epics[0].subtasks[0].depends_on[0]: these tasks wait for each other: a → a");
    insta::assert_snapshot!(mistakes(&tasks(&[("a", "e")])), @"epics[0].subtasks[0].depends_on[0]: these tasks wait for each other: a → e → a");
    insta::assert_snapshot!(mistakes("
slug: s
version: 1
title: T
epics:
  - {id: e, title: E, depends_on: [b], tasks: [{id: a, title: A, answer: {kind: hand_in, counts: true}}]}
  - {id: f, title: F, tasks: [{id: b, title: B, depends_on: [a], answer: {kind: hand_in, counts: true}}]}
"), @"epics[1].tasks[0].depends_on[0]: these tasks wait for each other: e → b → a → e");
    project(&tasks(&[("a", ""), ("b", "a"), ("c", "a, b")]));
}

#[test]
fn what_is_no_project_is_refused_in_one_sentence() {
    insta::assert_snapshot!(mistakes(""), @"this is nothing; it must be an object with fields");
    insta::assert_snapshot!(mistakes("[]"), @"this is a list; it must be an object with fields");
    insta::assert_snapshot!(mistakes("slug: [a"), @"did not find expected ',' or ']' at line 2 column 1, while parsing a flow sequence at line 1 column 7");
    let bytes = check_bytes(b"slug: \xff").expect_err("mistakes");
    insta::assert_snapshot!(bytes[0], @"the file is not UTF-8; save it as UTF-8");
    insta::assert_snapshot!(check(Path::new("/nowhere/project.yaml")).expect_err("mistakes")[0], @"the file cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(check(Path::new("src")).expect_err("mistakes")[0], @"there is no project in this folder: name it project.yaml or project.yml or project.json");
}

#[test]
fn the_example_in_the_documentation_is_a_project() {
    let page = include_str!("../../../docs/projects.md");
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    assert_eq!(project(example).tasks().len(), 5);
}

#[test]
fn texts_beside_the_file_are_read_and_nothing_outside() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    let with = |path: &str| {
        write(
            "project.yml",
            &format!(
                "slug: s\nversion: 1\ntitle: T\nepics:\n  - {{id: a, title: A, content_file: {path}, answer: {{kind: hand_in, counts: true}}}}\n"
            ),
        );
        check(folder.path())
    };
    write("task.md", "\u{feff}Do *this*.");
    assert_eq!(with("task.md").expect("a project").tasks()[0].content, "Do *this*.");
    let outside = tempfile::NamedTempFile::new().expect("a file");
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link.md")).expect("a link");
    write("big.md", &"x".repeat(200_000));
    for path in ["../x", "/etc/passwd", "link.md", "missing.md", "big.md", ".", "a/../task.md", "''"] {
        let mistakes = with(path).expect_err("mistakes");
        assert!(mistakes[0].path.ends_with("content_file"), "{path}: {mistakes:?}");
    }
}

pub(in crate::learning) use any::document as any_document;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back_the_same(document in any::document()) {
        let json = serde_json::to_string(&document).expect("JSON");
        let read = check_bytes(json.as_bytes()).map(|project| project.document());
        prop_assert_eq!(read.as_ref(), Ok(&document));
        let yaml = serde_yaml_ng::to_string(&document).expect("YAML");
        let read = check_bytes(yaml.as_bytes()).map(|project| project.document());
        prop_assert_eq!(read.as_ref(), Ok(&document));
    }

    #[test]
    fn a_project_with_a_piece_torn_out_is_read_or_refused(document in any::document(), from in 0..2000_usize, length in 0..40_usize) {
        let yaml = serde_yaml_ng::to_string(&document).expect("YAML");
        let torn: String = yaml.chars().enumerate().filter(|(at, _)| !(from..from + length).contains(at)).map(|(_, one)| one).collect();
        if let Err(mistakes) = check_bytes(torn.as_bytes()) {
            prop_assert!(!mistakes.is_empty());
        }
    }

    #[test]
    fn no_tree_of_values_makes_the_readers_panic(tree in any::tree(), slug in any::<bool>()) {
        let known = if slug { "slug" } else { "project_id" };
        let file = serde_json::json!({ known: "any", "version": 1, "title": "T", "epics": tree });
        if let Ok(project) = check_bytes(file.to_string().as_bytes()) {
            prop_assert!(!project.tasks().is_empty());
        }
    }
}

#[test]
fn a_file_full_of_mistakes_is_refused_with_the_first_of_them() {
    let tasks = (0..1000).map(|task| {
        let dependencies: Vec<_> = (0..20).map(|other| format!("task-number-{task}-{other}")).collect();
        serde_json::json!({ "id": format!("task-{task}"), "title": "T", "depends_on": dependencies, "kind": "x" })
    });
    let file = serde_json::json!({ "slug": "s", "version": 1, "title": "T", "epics": tasks.collect::<Vec<_>>() });
    let mistakes = check_bytes(file.to_string().as_bytes()).expect_err("mistakes");
    assert_eq!(mistakes.len(), 201);
    assert_eq!(mistakes[200].to_string(), "there are more mistakes; mend these first");
}

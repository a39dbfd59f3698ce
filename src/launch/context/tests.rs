use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::learning::project::Mistake;

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// Claims whose LTI names are written short.
fn claims(short: &Value) -> Map<String, Value> {
    let own = ["context", "resource_link", "custom", "launch_presentation", "role_scope_mentor"];
    let members = short.as_object().unwrap().iter().map(|(name, value)| {
        let name = if own.contains(&name.as_str()) { format!("{CLAIM}{name}") } else { name.clone() };
        (name, value.clone())
    });
    members.collect()
}

fn mapped(short: &Value) -> Mapped {
    Context::of(&Rules::default(), &claims(short))
}

fn mapped_by(rules: &str, short: &Value) -> Mapped {
    Context::of(&Rules::read(rules).unwrap(), &claims(short))
}

fn mistakes(rules: &str) -> Vec<String> {
    Rules::read(rules).unwrap_err().iter().map(Mistake::to_string).collect()
}

#[test]
fn the_default_rules_read_the_usual_claims() {
    let Mapped { context, notes } = mapped(&json!({
        "context": { "id": "c", "label": "MATH", "title": "Mathematics" },
        "resource_link": { "id": "l", "title": "Counting", "description": "About numbers" },
        "launch_presentation": { "locale": "de_CH.UTF-8", "return_url": "https://lms.example/back?x=1", "document_target": "window" },
        "role_scope_mentor": ["one", 2, "two"],
        "locale": "fr",
    }));
    assert_eq!(context.course.as_deref(), Some("Mathematics"));
    assert_eq!(context.activity.as_deref(), Some("Counting"));
    assert_eq!(context.content.as_deref(), Some("About numbers"));
    assert_eq!(context.locale.as_deref(), Some("de-CH"));
    assert_eq!(context.return_url.as_deref(), Some("https://lms.example/back?x=1"));
    assert!(context.in_window);
    assert_eq!(context.mentored, ["one", "two"]);
    let origin = &context.origins[&Field::Course];
    assert_eq!((origin.rule, origin.source.as_str()), (1, "claim context.title"));
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn the_default_rules_read_custom_parameters_with_and_without_their_prefix() {
    for prefix in ["", "custom_"] {
        let custom: Map<String, Value> = [
            ("current_lms_course_id", json!("course-v1:uni")),
            ("content_item_id", json!(42)),
            ("learning_context_description", json!("Reading tables\r\nwith care")),
            ("target_learning_objectives_for_activity", json!("read a row; read a column ;")),
            ("prior_knowledge_level", json!("beginner")),
            ("teacher_notes_for_student_on_lo", json!("Take your time.")),
        ]
        .into_iter()
        .map(|(name, value)| (format!("{prefix}{name}"), value))
        .collect();
        let Mapped { context, notes } = mapped(&json!({ "custom": custom }));
        assert_eq!(context.course.as_deref(), Some("course-v1:uni"));
        assert_eq!(context.activity.as_deref(), Some("42"));
        assert_eq!(context.content.as_deref(), Some("Reading tables\nwith care"));
        assert_eq!(context.objectives, ["read a row", "read a column"]);
        assert_eq!(context.prior_knowledge.as_deref(), Some("beginner"));
        assert_eq!(context.teacher_note.as_deref(), Some("Take your time."));
        assert!(notes.is_empty(), "{notes:?}");
    }
}

#[test]
fn objectives_are_one_or_many_however_they_are_written() {
    let name = "target_learning_objectives_for_activity";
    let both = ["read", "count"];
    for custom in [
        json!({ name: ["read", "count", null] }),
        json!({ name: [{ "lo_id": 1, "description": "read" }, { "id": 2, "text": "count" }] }),
        json!({ name: "[\"read\", {\"text\": \"count\"}]" }),
        json!({ name: "read\ncount\n" }),
        json!({ name: "read;count" }),
        json!({ "custom_target_learning_objectives_for_activity_2": "count", format!("custom_{name}_1"): "read" }),
        json!({ format!("{name}[0].text"): "read", format!("{name}[10]"): "count", format!("{name}[0].id"): "7" }),
    ] {
        assert_eq!(mapped(&json!({ "custom": custom })).context.objectives, both, "{custom}");
    }
    assert_eq!(mapped(&json!({ "custom": { name: "read, and count" } })).context.objectives, ["read, and count"]);
    let by_commas = "rules: [{ field: objectives, custom: goals, separator: ',' }]";
    assert_eq!(mapped_by(by_commas, &json!({ "custom": { "goals": "read, count" } })).context.objectives, both);
}

#[test]
fn a_variable_that_the_platform_did_not_expand_counts_as_missing_and_is_told() {
    for variable in ["$CourseSection.title", " ${course.name} ", "$Context.id.history"] {
        let Mapped { context, notes } =
            mapped(&json!({ "context": { "id": "c", "title": variable, "label": "MATH" } }));
        assert_eq!(context.course.as_deref(), Some("MATH"));
        assert!(
            notes.len() == 1 && notes[0].contains("rule 1 (course") && notes[0].contains(variable.trim()),
            "{notes:?}"
        );
    }
    for text in ["$5 for all", "$", "$ x", "costs $Money", "$1"] {
        assert_eq!(mapped(&json!({ "context": { "title": text } })).context.course.as_deref(), Some(text));
    }
    let many = json!({ "custom": { "target_learning_objectives_for_activity": ["read", "$Missing.value"] } });
    assert_eq!(mapped(&many).context.objectives, ["read"]);
}

#[test]
fn a_rule_that_finds_nothing_of_use_is_skipped_and_never_stops_a_launch() {
    let Mapped { context, notes } = mapped(&json!({
        "context": { "title": { "de": "Mathe" }, "label": [["x"]] },
        "resource_link": "text",
        "custom": ["a"],
        "launch_presentation": { "locale": "<script>", "return_url": "javascript:alert(1)" },
    }));
    assert_eq!(context, Context { version: VERSION, ..Context::default() });
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("no language tag")));
    assert!(notes.iter().any(|note| note.contains("no http or https address")));
}

#[test]
fn texts_are_limited_and_cannot_carry_control_characters_or_turn_writing_round() {
    let long = "x".repeat(100_000);
    let Mapped { context, .. } = mapped(&json!({
        "context": { "title": "A\u{0}\u{1b}[31m \u{202e}Course\n\tB <b>" },
        "resource_link": { "title": long, "description": format!("{}\u{7}", long) },
        "custom": { "target_learning_objectives_for_activity": vec![long.clone(); 1_000] },
    }));
    assert_eq!(context.course.as_deref(), Some("A[31m Course  B <b>"));
    assert_eq!(context.activity.unwrap().len(), 300);
    assert_eq!(context.content.unwrap().len(), 4_000);
    assert_eq!(context.objectives.len(), 50);
    assert!(context.objectives.iter().all(|objective| objective.len() == 500));
}

#[test]
fn claims_are_found_by_short_names_and_by_pointers() {
    let rules = "
        rules:
          - { field: content, claim: '/https:~1~1vendor.example~1claim/unit/0/text' }
          - { field: activity, claim: resource_link.parts.1 }
          - { field: prior_knowledge, default: None yet. }";
    let Mapped { context, .. } = mapped_by(
        rules,
        &json!({ "https://vendor.example/claim": { "unit": [{ "text": "Unit" }] }, "resource_link": { "parts": ["a", "b"] } }),
    );
    assert_eq!(context.content.as_deref(), Some("Unit"));
    assert_eq!(context.activity.as_deref(), Some("b"));
    assert_eq!(context.prior_knowledge.as_deref(), Some("None yet."));
    assert_eq!(context.origins[&Field::PriorKnowledge].source, "its default");
}

#[test]
fn every_mistake_in_a_file_is_named_with_its_path() {
    let found = mistakes(
        "
        rulez: 1
        rules:
          - { feld: course, claim: context.title }
          - { field: courses, claim: context.title }
          - { field: course, claim: context.title, custom: course }
          - { field: course, claim: email }
          - { field: course, claim: lis.person_sourcedid }
          - { field: course, claim: 'a..b' }
          - { field: course }
          - { field: course, custom: 7 }
          - { field: course, custom: x, separator: ';' }
          - just words",
    );
    for expected in [
        "rulez: there is no such field here",
        "rules[0].feld: there is no such field here",
        "rules[0].field: say which field it fills",
        "rules[1].field: there is no field \"courses\"",
        "rules[2]: a rule looks at a claim or at a custom parameter",
        "rules[3].claim: \"email\" says who the person is",
        "rules[4].claim: \"person_sourcedid\" says who the person is",
        "rules[5].claim: \"a..b\" has an empty name",
        "rules[6]: say where the value comes from",
        "rules[7].custom: this must be a text",
        "rules[8].separator: only objectives",
        "rules[9]: a rule is an object",
    ] {
        assert!(found.iter().any(|mistake| mistake.starts_with(expected)), "{expected} in {found:#?}");
    }
    assert_eq!(found.len(), 12, "{found:#?}");
}

#[test]
fn files_that_are_no_rules_are_mistakes() {
    for text in ["", "7", "[]", "rules: 7", "rules: { a: b }", "{", "\u{0}", "rules: [*a]"] {
        assert!(Rules::read(text).is_err(), "{text}");
    }
    assert!(mistakes(&"#".repeat(70_000))[0].contains("larger than"));
    let many = format!("rules: [{}]", "{ field: course, default: x },".repeat(101));
    assert!(mistakes(&many)[0].contains("too many"));
}

#[test]
fn rules_come_back_as_they_were_written() {
    assert!(Rules::read(rules::DEFAULT).is_ok());
    let text = "rules: [{ field: objectives, custom: custom_goals, separator: ',', default: x }, { field: course, claim: a.b }]";
    let rules = Rules::read(text).unwrap();
    assert_eq!(Rules::of_json(&rules.to_json()).unwrap(), rules);
    assert_eq!(Rules::read(&rules.to_string()).unwrap(), rules);
}

#[test]
fn a_context_of_the_first_version_is_still_read() {
    let first = json!({ "version": 1, "course": "Mathematics", "activity": null, "locale": "de", "return_url": null });
    let context: Context = serde_json::from_value(first).unwrap();
    assert_eq!(
        (context.version, context.course.as_deref(), context.locale.as_deref()),
        (1, Some("Mathematics"), Some("de"))
    );
    assert!(context.objectives.is_empty() && context.teacher_note.is_none());
    let now = mapped(&json!({ "context": { "title": "Mathematics" } })).context;
    assert_eq!(serde_json::from_value::<Context>(serde_json::to_value(&now).unwrap()).unwrap(), now);
}

/// Any JSON, with the names that rules look at in it more often than chance would have them.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        prop::sample::select(vec!["$A.b", "[1,{\"text\":\"x\"}]", "a;b", "\u{202e}", "https://x.example", ""])
            .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "title",
            "label",
            "description",
            "locale",
            "return_url",
            "text",
            "content_item_id",
            "current_lms_course_id",
            "custom_target_learning_objectives_for_activity_1",
            "target_learning_objectives_for_activity[0]",
            "sub",
            "name",
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec!["context", "resource_link", "custom", "launch_presentation", "role_scope_mentor"])
            .prop_map(|name| format!("{CLAIM}{name}")),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_claims_make_the_mapping_or_the_stripping_panic(value in any_json()) {
        let claims = match value {
            Value::Object(members) => members,
            other => Map::from_iter([(format!("{CLAIM}custom"), other)]),
        };
        let mapped = Context::of(&Rules::default(), &claims);
        prop_assert!(mapped.context.course.is_none_or(|text| text.chars().count() <= 300));
        prop_assert!(serde_json::to_string(&crate::launch::personal::stripped(&claims)).is_ok());
    }

    #[test]
    fn no_document_makes_the_reader_of_rules_panic(value in any_json(), text in any::<String>()) {
        _ = Rules::of_json(&value);
        _ = Rules::read(&text);
    }
}

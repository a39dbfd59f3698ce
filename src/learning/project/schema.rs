//! The published JSON Schema, made from the types of [`super::document`].

use schemars::{Schema, generate::SchemaSettings};
use serde_json::{Value, json};

use super::document::Document;

/// The schema of a project file: what is stored, and what only an author's file may have.
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    let beside =
        |of: &str| json!({ "type": "string", "description": format!("A file beside this one, with the {of}.") });
    insert(&mut schema, "/properties", "description_file", beside("description"));
    insert(&mut schema, "/$defs/TaskDocument/properties", "content_file", beside("content"));
    let subtasks = schema.pointer("/$defs/TaskDocument/properties/subtasks").cloned();
    insert(&mut schema, "/$defs/TaskDocument/properties", "tasks", subtasks.unwrap_or_default());
    for objectives in ["/properties/objectives", "/$defs/TaskDocument/properties/objectives"] {
        let short = json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/Objective" }] });
        insert(&mut schema, objectives, "items", short);
    }
    let answer = "/$defs/CommonMistake/properties/answer";
    insert(&mut schema, answer, "type", json!(["string", "number", "null"]));
    schema
}

/// Sets what an author's file may have besides what is stored.
fn insert(schema: &mut Schema, pointer: &str, name: &str, value: Value) {
    if let Some(Value::Object(object)) = schema.pointer_mut(pointer) {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::project::check_bytes;

    fn mistakes(text: &str) -> String {
        format!("{:?}", check_bytes(text.as_bytes()).expect_err("mistakes"))
    }

    /// The schema as it should stand in `projects/schema.json`.
    fn published() -> String {
        serde_json::to_string_pretty(&schema()).expect("JSON") + "\n"
    }

    #[test]
    fn the_published_schema_is_current() {
        let there = include_str!("../../../projects/schema.json");
        assert!(there == published(), "run: cargo test -p ltt --lib write_the_schema -- --ignored");
    }

    #[test]
    #[ignore = "writes projects/schema.json"]
    fn write_the_schema() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/projects/schema.json"), published()).expect("a file");
    }

    /// Every field in the schema is one that the reader knows.
    #[test]
    fn the_schema_and_the_reader_know_the_same_fields() {
        let schema = schema();
        let properties = |of: &serde_json::Value| -> Vec<String> {
            of["properties"].as_object().map(|known| known.keys().cloned().collect()).unwrap_or_default()
        };
        let nulls =
            |names: Vec<String>| names.iter().map(|name| format!("{name}: null,")).collect::<Vec<_>>().join(" ");
        let schema = schema.as_value();
        let top = nulls(properties(schema));
        assert!(!mistakes(&format!("{{{top}}}")).contains("no field"), "{top}");
        let task = nulls(properties(&schema["$defs"]["TaskDocument"]));
        assert!(task.contains("subtasks") && task.contains("content_file"), "{task}");
        assert!(!mistakes(&format!("epics: [{{{task}}}]")).contains("no field"), "{task}");
        let rules = schema["$defs"]["AnswerRule"]["oneOf"].as_array().expect("rules");
        assert_eq!(rules.len(), 7);
        for rule in rules {
            let kind = rule["properties"]["kind"]["const"].as_str().expect("a kind");
            let known = properties(rule).into_iter().filter(|name| name != "kind").collect();
            let text = mistakes(&format!("epics: [{{answer: {{{} kind: {kind}}}}}]", nulls(known)));
            assert!(!text.contains("no field"), "{kind}: {text}");
        }
    }
}

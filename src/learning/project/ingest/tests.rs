//! A file as the older LTT took it, and mistakes in it.

use crate::learning::project::check_bytes;

const INGEST: &str = include_str!("example.json");

#[test]
#[expect(clippy::too_many_lines, reason = "one project, whole")]
fn the_older_format_is_read_unchanged() {
    let project = check_bytes(INGEST.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    insta::assert_json_snapshot!(project.document(), @r#"
    {
      "slug": "maji-data",
      "version": 2,
      "version_tag": "spring",
      "title": "Water in numbers",
      "description": "Survey data of a country's water.\n\nYou have joined the survey team.",
      "objectives": [
        {
          "text": "Query a table",
          "level": "apply"
        }
      ],
      "minutes": 300,
      "workspace": "sql",
      "tutor": {
        "persona": "A surveyor",
        "style": "socratic",
        "encouragement": "high"
      },
      "epics": [
        {
          "id": "meet-the-data",
          "title": "Meet the data",
          "content": "Find your way around.",
          "objectives": [
            {
              "text": "Name the tables",
              "level": "remember"
            }
          ],
          "subtasks": [
            {
              "id": "look-at-the-schema",
              "title": "Look at the schema",
              "content": "Which tables are there?\n\nUse `SHOW TABLES`.\n\n**This is done when:**\n\nThe names of all tables",
              "points": 10.0,
              "answer": {
                "kind": "hand_in",
                "counts": true
              },
              "hints": [
                "There is a command for it",
                "It begins with SHOW"
              ],
              "guidance": {
                "approach": "Let them explore.",
                "questions": [
                  "What might a visit be?"
                ],
                "misconceptions": [
                  "Confusing table and database"
                ],
                "rationale": "SHOW TABLES lists them."
              }
            },
            {
              "id": "first-steps",
              "title": "First steps",
              "subtasks": [
                {
                  "id": "count-the-rows",
                  "title": "Count the rows",
                  "depends_on": [
                    "look-at-the-schema"
                  ],
                  "answer": {
                    "kind": "hand_in",
                    "counts": true,
                    "optional": true
                  }
                },
                {
                  "id": "talk-it-over",
                  "title": "Talk it over",
                  "depends_on": [
                    "count-the-rows"
                  ],
                  "answer": {
                    "kind": "conversation",
                    "exchanges": 3
                  }
                }
              ]
            }
          ]
        },
        {
          "id": "dig-deeper",
          "title": "Dig deeper",
          "depends_on": [
            "meet-the-data"
          ],
          "subtasks": [
            {
              "id": "count-the-rows-2",
              "title": "Count the rows",
              "content": "**This is done when:**\n\n- A number\n- A sentence",
              "answer": {
                "kind": "hand_in",
                "counts": true
              }
            },
            {
              "id": "compare",
              "title": "Compare",
              "depends_on": [
                "look-at-the-schema",
                "count-the-rows-2"
              ],
              "answer": {
                "kind": "hand_in",
                "counts": true
              }
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn mistakes_in_the_older_format_have_paths_too() {
    let broken = INGEST
        .replace("\"Look at the schema\", \"Count", "\"Look at the shema\", \"Count")
        .replace("\"conversational\"", "\"conversation\"")
        .replace("\"max_grade\": 10", "\"max_grade\": \"ten\"")
        .replace("\"acceptance_criteria\": \"The", "\"acceptance_criterias\": \"The");
    let mistakes = check_bytes(broken.as_bytes()).expect_err("mistakes");
    let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(mistakes.join("\n"), @r"
    epics[0].tasks[0].max_grade: this is a text; it must be a number
    epics[0].tasks[0]: there is no field “acceptance_criterias” here; did you mean “acceptance_criteria”?
    epics[0].tasks[1].subtasks[1].subtask_type: “conversation” must be one of: exercise, conversational; did you mean “conversational”?
    epics[1].tasks[1].dependencies[0]: no task “Look at the shema”; did you mean “Look at the schema”?
    ");
}

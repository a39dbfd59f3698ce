//! Projects as any author may write them.

use proptest::{collection::vec, option, prelude::*};

use crate::learning::project::document::*;

pub fn text() -> impl Strategy<Value = String> {
    "[a-zé«#*:\\-\\[\\{\"'\n ]{0,12}[a-z?]"
}

fn line() -> impl Strategy<Value = String> {
    "[a-zé#:\"']{1,5}[a-z ]{0,5}[a-z]"
}

fn rule() -> impl Strategy<Value = AnswerRule> {
    prop_oneof![
        (vec(line(), 1..4), any::<bool>(), any::<bool>(), option::of(line())).prop_map(
            |(accept, case_sensitive, long, placeholder)| AnswerRule::Text(TextRule {
                accept,
                case_sensitive,
                exact_spaces: false,
                long,
                placeholder
            })
        ),
        (-1_000_000..1_000_000, 0..100, option::of("[a-z]{1,3}")).prop_map(|(value, tolerance, unit)| {
            let (value, tolerance) = (f64::from(value) / 8.0, f64::from(tolerance) / 8.0);
            AnswerRule::Number(NumberRule { value, tolerance, unit })
        }),
        (1..50_u32).prop_map(|exchanges| AnswerRule::Conversation(ConversationRule { exchanges })),
        any::<bool>().prop_map(|counts| AnswerRule::HandIn(HandInRule { counts, optional: false, placeholder: None })),
        (2..5_usize, 0..2_usize).prop_map(|(number, correct)| AnswerRule::Choice(ChoiceRule {
            options: (0..number).map(|id| ChoiceOption { id: format!("o{id}"), text: format!("O{id}") }).collect(),
            correct: format!("o{correct}"),
        })),
    ]
}

fn leaf() -> impl Strategy<Value = TaskDocument> {
    (line(), option::of(text()), rule(), vec(text(), 0..3), option::of(0..500_u32)).prop_map(
        |(title, solution, answer, hints, minutes)| TaskDocument {
            title: title.trim().to_owned(),
            solution,
            answer: Some(answer),
            hints,
            minutes,
            ..TaskDocument::default()
        },
    )
}

fn task() -> impl Strategy<Value = TaskDocument> {
    leaf().prop_recursive(3, 30, 4, |below| {
        (line(), vec(below, 1..4)).prop_map(|(title, subtasks)| TaskDocument {
            title: title.trim().to_owned(),
            subtasks,
            ..TaskDocument::default()
        })
    })
}

/// Gives every task an id, and makes some depend on leaves that stand before.
fn connect(tasks: &mut [TaskDocument], next: &mut usize, leaves: &mut Vec<String>, picks: &[u8]) {
    for task in tasks {
        let pick = usize::from(picks[*next % picks.len()]);
        task.id = format!("t{next}");
        *next += 1;
        if pick.is_multiple_of(2) && !leaves.is_empty() {
            task.depends_on = vec![leaves[pick % leaves.len()].clone()];
        }
        connect(&mut task.subtasks, next, leaves, picks);
        if task.subtasks.is_empty() {
            leaves.push(task.id.clone());
        }
    }
}

pub fn document() -> impl Strategy<Value = Document> {
    (vec(task(), 1..5), vec(any::<u8>(), 1..20), line(), text()).prop_map(|(mut epics, picks, title, description)| {
        connect(&mut epics, &mut 0, &mut vec![], &picks);
        Document {
            slug: "any".to_owned(),
            version: 1,
            version_tag: None,
            title: title.trim().to_owned(),
            description,
            objectives: vec![],
            minutes: None,
            workspace: None,
            tutor: None,
            epics,
        }
    })
}

/// Values under names that the readers look for, with no regard for what belongs there.
pub fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};

    const NAMES: [&str; 40] = [
        "id",
        "title",
        "content",
        "content_file",
        "objectives",
        "minutes",
        "depends_on",
        "points",
        "answer",
        "mistakes",
        "when_right",
        "hints",
        "solution",
        "guidance",
        "tasks",
        "subtasks",
        "kind",
        "accept",
        "options",
        "correct",
        "value",
        "tolerance",
        "unit",
        "pattern",
        "example",
        "exchanges",
        "counts",
        "feedback",
        "text",
        "level",
        "dependencies",
        "acceptance_criteria",
        "tutor_guidance",
        "hints_to_give",
        "max_grade",
        "subtask_type",
        "requires_submission",
        "description",
        "common_mistakes",
        "anywhere",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..100).prop_map(Value::from),
        "[a-c]{1,2}|\\PC{0,6}|[(a*+?\\[]{1,4}|\0".prop_map(Value::from),
        proptest::sample::select(vec!["text", "choice", "number", "regex", "set", "hand_in", "conversation"])
            .prop_map(|kind| json!({ "kind": kind, "accept": ["a"], "value": 1, "correct": "a", "pattern": "a" })),
    ];
    let value = leaf.prop_recursive(6, 60, 6, |below| {
        prop_oneof![
            vec(below.clone(), 0..5).prop_map(Value::from),
            vec((proptest::sample::select(NAMES.to_vec()), below), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    vec(value, 0..4).prop_map(Value::from)
}

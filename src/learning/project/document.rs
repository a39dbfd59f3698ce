//! A project in the form its author writes, and in which it is stored.
//!
//! The JSON Schema in `projects/schema.json` is made from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A project: what is learnt, told as a tree of epics, tasks and subtasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "LTT project")]
pub struct Document {
    /// Names the project in launches and addresses: `a-z`, `0-9` and `-`, at most 64 of them.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,64}$"))]
    pub slug: String,
    /// From 1; raised whenever anything below is changed. Learners stay on the version they started.
    #[schemars(range(min = 1))]
    pub version: u32,
    /// A name for this version, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_tag: Option<String>,
    /// What the project is called.
    pub title: String,
    /// What it is about, in markdown; learners read it first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What learners can do in the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
    /// How many minutes it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Which tools the learner works with; for the author's own use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// How the tutor of this project speaks. Learners never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tutor: Option<TutorStyle>,
    /// The parts of the project, in order.
    pub epics: Vec<TaskDocument>,
}

/// An epic, a task or a subtask: they differ only in where they stand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Task")]
pub struct TaskDocument {
    /// Names the task within the project: `a-z`, `0-9` and `-`, at most 64 of them.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,64}$"))]
    pub id: String,
    /// What the task is called.
    pub title: String,
    /// The task itself, in markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// What is learnt by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
    /// How many minutes it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// The ids of tasks, anywhere in the project, that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Points it earns; 1 where nothing is said, 0 for a conversation and for what is handed in and does not count.
    /// Only where there are no subtasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub points: Option<f64>,
    /// How it is answered. Needed where there are no subtasks, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerRule>,
    /// Feedback for wrong answers that are common.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<CommonMistake>,
    /// What the learner reads when the answer is right, in markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_right: Option<String>,
    /// Hints in markdown, the gentlest first. Each is shown only when it has been unlocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// The reference solution, in markdown. Learners never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    /// Advice for whoever helps. Learners never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Guidance>,
    /// The tasks below this one, in order. (In an epic they may be called `tasks`.)
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtasks: Vec<TaskDocument>,
}

/// Something a learner can do in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// What it is.
    pub text: String,
    /// How deep it goes, in Bloom's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<BloomLevel>,
}

/// The levels of Bloom's revised taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the taxonomy's own")]
pub enum BloomLevel {
    Remember,
    Understand,
    Apply,
    Analyze,
    Evaluate,
    Create,
}

/// How an answer is given, and what decides about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerRule {
    /// One of several texts.
    Text(TextRule),
    /// One of the options.
    Choice(ChoiceRule),
    /// A number.
    Number(NumberRule),
    /// A text that matches a pattern.
    Regex(RegexRule),
    /// Several values, in any order.
    Set(SetRule),
    /// Anything: it is handed in and not checked.
    HandIn(HandInRule),
    /// A conversation with the tutor.
    Conversation(ConversationRule),
}

/// A text is right when it is one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextRule {
    /// Every text that is right; the first is the reference.
    #[schemars(length(min = 1))]
    pub accept: Vec<String>,
    /// Whether capital and small letters differ.
    #[serde(default, skip_serializing_if = "is_false")]
    pub case_sensitive: bool,
    /// Whether spaces at the ends, several in a row, and a full stop at the end matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exact_spaces: bool,
    /// Whether the answer usually takes more than a line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub long: bool,
    /// Shown in the empty box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// A choice is right when it is this option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceRule {
    /// What there is to choose from.
    #[schemars(length(min = 2))]
    pub options: Vec<ChoiceOption>,
    /// The id of the option that is right.
    pub correct: String,
}

/// A thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// Names the option within its task.
    pub id: String,
    /// What the learner reads; inline markdown.
    pub text: String,
}

/// A number is right when it is near enough to this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberRule {
    /// The right number.
    pub value: f64,
    /// How far off an answer may be, in the same unit.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub tolerance: f64,
    /// The unit; shown behind the box, and allowed in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// A text is right when a pattern matches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegexRule {
    /// The pattern, in the syntax of <https://docs.rs/regex/#syntax>.
    pub pattern: String,
    /// A text that is right: the reference, and a test of the pattern.
    pub example: String,
    /// Whether it is enough that a part of the answer matches; else the whole must.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anywhere: bool,
    /// Whether capital and small letters differ.
    #[serde(default, skip_serializing_if = "is_false")]
    pub case_sensitive: bool,
    /// Whether the answer usually takes more than a line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub long: bool,
    /// Shown in the empty box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// A set is right when it holds these values and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRule {
    /// The right values; where there are options, their ids.
    #[schemars(length(min = 1))]
    pub accept: Vec<String>,
    /// What there is to choose from; without it the values are written, one a line or with commas between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ChoiceOption>,
    /// Whether capital and small letters differ in written values.
    #[serde(default, skip_serializing_if = "is_false")]
    pub case_sensitive: bool,
    /// Whether the feedback names the learner's values that do not belong.
    #[serde(default, skip_serializing_if = "is_false")]
    pub name_wrong: bool,
}

/// What is handed in is not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandInRule {
    /// Whether handing in earns the task's points.
    pub counts: bool,
    /// Whether nothing need be written.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Shown in the empty box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// The task is done when the learner says so, after enough of a conversation about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationRule {
    /// How many messages of the learner it takes.
    #[schemars(range(min = 1, max = 50))]
    pub exchanges: u32,
}

/// A wrong answer that is common, and what to say about it. It names an answer or a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommonMistake {
    /// The wrong answer, compared as the right one is; for a set, a value that does not belong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Or a pattern that a part of the wrong answer matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What the learner reads, in markdown.
    pub feedback: String,
}

/// Advice for whoever helps with a task: a tutor, never the learner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// How to go about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approach: Option<String>,
    /// Questions worth asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// What learners often get wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misconceptions: Vec<String>,
    /// Why the answer is what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
}

/// How the tutor of a project speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TutorStyle {
    /// Who the tutor is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// How it teaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<TeachingStyle>,
    /// How much it encourages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encouragement: Option<Encouragement>,
}

/// How a tutor teaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeachingStyle {
    /// By questions.
    Socratic,
    /// By telling.
    Direct,
    /// Step by step.
    Guided,
}

/// How much a tutor encourages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Encouragement {
    High,
    Moderate,
    Minimal,
}

impl TaskDocument {
    /// Points it can earn by itself: 0 for a parent.
    pub fn possible(&self) -> f64 {
        if !self.subtasks.is_empty() {
            return 0.0;
        }
        self.points.unwrap_or(match &self.answer {
            Some(AnswerRule::Conversation(_)) => 0.0,
            Some(AnswerRule::HandIn(rule)) if !rule.counts => 0.0,
            _ => 1.0,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

//! Mapping rules: where each field of a context comes from. An administrator may change them for a registration or for one
//! placement; [`Rules::default`] knows the usual claims and custom parameters.

use std::{fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::claims::ClaimPath;
use crate::learning::project::Mistake;

/// The rules that hold unless an administrator says otherwise.
pub const DEFAULT: &str = include_str!("default_rules.yaml");

/// The largest file of rules, in bytes.
const LARGEST_FILE: usize = 64 * 1024;
/// The most rules in a set.
const MOST_RULES: usize = 100;
/// The longest default or separator, in characters.
const LONGEST_TEXT: usize = 4_000;

/// A field of the context that rules can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What the course is called.
    Course,
    /// What the activity is called.
    Activity,
    /// What is to be learnt; one or many.
    Objectives,
    /// What the activity is about.
    Content,
    /// What the learner is expected to know.
    PriorKnowledge,
    /// What the teacher wants the learner to be told.
    TeacherNote,
    /// A language.
    Locale,
    /// Where people go when they are done.
    ReturnUrl,
}

impl Field {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Course,
        Self::Activity,
        Self::Objectives,
        Self::Content,
        Self::PriorKnowledge,
        Self::TeacherNote,
        Self::Locale,
        Self::ReturnUrl,
    ];
    /// The most objectives that are kept.
    pub(super) const MOST_OBJECTIVES: usize = 50;

    /// Its name in a file of rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Activity => "activity",
            Self::Objectives => "objectives",
            Self::Content => "content",
            Self::PriorKnowledge => "prior_knowledge",
            Self::TeacherNote => "teacher_note",
            Self::Locale => "locale",
            Self::ReturnUrl => "return_url",
        }
    }

    /// The most characters of a value.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Course | Self::Activity => 300,
            Self::Objectives => 500,
            Self::Content | Self::PriorKnowledge | Self::TeacherNote => 4_000,
            Self::Locale => 35,
            Self::ReturnUrl => 2_000,
        }
    }

    /// Whether its text may have several lines.
    pub(super) fn has_lines(self) -> bool {
        matches!(self, Self::Content | Self::PriorKnowledge | Self::TeacherNote)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Where a rule looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// At a claim.
    Claim(ClaimPath),
    /// At a custom parameter.
    Custom(String),
    /// Nowhere: its default is the value.
    None,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(path) => write!(formatter, "claim {path}"),
            Self::Custom(name) => write!(formatter, "custom parameter {name}"),
            Self::None => formatter.write_str("nothing"),
        }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) field: Field,
    pub(super) source: Source,
    /// What stands between several values in one text.
    pub(super) separator: Option<String>,
    /// What the field is where the source says nothing.
    pub(super) default: Option<String>,
}

/// Rules, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Default for Rules {
    fn default() -> Self {
        static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| Rules::read(DEFAULT).ok());
        RULES.clone().unwrap_or(Self(Vec::new()))
    }
}

impl Rules {
    /// Reads a file, YAML or JSON; or names every mistake in it.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let whole = |message: String| vec![Mistake { path: String::new(), message }];
        if text.len() > LARGEST_FILE {
            return Err(whole(format!("the file is larger than {} KB", LARGEST_FILE / 1024)));
        }
        let value =
            serde_yaml_ng::from_str(text).map_err(|error| whole(format!("this is no YAML or JSON: {error}")))?;
        Self::of_json(&value)
    }

    /// Reads rules from JSON; or names every mistake.
    pub fn of_json(document: &Value) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::default();
        let rules = reader.document(document);
        if reader.0.is_empty() { Ok(Self(rules)) } else { Err(reader.0) }
    }

    /// As JSON, as [`Rules::of_json`] reads it.
    pub fn to_json(&self) -> Value {
        let rules = self.0.iter().map(|rule| {
            let mut members = Map::from_iter([("field".to_owned(), json!(rule.field))]);
            match &rule.source {
                Source::Claim(path) => _ = members.insert("claim".to_owned(), json!(path.to_string())),
                Source::Custom(name) => _ = members.insert("custom".to_owned(), json!(name)),
                Source::None => {}
            }
            let texts = [("separator", &rule.separator), ("default", &rule.default)];
            let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
            members.extend(texts);
            Value::Object(members)
        });
        json!({ "rules": rules.collect::<Vec<_>>() })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }
}

impl fmt::Display for Rules {
    /// As YAML, a rule a line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = self.to_json();
        formatter.write_str("rules:\n")?;
        for rule in document["rules"].as_array().into_iter().flatten() {
            // JSON is YAML, too.
            writeln!(formatter, "  - {rule}")?;
        }
        Ok(())
    }
}

/// Collects every mistake, each with its path.
#[derive(Default)]
struct Reader(Vec<Mistake>);

impl Reader {
    fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Mistake { path: path.into(), message: message.into() });
    }

    fn document(&mut self, document: &Value) -> Vec<Rule> {
        let Some(members) = document.as_object() else {
            self.wrong("", "the file must be an object with the list `rules`");
            return Vec::new();
        };
        self.check_names("", members, &["rules"]);
        let Some(rules) = members.get("rules").and_then(Value::as_array) else {
            self.wrong("rules", "write a list of rules here");
            return Vec::new();
        };
        if rules.len() > MOST_RULES {
            self.wrong("rules", format!("{} rules are too many: {MOST_RULES} at most", rules.len()));
        }
        let rules = rules.iter().take(MOST_RULES).enumerate();
        rules.filter_map(|(at, rule)| self.rule(&format!("rules[{at}]"), rule)).collect()
    }

    fn rule(&mut self, path: &str, rule: &Value) -> Option<Rule> {
        let Some(members) = rule.as_object() else {
            self.wrong(path, "a rule is an object: { field: …, claim: … } or { field: …, custom: … }");
            return None;
        };
        self.check_names(path, members, &["field", "claim", "custom", "separator", "default"]);
        let before = self.0.len();
        let field = self.text(path, members, "field", LONGEST_TEXT);
        let field = field.and_then(|name| self.field(path, &name)).or_else(|| {
            if !members.contains_key("field") {
                self.wrong(format!("{path}.field"), format!("say which field it fills: {}", known_fields()));
            }
            None
        });
        let source = self.source(path, members);
        let separator = self.text(path, members, "separator", LONGEST_TEXT);
        if separator.is_some() && field.is_some_and(|field| field != Field::Objectives) {
            self.wrong(format!("{path}.separator"), "only objectives can be several values");
        }
        let default = self.text(path, members, "default", LONGEST_TEXT);
        if source == Some(Source::None) && default.is_none() && self.0.len() == before {
            self.wrong(path, "say where the value comes from: claim, custom, or a default");
        }
        let rule = Rule { field: field?, source: source?, separator, default };
        (self.0.len() == before).then_some(rule)
    }

    fn field(&mut self, path: &str, name: &str) -> Option<Field> {
        let found = Field::ALL.into_iter().find(|field| field.name() == name);
        if found.is_none() {
            let name: String = name.chars().take(60).collect();
            self.wrong(format!("{path}.field"), format!("there is no field \"{name}\"; there are {}", known_fields()));
        }
        found
    }

    fn source(&mut self, path: &str, members: &Map<String, Value>) -> Option<Source> {
        let before = self.0.len();
        let claim = self.text(path, members, "claim", LONGEST_TEXT);
        let custom = self.text(path, members, "custom", 255);
        if claim.is_some() && custom.is_some() {
            self.wrong(path, "a rule looks at a claim or at a custom parameter, not at both; write two rules");
            return None;
        }
        let claim = claim
            .map(|claim| ClaimPath::parse(&claim).map_err(|message| self.wrong(format!("{path}.claim"), message)).ok());
        match (claim, custom) {
            (Some(path), _) => path.map(Source::Claim),
            (None, Some(name)) => Some(Source::Custom(name.strip_prefix("custom_").unwrap_or(&name).to_owned())),
            (None, None) => (self.0.len() == before).then_some(Source::None),
        }
    }

    /// A text of 1 to `longest` characters; nothing where there is none.
    fn text(&mut self, path: &str, members: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
        match members.get(name)? {
            Value::Null => None,
            Value::String(text) if !text.is_empty() && text.chars().count() <= longest => Some(text.clone()),
            _ => {
                self.wrong(format!("{path}.{name}"), format!("this must be a text of 1 to {longest} characters"));
                None
            }
        }
    }

    fn check_names(&mut self, path: &str, members: &Map<String, Value>, known: &[&str]) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let shown: String = name.chars().take(60).collect();
            let path = if path.is_empty() { shown } else { format!("{path}.{shown}") };
            self.wrong(path, format!("there is no such field here; there are {}", known.join(", ")));
        }
    }
}

fn known_fields() -> String {
    Field::ALL.map(Field::name).join(", ")
}

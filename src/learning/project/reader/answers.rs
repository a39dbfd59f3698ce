//! How tasks are answered: each rule is checked for what would make it undecidable or never right.

use std::collections::HashSet;

use super::Reading;
use crate::learning::{
    answer::{Answer, Validator, Verdict, compile_pattern},
    project::{
        document::{
            AnswerRule, ChoiceOption, ChoiceRule, CommonMistake, ConversationRule, HandInRule, NumberRule, RegexRule,
            SetRule, TaskDocument, TextRule,
        },
        fields::Fields,
        mistake::{did_you_mean, quoted},
        source::Value,
    },
};

/// The most options of one task.
const OPTION_LIMIT: usize = 100;
/// The most common mistakes of one task.
const MISTAKE_LIMIT: usize = 50;
/// The most messages a conversation may take.
const EXCHANGE_LIMIT: u32 = 50;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Choice,
    Number,
    Regex,
    Set,
    HandIn,
    Conversation,
}

const KINDS: [(&str, Kind); 7] = [
    ("text", Kind::Text),
    ("choice", Kind::Choice),
    ("number", Kind::Number),
    ("regex", Kind::Regex),
    ("set", Kind::Set),
    ("hand_in", Kind::HandIn),
    ("conversation", Kind::Conversation),
];

impl Reading<'_> {
    /// Reads how a task is answered, and what goes with it.
    pub(super) fn answer(&self, fields: &Fields<'_>, task: &mut TaskDocument) {
        let answer = fields.take("answer");
        let mistakes = fields.list("mistakes");
        if !task.subtasks.is_empty() {
            let said = [
                ("answer", answer.is_some()),
                ("mistakes", !mistakes.is_empty()),
                ("points", task.points.is_some()),
                ("when_right", task.when_right.is_some()),
            ];
            for (name, _) in said.into_iter().filter(|(_, said)| *said) {
                fields.wrong(name, "this belongs to the tasks below: a group is done when they are");
            }
            return;
        }
        let Some(answer) = answer else {
            if !fields.knows_mistake("answer") && !fields.knows_mistake("tasks") && !fields.knows_mistake("subtasks") {
                let remedy =
                    "say how this task is answered; for what nobody checks: `answer: {kind: hand_in, counts: true}`";
                fields.wrong("answer", remedy);
            }
            return;
        };
        if mistakes.len() > MISTAKE_LIMIT {
            fields.wrong("mistakes", format!("there are too many: {MISTAKE_LIMIT} at most"));
            return;
        }
        task.answer = self.rule(&fields.path("answer"), answer);
        if let (Some(AnswerRule::HandIn(HandInRule { counts: false, .. })), Some(points)) = (&task.answer, task.points)
            && points > 0.0
        {
            fields.wrong("points", "what does not count earns no points: set `counts: true`, or leave `points` out");
        }
        let read = |(path, value): (String, Value)| self.mistake(&path, value, task.answer.as_ref());
        task.mistakes = mistakes.into_iter().filter_map(read).collect();
    }

    fn rule(&self, path: &str, value: Value) -> Option<AnswerRule> {
        let fields = Fields::open(value, path, self.report)?;
        if !fields.has("kind") {
            let kinds: Vec<_> = KINDS.iter().map(|(word, _)| *word).collect();
            fields.wrong("kind", format!("this field is missing; one of: {}", kinds.join(", ")));
            return None;
        }
        let rule = match fields.word("kind", &KINDS)? {
            Kind::Text => AnswerRule::Text(text(&fields)),
            Kind::Choice => AnswerRule::Choice(self.choice(&fields)),
            Kind::Number => AnswerRule::Number(number(&fields)),
            Kind::Regex => AnswerRule::Regex(regex(&fields)),
            Kind::Set => AnswerRule::Set(self.set(&fields)),
            Kind::HandIn => AnswerRule::HandIn(hand_in(&fields)),
            Kind::Conversation => AnswerRule::Conversation(conversation(&fields)),
        };
        fields.finish();
        Some(rule)
    }

    fn choice(&self, fields: &Fields<'_>) -> ChoiceRule {
        let rule = ChoiceRule { options: self.options(fields), correct: fields.required_line("correct") };
        if rule.options.len() < 2 && !fields.knows_mistake("options") {
            fields.wrong("options", "there must be at least two options to choose from");
        }
        if !rule.correct.is_empty() {
            must_be_option(fields, &fields.path("correct"), &rule.correct, &rule.options);
        }
        rule
    }

    fn set(&self, fields: &Fields<'_>) -> SetRule {
        let rule = SetRule {
            accept: fields.texts("accept").into_iter().map(|value| value.trim().to_owned()).collect(),
            options: self.options(fields),
            case_sensitive: fields.flag("case_sensitive"),
            name_wrong: fields.flag("name_wrong"),
        };
        needs_some(fields, &rule.accept);
        let mut seen = HashSet::new();
        for (index, value) in rule.accept.iter().enumerate() {
            let path = format!("{}[{index}]", fields.path("accept"));
            if !seen.insert(if rule.case_sensitive { value.clone() } else { value.to_lowercase() }) {
                self.report.add(&path, format!("{} stands here twice", quoted(value)));
            }
            if !rule.options.is_empty() {
                must_be_option(fields, &path, value, &rule.options);
            } else if value.contains(['\n', ',', ';']) {
                self.report.add(&path, "a value of a set has no comma, semicolon or line break: these part the values");
            }
        }
        rule
    }

    fn options(&self, fields: &Fields<'_>) -> Vec<ChoiceOption> {
        let listed = fields.list("options");
        if listed.len() > OPTION_LIMIT {
            fields.wrong("options", format!("there are too many options: {OPTION_LIMIT} at most"));
        }
        let mut options: Vec<ChoiceOption> = vec![];
        for (path, value) in listed {
            let Some(fields) = Fields::open(value, &path, self.report) else { continue };
            let option = ChoiceOption { id: fields.required_line("id"), text: fields.required_text("text") };
            if option.id.contains([',', ';']) {
                fields.wrong("id", "an option's id has no comma or semicolon");
            }
            if options.iter().any(|other| other.id == option.id) {
                fields.wrong("id", format!("there are two options {}", quoted(&option.id)));
            }
            fields.finish();
            options.push(option);
        }
        options
    }

    fn mistake(&self, path: &str, value: Value, rule: Option<&AnswerRule>) -> Option<CommonMistake> {
        let fields = Fields::open(value, path, self.report)?;
        let mistake = CommonMistake {
            answer: match fields.take("answer") {
                Some(Value::Number(number)) => Some(format!("{number}")),
                Some(other) => fields.as_text(&fields.path("answer"), other),
                None => None,
            },
            pattern: fields.text("pattern"),
            feedback: fields.required_text("feedback"),
        };
        match (&mistake.answer, &mistake.pattern) {
            (Some(answer), None) => judge_mistake(&fields, answer, rule),
            (None, Some(pattern)) => {
                if let Err(error) = compile_pattern(pattern, true, false) {
                    fields.wrong("pattern", format!("this is no pattern: {error}"));
                }
            }
            _ if fields.knows_mistake("answer") || fields.knows_mistake("pattern") => {}
            _ => self.report.add(path, "give the wrong answer as `answer` or as `pattern`, one of them"),
        }
        fields.finish();
        Some(mistake)
    }
}

/// A wrong answer must be one: an option where there are options, and not what is right.
fn judge_mistake(fields: &Fields<'_>, answer: &str, rule: Option<&AnswerRule>) {
    let Some(rule) = rule else { return };
    let path = fields.path("answer");
    let options = match rule {
        AnswerRule::Choice(rule) => rule.options.as_slice(),
        AnswerRule::Set(rule) => rule.options.as_slice(),
        AnswerRule::HandIn(_) | AnswerRule::Conversation(_) => {
            fields.wrong("answer", "this task has no wrong answers");
            return;
        }
        _ => &[],
    };
    if !options.is_empty() {
        must_be_option(fields, &path, answer, options);
    }
    let task = TaskDocument { answer: Some(rule.clone()), ..TaskDocument::default() };
    let is_right = match rule {
        AnswerRule::Set(rule) => rule.accept.iter().any(|right| right == answer),
        _ => Validator::of(&task)
            .is_some_and(|validator| validator.judge(&Answer::One(answer.to_owned())).verdict == Verdict::Accepted),
    };
    if is_right {
        fields.wrong("answer", "this is the right answer");
    }
}

fn text(fields: &Fields<'_>) -> TextRule {
    let rule = TextRule {
        accept: fields.texts("accept"),
        case_sensitive: fields.flag("case_sensitive"),
        exact_spaces: fields.flag("exact_spaces"),
        long: fields.flag("long"),
        placeholder: fields.text("placeholder"),
    };
    needs_some(fields, &rule.accept);
    rule
}

fn number(fields: &Fields<'_>) -> NumberRule {
    let (there, value) = (fields.has("value"), fields.number("value"));
    if !there {
        fields.wrong("value", "this field is missing");
    }
    let tolerance = fields.number("tolerance").unwrap_or_default();
    if tolerance < 0.0 {
        fields.wrong("tolerance", "a tolerance is never below 0");
    }
    let unit = fields.text("unit").map(|unit| unit.trim().to_owned()).filter(|unit| !unit.is_empty());
    NumberRule { value: value.unwrap_or_default(), tolerance, unit }
}

fn regex(fields: &Fields<'_>) -> RegexRule {
    let rule = RegexRule {
        pattern: fields.required_text("pattern"),
        example: fields.required_text("example"),
        anywhere: fields.flag("anywhere"),
        case_sensitive: fields.flag("case_sensitive"),
        long: fields.flag("long"),
        placeholder: fields.text("placeholder"),
    };
    match compile_pattern(&rule.pattern, rule.anywhere, rule.case_sensitive) {
        Err(error) => fields.wrong("pattern", format!("this is no pattern: {error}")),
        Ok(pattern) if !rule.example.trim().is_empty() && !pattern.is_match(rule.example.trim()) => {
            fields.wrong("example", "the pattern does not match this example");
        }
        Ok(_) => {}
    }
    rule
}

fn hand_in(fields: &Fields<'_>) -> HandInRule {
    if !fields.has("counts") {
        fields.wrong("counts", "this field is missing: whether handing in earns the points, true or false");
    }
    HandInRule {
        counts: fields.flag("counts"),
        optional: fields.flag("optional"),
        placeholder: fields.text("placeholder"),
    }
}

fn conversation(fields: &Fields<'_>) -> ConversationRule {
    if !fields.has("exchanges") {
        fields.wrong("exchanges", "this field is missing: how many messages of the learner it takes");
    }
    ConversationRule { exchanges: fields.whole("exchanges", 1, EXCHANGE_LIMIT).unwrap_or(1) }
}

fn needs_some(fields: &Fields<'_>, accept: &[String]) {
    if accept.is_empty() && !fields.knows_mistake("accept") {
        fields.wrong("accept", "there must be at least one answer that is right");
    }
}

fn must_be_option(fields: &Fields<'_>, path: &str, id: &str, options: &[ChoiceOption]) {
    if !fields.has_enough_mistakes() && !options.iter().any(|option| option.id == id) {
        let hint = did_you_mean(id, options.iter().map(|option| option.id.as_str()));
        fields.wrong_at(path, format!("there is no option {}{hint}", quoted(id)));
    }
}

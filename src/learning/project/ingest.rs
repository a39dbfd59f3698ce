//! The older LTT ingest format, read unchanged.
//!
//! It names tasks by their titles and has no answers: what is handed in counts. Titles become ids; acceptance criteria
//! become part of what the learner reads; guidance becomes hints and advice. Fields that LTT has no use for (priority,
//! for one: the order is the author's) are let be.

use std::collections::{HashMap, HashSet};

use super::{
    document::{
        AnswerRule, ConversationRule, Document, Encouragement, Guidance, HandInRule, Objective, TaskDocument,
        TeachingStyle, TutorStyle,
    },
    fields::Fields,
    mistake::{did_you_mean, quoted},
    reader::{DEPTH_LIMIT, ENCOURAGEMENTS, LEVELS, MINUTES_LIMIT, POINTS_LIMIT, Place, Reading, STYLES},
    source::Value,
};

#[cfg(test)]
mod tests;

/// Fields of the format, or of what was made from it, that LTT has no use for and that must not be taken for misspelt ones.
const UNUSED: [&str; 14] = [
    "id",
    "type",
    "task_type",
    "tags",
    "notes",
    "status",
    "priority",
    "summary",
    "content_refs",
    "parent_id",
    "version",
    "created_at",
    "updated_at",
    "narrative",
];

/// How many messages a conversational task takes: the format does not say.
const EXCHANGES: u32 = 3;

/// Whether a file is written in this format.
pub(super) fn is_ingest(value: &Value) -> bool {
    value.get("project_id").is_some() && value.get("slug").is_none()
}

/// The tasks met so far, for the dependencies by title.
#[derive(Default)]
struct Titles {
    ids: HashSet<String>,
    /// For each task, its title, id, and the task it belongs to.
    tasks: Vec<(String, String, Option<usize>)>,
    /// The dependencies of each task: their paths and the titles they name.
    wanted: Vec<Vec<(String, String)>>,
}

/// Reads a whole project of the older format.
pub(super) fn project(reading: &mut Reading<'_>, value: Value) -> Option<Document> {
    let fields = Fields::open(value, "", reading.report)?;
    let mut titles = Titles::default();
    let narrative = fields.text("narrative_context");
    if fields.optional_flag("narrative").unwrap_or_default() && narrative.is_none() {
        fields.wrong("narrative_context", "this field is missing, for `narrative` is true");
    }
    let mut document = Document {
        slug: slug(&fields),
        version: fields.whole("version", 1, i32::MAX.unsigned_abs()).unwrap_or(1),
        version_tag: fields.text("version_tag"),
        title: fields.required_line("title"),
        description: paragraphs([fields.text("description"), narrative, fields.text("content")]),
        objectives: objectives(reading, &fields),
        minutes: fields.whole("estimated_minutes", 0, MINUTES_LIMIT),
        workspace: fields.text("workspace_type"),
        tutor: tutor(reading, &fields),
        epics: tasks(reading, &mut titles, &fields, "epics", None, 0),
    };
    fields.optional_flag("requires_submission");
    if document.epics.is_empty() && !fields.knows_mistake("epics") {
        fields.wrong("epics", "a project needs at least one epic");
    }
    fields.finish_leniently(&UNUSED);
    let mut resolved = titles.resolve(reading).into_iter();
    depend(&mut document.epics, &mut resolved);
    Some(document)
}

fn slug(fields: &Fields<'_>) -> String {
    let slug = fields.id("project_id");
    if slug.len() < 3 && !fields.knows_mistake("project_id") {
        fields.wrong("project_id", "this is too short: 3 characters at least");
    }
    slug
}

fn tasks(
    reading: &mut Reading<'_>,
    titles: &mut Titles,
    fields: &Fields<'_>,
    name: &'static str,
    parent: Option<usize>,
    depth: usize,
) -> Vec<TaskDocument> {
    let tasks = fields.list(name);
    if depth > DEPTH_LIMIT && !tasks.is_empty() {
        fields.wrong(name, format!("tasks are nested deeper than {DEPTH_LIMIT} levels"));
        return vec![];
    }
    tasks.into_iter().filter_map(|(path, value)| task(reading, titles, &path, value, parent, depth)).collect()
}

fn task(
    reading: &mut Reading<'_>,
    titles: &mut Titles,
    path: &str,
    value: Value,
    parent: Option<usize>,
    depth: usize,
) -> Option<TaskDocument> {
    let fields = Fields::open(value, path, reading.report)?;
    let title = fields.required_line("title");
    let dependencies = fields.list("dependencies");
    let wanted =
        dependencies.into_iter().filter_map(|(path, value)| Some((path.clone(), fields.as_text(&path, value)?)));
    let place = titles.add(&title, parent, wanted.collect());
    reading.places.push(Place { path: path.to_owned(), depends_on: vec![] });

    let criteria = criteria(reading, &fields).map(|criteria| format!("**This is done when:**\n\n{criteria}"));
    let (hints, guidance) = guidance(reading, &fields);
    let mut task = TaskDocument {
        id: titles.tasks[place].1.clone(),
        title,
        content: paragraphs([fields.text("description"), fields.text("content"), criteria]),
        objectives: objectives(reading, &fields),
        minutes: fields.whole("estimated_minutes", 0, MINUTES_LIMIT),
        hints,
        guidance,
        ..TaskDocument::default()
    };
    let points = points(&fields);
    let optional = fields.optional_flag("requires_submission") == Some(false);
    let conversational =
        fields.word("subtask_type", &[("exercise", false), ("conversational", true)]).unwrap_or_default();
    task.subtasks = tasks(reading, titles, &fields, "tasks", Some(place), depth + 1);
    task.subtasks.extend(tasks(reading, titles, &fields, "subtasks", Some(place), depth + 1));
    if task.subtasks.is_empty() {
        task.points = points;
        task.answer = Some(if conversational {
            AnswerRule::Conversation(ConversationRule { exchanges: EXCHANGES })
        } else {
            AnswerRule::HandIn(HandInRule { counts: true, optional, placeholder: None })
        });
    }
    fields.finish_leniently(&UNUSED);
    Some(task)
}

fn points(fields: &Fields<'_>) -> Option<f64> {
    let points = fields.number("max_grade")?;
    if !(0.0..=POINTS_LIMIT).contains(&points) {
        fields.wrong("max_grade", format!("this must be from 0 to {POINTS_LIMIT}"));
    }
    Some(points)
}

/// What a task must fulfil: a text, texts, or objects with a description.
fn criteria(reading: &Reading<'_>, fields: &Fields<'_>) -> Option<String> {
    let path = fields.path("acceptance_criteria");
    let values = match fields.take("acceptance_criteria")? {
        Value::List(values) => values,
        single => return fields.as_text(&path, single).filter(|text| !text.trim().is_empty()),
    };
    let mut lines = vec![];
    for (index, value) in values.into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        let text = match value {
            Value::Object(_) => Fields::open(value, &path, reading.report).and_then(|one| one.text("description")),
            other => fields.as_text(&path, other),
        };
        lines.extend(text.map(|text| format!("- {text}")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Objectives, under either of the names that are in use.
fn objectives(reading: &Reading<'_>, fields: &Fields<'_>) -> Vec<Objective> {
    let mut listed = fields.list("learning_objectives");
    listed.extend(fields.list("objectives"));
    let read = |(path, value): (String, Value)| match value {
        Value::Object(_) => {
            let fields = Fields::open(value, &path, reading.report)?;
            Some(Objective { text: fields.required_text("description"), level: fields.word("level", &LEVELS) })
        }
        other => fields.as_text(&path, other).map(|text| Objective { text, level: None }),
    };
    listed.into_iter().filter_map(read).collect()
}

/// A task's hints, and advice for whoever helps.
fn guidance(reading: &Reading<'_>, fields: &Fields<'_>) -> (Vec<String>, Option<Guidance>) {
    let path = fields.path("tutor_guidance");
    let Some(value) = fields.take("tutor_guidance") else { return (vec![], None) };
    if let Value::Text(approach) = value {
        return (vec![], Some(Guidance { approach: Some(approach), ..Guidance::default() }));
    }
    let Some(fields) = Fields::open(value, &path, reading.report) else { return (vec![], None) };
    let hints = fields.texts("hints_to_give");
    let guidance = Guidance {
        approach: fields.text("teaching_approach"),
        questions: fields.texts("discussion_prompts"),
        misconceptions: fields.texts("common_mistakes"),
        rationale: fields.text("answer_rationale"),
    };
    fields.finish_leniently(&UNUSED);
    (hints, (guidance != Guidance::default()).then_some(guidance))
}

/// How the tutor speaks: the newer object, or the older text.
fn tutor(reading: &Reading<'_>, fields: &Fields<'_>) -> Option<TutorStyle> {
    let older = fields.text("tutor_persona");
    let newer = fields.take("tutor_config").and_then(|value| {
        let fields = Fields::open(value, "tutor_config", reading.report)?;
        let style = TutorStyle {
            persona: fields.text("persona"),
            style: fields.word::<TeachingStyle>("teaching_style", &STYLES),
            encouragement: fields.word::<Encouragement>("encouragement_level", &ENCOURAGEMENTS),
        };
        fields.finish_leniently(&UNUSED);
        Some(style)
    });
    let mut style = newer.unwrap_or_default();
    style.persona = style.persona.or(older);
    (style != TutorStyle::default()).then_some(style)
}

/// The texts that are there, as paragraphs.
fn paragraphs<const N: usize>(texts: [Option<String>; N]) -> String {
    let there = texts.into_iter().flatten().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    there.collect::<Vec<_>>().join("\n\n")
}

impl Titles {
    /// Notes a task and gives its place.
    fn add(&mut self, title: &str, parent: Option<usize>, wanted: Vec<(String, String)>) -> usize {
        let base = id_of(title);
        let numbered = (2..).map(|number: usize| format!("{base}-{number}"));
        let id = std::iter::once(base.clone()).chain(numbered).find(|id| !self.ids.contains(id)).unwrap_or_default();
        self.ids.insert(id.clone());
        self.tasks.push((title.to_owned(), id, parent));
        self.wanted.push(wanted);
        self.tasks.len() - 1
    }

    /// The dependencies of each task as ids; a title that names no task, or several, is noted.
    fn resolve(&self, reading: &mut Reading<'_>) -> Vec<Vec<String>> {
        let mut by_title: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, (title, ..)) in self.tasks.iter().enumerate() {
            by_title.entry(folded(title)).or_default().push(place);
        }
        let mut resolved = vec![];
        for (own, wanted) in self.wanted.iter().enumerate() {
            let mut ids = vec![];
            for (path, title) in wanted {
                if reading.report.is_full() {
                    return vec![];
                }
                match self.find(own, title, &by_title) {
                    Ok(id) => {
                        ids.push(id);
                        reading.places[own].depends_on.push(path.clone());
                    }
                    Err(message) => reading.report.add(path, message),
                }
            }
            resolved.push(ids);
        }
        resolved
    }

    /// The task of this title; among several, the one beside the task that depends on it.
    fn find(&self, own: usize, title: &str, by_title: &HashMap<String, Vec<usize>>) -> Result<String, String> {
        let named = by_title.get(&folded(title)).map(Vec::as_slice).unwrap_or_default();
        let beside: Vec<usize> =
            named.iter().copied().filter(|place| self.tasks[*place].2 == self.tasks[own].2).collect();
        match (named, beside.as_slice()) {
            ([only], _) | (_, [only]) => Ok(self.tasks[*only].1.clone()),
            ([], _) => {
                let hint = did_you_mean(title, self.tasks.iter().map(|(title, ..)| title.as_str()));
                Err(format!("no task {}{hint}", quoted(title)))
            }
            _ => Err(format!("{} tasks are called {}; give them different titles", named.len(), quoted(title))),
        }
    }
}

/// Hands the dependencies to the tasks, in the order in which they were read.
fn depend(tasks: &mut [TaskDocument], resolved: &mut impl Iterator<Item = Vec<String>>) {
    for task in tasks {
        task.depends_on = resolved.next().unwrap_or_default();
        depend(&mut task.subtasks, resolved);
    }
}

/// A title without what people vary.
fn folded(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// An id from a title.
fn id_of(title: &str) -> String {
    let mut id = String::new();
    for character in title.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            id.push(character);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() == 56 {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "task".to_owned() } else { id.to_owned() }
}

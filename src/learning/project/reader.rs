//! LTT's own project format, read field by field.

use super::{
    document::{BloomLevel, Document, Encouragement, Guidance, Objective, TaskDocument, TeachingStyle, TutorStyle},
    fields::Fields,
    folder::Texts,
    mistake::Report,
    source::Value,
};

mod answers;

/// How deep tasks may be nested.
pub(super) const DEPTH_LIMIT: usize = 12;
/// The most minutes a task may take.
pub(super) const MINUTES_LIMIT: u32 = 100_000;
/// The most points a task may earn.
pub(super) const POINTS_LIMIT: f64 = 1000.0;
/// The most hints of one task.
const HINT_LIMIT: usize = 20;

/// Where a task stands in its file.
pub(super) struct Place {
    /// Its path.
    pub path: String,
    /// The path of each dependency.
    pub depends_on: Vec<String>,
}

/// What all parts of one reading share.
pub(super) struct Reading<'r> {
    /// Where mistakes are noted.
    pub report: &'r Report,
    /// The texts beside the file.
    pub texts: &'r dyn Texts,
    /// Where each task stands, parents before their children.
    pub places: Vec<Place>,
}

pub(super) const LEVELS: [(&str, BloomLevel); 6] = [
    ("remember", BloomLevel::Remember),
    ("understand", BloomLevel::Understand),
    ("apply", BloomLevel::Apply),
    ("analyze", BloomLevel::Analyze),
    ("evaluate", BloomLevel::Evaluate),
    ("create", BloomLevel::Create),
];

pub(super) const STYLES: [(&str, TeachingStyle); 3] =
    [("socratic", TeachingStyle::Socratic), ("direct", TeachingStyle::Direct), ("guided", TeachingStyle::Guided)];

pub(super) const ENCOURAGEMENTS: [(&str, Encouragement); 3] =
    [("high", Encouragement::High), ("moderate", Encouragement::Moderate), ("minimal", Encouragement::Minimal)];

impl Reading<'_> {
    /// Reads a whole project.
    pub fn project(&mut self, value: Value) -> Option<Document> {
        let fields = Fields::open(value, "", self.report)?;
        let document = Document {
            slug: fields.id("slug"),
            version: fields.whole("version", 1, i32::MAX.unsigned_abs()).unwrap_or_else(|| {
                if !fields.knows_mistake("version") {
                    fields.wrong("version", "this field is missing: a whole number, 1 at first");
                }
                1
            }),
            version_tag: fields.text("version_tag"),
            title: fields.required_line("title"),
            description: self.long_text(&fields, "description", "description_file"),
            objectives: self.objectives(&fields, "objectives"),
            minutes: fields.whole("minutes", 0, MINUTES_LIMIT),
            workspace: fields.text("workspace"),
            tutor: fields.take("tutor").and_then(|value| self.tutor(value)),
            epics: self.tasks(&fields, "epics", 0),
        };
        if document.epics.is_empty() && !fields.knows_mistake("epics") {
            fields.wrong("epics", "a project needs at least one epic");
        }
        fields.finish();
        Some(document)
    }

    fn tasks(&mut self, fields: &Fields<'_>, name: &'static str, depth: usize) -> Vec<TaskDocument> {
        let tasks = fields.list(name);
        if depth > DEPTH_LIMIT && !tasks.is_empty() {
            fields.wrong(name, format!("tasks are nested deeper than {DEPTH_LIMIT} levels"));
            return vec![];
        }
        tasks.into_iter().filter_map(|(path, value)| self.task(&path, value, depth)).collect()
    }

    fn task(&mut self, path: &str, value: Value, depth: usize) -> Option<TaskDocument> {
        let fields = Fields::open(value, path, self.report)?;
        let place = self.places.len();
        self.places.push(Place { path: path.to_owned(), depends_on: vec![] });
        let mut task = TaskDocument {
            id: fields.id("id"),
            title: fields.required_line("title"),
            content: self.long_text(&fields, "content", "content_file"),
            objectives: self.objectives(&fields, "objectives"),
            minutes: fields.whole("minutes", 0, MINUTES_LIMIT),
            depends_on: self.depends_on(&fields, place),
            points: fields.number("points"),
            hints: fields.texts("hints"),
            solution: fields.text("solution"),
            guidance: fields.take("guidance").and_then(|value| self.guidance(&fields.path("guidance"), value)),
            when_right: fields.text("when_right"),
            ..TaskDocument::default()
        };
        if task.points.is_some_and(|points| !(0.0..=POINTS_LIMIT).contains(&points)) {
            fields.wrong("points", format!("points must be from 0 to {POINTS_LIMIT}"));
        }
        if task.hints.len() > HINT_LIMIT {
            fields.wrong("hints", format!("there are too many hints: {HINT_LIMIT} at most"));
        }
        if fields.has("tasks") && fields.has("subtasks") {
            fields.wrong("subtasks", "give the tasks below as `tasks` or as `subtasks`, not as both");
        }
        task.subtasks = self.tasks(&fields, "tasks", depth + 1);
        task.subtasks.extend(self.tasks(&fields, "subtasks", depth + 1));
        self.answer(&fields, &mut task);
        fields.finish();
        Some(task)
    }

    /// The ids of tasks that must be done before; their paths are kept for later.
    fn depends_on(&mut self, fields: &Fields<'_>, place: usize) -> Vec<String> {
        let mut ids = vec![];
        for (path, value) in fields.list("depends_on") {
            if let Some(id) = fields.as_text(&path, value) {
                ids.push(id);
                self.places[place].depends_on.push(path);
            }
        }
        ids
    }

    /// A text that stands in the file, or in one beside it.
    fn long_text(&self, fields: &Fields<'_>, name: &'static str, file: &'static str) -> String {
        let (here, beside) = (fields.text(name), fields.text(file));
        let Some(beside) = beside else { return here.unwrap_or_default() };
        if here.is_some() {
            fields.wrong(file, format!("give either `{name}` or `{file}`, not both"));
        }
        match self.texts.text(&beside) {
            Ok(text) => fields.as_text(&fields.path(file), Value::Text(text)).unwrap_or_default(),
            Err(message) => {
                fields.wrong(file, message);
                String::new()
            }
        }
    }

    /// Objectives: texts, or objects with a text and a level.
    fn objectives(&self, fields: &Fields<'_>, name: &'static str) -> Vec<Objective> {
        let read = |(path, value): (String, Value)| match value {
            Value::Object(_) => {
                let fields = Fields::open(value, &path, self.report)?;
                let objective = Objective { text: fields.required_text("text"), level: fields.word("level", &LEVELS) };
                fields.finish();
                Some(objective)
            }
            other => fields.as_text(&path, other).map(|text| Objective { text, level: None }),
        };
        fields.list(name).into_iter().filter_map(read).collect()
    }

    fn guidance(&self, path: &str, value: Value) -> Option<Guidance> {
        let fields = Fields::open(value, path, self.report)?;
        let guidance = Guidance {
            approach: fields.text("approach"),
            questions: fields.texts("questions"),
            misconceptions: fields.texts("misconceptions"),
            rationale: fields.text("rationale"),
        };
        fields.finish();
        Some(guidance)
    }

    fn tutor(&self, value: Value) -> Option<TutorStyle> {
        let fields = Fields::open(value, "tutor", self.report)?;
        let style = TutorStyle {
            persona: fields.text("persona"),
            style: fields.word("style", &STYLES),
            encouragement: fields.word("encouragement", &ENCOURAGEMENTS),
        };
        fields.finish();
        Some(style)
    }
}

//! What the library's pages show, made of projects: texts are rendered here, and answers, hints and solutions have no place to
//! go.

use app::model::library::{ChangesShown, MistakeShown, ProjectShown, TaskShown};

use crate::{
    learning::{
        answer::AnswerForm,
        project::{
            Placed, Project, Task,
            changes::{Changes, Named},
            document::ChoiceOption,
            library::Version,
        },
    },
    web::markdown,
};

/// The most mistakes that are shown, and the most of a line.
const MOST_MISTAKES: usize = 200;
const LONGEST_LINE: usize = 200;

/// A project, as learners see it.
pub fn project(project: &Project) -> ProjectShown {
    let leaves = project.tasks().iter().filter(|task| task.is_leaf());
    let about = project.about();
    ProjectShown {
        title: about.title.clone(),
        version: i64::from(about.version),
        introduction_html: markdown::render(&about.description),
        tasks: leaves.clone().count(),
        points: leaves.map(Task::possible).sum(),
        parts: project.tasks().iter().filter(|task| task.parent.is_none()).map(|epic| task(project, epic)).collect(),
    }
}

fn task(project: &Project, of: &Task) -> TaskShown {
    TaskShown {
        title: of.title.clone(),
        body_html: markdown::render(&of.content),
        answer: answer(&of.form()),
        waits_for: of.prerequisites.iter().map(|position| project.at(*position).title.clone()).collect(),
        hints: of.hints.len(),
        parts: of.children.iter().map(|position| task(project, project.at(*position))).collect(),
    }
}

/// How a task is answered, in words.
fn answer(form: &AnswerForm) -> String {
    let listed =
        |options: &[ChoiceOption]| options.iter().map(|option| option.text.clone()).collect::<Vec<_>>().join(", ");
    match form {
        AnswerForm::Text { long: true, .. } => "Answered by a longer text.".to_owned(),
        AnswerForm::Text { long: false, .. } => "Answered in words.".to_owned(),
        AnswerForm::Number { unit: Some(unit) } => format!("Answered by a number of {unit}."),
        AnswerForm::Number { unit: None } => "Answered by a number.".to_owned(),
        AnswerForm::Choice { options } => format!("One of these: {}.", listed(options)),
        AnswerForm::Set { options } if options.is_empty() => "Answered by several values.".to_owned(),
        AnswerForm::Set { options } => format!("Some of these: {}.", listed(options)),
        AnswerForm::Conversation { needed } => format!("Talked through with the tutor, in {needed} messages."),
        AnswerForm::Children => "Done when the tasks below are.".to_owned(),
    }
}

/// What a new version changes.
pub fn changes(before: &Version, earlier: &Project, new: &Project) -> ChangesShown {
    let titles = |tasks: Vec<Named>| tasks.into_iter().map(|task| task.title).collect();
    let Changes { added, removed, changed, about } = Changes::between(earlier, new);
    ChangesShown {
        before: before.version,
        learners: before.learners,
        added: titles(added),
        removed: titles(removed),
        changed: titles(changed),
        about,
    }
}

/// Mistakes, each with the line that it stands on.
pub fn mistakes(text: &str, placed: Vec<Placed>) -> Vec<MistakeShown> {
    let lines: Vec<&str> = text.lines().collect();
    let written = |line: usize| {
        let line: String = lines.get(line.checked_sub(1)?)?.trim_end().chars().take(LONGEST_LINE).collect();
        (!line.is_empty()).then_some(line)
    };
    let shown = placed.into_iter().take(MOST_MISTAKES).map(|Placed { line, mistake }| MistakeShown {
        line,
        written: line.and_then(written),
        path: mistake.path,
        message: mistake.message,
    });
    shown.collect()
}

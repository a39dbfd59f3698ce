//! What there is to choose from: the newest version of every project, as the picker shows it.

use std::sync::Arc;

use app::model::placing::{Picker, PickerEntry};
use uuid::Uuid;

use crate::{
    launch::{
        opening::Choice,
        placing::{self, Placeable},
        protocol::{DeepLinkingRequest, ItemKind},
    },
    learning::project::{Project, Task, catalog::Catalog, library},
    store::{StoreError, Tx},
    web::markdown,
};

/// How much of a text is shown before it is chosen, in bytes.
const PREVIEW: usize = 4000;

/// The newest version of every project that may be placed on one platform.
pub(super) struct Library(Vec<Arc<Project>>);

impl Library {
    pub(super) async fn read(tx: &mut Tx, catalog: &Catalog, platform: Uuid) -> Result<Self, StoreError> {
        let mut projects = Vec::new();
        for id in library::newest_for_platform(tx, platform).await? {
            projects.push(catalog.project(tx, id).await?);
        }
        Ok(Self(projects))
    }

    /// What a choice stands for.
    pub(super) fn find(&self, choice: &Choice) -> Option<Placeable<'_>> {
        self.0.iter().find_map(|project| Placeable::of(project, choice))
    }

    /// The choice of an author.
    pub(super) fn to_place(&self, request: &DeepLinkingRequest, chosen: &[Choice]) -> Picker {
        let mut picker = Picker {
            title: "Place in your course".to_owned(),
            sentence: "Choose a whole project, or single tasks of it. A task comes with everything below it."
                .to_owned(),
            several: request.accept_multiple,
            button: "Place in course".to_owned(),
            cancel: Some("Cancel".to_owned()),
            ..Picker::default()
        };
        if !request.accepts(ItemKind::ResourceLink) {
            picker.nothing = Some(
                "Your course takes no activities at this place, only files, pictures or plain links. A plain link could not \
                 tell LTT who opens it, so nobody could work or be graded by it. Cancel, and begin where your course adds \
                 activities or external tools."
                    .to_owned(),
            );
            return picker;
        }
        if !request.accept_multiple {
            picker.notes.push("Your course takes one activity at a time here.".to_owned());
        }
        if request.accept_line_item == Some(false) {
            picker.notes.push("Your course makes no column in its gradebook from here.".to_owned());
        }
        self.fill(picker, chosen)
    }

    /// The choice of somebody who teaches, for a link that names nothing.
    pub(super) fn to_open(&self, chosen: &[Choice], suggestion: Option<&Choice>, is_open: bool) -> Picker {
        let mut picker = Picker {
            title: "What should open here?".to_owned(),
            sentence: "Choose a whole project, or one task with everything below it. Everybody who opens this activity gets it."
                .to_owned(),
            button: "Open this here".to_owned(),
            cancel: is_open.then(|| "Keep it as it is".to_owned()),
            ..Picker::default()
        };
        if is_open {
            picker.notes.push(
                "Learners who have begun keep what they did; from the next time on they get what you choose now."
                    .to_owned(),
            );
        } else if suggestion.is_some_and(|choice| self.find(choice).is_some()) {
            picker.notes.push(
                "This course is a copy of another, and what was chosen there is chosen below. Look whether it fits."
                    .to_owned(),
            );
        }
        self.fill(picker, chosen)
    }

    fn fill(&self, mut picker: Picker, chosen: &[Choice]) -> Picker {
        if self.0.is_empty() {
            picker.nothing = Some(
                "There is no project yet. Have one added to LTT first: see “Writing a project” in its guide."
                    .to_owned(),
            );
        }
        picker.projects = self.0.iter().map(|project| entry_of_project(project, chosen)).collect();
        picker
    }
}

fn entry_of_project(project: &Project, chosen: &[Choice]) -> PickerEntry {
    let about = project.about();
    let choice = Choice { project: about.slug.clone(), task: None };
    let epics = project.tasks().iter().filter(|task| task.parent.is_none());
    let below: Vec<_> = epics.map(|task| entry_of_task(project, task, chosen)).collect();
    PickerEntry {
        value: choice.to_string(),
        title: about.title.clone(),
        minutes: about.minutes.or_else(|| minutes_of(&below)),
        points: placing::points(project, None),
        preview_html: preview(&about.description),
        is_chosen: chosen.contains(&choice),
        below,
    }
}

fn entry_of_task(project: &Project, task: &Task, chosen: &[Choice]) -> PickerEntry {
    let choice = Choice { project: project.about().slug.clone(), task: Some(task.id.clone()) };
    let children = task.children.iter().map(|child| project.at(*child));
    let below: Vec<_> = children.map(|task| entry_of_task(project, task, chosen)).collect();
    PickerEntry {
        value: choice.to_string(),
        title: task.title.clone(),
        minutes: task.minutes.or_else(|| minutes_of(&below)),
        points: placing::points(project, Some(task)),
        preview_html: preview(&task.content),
        is_chosen: chosen.contains(&choice),
        below,
    }
}

/// The parts' minutes, where each part tells its own.
fn minutes_of(parts: &[PickerEntry]) -> Option<u32> {
    let minutes: Option<Vec<u32>> = parts.iter().map(|part| part.minutes).collect();
    minutes.filter(|minutes| !minutes.is_empty()).map(|minutes| minutes.into_iter().fold(0, u32::saturating_add))
}

/// What learners read first. Long texts are cut: it is a look, and there may be hundreds.
fn preview(markdown: &str) -> String {
    let end = markdown.floor_char_boundary(PREVIEW);
    let rest = if end < markdown.len() { "\n\n…" } else { "" };
    markdown::render(&format!("{}{rest}", &markdown[..end]))
}

//! What is placed, in the words of Deep Linking.

use lti::{ContentItem, DeepLinkingRequest, PlacedLineItem, ResourceLinkItem};
use url::Url;

use crate::{
    launch::opening::Choice,
    learning::project::{Project, Task},
};

/// A project, or a task of it with what is below.
#[derive(Debug, Clone, Copy)]
pub struct Placeable<'p> {
    project: &'p Project,
    task: Option<&'p Task>,
}

impl<'p> Placeable<'p> {
    /// What a choice stands for in that project; `None` where the project has no such task.
    pub fn of(project: &'p Project, choice: &Choice) -> Option<Self> {
        if project.about().slug != choice.project {
            return None;
        }
        match &choice.task {
            Some(id) => Some(Self { project, task: Some(project.task(id)?) }),
            None => Some(Self { project, task: None }),
        }
    }

    fn title(&self) -> &'p str {
        self.task.map_or(&self.project.about().title, |task| &task.title)
    }

    /// What people read of it in the course.
    fn text(&self) -> String {
        let points = points(self.project, self.task);
        let worth = if points > 0.0 { format!("{points} points. ") } else { String::new() };
        match self.task {
            Some(_) => format!("{worth}A task of “{}”, with a tutor.", self.project.about().title),
            None => format!("{worth}A project with a tutor."),
        }
    }
}

/// The most points that a project, or a part of it, can earn.
pub fn points(project: &Project, task: Option<&Task>) -> f64 {
    let tasks = task.map_or(project.tasks(), |task| &project.tasks()[task.range()]);
    tasks.iter().map(Task::possible).sum()
}

/// The item of what was chosen, with a column where there is something to earn and the platform makes one.
pub fn item(request: &DeepLinkingRequest, launch_address: &Url, placeable: Placeable<'_>) -> ContentItem {
    let maximum = points(placeable.project, placeable.task);
    let is_graded = maximum > 0.0 && request.accept_line_item != Some(false);
    let choice =
        Choice { project: placeable.project.about().slug.clone(), task: placeable.task.map(|task| task.id.clone()) };
    let line_item = PlacedLineItem {
        score_maximum: maximum,
        label: Some(placeable.title().to_owned()),
        resource_id: Some(choice.to_string()),
        ..PlacedLineItem::default()
    };
    let custom = [("project", Some(choice.project)), ("task", choice.task)];
    ContentItem::ResourceLink(ResourceLinkItem {
        url: Some(launch_address.clone()),
        title: Some(placeable.title().to_owned()),
        text: Some(placeable.text()),
        custom: custom.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        line_item: is_graded.then_some(line_item),
        ..ResourceLinkItem::default()
    })
}

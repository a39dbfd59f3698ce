//! What can only be seen with the whole project in view: ids given twice, dependencies on nothing, and circles.

use std::collections::HashMap;

use super::{
    Project,
    document::Document,
    mistake::{Report, did_you_mean, quoted},
    reader::Place,
};

/// The most tasks in a project.
const TASK_LIMIT: usize = 5000;
/// The most tasks that are named in a circle.
const NAMED_LIMIT: usize = 10;

/// Notes what is wrong with the whole; `places` holds where each task stands in its file.
pub(super) fn review(document: Document, places: &[Place], report: &Report) -> Project {
    let project = Project::new(document);
    if project.tasks().len() > TASK_LIMIT {
        report.add("", format!("there are too many tasks: {TASK_LIMIT} at most"));
        return project;
    }
    ids(&project, places, report);
    dependencies(&project, places, report);
    circles(&project, places, report);
    project
}

fn ids(project: &Project, places: &[Place], report: &Report) {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (task, place) in project.tasks().iter().zip(places) {
        if task.id.is_empty() {
            continue;
        }
        if let Some(first) = seen.get(task.id.as_str()) {
            report.add(&format!("{}.id", place.path), format!("{} is already the id of {first}", quoted(&task.id)));
        } else {
            seen.insert(&task.id, &place.path);
        }
    }
}

fn dependencies(project: &Project, places: &[Place], report: &Report) {
    let known = || project.tasks().iter().map(|task| task.id.as_str());
    for (task, place) in project.tasks().iter().zip(places) {
        for (id, path) in task.depends_on.iter().zip(&place.depends_on) {
            if !report.is_full() && project.task(id).is_none() {
                report.add(path, format!("no task \"{id}\"{}", did_you_mean(id, known())));
            }
        }
    }
}

/// A task's beginning and end, as places on the way through a project. Each waits for others:
/// a beginning for the end of what the task depends on, and for the beginning of the task it belongs to;
/// an end for the beginning, and for the ends of the tasks below. Who waits for themselves waits forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Begin(usize),
    End(usize),
}

impl Moment {
    fn task(self) -> usize {
        match self {
            Self::Begin(task) | Self::End(task) => task,
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Begin(task) => task * 2,
            Self::End(task) => task * 2 + 1,
        }
    }

    fn waits_for(self, project: &Project) -> Vec<Moment> {
        let task = project.at(self.task());
        match self {
            Self::Begin(_) => {
                let parent = task.parent.map(Self::Begin);
                task.prerequisites.iter().map(|other| Self::End(*other)).chain(parent).collect()
            }
            Self::End(own) => {
                let children = task.children.iter().map(|child| Self::End(*child));
                std::iter::once(Self::Begin(own)).chain(children).collect()
            }
        }
    }
}

/// Walks everything that waits, depth first, without recursion; a moment met again on its own way closes a circle.
fn circles(project: &Project, places: &[Place], report: &Report) {
    let mut done = vec![false; project.tasks().len() * 2];
    let mut on_way = done.clone();
    for start in 0..project.tasks().len() {
        if done[Moment::End(start).index()] {
            continue;
        }
        let mut way = vec![(Moment::End(start), Moment::End(start).waits_for(project))];
        on_way[Moment::End(start).index()] = true;
        while let Some((moment, rest)) = way.last_mut() {
            let Some(next) = rest.pop() else {
                on_way[moment.index()] = false;
                done[moment.index()] = true;
                way.pop();
                continue;
            };
            if on_way[next.index()] && !report.is_full() {
                let first = way.iter().position(|(moment, _)| *moment == next).unwrap_or_default();
                let circle: Vec<Moment> = way[first..].iter().map(|(moment, _)| *moment).collect();
                name_circle(project, places, report, &circle);
            } else if !done[next.index()] && !on_way[next.index()] {
                on_way[next.index()] = true;
                way.push((next, next.waits_for(project)));
            }
        }
    }
}

/// Tells a circle by the tasks in it, at the dependency that closes it.
fn name_circle(project: &Project, places: &[Place], report: &Report, circle: &[Moment]) {
    let steps = circle.iter().zip(circle.iter().cycle().skip(1));
    let by_dependency = |(from, to): &(&Moment, &Moment)| matches!((from, to), (Moment::Begin(_), Moment::End(_)));
    let dependencies: Vec<_> = steps.filter(by_dependency).collect();
    let Some((last, target)) = dependencies.last() else { return };
    let place = &places[last.task()];
    let wanted = &project.at(target.task()).id;
    let index = project.at(last.task()).depends_on.iter().position(|id| id == wanted);
    let path = index.and_then(|index| place.depends_on.get(index)).unwrap_or(&place.path);
    let mut names: Vec<&str> = vec![];
    for (from, to) in &dependencies {
        for task in [from.task(), to.task()] {
            let id = project.at(task).id.as_str();
            if names.last() != Some(&id) {
                names.push(id);
            }
        }
    }
    if names.len() > 1 && names.first() == names.last() {
        names.pop();
    }
    if names.len() > NAMED_LIMIT {
        names.splice(NAMED_LIMIT / 2..names.len() - NAMED_LIMIT / 2, ["…"]);
    }
    names.push(names[0]);
    report.add(path, format!("these tasks wait for each other: {}", names.join(" → ")));
}

//! What a new version of a project changes, task by task.

use super::{Project, Task};

/// A task, by its id and title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
}

/// What one version has other than an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Tasks that are new.
    pub added: Vec<Named>,
    /// Tasks that are not there any more.
    pub removed: Vec<Named>,
    /// Tasks that say something else, or stand under another task.
    pub changed: Vec<Named>,
    /// Whether something about the project itself is other: title, description, tutor.
    pub about: bool,
}

impl Changes {
    /// What leads from one version to another. Tasks are the same by their ids.
    pub fn between(before: &Project, after: &Project) -> Self {
        let named = |task: &Task| Named { id: task.id.clone(), title: task.title.clone() };
        let above = |project: &Project, task: &Task| task.parent.map(|parent| project.at(parent).id.clone());
        let mut changes = Self::default();
        for task in after.tasks() {
            match before.task(&task.id) {
                None => changes.added.push(named(task)),
                Some(known) if known.written != task.written || above(before, known) != above(after, task) => {
                    changes.changed.push(named(task));
                }
                Some(_) => {}
            }
        }
        changes.removed = before.tasks().iter().filter(|task| after.task(&task.id).is_none()).map(named).collect();
        let (old, new) = (before.about(), after.about());
        changes.about = old.title != new.title || old.description != new.description || old.tutor != new.tutor;
        changes
    }

    /// Whether nothing is other.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::project::check_bytes;

    const BEFORE: &str = "
slug: one
version: 1
title: One
epics:
  - id: first
    title: First
    tasks:
      - {id: a, title: A, answer: {kind: number, value: 4}}
      - {id: b, title: B, answer: {kind: number, value: 5}}
  - id: second
    title: Second
    tasks:
      - {id: c, title: C, answer: {kind: number, value: 6}}
";

    fn ids(tasks: &[Named]) -> Vec<&str> {
        tasks.iter().map(|task| task.id.as_str()).collect()
    }

    #[test]
    fn a_new_version_says_which_tasks_are_new_gone_or_other() {
        let before = check_bytes(BEFORE.as_bytes()).expect("a project");
        assert!(Changes::between(&before, &before).is_empty());
        let after = BEFORE
            .replace(
                "{id: a, title: A, answer: {kind: number, value: 4}}",
                "{id: new, title: New, answer: {kind: number, value: 1}}",
            )
            .replace("value: 6", "value: 7")
            .replace("title: One", "title: Two");
        let changes = Changes::between(&before, &check_bytes(after.as_bytes()).expect("a project"));
        assert_eq!((ids(&changes.added), ids(&changes.removed)), (vec!["new"], vec!["a"]));
        assert_eq!((ids(&changes.changed), changes.about), (vec!["c"], true), "an epic is not other for its tasks");
    }
}

//! How far a learner has come: derived, in one place, from what they did.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::learning::project::{Project, Task};

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Can be started.
    Open,
    /// Has been started.
    InProgress,
    /// Is done.
    Closed,
    /// Waits for other tasks.
    Blocked,
}

/// What the learner did with one task; nothing else is stored.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Act {
    /// Nothing yet.
    #[default]
    None,
    /// Began it.
    Begun,
    /// Closed it.
    Closed {
        /// The points this earned.
        points: f64,
    },
}

/// How far a part of a project has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Tasks without children that are closed.
    pub closed: u32,
    /// Tasks without children in all.
    pub total: u32,
    /// Points earned.
    pub points: f64,
    /// Points that can be earned.
    pub possible: f64,
}

impl Progress {
    /// Closed work over all work, from 0 to 1; 1 where there is none.
    pub fn completion(&self) -> f64 {
        if self.total == 0 { 1.0 } else { f64::from(self.closed) / f64::from(self.total) }
    }

    /// Points earned over points possible, from 0 to 1; 0 where there are none.
    pub fn score(&self) -> f64 {
        if self.possible > 0.0 { self.points / self.possible } else { 0.0 }
    }

    /// Whether all the work is closed.
    pub fn is_complete(&self) -> bool {
        self.closed == self.total
    }
}

/// The state of every task of a project, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing(Vec<TaskState>);

impl Standing {
    /// Derives every state from the learner's acts, given by position.
    ///
    /// A leaf is closed when the learner closed it, a parent when all its leaves are. Short of that, a task is blocked
    /// while a dependency of its own or of a task it belongs to is not closed.
    pub fn derive(project: &Project, act: impl Fn(usize) -> Act) -> Self {
        let tasks = project.tasks();
        let mut states = vec![TaskState::Open; tasks.len()];
        // Children stand after their parents: backwards, a parent finds its children decided.
        for task in tasks.iter().rev() {
            let closed = if task.is_leaf() {
                matches!(act(task.position), Act::Closed { .. })
            } else {
                task.children.iter().all(|child| states[*child] == TaskState::Closed)
            };
            if closed {
                states[task.position] = TaskState::Closed;
            }
        }
        for task in tasks {
            let waits = |position: &usize| states[*position] != TaskState::Closed;
            let parent_blocked = task.parent.is_some_and(|parent| states[parent] == TaskState::Blocked);
            if states[task.position] != TaskState::Closed && (parent_blocked || task.prerequisites.iter().any(waits)) {
                states[task.position] = TaskState::Blocked;
            }
        }
        for task in tasks.iter().rev() {
            if states[task.position] == TaskState::Open {
                states[task.position] = match act(task.position) {
                    _ if !task.is_leaf() => of_children(task, &states),
                    Act::Begun => TaskState::InProgress,
                    _ => TaskState::Open,
                };
            }
        }
        Self(states)
    }

    /// How the task at a position stands.
    pub fn state(&self, position: usize) -> TaskState {
        self.0[position]
    }

    /// How far the tasks at these positions have come.
    pub fn progress(&self, project: &Project, part: Range<usize>, act: impl Fn(usize) -> Act) -> Progress {
        let mut progress = Progress::default();
        for leaf in project.tasks()[part].iter().filter(|task| task.is_leaf()) {
            progress.total += 1;
            progress.possible += leaf.possible();
            if let Act::Closed { points } = act(leaf.position) {
                progress.closed += 1;
                progress.points += points;
            }
        }
        progress
    }

    /// The task to work on next: one that was begun, else the first that can be.
    pub fn next<'a>(&self, project: &'a Project, part: Range<usize>) -> Option<&'a Task> {
        let leaves = || project.tasks()[part.clone()].iter().filter(|task| task.is_leaf());
        let first = |state| leaves().find(|task| self.state(task.position) == state);
        first(TaskState::InProgress).or_else(|| first(TaskState::Open))
    }

    /// The tasks that must be closed before this one can be worked on, in the author's order.
    pub fn waits_for<'a>(&self, project: &'a Project, task: &'a Task) -> Vec<&'a Task> {
        if self.state(task.position) != TaskState::Blocked {
            return vec![];
        }
        let own = std::iter::once(task).chain(project.ancestors(task));
        let mut positions: Vec<usize> = own.flat_map(|task| task.prerequisites.iter().copied()).collect();
        if positions.iter().all(|position| self.state(*position) == TaskState::Closed) {
            // Only the tasks below it are blocked.
            positions
                .extend(project.tasks()[task.range()].iter().flat_map(|below| below.prerequisites.iter().copied()));
            positions.retain(|position| !task.range().contains(position));
        }
        positions.retain(|position| self.state(*position) != TaskState::Closed);
        positions.sort_unstable();
        positions.dedup();
        positions.into_iter().map(|position| project.at(position)).collect()
    }
}

/// The state of a parent that is neither closed nor blocked by a dependency of its own.
fn of_children(task: &Task, states: &[TaskState]) -> TaskState {
    let has = |state| task.children.iter().any(|child| states[*child] == state);
    if has(TaskState::InProgress) || has(TaskState::Closed) {
        TaskState::InProgress
    } else if has(TaskState::Open) {
        TaskState::Open
    } else {
        TaskState::Blocked
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::learning::project::tests::any_document;

    proptest! {
        #[test]
        fn whoever_always_does_what_is_next_gets_everything_done(document in any_document()) {
            let project = Project::new(document);
            let all = 0..project.tasks().len();
            let mut acts = vec![Act::None; all.len()];
            let mut completion = -1.0;
            loop {
                let standing = Standing::derive(&project, |position| acts[position]);
                let progress = standing.progress(&project, all.clone(), |position| acts[position]);
                prop_assert!(progress.completion() > completion, "each closed leaf is progress");
                completion = progress.completion();
                let Some(next) = standing.next(&project, all.clone()) else {
                    prop_assert!(progress.is_complete());
                    prop_assert!(progress.possible == 0.0 || (progress.score() - 1.0).abs() < 1e-9);
                    break;
                };
                acts[next.position] = Act::Closed { points: next.possible() };
            }
        }

        #[test]
        fn states_agree_with_each_other_whatever_was_done(document in any_document(), done in vec(0..3_u8, 200)) {
            let project = Project::new(document);
            let act = |position: usize| match (project.at(position).is_leaf(), done[position % done.len()]) {
                (true, 1) => Act::Begun,
                (true, 2) => Act::Closed { points: 0.0 },
                _ => Act::None,
            };
            let standing = Standing::derive(&project, act);
            for task in project.tasks() {
                let state = standing.state(task.position);
                let progress = standing.progress(&project, task.range(), act);
                prop_assert_eq!(state == TaskState::Closed, progress.is_complete());
                prop_assert_eq!(state == TaskState::Blocked, !standing.waits_for(&project, task).is_empty());
                if let Some(next) = standing.next(&project, task.range()) {
                    prop_assert!(matches!(standing.state(next.position), TaskState::Open | TaskState::InProgress));
                    prop_assert!(task.range().contains(&next.position) && next.is_leaf());
                }
                if state == TaskState::Blocked && !task.is_leaf() {
                    let startable = |below: &Task| matches!(standing.state(below.position), TaskState::Open | TaskState::InProgress);
                    prop_assert!(!project.tasks()[task.range()].iter().any(startable), "nothing below a blocked task can be worked on");
                }
            }
        }
    }
}

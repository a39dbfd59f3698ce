//! The lines of the class table: joined from who came and what they did, narrowed, ordered, and cut into pages.

use std::{cmp::Ordering, collections::HashMap};

use app::model::class::{Cell, Column, LearnerRow, Selection, TaskBar};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ago, grade::Deliveries};
use crate::{
    launch::attendance::Attendee,
    learning::{
        class::{Leaf, Member},
        project::Task,
    },
};

/// How many lines stand on a page.
const LINES: usize = 100;

/// Somebody of the class.
#[derive(Debug, Clone)]
pub struct Pupil {
    /// What they are called.
    pub name: String,
    /// The platform's id of them.
    pub subject: String,
    /// Their work; `None`: they have not opened it yet.
    pub work: Option<Member>,
    /// When they were last there.
    pub last_seen: Option<DateTime<Utc>>,
}

impl Pupil {
    fn leaves(&self) -> &[Leaf] {
        self.work.as_ref().map_or(&[], |work| &work.leaves)
    }

    /// Whether they have done anything.
    pub fn has_begun(&self) -> bool {
        self.leaves().iter().any(|leaf| *leaf != Leaf::Open)
    }

    /// Whether they are done with everything.
    pub fn is_done(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.progress.total > 0 && work.progress.is_complete())
    }

    /// Whether they are stuck somewhere.
    pub fn is_stuck(&self) -> bool {
        self.leaves().contains(&Leaf::Stuck)
    }

    fn fits(&self, state: &str) -> bool {
        match state {
            "absent" => self.work.is_none(),
            "open" => self.work.is_some() && !self.has_begun(),
            "under-way" => self.has_begun() && !self.is_done(),
            "stuck" => self.is_stuck(),
            "done" => self.is_done(),
            _ => true,
        }
    }

    fn is_at(&self, leaf: usize) -> bool {
        matches!(self.leaves().get(leaf), Some(Leaf::UnderWay | Leaf::Stuck))
    }
}

/// Everybody who came to learn and has this work. Works of anybody else are left out.
pub fn joined(members: &[Member], attendees: Vec<Attendee>) -> Vec<Pupil> {
    let mut works: HashMap<Uuid, &Member> = members.iter().map(|member| (member.learner, member)).collect();
    let pupil = |attendee: Attendee| {
        let work = works.remove(&attendee.learner)?.clone();
        let last_seen = work.last_act.max(Some(attendee.last_launch));
        Some(Pupil { name: attendee.title(), subject: attendee.subject, work: Some(work), last_seen })
    };
    attendees.into_iter().filter_map(pupil).collect()
}

/// How the class stands with each task.
pub fn bars(leaves: &[&Task], pupils: &[Pupil]) -> Vec<TaskBar> {
    let mut before = None;
    let mut bars = Vec::with_capacity(leaves.len());
    for (position, leaf) in leaves.iter().enumerate() {
        let mut bar = TaskBar { id: leaf.id.clone(), title: leaf.title.clone(), ..TaskBar::default() };
        bar.begins_group = position > 0 && leaf.parent != before;
        before = leaf.parent;
        for pupil in pupils {
            let count = match pupil.leaves().get(position) {
                Some(Leaf::Done) => &mut bar.done,
                Some(Leaf::UnderWay) => &mut bar.under_way,
                Some(Leaf::Stuck) => &mut bar.stuck,
                Some(Leaf::Open) | None => &mut bar.open,
            };
            *count += 1;
        }
        bars.push(bar);
    }
    bars
}

/// The lines that a choice shows, how many there are on all pages, and the choice with its pages.
pub fn page(
    mut pupils: Vec<Pupil>,
    choice: Selection,
    task: Option<usize>,
    grades: &Deliveries,
) -> (Vec<Pupil>, usize, Selection) {
    let text = choice.text.trim().to_lowercase();
    pupils.retain(|pupil| {
        (text.is_empty() || pupil.name.to_lowercase().contains(&text))
            && pupil.fits(&choice.state)
            && (choice.state != "grade" || grades.is_stuck(pupil))
            && task.is_none_or(|task| pupil.is_at(task))
    });
    pupils.sort_by(|one, other| {
        let order = compared(choice.sort, one, other);
        let order = if choice.is_descending { order.reverse() } else { order };
        order.then_with(|| one.name.to_lowercase().cmp(&other.name.to_lowercase()))
    });
    let found = pupils.len();
    let pages = found.div_ceil(LINES).max(1);
    let number = choice.page.clamp(1, pages);
    let shown = pupils.into_iter().skip((number - 1) * LINES).take(LINES);
    (shown.collect(), found, Selection { page: number, pages, ..choice })
}

fn compared(column: Column, one: &Pupil, other: &Pupil) -> Ordering {
    let work = |pupil: &Pupil| pupil.work.as_ref().map(|work| (work.progress, work.attempts));
    match column {
        Column::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
        Column::Seen => one.last_seen.cmp(&other.last_seen),
        Column::Progress => {
            let share = |pupil: &Pupil| work(pupil).map_or(-1.0, |(progress, _)| progress.completion());
            share(one).total_cmp(&share(other))
        }
        Column::Attempts => work(one).map(|(_, attempts)| attempts).cmp(&work(other).map(|(_, attempts)| attempts)),
        Column::Grade => {
            let points = |pupil: &Pupil| work(pupil).map_or(-1.0, |(progress, _)| progress.points);
            points(one).total_cmp(&points(other))
        }
    }
}

/// A line as it is shown.
pub fn row(pupil: Pupil, base: &str, now: DateTime<Utc>, grades: &Deliveries) -> LearnerRow {
    let Pupil { name, work, last_seen, .. } = pupil;
    let grade = work.as_ref().and_then(|work| grades.word(work.work));
    let progress = work.as_ref().map(|work| work.progress).unwrap_or_default();
    LearnerRow {
        address: work.as_ref().map(|work| format!("{base}/learners/{}", work.work)),
        name,
        cells: work.as_ref().map_or_else(Vec::new, |work| cells(&work.leaves)),
        done: progress.closed,
        total: progress.total,
        last_seen: last_seen.map(|at| ago(now, at)),
        attempts: work.map_or(0, |work| work.attempts),
        points: (progress.points, progress.possible),
        grade,
    }
}

/// How somebody stands with each task, in the words of the screen.
pub fn cells(leaves: &[Leaf]) -> Vec<Cell> {
    let cell = |leaf: &Leaf| match leaf {
        Leaf::Open => Cell::Open,
        Leaf::UnderWay => Cell::UnderWay,
        Leaf::Stuck => Cell::Stuck,
        Leaf::Done => Cell::Done,
    };
    leaves.iter().map(cell).collect()
}

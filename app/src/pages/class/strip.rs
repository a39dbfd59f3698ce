//! How one learner stands with every task: a thin strip of cells, one a task.

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::model::class::Cell;

/// The strip, with the same in words beside it. One path a state, so that a thousand of them stay small.
#[component]
pub fn Strip(cells: Vec<Cell>, done: u32, total: u32) -> impl IntoView {
    let stuck = cells.iter().filter(|cell| **cell == Cell::Stuck).count();
    let width = cells.len().max(1);
    let path = move |state| drawn(&cells, state);
    let paths = [
        (Cell::Open, "cell-open"),
        (Cell::UnderWay, "cell-under-way"),
        (Cell::Stuck, "cell-stuck"),
        (Cell::Done, "cell-done"),
    ]
    .map(|(state, class)| (path(state), class))
    .into_iter()
    .filter(|(path, _)| !path.is_empty())
    .map(|(path, class)| view! { <path class=class d=path /> })
    .collect::<Vec<_>>();
    view! {
        <span class="strip">
            <svg class="strip-picture" viewBox=format!("0 0 {width} 10") preserveAspectRatio="none" aria-hidden="true">{paths}</svg>
            <span class="strip-words">
                {format!("{done} of {total}")}
                {(stuck > 0).then(|| view! { <span class="stuck-word">{format!(" · stuck at {stuck}")}</span> })}
            </span>
        </span>
    }
}

/// The cells of one state. Of what is stuck the cell is full, of what is under way half: shape tells it as well as colour.
fn drawn(cells: &[Cell], state: Cell) -> String {
    let (top, height) = match state {
        Cell::Open => (4, 2),
        Cell::UnderWay => (5, 5),
        Cell::Stuck | Cell::Done => (0, 10),
    };
    let mut path = String::new();
    let mut position = 0;
    for run in cells.chunk_by(|one, other| one == other) {
        if run[0] == state {
            // Writing to a text cannot fail.
            _ = write!(path, "M{position} {top}h{0}v{height}h-{0}z", run.len());
        }
        position += run.len();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_state_are_drawn_at_once() {
        let cells = [Cell::Done, Cell::Done, Cell::Stuck, Cell::Open, Cell::Done];
        assert_eq!(drawn(&cells, Cell::Done), "M0 0h2v10h-2zM4 0h1v10h-1z");
        assert_eq!(drawn(&cells, Cell::Open), "M3 4h1v2h-1z");
        assert_eq!(drawn(&cells, Cell::UnderWay), "");
    }
}

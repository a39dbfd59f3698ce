//! The table of the class: a learner a row; ordered by a click on a heading, and found by name, state, task and group.

use leptos::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ago::Ago, picture::counted, strip::Strip};
use crate::model::{
    admin::Choice,
    class::{Class, Column, GradeWord, LearnerRow, Selection},
};

/// How learners may stand, to choose from.
const STATES: [(&str, &str); 7] = [
    ("", "Everybody"),
    ("absent", "Not opened yet"),
    ("open", "Nothing done yet"),
    ("under-way", "Under way"),
    ("stuck", "Stuck"),
    ("done", "All done"),
    ("grade", "Grade has not arrived"),
];

/// Where the table shows this.
pub fn address(base: &str, choice: &Selection) -> String {
    let page = if choice.page > 1 { choice.page.to_string() } else { String::new() };
    let sort = if choice.sort == Column::Name && !choice.is_descending { "" } else { choice.sort.name() };
    let pairs = [
        ("project", &*choice.project),
        ("text", &choice.text),
        ("state", &choice.state),
        ("task", &choice.task),
        ("group", &choice.group),
        ("sort", sort),
        ("down", if choice.is_descending { "1" } else { "" }),
        ("page", &page),
    ];
    let query: Vec<_> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
}

/// The table, and above it what it shows.
#[component]
pub fn ClassTable(base: String, class: Class) -> impl IntoView {
    let Class { rows, found, choice, groups, learners, .. } = class;
    let is_empty = rows.is_empty();
    let shown = if found == learners { counted(learners) } else { format!("{found} of {}", counted(learners)) };
    let headings: Vec<_> = Column::ALL.into_iter().map(|column| heading(&base, &choice, column)).collect();
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! {
        <section class="panel" aria-labelledby="class-table">
            <div class="class-tools">
                <h2 id="class-table">"Learners" <span class="quiet" role="status">{shown}</span></h2>
                <Tools base=base.clone() choice=choice.clone() groups />
            </div>
            {if is_empty {
                view! { <p class="quiet">"Nobody fits. " <a href=address(&base, &everybody(&choice))>"Show everybody"</a></p> }.into_any()
            } else {
                view! {
                    <div class="table-scroll" role="region" tabindex="0" aria-label="Learners, a row each">
                        <table class="table class-table" aria-label="Class">
                            <thead><tr>{headings}</tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                .into_any()
            }}
            <Pages base choice />
        </section>
    }
}

fn everybody(choice: &Selection) -> Selection {
    Selection { project: choice.project.clone(), page: 1, ..Selection::default() }
}

/// What narrows the table.
#[component]
fn Tools(base: String, choice: Selection, groups: Vec<Choice>) -> impl IntoView {
    let states = STATES.map(|(value, label)| {
        view! { <option value=value selected=choice.state == value>{label}</option> }
    });
    let groups = (!groups.is_empty()).then(|| {
        let options: Vec<_> = groups
            .into_iter()
            .map(|group| view! { <option value=group.value selected=group.chosen>{group.label}</option> })
            .collect();
        view! { <select class="field" name="group" aria-label="Group">{options}</select> }
    });
    let keep =
        [("project", choice.project.clone()), ("task", choice.task.clone()), ("sort", choice.sort.name().to_owned())];
    let keep = keep.into_iter().filter(|(_, value)| !value.is_empty());
    let keep: Vec<_> = keep.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect();
    let without_task = address(&base, &Selection { task: String::new(), page: 1, ..choice.clone() });
    view! {
        <form class="class-filter" method="get" action=base role="search">
            {keep}
            {choice.is_descending.then(|| view! { <input type="hidden" name="down" value="1" /> })}
            <input class="field" type="search" name="text" value=choice.text aria-label="Find a learner" placeholder="Find a learner" autocomplete="off" />
            <select class="field" name="state" aria-label="How they stand">{states.into_iter().collect_view()}</select>
            {groups}
            <button class="button">"Show"</button>
        </form>
        {(!choice.task.is_empty()).then(|| view! {
            <p class="class-at">"Only those at “"<span dir="auto">{choice.task_title}</span>"”. " <a href=without_task>"Show all tasks"</a></p>
        })}
    }
}

fn heading(base: &str, choice: &Selection, column: Column) -> impl IntoView + use<> {
    let is_here = choice.sort == column;
    // The first click on a number shows the greatest, but of progress the least: who needs help stands first.
    let first_down = matches!(column, Column::Seen | Column::Attempts | Column::Grade);
    let is_descending = if is_here { !choice.is_descending } else { first_down };
    let address = address(base, &Selection { sort: column, is_descending, page: 1, ..choice.clone() });
    let order = is_here.then_some(if choice.is_descending { "descending" } else { "ascending" });
    view! {
        <th scope="col" aria-sort=order>
            <a href=address id=format!("sort-{}", column.name())>{column.title()}</a>
        </th>
    }
}

fn row(row: LearnerRow) -> impl IntoView {
    let is_there = row.address.is_some();
    let name = match row.address {
        Some(address) => view! { <a href=address dir="auto">{row.name}</a> }.into_any(),
        None => view! { <span dir="auto">{row.name}</span> }.into_any(),
    };
    if !is_there {
        return view! { <tr><th scope="row">{name}</th><td colspan="4" class="quiet">"Has not opened it yet"</td></tr> }.into_any();
    }
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td><Strip cells=row.cells done=row.done total=row.total /></td>
            <td>{row.last_seen.map(|ago| view! { <Ago ago /> })}</td>
            <td>{row.attempts}</td>
            <td>{points(row.points)} {row.grade.map(|grade| view! { <GradeState grade /> })}</td>
        </tr>
    }
    .into_any()
}

/// Points, as short as they are exact enough.
pub fn points((given, possible): (f64, f64)) -> String {
    format!("{} / {}", number(given), number(possible))
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where a grade is, in a word.
#[component]
pub fn GradeState(grade: GradeWord) -> impl IntoView {
    let title = (!grade.sentence.is_empty()).then_some(grade.sentence);
    view! { <span class="grade-word" data-kind=grade.kind title=title>{grade.word}</span> }
}

#[component]
fn Pages(base: String, choice: Selection) -> impl IntoView {
    let at = |page: usize| address(&base, &Selection { page, ..choice.clone() });
    (choice.pages > 1).then(|| {
        let before =
            (choice.page > 1).then(|| view! { <a class="button" rel="prev" href=at(choice.page - 1)>"Previous"</a> });
        let after = (choice.page < choice.pages)
            .then(|| view! { <a class="button" rel="next" href=at(choice.page + 1)>"Next"</a> });
        view! {
            <nav class="actions class-pages" aria-label="Pages of the table">
                {before}
                <span class="quiet">{format!("Page {} of {}", choice.page, choice.pages)}</span>
                {after}
            </nav>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_differs_from_the_whole_table() {
        assert_eq!(address("/c", &Selection::default()), "/c");
        let choice = Selection {
            text: "A & B".into(),
            sort: Column::Grade,
            is_descending: true,
            page: 2,
            ..Selection::default()
        };
        assert_eq!(address("/c", &choice), "/c?text=A%20%26%20B&sort=grade&down=1&page=2");
    }

    #[test]
    fn points_have_no_needless_decimals() {
        assert_eq!(points((2.0, 18.0)), "2 / 18");
        assert_eq!(points((2.5, 10.0)), "2.5 / 10");
        assert_eq!(points((1.0 / 3.0, 1.0)), "0.33 / 1");
    }
}

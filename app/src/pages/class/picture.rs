//! Who is where: a column a task, so that the place where a class gets stuck is seen at a glance.

use leptos::prelude::*;

use crate::model::class::{Class, Selection, TaskBar};

/// What a column is made of, from the ground up.
const PARTS: [(&str, &str); 4] =
    [("cell-done", "Done"), ("cell-under-way", "Under way"), ("cell-stuck", "Stuck"), ("cell-open", "Not started")];

/// The picture, what it says in a sentence, and the same as a table.
#[component]
pub fn Picture(base: String, class: Class) -> impl IntoView {
    let Class { bars, learners, choice, .. } = class;
    let sentence = told(&bars);
    let address = move |bar: &TaskBar| at_task(&base, &choice, bar);
    let columns: Vec<_> = bars.iter().map(|bar| column(&address(bar), bar, learners)).collect();
    let lines: Vec<_> = bars.iter().map(|bar| line(address(bar), bar)).collect();
    let legend = PARTS.map(|(name, word)| {
        view! {
            <li>
                <svg class="legend-swatch" viewBox="0 0 10 10" aria-hidden="true"><path class=name d="M0 0h10v10H0z" /></svg>
                {word}
            </li>
        }
    });
    view! {
        <section class="panel who-is-where" aria-labelledby="who-is-where">
            <h2 id="who-is-where">"Who is where"</h2>
            <p>{sentence}</p>
            <div class="picture" aria-hidden="true">{columns}</div>
            <ul class="legend" aria-hidden="true">{legend.into_iter().collect_view()}</ul>
            <details>
                <summary>"As a table"</summary>
                <div class="table-scroll" role="region" tabindex="0" aria-label="Who is where, as a table">
                    <table class="table table-numbers">
                        <thead>
                            <tr>
                                <th scope="col">"Task"</th>
                                {PARTS.map(|(_, word)| view! { <th scope="col">{word}</th> }).into_iter().collect_view()}
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
}

/// The one thing the picture says.
fn told(bars: &[TaskBar]) -> String {
    let mut stuck: Vec<_> = bars.iter().filter(|bar| bar.stuck > 0).collect();
    stuck.sort_by_key(|bar| std::cmp::Reverse(bar.stuck));
    match &*stuck {
        [] => "Nobody is stuck. Stuck means: three answers or more that were not right yet.".to_owned(),
        [most, ..] => {
            let others = stuck.len() - 1;
            let more = match others {
                0 => String::new(),
                1 => " One more task has learners who are stuck.".to_owned(),
                _ => format!(" {others} more tasks have learners who are stuck."),
            };
            format!("Most are stuck at “{}”: {}.{more}", most.title, counted(most.stuck))
        }
    }
}

/// So many learners, in words.
pub fn counted(learners: usize) -> String {
    if learners == 1 { "1 learner".to_owned() } else { format!("{learners} learners") }
}

/// The table, of those only who are at this task.
fn at_task(base: &str, choice: &Selection, bar: &TaskBar) -> String {
    super::class_table::address(base, &Selection { task: bar.id.clone(), page: 1, ..choice.clone() })
}

/// A column; the keyboard finds the same links in the table below.
fn column(address: &str, bar: &TaskBar, learners: usize) -> impl IntoView + use<> {
    let counts = [bar.done, bar.under_way, bar.stuck, bar.open];
    let words = PARTS.iter().zip(counts).filter(|(_, count)| *count > 0);
    let words: Vec<_> = words.map(|((_, word), count)| format!("{count} {}", word.to_lowercase())).collect();
    let title = format!("{}: {}", bar.title, words.join(", "));
    let whole = learners.max(1);
    let mut ground = 1000;
    let mut parts = Vec::new();
    for ((name, _), count) in PARTS.into_iter().zip(counts) {
        let height = count * 1000 / whole;
        if height > 0 {
            ground -= height.min(ground);
            parts.push(view! { <path class=name d=format!("M0 {ground}h10v{height}H0z") /> });
        }
    }
    view! {
        <a class="picture-column" href=address.to_owned() title=title tabindex="-1" data-group=bar.begins_group.then_some("")>
            <svg viewBox="0 0 10 1000" preserveAspectRatio="none">{parts}</svg>
        </a>
    }
}

fn line(address: String, bar: &TaskBar) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row"><a href=address dir="auto">{bar.title.clone()}</a></th>
            <td>{bar.done}</td>
            <td>{bar.under_way}</td>
            <td>{bar.stuck}</td>
            <td>{bar.open}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_place_where_most_are_stuck() {
        let bar = |title: &str, stuck| TaskBar { title: title.to_owned(), stuck, ..TaskBar::default() };
        assert!(told(&[bar("Mean", 0)]).starts_with("Nobody is stuck."));
        let several = told(&[bar("Mean", 1), bar("Median", 4)]);
        assert_eq!(several, "Most are stuck at “Median”: 4 learners. One more task has learners who are stuck.");
    }
}

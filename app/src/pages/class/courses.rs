//! `/teach`: the courses that can be seen.

use leptos::prelude::*;

use super::ago::Ago;
use crate::{
    model::class::{CourseRow, CoursesPage},
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn Courses(page: CoursesPage) -> impl IntoView {
    if !page.has_any {
        return view! {
            <div class="empty">
                <Sign glyph=Glyph::People />
                <p class="empty-title">"No course yet"</p>
                <p>"A course stands here as soon as somebody has opened an LTT activity in it, on one of your platforms."</p>
            </div>
        }
        .into_any();
    }
    let is_empty = page.courses.is_empty();
    let rows: Vec<_> = page.courses.into_iter().map(row).collect();
    view! {
        <section class="panel" aria-labelledby="courses">
            <h2 id="courses">"Your courses"</h2>
            <form class="form search" method="get" action="/teach" role="search">
                <input class="field" type="search" name="text" value=page.search aria-label="Find a course" placeholder="Find a course" autocomplete="off" />
                <button class="button">"Search"</button>
            </form>
            {if is_empty {
                view! { <p class="quiet">"No course is called like that. " <a href="/teach">"Show all"</a></p> }.into_any()
            } else {
                view! {
                    <div class="table-scroll" role="region" tabindex="0" aria-label="Courses">
                        <table class="table" aria-label="Courses">
                            <thead>
                                <tr>
                                    <th scope="col">"Course"</th>
                                    <th scope="col">"Platform"</th>
                                    <th scope="col">"Learners"</th>
                                    <th scope="col">"Last opened"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                .into_any()
            }}
        </section>
    }
    .into_any()
}

fn row(row: CourseRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=row.address dir="auto">{row.title}</a></th>
            <td>{row.platform}</td>
            <td>{row.learners}</td>
            <td>{row.last_launch.map(|ago| view! { <Ago ago /> })}</td>
        </tr>
    }
}

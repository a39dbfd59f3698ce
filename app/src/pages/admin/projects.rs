//! `/teach/projects`: the projects, one of them, and giving LTT a new one.

use leptos::prelude::*;

use super::moment::Moment;
use crate::model::library::{LibraryPage, ProjectPage, ProjectRow, VersionRow};

mod shown;
mod upload;

pub use upload::{Upload, UploadPreview};

use shown::Shown;

/// The list's content.
#[component]
pub fn Library(page: LibraryPage) -> impl IntoView {
    if page.projects.is_empty() {
        return view! {
            <div class="panel empty">
                <p class="empty-title">"No project yet"</p>
                <p>"A project is a file with tasks, hints and answers. Learners work through it in a course."</p>
                <a class="button primary" href="/teach/upload">"Upload a project"</a>
            </div>
        }
        .into_any();
    }
    let rows: Vec<_> = page.projects.into_iter().map(|row| view! { <Row row /> }).collect();
    view! {
        <div class="actions page-actions">
            <a class="button primary" href="/teach/upload">"Upload a project"</a>
        </div>
        <section class="panel">
            <div class="table-scroll" role="region" tabindex="0" aria-label="Projects">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Project"</th>
                            <th scope="col">"Slug"</th>
                            <th scope="col">"Version"</th>
                            <th scope="col">"Learners"</th>
                            <th scope="col">"Imported"</th>
                            <th scope="col">"Belongs to"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Row(row: ProjectRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/teach/projects/{}", row.slug)>{row.title}</a></th>
            <td><code class="break">{row.slug}</code></td>
            <td>{row.version}</td>
            <td>{row.learners}</td>
            <td><Moment at=row.at /></td>
            <td>{row.owner}</td>
        </tr>
    }
}

/// A project's content.
#[component]
pub fn Project(page: ProjectPage) -> impl IntoView {
    let ProjectPage { slug, shown, versions, can_change, assigned, assignable } = page;
    let upload = format!("/teach/upload?of={slug}");
    let rows: Vec<_> = versions
        .into_iter()
        .map(|row| {
            let slug = slug.clone();
            view! { <Version row slug /> }
        })
        .collect();
    view! {
        {can_change.then(|| view! {
            <div class="actions page-actions"><a class="button primary" href=upload>"Upload a new version"</a></div>
        })}
        <section class="panel" aria-labelledby="versions">
            <h2 id="versions">"Versions"</h2>
            <p class="quiet">
                "Learners stay on the version they started. Whoever begins now gets the newest. In a course, the project is found \
                 by its slug: " <code class="break">{slug.clone()}</code>
            </p>
            <div class="table-scroll" role="region" tabindex="0" aria-label="Versions">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Version"</th>
                            <th scope="col">"Imported"</th>
                            <th scope="col">"Learners"</th>
                            <th scope="col">"Courses"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
        <Assignment slug assigned assignable />
        <Shown shown />
    }
}

/// The courses whose activities open it by themselves, and one more.
#[component]
fn Assignment(slug: String, assigned: Vec<(String, String)>, assignable: Vec<(String, String)>) -> impl IntoView {
    let is_assigned = !assigned.is_empty();
    let courses: Vec<_> = assigned
        .into_iter()
        .map(|(address, title)| view! { <li><a href=address dir="auto">{title}</a></li> })
        .collect();
    let options: Vec<_> =
        assignable.iter().map(|(id, title)| view! { <option value=id.clone()>{title.clone()}</option> }).collect();
    view! {
        <section class="panel" aria-labelledby="assignment">
            <h2 id="assignment">"Courses"</h2>
            <p class="quiet">
                "In a course that it is assigned to, it opens in every activity that names no other project. The settings of the course \
                 take it away again."
            </p>
            {if is_assigned {
                view! { <ul>{courses}</ul> }.into_any()
            } else {
                view! { <p>"It is assigned to no course yet."</p> }.into_any()
            }}
            {(!assignable.is_empty()).then(|| view! {
                <form class="form" method="post" action=format!("/teach/projects/{slug}/assign")>
                    <div class="form-field">
                        <label class="form-label" for="course">"Course"</label>
                        <select class="field" id="course" name="course">{options}</select>
                    </div>
                    <div class="actions"><button class="button">"Assign to this course"</button></div>
                </form>
            })}
        </section>
    }
}

#[component]
fn Version(row: VersionRow, slug: String) -> impl IntoView {
    let address = format!("/teach/projects/{slug}?version={}", row.version);
    view! {
        <tr>
            <th scope="row">
                <a href=address aria-current=row.is_shown.then_some("true")>"Version " {row.version}</a>
                {row.is_shown.then_some(" (shown below)")}
            </th>
            <td><Moment at=row.at /></td>
            <td>{row.learners}</td>
            <td>{row.courses}</td>
        </tr>
    }
}

//! What people see of the demo LMS: the course, its units with LTT in a frame, and the gradebook.

use std::fmt::Display;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use lti::testkit::{Link, Platform};
use url::Url;

use super::{
    Addresses, Lms, Parameters,
    course::{self, Person},
};

/// The unit of what the instructor placed, in addresses.
pub(super) const PLACED: &str = "placed";

const STYLE: &str = include_str!("course.css");
const SCRIPT: &str = include_str!("course.js");

/// Posts the form of the authorization answer; without it, the form's button does.
const SUBMIT: &str = "document.forms[0].submit();";

pub(super) fn router() -> Router<Lms> {
    let script = |text| async move { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text) };
    Router::new()
        .route("/", get(home))
        .route("/units/{unit}", get(unit))
        .route("/course.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/course.js", get(move || script(SCRIPT)))
        .route("/submit.js", get(move || script(SUBMIT)))
        // Browsers ask for it on every page.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .fallback(|| async { not_found() })
}

/// The course's front page: choose who to be, and look at the gradebook.
async fn home(State(lms): State<Lms>, Query(request): Query<Parameters>) -> Response {
    let chosen = request.get("learner").and_then(course::person).filter(|person| !person.teaches());
    let chosen = chosen.unwrap_or(&course::LEARNERS[0]);
    let class = list(&course::LEARNERS, |learner| {
        let current = if learner == chosen { r#" aria-current="true""# } else { "" };
        format!(r#"<li><a href="/?learner={}"{current}>{}</a></li>"#, learner.handle, learner.name())
    });
    let unit = course::UNITS[0].id;
    let body = format!(
        r#"<section class="welcome">
<p class="label">{label}</p>
<h1>{title}</h1>
<p>This is a pretend course in a small learning platform, so that you can try LTT the way a class meets it. Choose somebody and
open the course.</p>
<h2 id="class">Who is learning today?</h2>
<ul class="class" aria-labelledby="class">{class}</ul>
<p class="doors"><a class="door" href="/units/{unit}?as={handle}" aria-describedby="chosen">Open as learner</a>
<a class="door quiet" href="/units/{unit}?as={teacher}">Open as instructor</a>
<a class="door quiet" href="/place">Place a task</a></p>
<p class="hint" id="chosen">You will be {name}. {teacher_name} teaches the course: she can place a task of LTT in it,
and what an instructor tries out is never graded.</p>
</section>{gradebook}"#,
        label = course::LABEL,
        title = course::TITLE,
        handle = chosen.handle,
        name = chosen.name(),
        teacher = course::INSTRUCTOR.handle,
        teacher_name = course::INSTRUCTOR.name(),
        gradebook = gradebook(&lms),
    );
    page(&lms, course::TITLE, "", &body)
}

/// A page of the course, as it is by now.
struct Unit {
    id: &'static str,
    title: &'static str,
    text: &'static str,
    links: Vec<Link>,
}

/// The pages of the course; the last holds what the instructor placed, where that is something.
fn units(lms: &Lms) -> Vec<Unit> {
    let links = lms.0.platform.links();
    let mut units: Vec<Unit> = course::UNITS
        .iter()
        .map(|unit| Unit {
            id: unit.id,
            title: unit.title,
            text: unit.text,
            links: unit.activities.iter().map(course::Activity::link).collect(),
        })
        .collect();
    let placed: Vec<Link> = links.into_iter().filter(|link| course::activity(&link.id).is_none()).collect();
    if !placed.is_empty() {
        let text = "The instructor chose these in LTT, and placed them here by Deep Linking.";
        units.push(Unit { id: PLACED, title: "Placed tasks", text, links: placed });
    }
    units
}

/// A unit, with LTT in a frame for each activity on it.
async fn unit(State(lms): State<Lms>, Path(id): Path<String>, Query(request): Query<Parameters>) -> Response {
    let units = units(&lms);
    let Some(unit) = units.iter().find(|unit| unit.id == id) else { return not_found().into_response() };
    let Some(person) = request.get("as").and_then(course::person) else { return Redirect::to("/").into_response() };
    let frames = list(&unit.links, |link| frame(link, person));
    let (role, place) =
        if person.teaches() { ("instructor", r#" <a href="/place">Place a task</a>"#) } else { ("learner", "") };
    let body = format!(
        r#"<h1>{title}</h1>
<p>{text}</p>
<p class="who">You are <strong>{name}</strong>, {role} in this course. <a href="/">Be somebody else</a>{place}</p>
{frames}{gradebook}"#,
        title = unit.title,
        text = unit.text,
        name = person.name(),
        gradebook = gradebook(&lms),
    );
    page(&lms, unit.title, &navigation(&units, unit, person), &body)
}

fn navigation(units: &[Unit], open: &Unit, person: &Person) -> String {
    let links = list(units, |unit| {
        let current = if unit.id == open.id { r#" aria-current="page""# } else { "" };
        format!(r#"<li><a href="/units/{}?as={}"{current}>{}</a></li>"#, unit.id, person.handle, unit.title)
    });
    format!(r#"<nav aria-label="Units"><ul>{links}</ul></nav>"#)
}

fn frame(link: &Link, person: &Person) -> String {
    let (id, title) = (&link.id, escaped(&link.title));
    format!(
        r#"<section class="activity"><h2>{title}</h2>
<iframe title="{title}" src="/open/{id}?as={handle}" allow="clipboard-write; fullscreen"></iframe></section>"#,
        handle = person.handle,
    )
}

fn gradebook(lms: &Lms) -> String {
    let columns = list(&lms.0.platform.links(), |link| format!(r#"<th scope="col">{}</th>"#, escaped(&link.title)));
    let rows = gradebook_rows(&lms.0.platform);
    format!(
        r#"<section class="gradebook"><div class="scroll" tabindex="0" role="group" aria-label="Grades of the class">
<table><caption>Gradebook</caption>
<thead><tr><th scope="col">Learner</th>{columns}</tr></thead>
<tbody id="gradebook">{rows}</tbody></table></div>
<p class="hint">It updates by itself, and is kept in <code>{file}</code>. Remove that file, and LTT's database beside it, to begin
anew.</p></section>"#,
        file = escaped(&lms.0.data_file.name()),
    )
}

/// The gradebook's table body: a row for each learner, a cell for each activity.
pub(super) fn gradebook_rows(platform: &Platform) -> String {
    let links = platform.links();
    list(&course::LEARNERS, |learner| {
        let cells = list(&links, |link| format!("<td>{}</td>", cell(platform, link, learner)));
        format!(r#"<tr><th scope="row">{}</th>{cells}</tr>"#, learner.name())
    })
}

fn cell(platform: &Platform, link: &Link, learner: &Person) -> String {
    let gradebook = platform.gradebook();
    let Some(score) = gradebook.score(&link.id, learner.id) else {
        return r#"<span class="none">no grade yet</span>"#.to_owned();
    };
    match (platform.grade(&link.id, learner.id), score.points()) {
        (Some(share), Some((given, maximum))) => {
            let percent = (share * 100.0).round();
            format!(r"<strong>{percent} %</strong> <small>{given} of {maximum} points</small>")
        }
        _ => r#"<span class="none">being graded</span>"#.to_owned(),
    }
}

/// The form that carries the answer of the authorization endpoint to LTT.
pub(super) fn form_post(addresses: &Addresses, action: &Url, fields: &[(&str, String)]) -> Response {
    let inputs =
        list(fields, |(name, value)| format!(r#"<input type="hidden" name="{name}" value="{}">"#, escaped(value)));
    let html = format!(
        r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Opening LTT</title></head>
<body><form method="post" action="{action}">{inputs}<button>Go on to LTT</button></form><script src="/submit.js"></script></body></html>"#,
    );
    let policy = format!(
        "default-src 'none'; script-src 'self'; form-action {}; frame-ancestors 'self'; base-uri 'none'",
        addresses.tool_origin,
    );
    (security_headers(policy), Html(html)).into_response()
}

/// A page that says why nothing opens.
pub(super) fn refused(reason: &str) -> Html<String> {
    Html(format!(
        r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Demo LMS</title></head>
<body><h1>The demo LMS cannot open this</h1><p>{}.</p></body></html>"#,
        escaped(reason),
    ))
}

/// What is not there.
pub(super) fn not_found() -> (StatusCode, Html<String>) {
    (StatusCode::NOT_FOUND, refused("There is no such page in this course; begin again at its front page"))
}

/// What this LMS cannot do at the moment.
pub(super) fn failed(error: &dyn Display) -> (StatusCode, Html<String>) {
    tracing::error!(%error, "the demo LMS cannot answer");
    (StatusCode::SERVICE_UNAVAILABLE, refused(&error.to_string()))
}

fn page(lms: &Lms, title: &str, navigation: &str, body: &str) -> Response {
    let tool = &lms.0.addresses.tool_origin;
    let html = format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} · Demo LMS</title><link rel="stylesheet" href="/course.css"></head>
<body data-tool="{tool}"><header><a class="brand" href="/">Demo LMS</a><span>{course}</span></header>
{navigation}<main>{body}</main>
<footer>Demo LMS stands in for your learning platform. It speaks LTI 1.3 with LTT at {tool}.</footer>
<script src="/course.js"></script></body></html>"#,
        course = course::TITLE,
    );
    let policy = format!("default-src 'self'; frame-src 'self' {tool}; frame-ancestors 'none'; base-uri 'none'");
    (security_headers(policy), Html(html)).into_response()
}

fn security_headers(policy: String) -> [(HeaderName, String); 4] {
    [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "origin".to_owned()),
    ]
}

fn list<T>(items: &[T], item: impl Fn(&T) -> String) -> String {
    items.iter().map(item).collect()
}

/// Text as it may stand in HTML, in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

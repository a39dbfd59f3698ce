//! Every page and state with invented data, to look at without a platform, a database or a model:
//! `cargo xtask build --browser-only`, then `cargo run --example gallery`, then <http://127.0.0.1:3900>.

mod classroom;
mod invented;
mod tutor;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    extract::Path,
    response::{Html, Response},
    routing::get,
};
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, StatusCode};
use ltt::web::{
    assets,
    pages::{self, Button, Doors, Message, Opened},
};

use app::{
    address::View,
    model::{Role, Session},
    ports::Ports,
    refusal::Refusal,
};
use classroom::{Classroom, Scene};

const ADDRESS: &str = "127.0.0.1:3900";

/// Scenes stand in the code of the address, and go on in the token.
struct GalleryDoors {
    classrooms: Vec<(Scene, Arc<Classroom>)>,
}

impl GalleryDoors {
    fn classroom(&self, name: &str) -> Option<&(Scene, Arc<Classroom>)> {
        self.classrooms.iter().find(|(scene, _)| scene.name() == name)
    }
}

#[async_trait]
impl Doors for GalleryDoors {
    async fn by_code(&self, code: &str, _headers: &HeaderMap) -> Result<Option<Opened>, Refusal> {
        let (name, task) = code.split_once('@').unwrap_or((code, ""));
        let Some((scene, classroom)) = self.classroom(name) else { return Ok(None) };
        let first_view = if task.is_empty() { View::Tutor } else { View::Task(task.into()) };
        Ok(Some(Opened {
            session: session(*scene),
            ports: ports(classroom),
            first_view,
            frame_ancestors: vec!["*".into()],
            frame_report: "/csp-report".into(),
            frames: None,
        }))
    }

    async fn asks_frame(&self, _code: &str, _headers: &HeaderMap) -> Option<String> {
        None
    }

    async fn by_token(&self, token: &str) -> Result<Ports, Refusal> {
        match self.classroom(token) {
            Some((Scene::Expired, _)) | None => Err(invented::expired()),
            Some((_, classroom)) => Ok(ports(classroom)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a gallery shows the present time")]
fn session(scene: Scene) -> Session {
    let role = if scene == Scene::Preview { Role::Instructor } else { Role::Learner };
    let expires_at = Utc::now() + TimeDelta::hours(12);
    Session { token: scene.name().into(), expires_at, launch: format!("launch-{}", scene.name()), role }
}

fn ports(classroom: &Arc<Classroom>) -> Ports {
    Ports { learner: classroom.clone(), tutor: classroom.clone(), teacher: classroom.clone() }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let classrooms = Scene::ALL.into_iter().map(|scene| (scene, Arc::new(Classroom::new(scene)))).collect();
    let app = Router::new()
        .route("/", get(contents))
        .route("/message/{name}", get(message))
        .merge(pages::routes(Arc::new(GalleryDoors { classrooms })))
        .merge(tutor::routes())
        .merge(assets::routes());
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    println!("http://{ADDRESS}");
    axum::serve(listener, app).await
}

async fn contents() -> Html<String> {
    let scenes = Scene::ALL.map(|scene| format!("<li><a href=\"/activity?code={0}\">{0}</a>", scene.name())).concat();
    let tasks = ["mean", "spread", "chart", "compare", "talk", "median", "outliers", "unit-1"]
        .map(|task| format!("<li><a href=\"/activity?code=working@{task}\">working, at {task}</a>"))
        .concat();
    let messages =
        ["refused", "cookie"].map(|name| format!("<li><a href=\"/message/{name}\">message: {name}</a>")).concat();
    Html(format!(
        "<!doctype html><title>Gallery</title><ul>{scenes}{tasks}{messages}<li><a href=\"/activity/tutor\">no session</a></ul>"
    ))
}

async fn message(Path(name): Path<String>) -> Response {
    let (status, message) = match name.as_str() {
        "cookie" => (
            StatusCode::FORBIDDEN,
            Message {
                title: "One more click".into(),
                sentence: "Your browser does not let this page remember you inside your course.".into(),
                advice: "Open the activity in a window of its own; everything works there.".into(),
                reference: String::new(),
                button: Some(Button {
                    label: "Open in a new window".into(),
                    address: "/activity?code=working".into(),
                    fields: Vec::new(),
                    new_window: true,
                }),
                question: None,
            },
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            Message {
                title: "This link cannot be used again".into(),
                sentence: "The activity was opened with a link that has been used already or is too old.".into(),
                advice: "Go back to your course and open the activity there again.".into(),
                reference: "7F3K-92QD".into(),
                button: None,
                question: None,
            },
        ),
    };
    pages::message_page(status, message)
}

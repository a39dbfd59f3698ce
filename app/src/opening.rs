//! What the first document carries, so that the browser starts from the very state the server drew.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Activity, Conversation, TaskPage},
    refusal::Refusal,
};

/// The id of the script element that holds it.
pub const ELEMENT: &str = "opening";

/// The state of the page when it opens; empty where the document was asked for without a credential.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// What surrounds every view.
    pub activity: Option<Activity>,
    /// The task that is shown.
    pub task: Option<TaskPage>,
    /// The conversation so far.
    pub conversation: Option<Conversation>,
    /// Why there is no activity, where the server would not show it.
    pub refusal: Option<Refusal>,
}

impl Opening {
    /// What the document of this frame carries.
    pub fn of_document() -> Self {
        let element = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id(ELEMENT));
        let text = element.and_then(|element| element.text_content()).unwrap_or_default();
        // From bytes, as server functions read theirs: so the program holds one reader of each type, not two.
        serde_json::from_slice(text.as_bytes()).unwrap_or_default()
    }
}

#[cfg(feature = "ssr")]
impl Opening {
    /// Asks for all that the view shows. A part that is refused is left out; the page asks for it again.
    pub async fn of(ports: &crate::ports::Ports, view: &crate::address::View) -> Self {
        let activity = match ports.learner.activity().await {
            Ok(activity) => activity,
            Err(refusal) => return Self { refusal: Some(refusal), ..Self::default() },
        };
        let task = match activity.task_beside(view) {
            Some(id) => ports.learner.task(&id).await.ok(),
            None => None,
        };
        let conversation = ports.tutor.conversation().await.ok();
        Self { activity: Some(activity), task, conversation, refusal: None }
    }
}

impl Activity {
    /// The task that stands beside a view: the one it names, else the next one to do, else the first.
    pub fn task_beside(&self, view: &crate::address::View) -> Option<String> {
        if let crate::address::View::Task(id) = view {
            return Some(id.clone());
        }
        let first = || self.tasks.iter().find(|task| !task.has_children).map(|task| task.id.clone());
        self.next.clone().or_else(first)
    }
}

//! Placing: what can be placed in a course or opened by a link of it, in the words of the screen.

/// A choice of projects and tasks.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    /// What is asked, as heading.
    pub title: String,
    /// What comes of it, in a sentence.
    pub sentence: String,
    /// What is worth knowing before choosing, each in a sentence.
    pub notes: Vec<String>,
    /// What has to be put right first.
    pub problem: Option<String>,
    /// Every project, by title; empty where nothing can be chosen.
    pub projects: Vec<PickerEntry>,
    /// Why there is nothing to choose.
    pub nothing: Option<String>,
    /// Whether more than one may be chosen.
    pub several: bool,
    /// What the button says that sends the choice.
    pub button: String,
    /// What the button says that leaves everything as it is; `None`: there is none.
    pub cancel: Option<String>,
    /// The secret of this page.
    pub request: String,
    /// Where it is sent.
    pub address: String,
}

/// A project, or a task of it.
#[derive(Debug, Clone, Default)]
pub struct PickerEntry {
    /// What is sent where it is chosen.
    pub value: String,
    /// What it is called.
    pub title: String,
    /// How long it takes.
    pub minutes: Option<u32>,
    /// The most points it can earn.
    pub points: f64,
    /// What learners read first in it.
    pub preview_html: String,
    /// Whether it is chosen already.
    pub is_chosen: bool,
    /// What it consists of.
    pub below: Vec<PickerEntry>,
}

/// A choice on its way to the platform.
#[derive(Debug, Clone)]
pub struct Returning {
    /// Where the browser takes it.
    pub address: String,
    /// The form's one field.
    pub field: (&'static str, String),
}

/// Somebody waits for a choice.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Where this page stands; it leads on once the choice is made.
    pub address: String,
    /// Where it is told whether that is so.
    pub ready: String,
}

//! The views of the activity and where they stand.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What may stand in an address as it is (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the learner is looking at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum View {
    /// The conversation.
    #[default]
    Tutor,
    /// The tree of tasks.
    Tasks,
    /// One task, by its id.
    Task(String),
    /// Everything handed in.
    Submissions,
    /// The class, for whoever teaches it: the page below it, with its slash; empty for the class itself.
    Class(String),
}

/// Where the class stands in the activity.
pub const CLASS: &str = "/activity/class";

impl View {
    /// The view at an address, without its query; `None` where there is none.
    pub fn at(path: &str) -> Option<Self> {
        match path.strip_prefix("/activity")? {
            "" | "/" | "/tutor" => Some(Self::Tutor),
            "/tasks" => Some(Self::Tasks),
            "/submissions" => Some(Self::Submissions),
            rest if rest.strip_prefix("/class").is_some_and(|below| below.is_empty() || below.starts_with('/')) => {
                Some(Self::Class(rest.trim_start_matches("/class").to_owned()))
            }
            rest => {
                let id = rest.strip_prefix("/tasks/")?;
                let id = percent_decode_str(id).decode_utf8().ok()?;
                (!id.is_empty()).then(|| Self::Task(id.into_owned()))
            }
        }
    }

    /// Where the view stands.
    pub fn address(&self) -> String {
        match self {
            Self::Tutor => "/activity/tutor".into(),
            Self::Tasks => "/activity/tasks".into(),
            Self::Task(id) => format!("/activity/tasks/{}", utf8_percent_encode(id, RESERVED)),
            Self::Submissions => "/activity/submissions".into(),
            Self::Class(below) => format!("{CLASS}{below}"),
        }
    }

    /// The word for it in style sheets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tutor => "tutor",
            Self::Tasks => "tasks",
            Self::Task(_) => "task",
            Self::Submissions => "submissions",
            Self::Class(_) => "class",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn every_view_is_found_at_its_own_address() {
        let odd = View::Task("1.2 / a?b#ü".into());
        let class = ["", "/settings", "/learners/7"].map(|below| View::Class(below.into()));
        let others = [View::Tutor, View::Tasks, View::Submissions, View::Task("load-data".into()), odd];
        for view in others.into_iter().chain(class) {
            assert_eq!(View::at(&view.address()), Some(view));
        }
    }

    #[test]
    fn an_address_of_nothing_is_no_view() {
        for path in ["/", "/activities", "/activity/classes", "/activity/tasks/", "/activity/tasks/%FF"] {
            assert_eq!(View::at(path), None, "{path}");
        }
    }
}

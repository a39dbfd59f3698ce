//! What is wrong with a project file, and where.

use std::{cell::RefCell, fmt};

/// The most mistakes that are reported at once.
const LIMIT: usize = 200;

/// One mistake in a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, such as `epics[2].tasks[0].depends_on[1]`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

/// Collects every mistake, so that an author sees all of them at once.
#[derive(Debug, Default)]
pub(super) struct Report(RefCell<Vec<Mistake>>);

impl Report {
    /// Notes a mistake.
    pub fn add(&self, path: &str, message: impl Into<String>) {
        let mut mistakes = self.0.borrow_mut();
        if mistakes.len() < LIMIT {
            mistakes.push(Mistake { path: path.to_owned(), message: message.into() });
        } else if mistakes.len() == LIMIT {
            mistakes
                .push(Mistake { path: String::new(), message: "there are more mistakes; mend these first".to_owned() });
        }
    }

    /// Whether nothing more is noted: then looking for more mistakes is of no use.
    pub fn is_full(&self) -> bool {
        self.0.borrow().len() > LIMIT
    }

    /// Whether there is a mistake at this path or below it.
    pub fn has_at(&self, path: &str) -> bool {
        let below = |mistake: &Mistake| {
            mistake.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.0.borrow().iter().any(below)
    }

    /// Everything that was noted, in order.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}

/// `; did you mean …?`, where one of the known words is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean “{near}”?")).unwrap_or_default()
}

/// The known word that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.chars().take(100).collect();
    let distances = known.into_iter().map(|known| (strsim::osa_distance(&word, known), known));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    let length = near.chars().count();
    (distance <= length.div_ceil(3).min(3) && distance < length).then_some(near)
}

/// A word from a file as it may stand in a message: not too long.
pub(super) fn quoted(word: &str) -> String {
    let short: String = word.chars().take(60).collect();
    if short.len() < word.len() { format!("“{short}…”") } else { format!("“{short}”") }
}

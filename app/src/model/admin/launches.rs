//! What an administrator decides about a registration's launches, as the page shows it.

use chrono::{DateTime, Utc};

use super::{Choice, Field};

/// `/admin/registrations/{id}/launches`
#[derive(Debug, Clone)]
pub struct LaunchesPage {
    /// The registration's id.
    pub id: String,
    /// The lines of roles that differ, as they are typed.
    pub roles: Field,
    /// The whole table without them: each role, and what it comes to.
    pub own_roles: Vec<(String, &'static str)>,
    /// The mapping rules.
    pub rules: RulesForm,
    /// Who is let in.
    pub people: PeopleForm,
    /// What frames its pages.
    pub frames: FramesShown,
}

/// Mapping rules to edit.
#[derive(Debug, Clone)]
pub struct RulesForm {
    /// Whose rules they are: the registration's, or one of its placements'.
    pub placements: Vec<Choice>,
    /// The placement's id; empty: the registration.
    pub placement: String,
    /// The rules, as they are typed; every mistake stands as its problem.
    pub rules: Field,
    /// Which rules hold now, in words.
    pub holding: &'static str,
    /// What the rules make of the last launch; `None`: there has been none lately, or they have mistakes.
    pub preview: Option<Preview>,
}

/// What rules make of a launch.
#[derive(Debug, Clone)]
pub struct Preview {
    /// When that launch was.
    pub at: DateTime<Utc>,
    /// Each field, its value, and where it comes from.
    pub fields: Vec<PreviewField>,
    /// Rules that were skipped, and why.
    pub notes: Vec<String>,
}

/// A field of a context.
#[derive(Debug, Clone)]
pub struct PreviewField {
    /// Its name.
    pub name: &'static str,
    /// Its value; `None`: nothing filled it.
    pub value: Option<String>,
    /// The rule that filled it.
    pub origin: Option<String>,
}

/// Who is let in, and what is kept of people.
#[derive(Debug, Clone)]
pub struct PeopleForm {
    /// Who may come for the first time.
    pub admit: Vec<Choice>,
    /// Whether e-mail addresses are kept.
    pub keep_email: bool,
    /// Whether names that launches leave out are taken from the roster.
    pub roster_names: bool,
    /// How many codes are still good.
    pub open_codes: i64,
    /// Codes that were just made; they are shown this once.
    pub new_codes: Vec<String>,
}

/// Which sites may show LTT in a frame, and which did.
#[derive(Debug, Clone)]
pub struct FramesShown {
    /// The sites that are named.
    pub named: Vec<String>,
    /// Whether every https site may, because the administrator has named none.
    pub is_open: bool,
    /// Sites that were seen and are not named.
    pub seen: Vec<FrameSeen>,
}

/// A site that was seen.
#[derive(Debug, Clone)]
pub struct FrameSeen {
    /// Its origin; `None`: the browser did not say.
    pub origin: Option<String>,
    /// Whether the browser refused to show LTT there.
    pub is_blocked: bool,
    /// When.
    pub at: DateTime<Utc>,
}

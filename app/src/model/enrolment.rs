//! How platforms come in: guides, invitations, and what waits for approval, in the words of the screen.

use chrono::{DateTime, Utc};

use super::admin::{Choice, Field};

/// How a platform of one family is set up.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    /// How to have it register LTT by itself; empty where it cannot.
    pub by_invitation: Vec<Step>,
    /// How to enter LTT in it.
    pub by_hand: Vec<Step>,
    /// How an activity is placed.
    pub placing: Vec<Step>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// What was tried, and against what.
    pub tried: String,
}

/// One thing to do in the platform. Texts have *words of the screen* and `code` marked.
#[derive(Debug, Clone)]
pub struct Step {
    /// What to do.
    pub text: String,
    /// What to enter: the platform's name for the field, and the value.
    pub fields: Vec<(String, String)>,
}

/// What LTT fills in by itself, once it knows the platform's host.
#[derive(Debug, Clone, Default)]
pub struct HostForm {
    /// The family, by its word in addresses.
    pub family: String,
    /// The platform's host.
    pub host: String,
    /// What some of its addresses end in.
    pub key: String,
    /// What that key is called in this family; `None`: there is none.
    pub key_label: Option<&'static str>,
}

/// `/admin/invitations`.
#[derive(Debug, Clone)]
pub struct InvitationsPage {
    /// The link that has just been made; it is not shown again.
    pub link: Option<String>,
    /// Registrations that wait for approval.
    pub pending: Vec<PendingRow>,
    /// The invitations there are, newest first.
    pub invitations: Vec<InvitationRow>,
    /// What a new one is made of.
    pub form: InvitationForm,
}

/// A registration that waits for approval.
#[derive(Debug, Clone)]
pub struct PendingRow {
    /// Its id, in addresses.
    pub id: String,
    /// What it will be called.
    pub name: String,
    /// What it is made of, as label and value.
    pub values: Vec<(&'static str, String)>,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

/// An invitation in the list.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    /// Its id, in addresses; not its secret.
    pub id: String,
    /// What the registration will be called; `None`: what the platform calls itself.
    pub name: Option<String>,
    /// How it stands, in a word.
    pub state: &'static str,
    /// Whether it can still be taken back.
    pub is_open: bool,
    /// Whether what comes of it waits.
    pub approve: bool,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A new invitation.
#[derive(Debug, Clone, Default)]
pub struct InvitationForm {
    /// What the registration will be called.
    pub name: Field,
    /// For how many days it is good.
    pub days: Field,
    /// Whether what comes of it waits.
    pub approve: bool,
    /// Organisations to choose from; empty where there is no choice.
    pub organisations: Vec<Choice>,
}

/// The deployments of a registration.
#[derive(Debug, Clone, Default)]
pub struct Deployments {
    /// What may happen to new ones.
    pub policies: Vec<Choice>,
    /// Those that may launch.
    pub known: Vec<String>,
    /// Those that wait, each with the moment of its first try.
    pub waiting: Vec<(String, DateTime<Utc>)>,
}

//! What the administration pages show, in the words of the screen.

use chrono::{DateTime, Utc};

use super::enrolment::{Deployments, Guide, HostForm};

mod keys;
pub mod launches;

pub use keys::{KeyEncryption, KeyRotationPage, KeyRow, KeyState, KeysPage};

/// What stands round a page for whoever is signed in.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The name of the account.
    pub account: String,
    /// The organisation whose platforms are seen; `None`: all.
    pub organisation: Option<String>,
    /// Whether the account looks after platforms at all.
    pub is_administrator: bool,
    /// What has just been done, where something has.
    pub notice: Option<String>,
}

/// A part of the administration that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// First steps, and what wants attention.
    Start,
    /// Courses and their classes.
    Teaching,
    /// Platforms and their registrations.
    Platforms,
    /// The projects that learners work on.
    Projects,
    /// LTT's own keys.
    Keys,
    /// What came of each login and launch.
    Log,
    /// Who may sign in.
    People,
    /// The own password.
    Account,
}

/// A value that is asked for: what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// What was typed, or what there is.
    pub value: String,
    /// What is wrong with it, and what to do.
    pub problem: Option<String>,
}

impl Field {
    /// A value with nothing wrong about it.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), problem: None }
    }
}

/// One of several to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is the one chosen now.
    pub chosen: bool,
}

/// `/` in a plain browser.
#[derive(Debug, Clone)]
pub struct Home {
    /// Who is signed in.
    pub frame: Option<Frame>,
    /// Whether nobody can sign in yet.
    pub is_fresh: bool,
}

/// `/sign-in`.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// The name that was typed.
    pub name: Field,
    /// Why it did not work.
    pub problem: Option<String>,
    /// Where it leads afterwards.
    pub destination: String,
}

/// `/sign-in?link=…`: somebody came by a one-time link.
#[derive(Debug, Clone)]
pub struct LinkSignIn {
    /// Whom it signs in.
    pub name: String,
    /// What that account may do.
    pub role: String,
    /// The link's secret.
    pub secret: String,
}

/// `/account`.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// What is typed to sign in.
    pub name: String,
    /// What the account may do.
    pub role: String,
    /// Whether it has a password.
    pub has_password: bool,
    /// The present password.
    pub current: Field,
    /// The new one.
    pub password: Field,
    /// The fewest characters of a password.
    pub shortest: usize,
}

/// `/admin`: the way from nothing to a first launch.
#[derive(Debug, Clone)]
pub struct StartPage {
    /// The steps in their order.
    pub steps: Steps,
    /// Platforms that are seen.
    pub platforms: usize,
    /// Registrations that are seen.
    pub registrations: usize,
    /// What waits for a decision: a sentence, and where it is taken.
    pub waiting: Vec<(String, String)>,
    /// Launches of the last days that were refused, newest first.
    pub refused: Vec<LogEntry>,
}

/// Which of the first steps are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Steps {
    /// There is a platform.
    pub platform: bool,
    /// There is a project.
    pub project: bool,
    /// Somebody has come from a platform.
    pub launch: bool,
}

impl Steps {
    /// Whether nothing is left to do.
    pub fn are_done(self) -> bool {
        self.platform && self.project && self.launch
    }
}

/// `/admin/platforms`.
#[derive(Debug, Clone)]
pub struct PlatformsPage {
    /// Each platform with its registrations.
    pub platforms: Vec<PlatformRow>,
    /// Whether the organisations are worth naming.
    pub shows_organisations: bool,
}

/// A platform in the list.
#[derive(Debug, Clone)]
pub struct PlatformRow {
    /// What people call it.
    pub name: String,
    /// Its issuer.
    pub issuer: String,
    /// The organisation it belongs to.
    pub organisation: Option<String>,
    /// Its registrations.
    pub registrations: Vec<RegistrationRow>,
}

/// A registration in the list.
#[derive(Debug, Clone)]
pub struct RegistrationRow {
    /// Its id, in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its client id.
    pub client_id: String,
    /// How it stands.
    pub state: RegistrationState,
    /// When somebody last came by it.
    pub last_launch: Option<DateTime<Utc>>,
}

/// How a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationState {
    /// Nobody has come by it yet.
    New,
    /// The last launch was good.
    Working,
    /// The last launch was refused.
    Refusing,
    /// Its launches are refused because somebody said so.
    Disabled,
}

/// LTT's own addresses, to paste into a platform.
#[derive(Debug, Clone)]
pub struct OwnValues {
    /// Login initiation.
    pub login: String,
    /// Launch, redirect and target link.
    pub launch: String,
    /// Public keys.
    pub jwks: String,
    /// Everything in one document.
    pub config: String,
}

/// A family of learning platforms to choose.
#[derive(Debug, Clone)]
pub struct FamilyChoice {
    /// Its word in addresses.
    pub key: String,
    /// What people call it.
    pub name: String,
}

/// `/admin/platforms/new`, before a family is chosen.
#[derive(Debug, Clone)]
pub struct FamiliesPage {
    /// What there is.
    pub families: Vec<FamilyChoice>,
}

/// A registration to fill in: a new one, or one that is there.
#[derive(Debug, Clone, Default)]
pub struct RegistrationForm {
    /// The family, by its word in addresses.
    pub family: String,
    /// The family, as people call it.
    pub family_name: String,
    /// What people call it.
    pub name: Field,
    /// Issuer.
    pub issuer: Field,
    /// Client id.
    pub client_id: Field,
    /// Authorization address.
    pub auth_url: Field,
    /// Token address.
    pub token_url: Field,
    /// Key set address.
    pub jwks_url: Field,
    /// Audience of assertions.
    pub token_audience: Field,
    /// Deployments, one a line.
    pub deployments: Field,
    /// Origins of frames, one a line.
    pub frame_ancestors: Field,
    /// Hosts of services, one a line.
    pub service_hosts: Field,
    /// Which columns of the gradebook scores go to.
    pub grade_columns: Vec<Choice>,
    /// Organisations to choose from; empty where there is no choice.
    pub organisations: Vec<Choice>,
    /// A tenant of its own.
    pub separate: bool,
}

impl RegistrationForm {
    /// Every field with its id and label, in the order they stand on the page.
    pub fn fields(&self) -> [(&'static str, &'static str, &Field); 10] {
        [
            ("name", "Name", &self.name),
            ("issuer", "Issuer", &self.issuer),
            ("client_id", "Client id", &self.client_id),
            ("auth_url", "Authorization address", &self.auth_url),
            ("token_url", "Token address", &self.token_url),
            ("jwks_url", "Key set address", &self.jwks_url),
            ("token_audience", "Token audience", &self.token_audience),
            ("deployments", "Deployments", &self.deployments),
            ("frame_ancestors", "Sites that show LTT in a frame", &self.frame_ancestors),
            ("service_hosts", "Further hosts", &self.service_hosts),
        ]
    }

    /// Whether anything is wrong.
    pub fn has_problems(&self) -> bool {
        self.fields().iter().any(|(_, _, field)| field.problem.is_some())
    }
}

/// `/admin/platforms/new?family=…`.
#[derive(Debug, Clone)]
pub struct NewRegistrationPage {
    /// How the platform is set up.
    pub guide: Guide,
    /// Where it is.
    pub host: HostForm,
    /// What it tells.
    pub form: RegistrationForm,
}

/// `/admin/registrations/{id}/edit`.
#[derive(Debug, Clone)]
pub struct EditRegistrationPage {
    /// The registration's id.
    pub id: String,
    /// What people call it now.
    pub title: String,
    /// Its values.
    pub form: RegistrationForm,
}

/// `/admin/registrations/{id}`.
#[derive(Debug, Clone)]
pub struct RegistrationPage {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The platform it belongs to.
    pub platform: String,
    /// The organisation of that platform.
    pub organisation: Option<String>,
    /// How it stands.
    pub state: RegistrationState,
    /// What the platform is told.
    pub own: OwnValues,
    /// What it has told, as label and value.
    pub theirs: Vec<(&'static str, String)>,
    /// The deployments it is known by.
    pub deployments: Deployments,
    /// How launches went lately.
    pub health: Health,
    /// The last launches and refusals.
    pub log: Vec<LogEntry>,
}

/// How the launches of a registration went lately.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// For how many days.
    pub days: i64,
    /// Launches that came through.
    pub launched: i64,
    /// How browsers proved themselves, in words, with how often.
    pub rungs: Vec<(String, i64)>,
    /// Refusals by their code, with how often.
    pub refusals: Vec<(String, i64)>,
    /// The platform's clock less ours at the last launch, in seconds.
    pub clock_difference: Option<i64>,
    /// The platform's keys, as they were last fetched; `None`: not since the server started.
    pub keys: Option<KeyFetch>,
}

/// How a platform's keys were last fetched.
#[derive(Debug, Clone)]
pub struct KeyFetch {
    /// When.
    pub at: DateTime<Utc>,
    /// How many keys there are.
    pub keys: usize,
    /// Why it did not work.
    pub problem: Option<String>,
}

/// A line of the launch log.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// What the person who met it was told.
    pub reference: String,
    /// When.
    pub at: DateTime<Utc>,
    /// `launched`, or the code of the refusal.
    pub outcome: String,
    /// Whether it came through.
    pub is_good: bool,
    /// The rule that failed, and what to do about it.
    pub explanation: String,
    /// How the browser proved itself, in words.
    pub rung: Option<String>,
    /// The platform's clock less ours, in seconds.
    pub clock_difference: Option<i64>,
    /// The issuer, as the platform said it.
    pub issuer: Option<String>,
    /// The client id, as the platform said it.
    pub client_id: Option<String>,
    /// The registration, by id and name.
    pub registration: Option<(String, String)>,
    /// The value of the registration that it speaks against, by the field's id and label.
    pub field: Option<(&'static str, &'static str)>,
}

/// `/admin/log`.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// What was looked for.
    pub reference: String,
    /// What was found, or the newest entries.
    pub entries: Vec<LogEntry>,
    /// For how many days entries are kept.
    pub days: i64,
}

/// `/admin/registrations/{id}/delete`.
#[derive(Debug, Clone)]
pub struct RemovalPage {
    /// Its id.
    pub id: String,
    /// Its name, to be typed.
    pub name: String,
    /// Learners who came by it.
    pub learners: i64,
    /// Launches made by it.
    pub launches: i64,
    /// Whether the platform goes with it.
    pub is_last: bool,
    /// What was typed.
    pub typed: Field,
}

/// `/admin/platforms/passports`: many Open edX blocks at once.
#[derive(Debug, Clone, Default)]
pub struct PassportsPage {
    /// What was pasted.
    pub text: Field,
    /// What stands in front of each registration's name.
    pub name: Field,
    /// The learning front end's origin.
    pub frame_ancestor: Field,
    /// What was understood, once it has been read.
    pub preview: Option<PassportsPreview>,
    /// Organisations to choose from; empty where there is no choice.
    pub organisations: Vec<Choice>,
}

/// What was understood of what was pasted.
#[derive(Debug, Clone, Default)]
pub struct PassportsPreview {
    /// The blocks that can be added.
    pub blocks: Vec<PassportRow>,
    /// Lines that were not understood, with their number.
    pub unread: Vec<(usize, String)>,
}

impl PassportsPreview {
    /// How many registrations can be added; `None` where something has to be corrected first, or there is nothing new.
    pub fn addable(&self) -> Option<usize> {
        let is_clean = self.unread.is_empty() && self.blocks.iter().all(|block| block.problems.is_empty());
        let new = self.blocks.iter().filter(|block| !block.is_known).count();
        (is_clean && new > 0).then_some(new)
    }
}

/// One block.
#[derive(Debug, Clone)]
pub struct PassportRow {
    /// The line it begins at.
    pub line: usize,
    /// What the registration will be called.
    pub name: String,
    /// Its client id.
    pub client_id: String,
    /// Its issuer.
    pub issuer: String,
    /// What is wrong with it, or missing.
    pub problems: Vec<String>,
    /// Whether it is there already.
    pub is_known: bool,
}

/// `/admin/registrations/{id}/test`.
#[derive(Debug, Clone)]
pub struct TestPage {
    /// The registration's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its addresses, once they have been tried.
    pub checks: Vec<Check>,
    /// Since when launches are waited for, as it stands in the address.
    pub since: Option<String>,
    /// Launches that came meanwhile, once they have been looked for.
    pub launches: Option<Vec<LogEntry>>,
}

/// An address that was tried.
#[derive(Debug, Clone)]
pub struct Check {
    /// The field's id.
    pub field: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The address.
    pub address: String,
    /// Whether it is good.
    pub is_good: bool,
    /// What was found, and what to do.
    pub finding: String,
}

/// `/admin/people`.
#[derive(Debug, Clone, Default)]
pub struct PeoplePage {
    /// Who may sign in.
    pub people: Vec<PersonRow>,
    /// A link that was just made, for whom.
    pub link: Option<(String, String)>,
    /// Whom to invite.
    pub name: Field,
    /// As what.
    pub roles: Vec<Choice>,
    /// The organisation to invite to, where one may be named.
    pub organisation: Option<Field>,
    /// For how many hours a link is good.
    pub hours: i64,
}

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// The account's id.
    pub id: String,
    /// What is typed to sign in.
    pub name: String,
    /// What the account may do.
    pub role: String,
    /// The organisation it belongs to.
    pub organisation: Option<String>,
    /// Whether it has a password.
    pub has_password: bool,
    /// Whether it is the one who looks.
    pub is_self: bool,
}

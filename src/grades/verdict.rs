//! What a platform's answer means for a score, and how it is told: the cause for the learner, the remedy for those who teach
//! or administer.

use chrono::TimeDelta;
use lti::{AddressRefused, HttpError, ScoreNotTaken, ServiceFault, TokenError};

use super::{claim::Trouble, delivery::NotPosted};

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consequence {
    /// The same would be refused again.
    Refuse,
    /// The platform forbids it, which one says of any token while it starts anew, too. Tried a few times, then refused.
    AskAgain,
    /// The score is tried again by itself.
    TryAgain,
    /// The platform failed at this score. Where it goes on failing while it takes others, the score is refused.
    Stumbled,
    /// The platform is down, or asks for time: all scores for it wait.
    Down,
    /// The column is gone.
    ColumnGone,
}

/// What an error means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub trouble: Trouble,
    pub consequence: Consequence,
    /// How long the platform asks to wait.
    pub retry_after: Option<TimeDelta>,
    /// Whether the platform itself said something.
    pub is_answer: bool,
}

const SWITCHED_OFF: &str = "In the platform, let the LTT tool write grades (assignment and grade services), then open the \
                            activity once from the course.";
const TRY_LATER: &str = "Nothing needs to be done: LTT goes on trying. If it lasts, ask who runs the platform.";
const FOR_ADMINISTRATOR: &str =
    "An administrator of LTT has to look at the registration: `ltt doctor` says what is wrong.";

impl Verdict {
    fn of(fault: &'static str, consequence: Consequence, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        let trouble = Trouble { fault, reason: reason.into(), remedy: remedy.into() };
        Self { trouble, consequence, retry_after: None, is_answer: true }
    }

    /// The platform said nothing, or nothing about itself.
    fn without_answer(self) -> Self {
        Self { is_answer: false, ..self }
    }

    fn after(self, retry_after: Option<TimeDelta>) -> Self {
        Self { retry_after, ..self }
    }

    /// What an error means for the score that was to be delivered.
    pub(super) fn on(error: &NotPosted) -> Self {
        use Consequence::{Refuse, TryAgain};
        match error {
            NotPosted::RegistrationRemoved => Self::of(
                "registration_removed",
                Refuse,
                "This course is no longer connected to LTT.",
                "Connect the platform with LTT again, then open the activity once from the course.",
            )
            .without_answer(),
            NotPosted::Store(_) => {
                Self::of("own_error", TryAgain, "LTT had an error of its own.", TRY_LATER).without_answer()
            }
            NotPosted::Column(fault) => Self::on_column(fault),
            NotPosted::Platform(ScoreNotTaken::Older { .. }) => Self::of(
                "score_older",
                TryAgain,
                "The gradebook has a newer grade than this one.",
                "Look at the grade in the course's gradebook. LTT tries again later.",
            ),
            NotPosted::Platform(ScoreNotTaken::LearnerRefused { .. }) => Self::of(
                "learner_refused",
                Refuse,
                "The course does not grade this person; only learners of the course are graded.",
                "Enrol them in the course as a learner, then send the grade again.",
            ),
            NotPosted::Platform(ScoreNotTaken::Fault(fault)) => Self::on_fault(fault),
        }
    }

    /// What is told of a score that has been tried often enough.
    pub(super) fn given_up(trouble: Trouble, consequence: Consequence) -> Trouble {
        if consequence != Consequence::Stumbled {
            return trouble;
        }
        Trouble {
            fault: "fails_at_this_score",
            reason: "The course's gradebook has an error at this grade, while it takes others.".to_owned(),
            remedy: "Open edX answers so when it does not know the learner any more: look whether they are still enrolled. Then \
                     send the grade again."
                .to_owned(),
        }
    }

    /// What keeps a column from being made.
    fn on_column(fault: &ServiceFault) -> Self {
        let verdict = Self::on_fault(fault);
        match fault {
            ServiceFault::Forbidden { status, .. } | ServiceFault::Refused { status, .. } => Self::of(
                "column_refused",
                Consequence::Refuse,
                format!("The course does not let LTT make a column in its gradebook (status {status})."),
                "Let the LTT tool make columns in the platform, or let LTT use the activity's own column \
                 (`ltt platform edit --grades claim`); then send the grade again.",
            ),
            ServiceFault::Gone { .. } => Self::of(
                "column_list_gone",
                Consequence::Refuse,
                "The course's gradebook is not where it was.",
                "Open the activity once from the course, then send the grade again.",
            ),
            _ => verdict,
        }
    }

    fn on_fault(fault: &ServiceFault) -> Self {
        use Consequence::{AskAgain, ColumnGone, Down, Refuse, Stumbled, TryAgain};
        match fault {
            ServiceFault::Http(error) => Self::on_http(error),
            ServiceFault::Token(error) => Self::on_token(error),
            ServiceFault::ForeignHost { .. } => Self::of(
                "foreign_host",
                TryAgain,
                "LTT may not call the gradebook's address; an administrator has to allow it.",
                "If the address is the platform's, an administrator of LTT adds its host to the registration's service hosts.",
            )
            .without_answer(),
            ServiceFault::ScopeNotGranted { .. } => Self::no_scope().without_answer(),
            ServiceFault::Throttled { retry_after, .. } => {
                Self::of("throttled", Down, "The course's gradebook is busy.", TRY_LATER).after(*retry_after)
            }
            ServiceFault::PlatformFailed { status, retry_after, .. } => {
                let consequence = if matches!(status, 502..=504) { Down } else { Stumbled };
                let reason = format!("The course's gradebook had an error of its own (status {status}).");
                Self::of("platform_failed", consequence, reason, TRY_LATER).after(*retry_after)
            }
            ServiceFault::Forbidden { status, .. } => Self::of(
                "forbidden",
                AskAgain,
                format!("The course does not let LTT write to its gradebook (status {status})."),
                SWITCHED_OFF,
            ),
            ServiceFault::Gone { .. } => Self::of(
                "gone",
                ColumnGone,
                "The course no longer has a column for this activity in its gradebook.",
                "Open the activity once from the course: where the platform made a new column, grades go there. If it did not, \
                 place the activity anew.",
            ),
            ServiceFault::Refused { status, .. } => Self::of(
                "refused",
                Refuse,
                format!("The course's gradebook refused the grade (status {status})."),
                "Look whether the activity is still open for grading in the course, then send the grade again.",
            ),
            other => Self::of(other.code(), Refuse, format!("The grade could not be sent. {other}"), FOR_ADMINISTRATOR),
        }
    }

    fn no_scope() -> Self {
        Self::of(
            "scope_not_granted",
            Consequence::Refuse,
            "The course does not let LTT write grades; whoever set the activity up can change that.",
            SWITCHED_OFF,
        )
    }

    fn on_token(error: &TokenError) -> Self {
        use Consequence::{Down, TryAgain};
        let reason = "The course does not let LTT in at the moment.";
        match error {
            TokenError::ScopeDenied(_) => Self::no_scope(),
            TokenError::Http(error) => Self::on_http(error),
            TokenError::Refused { status, .. } if *status == 429 || *status >= 500 => {
                Self::of("token_refused", Down, reason, TRY_LATER)
            }
            TokenError::Refused { .. } | TokenError::NoToken => {
                Self::of(error.code(), TryAgain, reason, FOR_ADMINISTRATOR)
            }
            TokenError::Key(_) | TokenError::Storage(_) => {
                Self::of(error.code(), TryAgain, "LTT had an error of its own.", TRY_LATER).without_answer()
            }
        }
    }

    fn on_http(error: &HttpError) -> Self {
        use Consequence::{Down, TryAgain};
        match error {
            HttpError::Refused(AddressRefused::Redirect(_)) => Self::of(
                error.code(),
                TryAgain,
                "The course's gradebook is not where it was.",
                "The platform leads to another address. Open the activity once from the course; if it lasts, an administrator \
                 of LTT has to correct the registration's addresses.",
            ),
            HttpError::Refused(_) => Self::of(
                error.code(),
                TryAgain,
                "LTT may not call the gradebook's address; an administrator has to allow it.",
                FOR_ADMINISTRATOR,
            )
            .without_answer(),
            // It may have been taken; sent again it does no harm.
            HttpError::TooLarge { .. } => Self::of(
                error.code(),
                TryAgain,
                "The course's gradebook gave an answer that LTT cannot read.",
                TRY_LATER,
            ),
            HttpError::TimedOut | HttpError::BrokenOff | HttpError::Connection(_) => {
                Self::of(error.code(), Down, "The course's gradebook could not be reached.", TRY_LATER).without_answer()
            }
        }
    }
}

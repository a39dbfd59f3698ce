//! What the learner's pages show, made of what learning and grades know: texts are rendered here, and nothing hidden has a
//! place to go.

use app::model::{
    self, Activity, AnswerForm, Back, ChoiceOption, Draft, DraftSaved, Grade, GradeState, Hint, HintState, Progress,
    Submission, TaskPage, TaskRow, TaskState, TutorNotice, Verdict,
};

use super::Said;
use crate::{
    grades::standing::{Delivery, DeliveryState},
    learning::{
        answer,
        course::TutorUse,
        project::Task,
        work::{self, Work},
    },
    tutor::Notice,
    web::{markdown, session::Session},
};

/// What stands in the place of the message box where the tutor is off.
pub const TUTOR_OFF: &str =
    "Your teacher has switched the tutor off in this course. The tasks and their hints are still there.";

/// What surrounds every view.
pub fn activity(
    work: &Work,
    session: &Session,
    delivery: Option<&Delivery>,
    tutor: &Notice,
    tutor_use: TutorUse,
) -> Activity {
    let context = &session.launch.context;
    let introduction = work.part().map_or(&work.project.about().description, |part| &part.content);
    Activity {
        course: context.course.clone(),
        back: context.return_url.clone().map(|address| Back { address, leaves_frame: !context.in_window }),
        language: context.locale.clone(),
        title: work.title().to_owned(),
        introduction_html: markdown::render(introduction),
        role: session.role(),
        ungraded: session.ungraded(),
        progress: progress(work.progress()),
        tasks: work.tasks().iter().map(|task| row(work, task)).collect(),
        next: work.next().map(|task| task.id.clone()),
        grade: grade(session.launch.graded, delivery),
        tutor: TutorNotice {
            model: tutor.model.clone(),
            readers: tutor.readers.clone(),
            off: (tutor_use == TutorUse::Off).then(|| TUTOR_OFF.to_owned()),
        },
        may_change: false,
    }
}

fn progress(progress: work::Progress) -> Progress {
    let work::Progress { closed, total, points, possible } = progress;
    Progress { closed, total, points, possible }
}

fn row(work: &Work, task: &Task) -> TaskRow {
    let path = work.path(task);
    TaskRow {
        id: task.id.clone(),
        depth: u32::try_from(path.len()).unwrap_or(u32::MAX),
        parent: path.last().map(|parent| parent.id.clone()),
        title: task.title.clone(),
        state: match work.state(task) {
            work::TaskState::Open => TaskState::Open,
            work::TaskState::InProgress => TaskState::InProgress,
            work::TaskState::Closed => TaskState::Closed,
            work::TaskState::Blocked => TaskState::Blocked,
        },
        has_children: !task.is_leaf(),
        points: task.is_leaf().then(|| task.possible()),
        waits_for: work.waits_for(task),
    }
}

/// One task, opened.
pub fn task(
    work: &Work,
    task: &Task,
    draft: Option<work::Draft>,
    attempts: &[work::Submission],
    said: Said,
) -> TaskPage {
    let children = task.children.iter().map(|child| row(work, work.project.at(*child))).collect();
    TaskPage {
        row: row(work, task),
        path: work.path(task).into_iter().map(|above| above.title.clone()).collect(),
        body_html: markdown::render(&task.content),
        objectives: task.objectives.iter().map(|objective| objective.text.clone()).collect(),
        minutes: task.minutes,
        answer: form(task.form(), said.messages),
        draft: draft.map(shown_draft),
        attempts: attempts.iter().map(submission).collect(),
        hints: hints(work.hints(task)),
        hint: match work.hint_state(task, said.own_words) {
            work::HintState::Ready => HintState::Ready,
            work::HintState::AfterAnotherTry => HintState::AfterAnotherTry,
            work::HintState::NoMore => HintState::NoMore,
        },
        children,
        following: work.following(task).map(|next| next.id.clone()),
    }
}

fn hints(hints: &[String]) -> Vec<Hint> {
    (1..).zip(hints).map(|(level, hint)| Hint { level, html: markdown::render(hint) }).collect()
}

fn form(form: answer::AnswerForm, said: u32) -> AnswerForm {
    match form {
        answer::AnswerForm::Text { long, placeholder } => AnswerForm::Text { long, placeholder },
        answer::AnswerForm::Number { unit } => AnswerForm::Number { unit },
        answer::AnswerForm::Choice { options } => AnswerForm::Choice { options: shown_options(options) },
        answer::AnswerForm::Set { options } => AnswerForm::Set { options: shown_options(options) },
        answer::AnswerForm::Conversation { needed } => AnswerForm::Conversation { needed, had: said },
        answer::AnswerForm::Children => AnswerForm::Children,
    }
}

fn shown_options(options: Vec<crate::learning::project::document::ChoiceOption>) -> Vec<ChoiceOption> {
    let shown = |option: crate::learning::project::document::ChoiceOption| ChoiceOption {
        html: markdown::render_inline(&option.text),
        id: option.id,
    };
    options.into_iter().map(shown).collect()
}

/// One submission.
pub fn submission(submission: &work::Submission) -> Submission {
    Submission {
        id: submission.id.to_string(),
        task: submission.task.clone(),
        task_title: submission.task_title.clone(),
        attempt: submission.attempt,
        answer: submission.readable.clone(),
        verdict: verdict(submission.verdict),
        unchecked: submission.unchecked && submission.decision.is_none(),
        feedback_html: feedback(submission),
        submitted_at: submission.submitted_at,
    }
}

/// What was decided, in the words of the screen.
pub fn verdict(verdict: answer::Verdict) -> Verdict {
    match verdict {
        answer::Verdict::Accepted => Verdict::Accepted,
        answer::Verdict::NotYet => Verdict::NotYet,
        answer::Verdict::Pending => Verdict::Pending,
    }
}

/// What the learner is told: first what a person decided and why, but never who, then what the check said.
fn feedback(submission: &work::Submission) -> String {
    let checked = markdown::render(&submission.feedback);
    match &submission.decision {
        Some(decided) => {
            let reason = markdown::render(&decided.reason);
            format!(
                "<p><strong>Your teacher decided this:</strong></p>{reason}<p><strong>Before that, the check said:</strong></p>{checked}"
            )
        }
        None => checked,
    }
}

/// What came of saving a draft.
pub fn draft_saved(saved: work::DraftSaved) -> DraftSaved {
    match saved {
        work::DraftSaved::Saved { revision } => DraftSaved::Saved { revision },
        work::DraftSaved::Newer(draft) => DraftSaved::Newer { draft: shown_draft(draft) },
    }
}

fn shown_draft(draft: work::Draft) -> Draft {
    let answer = match draft.answer {
        answer::Answer::One(text) => model::Answer::One(text),
        answer::Answer::Many(values) => model::Answer::Many(values),
    };
    Draft { answer, revision: draft.revision }
}

/// What a page hands in.
pub fn handed_in(answer: model::Answer) -> answer::Answer {
    match answer {
        model::Answer::One(text) => answer::Answer::One(text),
        model::Answer::Many(values) => answer::Answer::Many(values),
    }
}

/// Where the grade is, in words for the learner.
fn grade(graded: bool, delivery: Option<&Delivery>) -> Grade {
    let (state, sentence) = match delivery {
        _ if !graded => (GradeState::NotGraded, "Not graded".to_owned()),
        None => (GradeState::NotGraded, "Your course keeps no grade for this activity".to_owned()),
        Some(delivery) => match (delivery.state, &delivery.reason) {
            (DeliveryState::NothingYet, _) => (GradeState::NothingYet, "Nothing to send yet".to_owned()),
            (DeliveryState::Waiting, None) => (GradeState::Waiting, "On its way to your course".to_owned()),
            (DeliveryState::Waiting, Some(reason)) => (GradeState::Waiting, format!("Waiting: {reason}")),
            (DeliveryState::Paused, _) => (GradeState::Waiting, "Your course holds grades back for now".to_owned()),
            (DeliveryState::Sent, None) => (GradeState::Sent, "Sent to your course".to_owned()),
            (DeliveryState::Sent, Some(reason)) => (GradeState::Sent, format!("Sent to your course. {reason}")),
            (DeliveryState::Confirmed, _) => (GradeState::Sent, "In your course's gradebook".to_owned()),
            (DeliveryState::Differs, _) => {
                (GradeState::Sent, "Sent; your course's gradebook shows another grade".to_owned())
            }
            (DeliveryState::Refused, reason) => {
                let why = reason.as_deref().unwrap_or("please tell your teacher");
                (GradeState::Refused, format!("Your course refused it: {why}"))
            }
        },
    };
    Grade { state, sentence }
}

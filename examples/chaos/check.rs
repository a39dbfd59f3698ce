//! What must hold at the end, whatever happened.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use anyhow::Result;
use ltt::{on_tx, store::Db};
use uuid::Uuid;

use crate::{
    crowd::{Crowd, Learner},
    faults::Fault,
    platform::{Platform, Post},
};

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Scores posted.
    pub posts: usize,
    /// Of them such as had been posted before.
    pub repeats: usize,
    /// Rules that do not hold, each with the learner's history.
    pub broken: Vec<String>,
}

/// A score as the outbox knows it.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    line_item_id: Uuid,
    given: f64,
    state: String,
    fault: Option<String>,
}

/// Looks at each learner's score from both sides.
pub async fn examine(db: &Db, crowd: &Crowd, platforms: &[Arc<Platform>]) -> Result<Findings> {
    const SQL: &str = "SELECT line_item_id, given, state, fault FROM score";
    let mut tx = db.read().await?;
    let rows: Vec<Row> = on_tx!(&mut tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    let rows: HashMap<Uuid, Row> = rows.into_iter().map(|row| (row.line_item_id, row)).collect();
    let scores = crowd.scores();
    let mut findings = Findings::default();
    for (number, learner) in crowd.learners.iter().enumerate() {
        let posts = platforms[learner.platform].posts(&learner.subject);
        let earned = scores.get(&number).map(Vec::as_slice).unwrap_or_default();
        findings.posts += posts.len();
        findings.repeats += posts.len() - distinct(&posts);
        for rule in broken(rows.get(&learner.line_item), earned, &posts) {
            findings.broken.push(history(rule, learner, rows.get(&learner.line_item), earned, &posts));
        }
    }
    Ok(findings)
}

fn distinct(posts: &[Post]) -> usize {
    let mut values: Vec<u64> = posts.iter().map(|post| post.given.to_bits()).collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

/// The rules that do not hold for a learner.
#[expect(clippy::float_cmp, reason = "the same score is the same bits")]
fn broken(row: Option<&Row>, earned: &[f64], posts: &[Post]) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let mut must = |rule: &'static str, holds: bool| {
        if !holds {
            broken.push(rule);
        }
    };
    let newest = earned.last().copied();
    let taken: Vec<&Post> = posts.iter().filter(|post| post.taken).collect();
    must("the outbox holds the newest score", row.map(|row| row.given) == newest);
    let shown = taken.iter().max_by_key(|post| post.timestamp).map(|post| post.given);
    match row.map(|row| (row.state.as_str(), row.fault.as_deref())) {
        Some(("sent" | "confirmed", _)) => must("a score that was sent is in the gradebook", shown == newest),
        Some(("refused", fault)) => must("a score is refused only when the platform said so", {
            let of_newest = posts.iter().filter(|post| Some(post.given) == newest);
            may_be_refused(fault, &of_newest.collect::<Vec<_>>())
        }),
        _ => must("no score is left on its way", newest.is_none()),
    }
    must("only what was earned is posted", posts.iter().all(|post| earned.contains(&post.given)));
    must(
        "the same time is the same score",
        posts.iter().all(|post| {
            posts.iter().filter(|other| other.timestamp == post.timestamp).all(|other| other.given == post.given)
        }),
    );
    let mut by_time = taken;
    by_time.sort_by_key(|post| post.timestamp);
    must("no older score gets over a newer one", by_time.is_sorted_by(|one, next| one.given <= next.given));
    broken
}

/// Whether what the platform answered is reason enough to give a score up.
fn may_be_refused(fault: Option<&str>, posts: &[&Post]) -> bool {
    let times =
        |faults: &[Fault]| posts.iter().filter(|post| post.fault.is_some_and(|it| faults.contains(&it))).count();
    match fault {
        Some("refused") => times(&[Fault::Refused]) > 0,
        Some("forbidden") => times(&[Fault::Forbidden, Fault::ForgottenToken]) >= 4,
        Some("fails_at_this_score") => times(&[Fault::Failed, Fault::ErrorPage]) > 0 && posts.len() >= 5,
        _ => false,
    }
}

fn history(rule: &str, learner: &Learner, row: Option<&Row>, earned: &[f64], posts: &[Post]) -> String {
    let mut text = format!("Broken: {rule}\n  {} at platform {}, earned {earned:?}", learner.subject, learner.platform);
    // Writing to a text cannot fail.
    let _ = match row {
        Some(Row { given, state, fault, .. }) => write!(text, "\n  outbox: {given}, {state}, {fault:?}"),
        None => write!(text, "\n  outbox: nothing"),
    };
    for Post { timestamp, given, fault, taken } in posts {
        let _ = write!(
            text,
            "\n  posted {given} with {timestamp}: {fault:?}, {}",
            if *taken { "taken" } else { "not taken" }
        );
    }
    text
}

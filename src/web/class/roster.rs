//! The course's list of members: what is known of it, who stands in it without ever having come, and reading it again.

use std::{collections::HashSet, sync::Arc, time::Duration};

use app::{
    model::{admin::Choice, roster::RosterShown},
    refusal::Refusal,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Answer, Staff, ago, table::Pupil};
use crate::{
    launch::{
        arrival::StoredRole,
        attendance::called,
        roster::{
            self, RosterState, Standing, groups,
            sync::{Outcome, Rosters},
        },
    },
    store::{StoreError, Tx},
    web::services::{Services, Shared},
};

/// How long a page waits for the roster; a longer reading goes on by itself.
const PATIENCE: Duration = Duration::from_secs(8);

/// Reads the roster now, and leads to the class, which tells what came of it.
pub async fn update(services: &Shared, staff: &Staff) -> Result<Answer, Refusal> {
    let rosters = Rosters::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
    let (clock, course) = (Arc::clone(&services.clock), staff.course.id);
    // In a task of its own, so that it is read to its end even if nobody waits for it any more.
    let reading = tokio::spawn(async move { rosters.sync(clock.as_ref(), course).await });
    let done = match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Err(stopped)) => return Err(services.refusals.fault(&stopped)),
        Ok(Ok(Err(error))) => return Err(services.refusals.store(&error)),
        Ok(Ok(Ok(Outcome::Complete { .. }))) => "roster",
        Err(_) | Ok(Ok(Ok(Outcome::Busy))) => "roster-reading",
        // The page itself says why.
        Ok(Ok(Ok(Outcome::Failed { .. } | Outcome::NotOffered))) => "roster-failed",
    };
    Ok(Answer::GoTo(format!("{}?done={done}", staff.base)))
}

/// What is known of the list; `None`: the platform offers none.
pub async fn shown(services: &Services, tx: &mut Tx, course: Uuid) -> Result<Option<RosterShown>, StoreError> {
    let now = services.clock.now();
    Ok(roster::state(tx, course).await?.map(|state| of_state(state, now)))
}

fn of_state(state: RosterState, now: DateTime<Utc>) -> RosterShown {
    RosterShown {
        members: state.active,
        is_running: state.is_running(now),
        read: state.synced_at.map(|at| ago(now, at)),
        problem: state.reason,
    }
}

/// Those who learn in the course by its list, and do not stand among these, for they have not opened the activity.
pub async fn absent(tx: &mut Tx, course: Uuid, present: &[Pupil]) -> Result<Vec<Pupil>, StoreError> {
    let known: HashSet<&str> = present.iter().map(|pupil| pupil.subject.as_str()).collect();
    let mut members = roster::members(tx, course).await?;
    members.retain(|member| {
        member.status == Standing::Active
            && member.role == StoredRole::Learner
            && !known.contains(member.subject.as_str())
    });
    let absent = members.into_iter().map(|member| Pupil {
        name: called(member.name.as_deref(), &member.subject),
        subject: member.subject,
        work: None,
        last_seen: None,
    });
    Ok(absent.collect())
}

/// The groups of the course, to choose from; empty: none are known.
pub async fn groups(tx: &mut Tx, course: Uuid, chosen: &str) -> Result<Vec<Choice>, StoreError> {
    let known = groups::of_course(tx, course).await?;
    let choices = known.into_iter().map(|group| Choice {
        chosen: group.group_id == chosen,
        value: group.group_id,
        label: group.name,
    });
    let choices: Vec<_> = choices.collect();
    let all = Choice { value: String::new(), label: "All groups".to_owned(), chosen: chosen.is_empty() };
    Ok(if choices.is_empty() { choices } else { std::iter::once(all).chain(choices).collect() })
}

/// Leaves only those of a group, where one is chosen.
pub async fn narrow(tx: &mut Tx, course: Uuid, group: &str, pupils: &mut Vec<Pupil>) -> Result<(), StoreError> {
    if !group.is_empty() {
        let members: HashSet<String> = groups::members(tx, course, group).await?.into_iter().collect();
        pupils.retain(|pupil| members.contains(&pupil.subject));
    }
    Ok(())
}

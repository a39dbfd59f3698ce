//! How a platform is set up, with LTT's own values filled in.

use app::model::enrolment::{self, HostForm};

use crate::launch::{
    platform::Family,
    setup::{Entry, Guide, Own, Step},
};

/// The guide of a family, with LTT at `origin`.
pub fn shown(family: Family, origin: &str) -> enrolment::Guide {
    let guide: &Guide = family.guide();
    let steps = |steps: &[Step]| steps.iter().map(|step| self::step(step, origin)).collect();
    enrolment::Guide {
        by_invitation: steps(guide.by_invitation),
        by_hand: steps(guide.by_hand),
        placing: steps(guide.placing),
        notes: guide.notes.iter().map(|note| (*note).to_owned()).collect(),
        tried: guide.tried.to_owned(),
    }
}

/// An invitation is made on a page of its own, so there is nothing to copy yet.
fn step(step: &Step, origin: &str) -> enrolment::Step {
    let fields = step.fields.iter().filter(|(_, entry)| !matches!(entry, Entry::Own(Own::Invitation)));
    let invitation = step.fields.iter().find(|(_, entry)| matches!(entry, Entry::Own(Own::Invitation)));
    let text = match invitation {
        Some((field, _)) => format!("{} *{field}* takes the invitation link.", step.text),
        None => step.text.to_owned(),
    };
    enrolment::Step { text, fields: fields.map(|(field, entry)| ((*field).to_owned(), entry.value(origin))).collect() }
}

/// Asks where a platform of that family is.
pub fn host_form(family: Family, host: String, key: String) -> HostForm {
    let key_label = match family {
        Family::OpenEdx => Some("Passport"),
        Family::Sakai => Some("Number of the tool"),
        Family::Blackboard => Some("Application ID"),
        _ => None,
    };
    HostForm { family: family.key().to_owned(), host, key, key_label }
}

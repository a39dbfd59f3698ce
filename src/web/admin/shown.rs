//! What is known, in the words of the screen.

use std::collections::HashMap;

use app::model::admin::{LogEntry, OwnValues, RegistrationState};
use uuid::Uuid;

use crate::{
    launch::{
        log::{Entry, LAUNCHED},
        platform::{Field, Registration},
    },
    settings::Settings,
};

/// LTT's own addresses.
pub fn own_values(settings: &Settings) -> OwnValues {
    OwnValues {
        login: settings.address("/lti/login"),
        launch: settings.address("/lti/launch"),
        jwks: settings.address("/lti/jwks"),
        config: settings.address("/lti/config.json"),
    }
}

/// How a registration stands, by what came of it last.
pub fn state(registration: &Registration, last_outcome: Option<&str>) -> RegistrationState {
    match last_outcome {
        _ if registration.disabled_at.is_some() => RegistrationState::Disabled,
        None => RegistrationState::New,
        Some(LAUNCHED) => RegistrationState::Working,
        Some(_) => RegistrationState::Refusing,
    }
}

/// The id and the label that a value has in the form.
pub fn form_field(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Name => ("name", "Name"),
        Field::Issuer => ("issuer", "Issuer"),
        Field::ClientId => ("client_id", "Client id"),
        Field::AuthUrl => ("auth_url", "Authorization address"),
        Field::TokenUrl => ("token_url", "Token address"),
        Field::TokenAudience => ("token_audience", "Token audience"),
        Field::JwksUrl => ("jwks_url", "Key set address"),
        Field::Deployments => ("deployments", "Deployments"),
        Field::FrameAncestors => ("frame_ancestors", "Sites that show LTT in a frame"),
        Field::ServiceHosts => ("service_hosts", "Further hosts"),
    }
}

/// Lines of the launch log, with the names of the registrations they are of.
pub fn entries(entries: Vec<Entry>, registrations: &[Registration]) -> Vec<LogEntry> {
    let names: HashMap<Uuid, &str> =
        registrations.iter().map(|registration| (registration.id, &*registration.name)).collect();
    let shown = |entry: Entry| {
        let registration = entry.registration_id;
        let registration = registration.and_then(|id| Some((id.to_string(), (*names.get(&id)?).to_owned())));
        LogEntry {
            is_good: entry.outcome == LAUNCHED,
            rung: entry.binding.as_deref().map(|binding| rung(binding).to_owned()),
            field: Field::at_fault(&entry.outcome).map(form_field),
            reference: entry.reference,
            at: entry.at,
            outcome: entry.outcome,
            explanation: entry.explanation,
            clock_difference: entry.clock_difference_seconds,
            issuer: entry.issuer,
            client_id: entry.client_id,
            registration,
        }
    };
    entries.into_iter().map(shown).collect()
}

/// How a browser proved to be the one that logged in, in words.
pub fn rung(binding: &str) -> &str {
    match binding {
        "cookie" => "cookie",
        "frame_storage" => "storage of the frame",
        "platform_storage" => "storage of the platform",
        "window" => "window of its own",
        other => other,
    }
}

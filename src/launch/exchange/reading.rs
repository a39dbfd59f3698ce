//! Reading a file of registrations: every mistake is found and named by its place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use url::Url;

use super::{Mistake, Readable, VERSION};
use crate::launch::platform::{DeploymentPolicy, Family, Field, GradeColumns, NewRegistration};

/// The largest file that is read, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;
/// The most mistakes that are named.
const MOST_MISTAKES: usize = 100;

/// How a shape of file spells the fields of a registration.
struct Names {
    client_id: &'static str,
    auth_url: &'static str,
    token_url: &'static str,
    token_audience: &'static str,
    jwks_url: &'static str,
    deployments: &'static str,
}

const OWN: Names = Names {
    client_id: "client_id",
    auth_url: "auth_url",
    token_url: "token_url",
    token_audience: "token_audience",
    jwks_url: "jwks_url",
    deployments: "deployments",
};

const PYLTI: Names = Names {
    client_id: "client_id",
    auth_url: "auth_login_url",
    token_url: "auth_token_url",
    token_audience: "auth_audience",
    jwks_url: "key_set_url",
    deployments: "deployment_ids",
};

impl Names {
    fn of(&self, field: Field) -> &'static str {
        match field {
            Field::ClientId => self.client_id,
            Field::AuthUrl => self.auth_url,
            Field::TokenUrl => self.token_url,
            Field::TokenAudience => self.token_audience,
            Field::JwksUrl => self.jwks_url,
            Field::Deployments => self.deployments,
            Field::Name => "name",
            Field::Issuer => "issuer",
            Field::FrameAncestors => "frame_ancestors",
            Field::ServiceHosts => "service_hosts",
        }
    }
}

/// Reads a file of either shape, or names everything that is wrong with it. `loopback` says whether plain http to this
/// machine is allowed.
pub fn read(text: &[u8], loopback: bool) -> Result<Readable, Vec<Mistake>> {
    let mut reader = Reader { loopback, mistakes: Vec::new(), seen: BTreeSet::new() };
    let platforms = if text.len() > LARGEST {
        reader.note("", "the file is too large to hold registrations".to_owned());
        Vec::new()
    } else {
        match serde_json::from_slice(text) {
            Ok(Value::Object(file)) if file.contains_key("ltt_platforms") => reader.own(&file),
            Ok(Value::Object(file)) => reader.pylti(&file),
            Ok(_) => reader.unknown("the file holds no JSON object"),
            Err(error) => reader.unknown(&format!("the file is no JSON: {error}")),
        }
    };
    if reader.mistakes.is_empty() { Ok(Readable(platforms)) } else { Err(reader.mistakes) }
}

struct Reader {
    loopback: bool,
    mistakes: Vec<Mistake>,
    /// Issuer and client id of what was read so far.
    seen: BTreeSet<(String, String)>,
}

type Members = Map<String, Value>;

impl Reader {
    fn note(&mut self, path: &str, text: String) {
        if self.mistakes.len() < MOST_MISTAKES {
            self.mistakes.push(Mistake { path: path.to_owned(), text });
        }
    }

    fn unknown(&mut self, problem: &str) -> Vec<Vec<NewRegistration>> {
        self.note("", format!("{problem}; give an export of `ltt platform export`, or a platform.json"));
        Vec::new()
    }

    /// LTT's own shape.
    fn own(&mut self, file: &Members) -> Vec<Vec<NewRegistration>> {
        if file["ltt_platforms"].as_u64() != Some(VERSION) {
            self.note("ltt_platforms", format!("this LTT reads version {VERSION}; use the LTT that wrote the file"));
            return Vec::new();
        }
        let Some(platforms) = file.get("platforms").and_then(Value::as_array) else {
            self.note("platforms", "give a list of platforms".to_owned());
            return Vec::new();
        };
        let mut read = Vec::new();
        for (at, platform) in platforms.iter().enumerate() {
            let path = format!("platforms[{at}]");
            let Some(platform) = self.object(platform, &path) else { continue };
            let issuer = self.text(platform, "issuer", &path);
            let Some(registrations) = platform.get("registrations").and_then(Value::as_array) else {
                self.note(&format!("{path}.registrations"), "give a list of registrations".to_owned());
                continue;
            };
            let mut together = Vec::new();
            for (at, registration) in registrations.iter().enumerate() {
                let path = format!("{path}.registrations[{at}]");
                let Some(members) = self.object(registration, &path) else { continue };
                let mut new = self.registration(members, &OWN, &path);
                new.issuer.clone_from(&issuer);
                new.name = self.text(members, "name", &path);
                new.family = self.family(members, &path);
                new.deployment_policy = self.policy(members, &path);
                new.grade_columns = self.grade_columns(members, &path);
                new.frame_ancestors = self.texts(members, "frame_ancestors", &path);
                new.service_hosts = self.texts(members, "service_hosts", &path);
                self.check(&new, &OWN, &path);
                together.push(new);
            }
            read.push(together);
        }
        read
    }

    /// Issuers, each with one registration or a list of them.
    fn pylti(&mut self, file: &Members) -> Vec<Vec<NewRegistration>> {
        if file.is_empty() {
            return self.unknown("the file holds no registration");
        }
        let mut read = Vec::new();
        for (issuer, value) in file {
            let single = std::slice::from_ref(value);
            let registrations = value.as_array().map_or(single, Vec::as_slice);
            let mut together = Vec::new();
            for (at, registration) in registrations.iter().enumerate() {
                let path = if value.is_array() { format!("\"{issuer}\"[{at}]") } else { format!("\"{issuer}\"") };
                let Some(members) = self.object(registration, &path) else { continue };
                let mut new = self.registration(members, &PYLTI, &path);
                new.issuer.clone_from(issuer);
                new.name = name_of(issuer, &new.client_id, registrations.len());
                if let Ok(auth_url) = Url::parse(&new.auth_url) {
                    new.family = Family::guess(None, &auth_url);
                }
                if new.jwks_url.is_empty() && members.get("key_set").is_some_and(|set| !set.is_null()) {
                    let text =
                        "LTT fetches a platform's keys, so that it can change them: give the address of this key set";
                    self.note(&format!("{path}.key_set_url"), text.to_owned());
                    continue;
                }
                self.check(&new, &PYLTI, &path);
                together.push(new);
            }
            read.push(together);
        }
        read
    }

    /// What both shapes have.
    fn registration(&mut self, members: &Members, names: &Names, path: &str) -> NewRegistration {
        NewRegistration {
            client_id: self.text(members, names.client_id, path),
            auth_url: self.text(members, names.auth_url, path),
            token_url: self.text(members, names.token_url, path),
            token_audience: Some(self.text(members, names.token_audience, path)).filter(|text| !text.is_empty()),
            jwks_url: self.text(members, names.jwks_url, path),
            deployments: self.texts(members, names.deployments, path),
            ..NewRegistration::default()
        }
    }

    /// Names what is wrong with the values, and a registration that comes twice.
    fn check(&mut self, new: &NewRegistration, names: &Names, path: &str) {
        for problem in new.problems(self.loopback) {
            let path = format!("{path}.{}", names.of(problem.field));
            // A value of the wrong kind has been named already.
            if self.mistakes.iter().all(|mistake| mistake.path != path) {
                self.note(&path, problem.text);
            }
        }
        if !self.seen.insert((new.issuer.clone(), new.client_id.clone())) {
            let path = format!("{path}.{}", names.client_id);
            self.note(&path, format!("\"{}\" of {} stands in the file twice", new.client_id, new.issuer));
        }
    }

    fn object<'a>(&mut self, value: &'a Value, path: &str) -> Option<&'a Members> {
        let object = value.as_object();
        if object.is_none() {
            self.note(path, "give an object".to_owned());
        }
        object
    }

    /// A text; empty where there is none. What has to be there is found missing by [`Self::check`].
    fn text(&mut self, members: &Members, name: &str, path: &str) -> String {
        match members.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => {
                self.note(&format!("{path}.{name}"), "give a text".to_owned());
                String::new()
            }
        }
    }

    fn texts(&mut self, members: &Members, name: &str, path: &str) -> Vec<String> {
        let values = match members.get(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => {
                self.note(&format!("{path}.{name}"), "give a list of texts".to_owned());
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(values.len());
        for (at, value) in values.iter().enumerate() {
            match value {
                Value::String(text) => texts.push(text.clone()),
                _ => self.note(&format!("{path}.{name}[{at}]"), "give a text".to_owned()),
            }
        }
        texts
    }

    fn family(&mut self, members: &Members, path: &str) -> Family {
        self.word(members, "family", path, &Family::ALL.map(Family::key)).unwrap_or_default()
    }

    fn policy(&mut self, members: &Members, path: &str) -> Option<DeploymentPolicy> {
        self.word(members, "deployment_policy", path, &["learn", "approve", "closed"])
    }

    fn grade_columns(&mut self, members: &Members, path: &str) -> Option<GradeColumns> {
        self.word(members, "grade_columns", path, &GradeColumns::ALL.map(GradeColumns::name))
    }

    fn word<T: serde::de::DeserializeOwned>(
        &mut self,
        members: &Members,
        name: &str,
        path: &str,
        words: &[&str],
    ) -> Option<T> {
        let value = members.get(name).filter(|value| !value.is_null())?;
        let read = serde_json::from_value(value.clone()).ok();
        if read.is_none() {
            self.note(&format!("{path}.{name}"), format!("give one of {}", words.join(", ")));
        }
        read
    }
}

/// A name for a registration that has none.
fn name_of(issuer: &str, client_id: &str, siblings: usize) -> String {
    let host = Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_else(|| issuer.to_owned());
    let name = if siblings > 1 { format!("{host}, client {client_id}") } else { host };
    name.chars().take(200).collect()
}

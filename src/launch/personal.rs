//! What in a launch's claims says who the person is, and claims without it.

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

/// Parts of names that tell a person's data, wherever they stand.
const PARTS: [&str; 16] = [
    "mail",
    "user",
    "person",
    "given_name",
    "family_name",
    "middle_name",
    "nick",
    "picture",
    "avatar",
    "photo",
    "phone",
    "birth",
    "gender",
    "login",
    "mentor",
    "lti1p1",
];
/// Claims that tell of the person by themselves, and nothing of the kind inside others.
const CLAIMS: [&str; 6] = ["sub", "name", "profile", "website", "address", "nonce"];

/// How deep claims are kept.
const DEEPEST: usize = 8;
/// The most characters that are kept in all, names included.
const BUDGET: usize = 32_000;
/// The most characters of one text.
const LONGEST_TEXT: usize = 4_000;

/// Whether what goes by this name is a person's data.
pub(super) fn says_who(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    PARTS.iter().any(|part| own.contains(part))
}

/// Whether a claim by this name, at the top, tells of the person.
pub(super) fn names_the_person(claim: &str) -> bool {
    CLAIMS.contains(&claim) || says_who(claim)
}

/// Claims without what says who the person is: not under its own name, and not repeated elsewhere (platforms put names and
/// ids into custom parameters). What is larger than a launch needs is left out.
pub(super) fn stripped(claims: &Map<String, Value>) -> Map<String, Value> {
    let mut stripper = Stripper { identity: identity(claims), rest: BUDGET };
    let others = claims.iter().filter(|(name, _)| !CLAIMS.contains(&name.as_str()));
    stripper.members(others, 0)
}

struct Stripper {
    identity: Option<Regex>,
    rest: usize,
}

impl Stripper {
    fn members<'a>(
        &mut self,
        members: impl Iterator<Item = (&'a String, &'a Value)>,
        depth: usize,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in members.filter(|(name, _)| !says_who(name)) {
            let Some(rest) = self.rest.checked_sub(name.len()) else { break };
            self.rest = rest;
            let Some(value) = self.value(value, depth + 1) else { continue };
            kept.insert(name.clone(), value);
        }
        kept
    }

    fn value(&mut self, value: &Value, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        // Numbers and brackets count, too.
        self.rest = self.rest.checked_sub(4)?;
        Some(match value {
            Value::Object(members) => Value::Object(self.members(members.iter(), depth)),
            Value::Array(values) => {
                Value::Array(values.iter().map_while(|value| self.value(value, depth + 1)).collect())
            }
            Value::String(text) => {
                let text: String = text.chars().take(LONGEST_TEXT).collect();
                self.rest = self.rest.checked_sub(text.len())?;
                Value::String(match &self.identity {
                    Some(identity) => identity.replace_all(&text, "…").into_owned(),
                    None => text,
                })
            }
            other => other.clone(),
        })
    }
}

/// Finds every text by which the claims name the person.
fn identity(claims: &Map<String, Value>) -> Option<Regex> {
    let is_own = |name: &str| names_the_person(name) && name != "nonce";
    let own = claims.iter().filter(|(name, _)| is_own(name)).filter_map(|(_, value)| value.as_str());
    let inside = claims.values().filter_map(Value::as_object).flatten();
    let inside = inside.filter(|(name, _)| says_who(name)).filter_map(|(_, value)| value.as_str());
    // Shorter ones would stand in half of all words.
    let texts = own.chain(inside).map(str::trim).filter(|text| (3..=255).contains(&text.chars().count()));
    let patterns: Vec<String> = texts.take(50).map(regex::escape).collect();
    let whole = format!(r"(?:\b|^)(?:{})(?:\b|$)", patterns.join("|"));
    if patterns.is_empty() { None } else { RegexBuilder::new(&whole).case_insensitive(true).build().ok() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stripped(claims: &Value) -> String {
        Value::Object(super::stripped(claims.as_object().unwrap())).to_string()
    }

    #[test]
    fn nothing_that_says_who_the_person_is_is_left() {
        let text = stripped(&json!({
            "sub": "user-4711", "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
            "email": "ada@example.org", "picture": "https://pictures.example/ada", "nonce": "n-1",
            "preferred_username": "adal",
            "https://purl.imsglobal.org/spec/lti/claim/lis": { "person_sourcedid": "SIS-99", "course_section_sourcedid": "S-1" },
            "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor": ["user-1"],
            "https://purl.imsglobal.org/spec/lti/claim/lti1p1": { "user_id": "old-7" },
            "https://purl.imsglobal.org/spec/lti/claim/custom": {
                "project": "counting", "note": "For LOVELACE, Ada (user-4711, SIS-99)", "user_email": "ada@example.org",
                "who": "ada@example.org", "login": ["adal"], "title": "Adaptation",
            },
            "https://purl.imsglobal.org/spec/lti/claim/context": { "id": "c-1", "title": "Mathematics" },
        }));
        for gone in [
            "user-4711",
            "lovelace",
            "ada@",
            "pictures",
            "SIS-99",
            "user-1",
            "old-7",
            "adal",
            "n-1",
            "LOVELACE",
            "Ada ",
        ] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        for kept in ["counting", "Mathematics", "S-1", "Adaptation", "For …, …"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
    }

    #[test]
    fn huge_and_deep_claims_are_cut() {
        let mut deep = json!("bottom");
        for _ in 0..100 {
            deep = json!([deep]);
        }
        let wide: Map<String, Value> = (0..10_000).map(|at| (format!("k{at}"), json!("x".repeat(9_000)))).collect();
        let text = stripped(&json!({ "deep": deep, "wide": wide, "list": vec![1; 100_000] }));
        assert!(text.len() < 2 * BUDGET && !text.contains("bottom"), "{}", text.len());
    }
}

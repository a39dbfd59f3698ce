use serde_json::{Map, Value};

use super::{refused::RegistrationRefused, tool::LTI};
use crate::fields::Fields;

/// The longest client or deployment id (LTI Core 1.3 §3.1.2–3.1.3).
const ID_LIMIT: usize = 255;

/// What the platform made of a registration (§3.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The id it gave to the tool.
    pub client_id: String,
    /// The deployment it made at once, where it made one.
    pub deployment_id: Option<String>,
    /// What the tool may do; `None` where the platform does not say.
    pub scopes: Option<Vec<String>>,
}

impl Answer {
    /// Reads the answer.
    pub fn parse(document: &[u8]) -> Result<Self, RegistrationRefused> {
        let Ok(Value::Object(document)) = serde_json::from_slice(document) else {
            return Err(RegistrationRefused::AnswerUnreadable);
        };
        let client_id = id(&document, "client_id").ok_or(RegistrationRefused::NoClientId)?;
        let lti = document.get(LTI).and_then(Value::as_object);
        let deployment_id = lti.and_then(|lti| id(lti, "deployment_id")).or_else(|| id(&document, "deployment_id"));
        let scope = Fields::new(&document).text("scope");
        let scopes = scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        Ok(Self { client_id, deployment_id, scopes })
    }
}

/// An id, which some platforms write as a number.
fn id(document: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match document.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let usable = !text.trim().is_empty() && text.len() <= ID_LIMIT && !text.contains(char::is_control);
    usable.then_some(text)
}

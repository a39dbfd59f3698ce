//! Forms that the server drew, as they would be sent.

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, SubmitEvent, UrlSearchParams};

/// What a form would send.
pub struct Sent {
    /// Where to, without the query.
    pub address: String,
    /// Its fields, as they stand in a query.
    pub fields: String,
    /// Whether it only asks, and changes nothing.
    pub is_question: bool,
}

/// The form of a submission.
pub fn sent(event: &SubmitEvent) -> Option<Sent> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&Array::from(data.as_ref())).ok()?;
    Some(Sent {
        address: form.get_attribute("action").unwrap_or_default(),
        fields: String::from(fields.to_string()),
        is_question: form.method() == "get",
    })
}

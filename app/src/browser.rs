//! What the pages ask of the browser itself. It compiles for the server too, where nothing calls it: events and effects
//! only happen in a browser.

use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, window};

pub mod events;
pub mod fields;
pub mod focus;
pub mod form;
pub mod session;
pub mod windows;

/// Waits.
pub async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    _ = JsFuture::from(promise).await;
}

/// Posts JSON in a way that outlives the page.
pub fn send_at_leaving(address: &str, json: &str) {
    let (Some(window), Some(token), Ok(headers)) = (window(), session::token(), Headers::new()) else { return };
    _ = headers.set("Content-Type", "application/json");
    _ = headers.set("Authorization", &format!("Bearer {token}"));
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from_str(json));
    _ = Reflect::set(&request, &JsValue::from_str("keepalive"), &JsValue::TRUE);
    // The answer comes after the page has gone, so nobody waits for it.
    drop(window.fetch_with_str_and_init(address, &request));
}

/// Names the browser tab.
pub fn set_title(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Puts a text on the clipboard.
pub fn copy(text: &str) {
    if let Some(window) = window() {
        drop(window.navigator().clipboard().write_text(text));
    }
}

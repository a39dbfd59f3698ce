//! The session of this frame.
//!
//! The start script (`app/start`) puts it into the frame's own `history.state` before anything else runs, and sees to it that
//! it stays there whatever the router writes. So two frames of one page never mix up their sessions.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// The key in `history.state` that is ours.
const KEY: &str = "ltt";

/// The bearer token, if this frame has one.
pub fn token() -> Option<String> {
    let state = web_sys::window()?.history().ok()?.state().ok()?;
    let ours = property(&state, KEY)?;
    property(&ours, "token")?.as_string()
}

fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    if !of.is_object() {
        return None;
    }
    Reflect::get(of, &JsValue::from_str(name)).ok()
}

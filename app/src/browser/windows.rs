//! Windows of the browser beside this one.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::{Window, window};

/// Opens a window within the gesture that asked for it; it is led on by [`lead`] once there is an address.
pub fn open() -> Option<Window> {
    let window = window()?.open_with_url_and_target("", "_blank").ok()??;
    // The page behind has no say over this one.
    _ = Reflect::set(&window, &JsValue::from_str("opener"), &JsValue::NULL);
    Some(window)
}

/// Leads a window to an address; without one it is closed again.
pub fn lead(window: &Window, address: Option<&str>) {
    match address {
        Some(address) => _ = window.location().replace(address),
        None => _ = window.close(),
    }
}

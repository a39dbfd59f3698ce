//! What the pages ask of the browser itself. It compiles for the server too, where nothing calls it: events and effects
//! only happen in a browser.

pub mod session;

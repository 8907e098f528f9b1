//! The part of the browser's program that has walls.

/// Puts the live page in the place of the server's: called by the page's own script once the wasm is there.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start() {
    app::start(app::app::wall);
}

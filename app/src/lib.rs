//! The face: Leptos components, rendered by the server (`ssr`), then made live in the browser (`hydrate`).

//! The document around a page: head, start script, and the rows that travel.

use leptos::prelude::*;

use crate::{
    app::App,
    head::Head,
    look,
    page::{Assets, ELEMENT_ID, Page, PageData, script_json},
};

/// Tells the server the reader's zone, for the next page's first paint, and starts the wasm. If it can't start, or stops by a panic, the page is loaded again once the server answers, after a
/// wait that doubles each time, so that a broken build is no storm. What somebody typed meanwhile into the search stays.
const START: &str = r#"
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `ringside-zone=${zone}; path=/; max-age=34560000; samesite=lax`;
const kept = (() => { try { return sessionStorage || {}; } catch { return {}; } })();
let waits = +(kept.ringsideTries || 0);
const again = () => {
  kept.ringsideTries = waits + 1;
  setTimeout(() => fetch(HEALTH, { cache: "no-store" }).then(r => r.ok ? location.reload() : again(), again),
    Math.min(60000, 1000 * 2 ** waits++) * (0.5 + Math.random() / 2));
};
addEventListener("ringside:again", again, { once: true });
const field = () => document.querySelector("[data-search]");
const start = m => {
  const old = field(), focused = old && old === document.activeElement;
  m.start();
  const now = field();
  if (!old || !now) return;
  if (focused) now.focus();
  if (old.value !== now.value) { now.value = old.value; now.dispatchEvent(new Event("input", { bubbles: true })); }
};
if (!document.documentElement.hasAttribute("data-simple")) import(JS).then(m => m.default({ module_or_path: WASM }).then(() => start(m)))
  .catch(e => {
    console.error(e);
    // A browser that knows too little for the program will not learn it by waiting.
    if (e instanceof WebAssembly.CompileError || e instanceof WebAssembly.LinkError || e instanceof ReferenceError) simple();
    else dispatchEvent(new Event("ringside:again"));
  });
"#;

/// In a browser that can't run the program a page is a simple one: it says so, and loads itself again before it is stale. This
/// script is written for browsers of any age.
const SIMPLE: &str = r#"
(function () {
  window.simple = function () {
    document.documentElement.setAttribute("data-simple", "");
    setTimeout(function () { location.reload(); }, 8000);
  };
  if (typeof WebAssembly !== "object" || !("noModule" in document.createElement("script"))) simple();
})();
"#;

/// The whole document for one request. Provides [`Page`] to the components.
pub fn shell(data: PageData) -> impl IntoView {
    let page = Page::of(&data);
    // Rows are plain data: they can't fail to serialise. An empty text leaves a page that refreshes by its banner.
    let json = script_json(&page).unwrap_or_default();
    let title = data.route().title();
    provide_context(page);
    let PageData { assets, nonce, root, wall, .. } = data;
    let css = assets.css.clone();
    let look = look::now();
    // A simple page is new again before it is stale.
    let is_wall = wall.is_some();
    let refresh = if is_wall { "8" } else { "10" };
    let simple = view! { <script nonce=nonce.clone() inner_html=SIMPLE></script> };

    view! {
        <!DOCTYPE html>
        <html
            lang=look.language.tag()
            data-theme=look.theme.mark()
            data-clock=look.clock_mark()
            data-local=look.local_mark()
            data-wall=wall.as_ref().map(|_| "")
            data-distance=wall.as_ref().map(|wall| wall.distance_m.to_string())
            data-screen=wall.as_ref().map(|wall| wall.screen_inches.to_string())
        >
            <head>
                <Head title css>
                    <noscript><meta http-equiv="refresh" content=refresh/></noscript>
                    {simple}
                    <Hydration assets nonce root is_wall/>
                </Head>
            </head>
            <body>
                <App/>
                <script type="application/json" id=ELEMENT_ID inner_html=json></script>
            </body>
        </html>
    }
}

/// Loads script and wasm, where the build has them.
#[component]
fn Hydration(
    /// Where they are.
    assets: Assets,
    /// The nonce of the policy; without it `strict-dynamic` blocks both.
    nonce: String,
    /// The path before every address.
    root: String,
    /// Nobody types on a wall.
    is_wall: bool,
) -> impl IntoView {
    let (Some(js), Some(wasm)) = (assets.js, assets.wasm) else {
        return None;
    };
    let own = if is_wall { assets.wall } else { assets.keys };
    let others = [own, assets.alerts].into_iter().flatten();
    let others = others
        .map(|src| view! { <script type="module" src=src nonce=nonce.clone()></script> })
        .collect_view();
    let quoted = |path: &str| script_json(&path).unwrap_or_default();
    let start = START
        .replace("HEALTH", &quoted(&format!("{root}/healthz")))
        .replace("JS", &quoted(&format!("{root}{js}")))
        .replace("WASM", &quoted(&format!("{root}{wasm}")));
    Some(view! {
        <link rel="modulepreload" href=js nonce=nonce.clone()/>
        <link rel="preload" href=wasm r#as="fetch" type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=nonce inner_html=start></script>
        {others}
    })
}

//! The page's files, embedded at build time: wasm, glue, style sheet, icons, fonts.
//!
//! - A file is served under its own name and under a name with a hash of its content. The page links the hashed
//!   ones, which browsers keep for a year; the plain ones are asked again each time (an ETag makes it cheap).
//! - Brotli was done by the build script; gzip for older proxies is made once at start.
//! - A debug build holds the files of `target/site` as they were when it was made, uncompressed.
//!
//! Not here: pages (Leptos renders them) and security headers (the router that takes these routes in adds them).

use std::sync::LazyLock;

use app::{Assets as PageAssets, Part};
use axum::Router;
use memory_serve::{CacheControl, Manifest, MemoryServe};

/// What the build embedded. Its routes live as long as the process, so it is made once.
static EMBEDDED: LazyLock<Assets> = LazyLock::new(|| Assets::of(memory_serve::load!()));

/// The routes of all files, without a fallback, so that they merge into any router.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    EMBEDDED.router()
}

/// What a page's head links, by the names with a hash, with the part of the program that has the page; absent where the binary
/// was built without a page.
pub fn of_page(part: Part) -> PageAssets {
    EMBEDDED.of_page(part)
}

/// The style sheet, likewise.
pub fn sheet() -> Option<String> {
    EMBEDDED.href("/main.css")
}

/// The script of the settings' pages, likewise.
pub fn of_settings() -> Option<String> {
    EMBEDDED.href("/live.js")
}

/// Names the page that is embedded: another page has another name. Empty where the binary has none.
pub fn build() -> String {
    EMBEDDED.build()
}

/// The files, and the names to link them by.
struct Assets {
    manifest: Manifest,
    router: Router,
}

impl Assets {
    fn of(files: MemoryServe) -> Self {
        let files = files
            .index_file(None)
            .enable_hashed_routes(true)
            .enable_gzip(true)
            .cache_control(CacheControl::NoCache);
        Self { manifest: files.manifest(), router: files.into_router() }
    }

    fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.router.clone().with_state(())
    }

    fn of_page(&self, part: Part) -> PageAssets {
        let part = part.name();
        PageAssets {
            css: self.href("/main.css"),
            js: self.href(&format!("/pkg/{part}.js")),
            wasm: self.href(&format!("/pkg/{part}_bg.wasm")),
            keys: self.href("/keys.js"),
            alerts: self.href("/alerts.js"),
            wall: self.href("/wall.js"),
        }
    }

    /// A file's name with its hash.
    fn href(&self, file: &str) -> Option<String> {
        self.manifest.get(file).map(str::to_owned)
    }

    fn build(&self) -> String {
        let mut links = Vec::new();
        for part in Part::ALL {
            let PageAssets { css, js, wasm, keys, alerts, wall } = self.of_page(part);
            links.extend([js, wasm]);
            if part == Part::ALL[0] {
                links.extend([css, keys, alerts, wall]);
            }
        }
        links.iter().flatten().filter_map(|href| hash_in(href)).collect()
    }
}

/// The first half of the hash in `/main.3f9a1c2b7d84e6a0.css`.
fn hash_in(href: &str) -> Option<&str> {
    let (rest, _extension) = href.rsplit_once('.')?;
    let (_name, hash) = rest.rsplit_once('.')?;
    hash.get(..8)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use memory_serve::Asset;
    use tower::ServiceExt as _;

    use super::*;

    const WASM: &[u8] = b"\0asm\x01\0\0\0";

    /// The most that a part of the page's program may be as it travels, compressed.
    const PROGRAM_BYTES_MAX: usize = 200_000;

    const FILES: &[Asset] = &[
        Asset {
            route: "/main.css",
            path: "",
            etag: "c0ffee0123456789c0ffee0123456789",
            content_type: "text/css",
            bytes: Some(b"@layer reset;"),
            is_compressed: false,
            should_compress: false,
        },
        Asset {
            route: "/pkg/queues_bg.wasm",
            path: "",
            etag: "0123456789abcdef0123456789abcdef",
            content_type: "application/wasm",
            bytes: Some(WASM),
            is_compressed: false,
            should_compress: false,
        },
    ];

    async fn get(assets: &Assets, path: &str) -> (StatusCode, String, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = assets.router::<()>().oneshot(request).await.unwrap();
        let header =
            |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        (response.status(), header(header::CONTENT_TYPE), header(header::CACHE_CONTROL))
    }

    #[tokio::test]
    async fn a_hashed_name_may_be_kept_for_a_year_and_a_plain_one_is_asked_again() {
        let assets = Assets::of(MemoryServe::new(FILES));
        let hashed = assets.of_page(Part::Queues).wasm.unwrap();
        assert_ne!(hashed, "/pkg/queues_bg.wasm");
        assert_eq!(
            get(&assets, &hashed).await,
            (StatusCode::OK, "application/wasm".to_owned(), "max-age=31536000, immutable".to_owned())
        );
        assert_eq!(
            get(&assets, "/pkg/queues_bg.wasm").await,
            (StatusCode::OK, "application/wasm".to_owned(), "no-cache".to_owned())
        );
    }

    /// Where this fails, the names in `target/wasm/wasm32-unknown-unknown/wasm/examples/` tell what is large.
    #[tokio::test]
    async fn the_pages_program_travels_in_few_bytes() {
        for part in Part::ALL {
            // The binary may be built without a page.
            let Some(wasm) = of_page(part).wasm else { return };
            let request =
                Request::get(wasm).header(header::ACCEPT_ENCODING, "br").body(Body::empty()).unwrap();
            let response = EMBEDDED.router::<()>().oneshot(request).await.unwrap();
            assert_eq!(response.headers().get(header::CONTENT_ENCODING).unwrap(), "br");
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert!(bytes.len() <= PROGRAM_BYTES_MAX, "{}: {} bytes", part.name(), bytes.len());
        }
    }

    #[tokio::test]
    async fn a_missing_file_has_no_address_and_is_not_found() {
        let assets = Assets::of(MemoryServe::new(FILES));
        assert_eq!(assets.of_page(Part::Queues).js, None);
        assert_eq!(get(&assets, "/pkg/queues.js").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&assets, "/").await.0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn another_style_sheet_is_another_build() {
        let build = Assets::of(MemoryServe::new(FILES)).build();
        assert!(!build.is_empty());
        assert_ne!(build, Assets::of(MemoryServe::new(&FILES[1..])).build());
    }

    #[test]
    fn without_a_page_there_is_no_build_and_nothing_breaks() {
        let none = Assets::of(MemoryServe::new(&[]));
        let PageAssets { css, js, wasm, keys, alerts, wall } = none.of_page(Part::Queues);
        let files = [css, js, wasm, keys, alerts, wall];
        assert_eq!((files.iter().flatten().count(), none.build()), (0, String::new()));
    }
}

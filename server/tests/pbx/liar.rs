//! A PBX that lies: whoever signs in hears nonsense.

use axum::{
    Json, Router,
    http::{StatusCode, Uri, header::LOCATION},
    response::{Html, IntoResponse as _, Response},
    routing::any,
};
use serde_json::{Value, json};

/// Each lie by name, and what is said of it.
pub const LIES: [(&str, &str); 14] = [
    ("a page", "web page"),
    ("a page at sign-in", "web page"),
    ("half a JSON", "web page"),
    ("wrong types", "users can't be understood"),
    ("a token of bytes", "web page"),
    ("negative ids", "users can't be understood"),
    ("endless pages", "does not end"),
    ("one page for ever", "queues can't be understood"),
    ("too much", "too large"),
    ("deep", "web page"),
    ("elsewhere", "redirect"),
    ("not for you", "may not read users"),
    ("nothing there", "no users"),
    ("no WebSocket", "(WSI) is closed (200)"),
];

/// Serves a lie; its address.
pub async fn start(lie: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = any(move |uri: Uri| async move { answer(lie, &uri) });
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    url
}

fn answer(lie: &str, uri: &Uri) -> Response {
    if uri.path() == "/api/auth/sign_in" {
        return match lie {
            "a page at sign-in" => Html("<html>hello</html>").into_response(),
            "a token of bytes" => Json(json!({"access_token": "a\r\nb", "expires_in": -5})).into_response(),
            _ => Json(json!({"access_token": "token", "expires_in": 1800, "refresh_token": null}))
                .into_response(),
        };
    }
    match (lie, uri.path()) {
        ("elsewhere", _) => (StatusCode::FOUND, [(LOCATION, "http://127.0.0.1:1/api/users")]).into_response(),
        ("not for you", _) => StatusCode::FORBIDDEN.into_response(),
        ("nothing there", _) => StatusCode::NOT_FOUND.into_response(),
        ("a page", _) => Html("<html>hello</html>").into_response(),
        ("half a JSON", _) => r#"{"items": [{"id": "#.into_response(),
        ("deep", _) => format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_response(),
        ("too much", _) => json!({"items": ["x".repeat(5 << 20)]}).to_string().into_response(),
        ("wrong types", _) => Json(json!({"items": {"101": "Ann"}, "count": "many"})).into_response(),
        ("negative ids", _) => {
            Json(json!({"items": [{"id": -1, "extension_number": -1}], "count": -1})).into_response()
        }
        ("endless pages", "/api/call_queues") => Json(page(uri)).into_response(),
        ("one page for ever", "/api/call_queues") => {
            let row = json!({"id": "7", "extension_number": null});
            Json(json!({"items": vec![row; 100], "count": 1_000_000})).into_response()
        }
        ("odd rows", "/api/users") => Json(json!({"items": odd_rows()})).into_response(),
        ("odd rows", "/api/call_queues") => Json(json!({"items": 7})).into_response(),
        (_, "/api/users") => Json(json!({"items": [user("1", "101")], "count": 1})).into_response(),
        (_, "/api/call_queues") => Json(json!({"items": [], "count": 0})).into_response(),
        _ => "nothing".into_response(),
    }
}

fn user(id: &str, number: &str) -> Value {
    json!({"id": id, "extension_number": number, "display_name": "Ann <b>"})
}

/// Another hundred queues, whatever was had already.
fn page(uri: &Uri) -> Value {
    let query = uri.query().unwrap_or_default();
    let skip: u64 = query.split(['=', '&']).nth(1).and_then(|skip| skip.parse().ok()).unwrap_or(0);
    let queues =
        (skip..skip + 100).map(|nth| json!({"id": nth, "extension_number": nth + 8000, "name": "Q"}));
    json!({"items": queues.collect::<Vec<_>>()})
}

fn odd_rows() -> Vec<Value> {
    vec![
        json!(null),
        json!(7),
        json!([[]]),
        user("1", "101"),
        json!({"id": "2", "extension_number": 102, "display_name": {"first": "Bob"}, "department": 5}),
        json!({"id": "3", "extension_number": "-103"}),
        json!({"id": "4", "extension_number": "10 4"}),
        json!({"id": "5", "extension_number": "105", "tenant_id": "7001"}),
        user("1", "106"),
        json!({"id": -6, "extension_number": "107"}),
    ]
}

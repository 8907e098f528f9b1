//! Every route, asked by everybody: generated from the table that the router itself is made of. What each route needs is
//! written down here once more, so that a route without a line fails, and so does one whose rule became another.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::collections::BTreeMap;

use model::id::TenantId;
use reqwest::Method;
use serde_json::json;
use server::{
    access::{By, Pairing, Role, Who},
    web,
};

use program::{
    Folder, Server,
    people::{self, Browser, PASSWORD, administrator, invited, location},
    stamp, until,
};

/// Who a route is for, at least. Walls reach what is for `wall`, and what is for anybody.
const ROUTES: &[(&str, &str)] = &[
    ("GET /", "wall"),
    ("GET /agents", "wall"),
    ("GET /api", "anybody"),
    ("POST /alerts/acknowledge", "supervisor"),
    ("GET /api/v1/alerts", "viewer"),
    ("GET /api/v1/tenants/{tenant}/alerts", "viewer"),
    ("GET /settings/alerts", "administrator"),
    ("GET /settings/alerts/rule", "administrator"),
    ("POST /settings/alerts/remove", "administrator"),
    ("POST /settings/alerts/save", "administrator"),
    ("POST /settings/alerts/switch", "administrator"),
    ("POST /settings/alerts/usual", "administrator"),
    ("POST /settings/alerts/webhook-add", "administrator"),
    ("POST /settings/alerts/webhook-remove", "administrator"),
    ("POST /settings/alerts/webhook-secret", "administrator"),
    ("POST /settings/alerts/webhook-switch", "administrator"),
    ("POST /settings/alerts/webhook-test", "administrator"),
    ("GET /api/v1/agents", "viewer"),
    ("GET /api/v1/board", "wall"),
    ("GET /api/v1/callers", "viewer"),
    ("GET /api/v1/calls", "viewer"),
    ("GET /api/v1/course", "viewer"),
    ("GET /api/v1/deliveries", "administrator"),
    ("GET /api/v1/diagnostics", "administrator"),
    ("GET /api/v1/endpoints", "administrator"),
    ("GET /api/v1/extensions", "viewer"),
    ("GET /api/v1/figures", "viewer"),
    ("GET /api/v1/history/calls", "viewer"),
    ("GET /api/v1/history/calls.csv", "viewer"),
    ("GET /api/v1/history/calls/{call}", "viewer"),
    ("GET /api/v1/history/queue-visits", "viewer"),
    ("GET /api/v1/openapi.json", "anybody"),
    ("GET /api/v1/queues", "viewer"),
    ("GET /api/v1/queues/{queue}", "viewer"),
    ("GET /api/v1/tenants/{tenant}/agents", "viewer"),
    ("GET /api/v1/tenants/{tenant}/board", "wall"),
    ("GET /api/v1/tenants/{tenant}/callers", "viewer"),
    ("GET /api/v1/tenants/{tenant}/calls", "viewer"),
    ("GET /api/v1/tenants/{tenant}/course", "viewer"),
    ("GET /api/v1/tenants/{tenant}/deliveries", "administrator"),
    ("GET /api/v1/tenants/{tenant}/diagnostics", "administrator"),
    ("GET /api/v1/tenants/{tenant}/endpoints", "administrator"),
    ("GET /api/v1/tenants/{tenant}/extensions", "viewer"),
    ("GET /api/v1/tenants/{tenant}/figures", "viewer"),
    ("GET /api/v1/tenants/{tenant}/history/calls", "viewer"),
    ("GET /api/v1/tenants/{tenant}/history/calls.csv", "viewer"),
    ("GET /api/v1/tenants/{tenant}/history/calls/{call}", "viewer"),
    ("GET /api/v1/tenants/{tenant}/history/queue-visits", "viewer"),
    ("GET /api/v1/tenants/{tenant}/queues", "viewer"),
    ("GET /api/v1/tenants/{tenant}/queues/{queue}", "viewer"),
    ("GET /calls", "wall"),
    ("GET /extensions", "wall"),
    ("ANY /feed", "wall"),
    ("GET /healthz", "anybody"),
    ("GET /history", "viewer"),
    ("GET /history/{call}", "viewer"),
    ("POST /hooks/{endpoint}", "pbx"),
    ("GET /invite/{link}", "anybody"),
    ("POST /look", "anybody"),
    ("GET /metrics", "viewer"),
    ("POST /invite/{link}", "anybody"),
    ("GET /pair", "anybody"),
    ("GET /queues", "wall"),
    ("GET /queues/{number}", "wall"),
    ("GET /readyz", "anybody"),
    ("GET /set-up/{link}", "anybody"),
    ("POST /set-up/{link}", "anybody"),
    ("GET /settings", "administrator"),
    ("GET /settings/event-url", "administrator"),
    ("GET /settings/event-url/addresses", "administrator"),
    ("POST /settings/event-url/addresses", "administrator"),
    ("GET /settings/event-url/deliveries", "administrator"),
    ("GET /settings/event-url/delivery", "administrator"),
    ("GET /settings/event-url/guide", "administrator"),
    ("GET /settings/event-url/live", "administrator"),
    ("POST /settings/event-url/make", "administrator"),
    ("POST /settings/event-url/method", "administrator"),
    ("POST /settings/event-url/remove", "administrator"),
    ("POST /settings/event-url/retire", "administrator"),
    ("POST /settings/event-url/rotate", "administrator"),
    ("POST /settings/event-url/switch", "administrator"),
    ("GET /settings/general", "administrator"),
    ("POST /settings/general", "administrator"),
    ("GET /settings/live", "administrator"),
    ("GET /settings/me", "viewer"),
    ("POST /settings/me/password", "viewer"),
    ("POST /settings/me/sign-out-everywhere", "viewer"),
    ("GET /settings/people", "administrator"),
    ("GET /settings/people/person", "administrator"),
    ("POST /settings/people/invite", "administrator"),
    ("POST /settings/people/withdraw", "administrator"),
    ("POST /settings/people/rights", "administrator"),
    ("POST /settings/people/disable", "administrator"),
    ("POST /settings/people/enable", "administrator"),
    ("POST /settings/people/remove", "administrator"),
    ("POST /settings/people/sign-out", "administrator"),
    ("POST /settings/people/link", "administrator"),
    ("GET /settings/pbx", "administrator"),
    ("POST /settings/pbx/save", "administrator"),
    ("POST /settings/pbx/test", "administrator"),
    ("POST /settings/pbx/ask", "administrator"),
    ("POST /settings/pbx/forget", "administrator"),
    ("GET /settings/pbx/live", "administrator"),
    ("GET /settings/tokens", "administrator"),
    ("POST /settings/tokens/make", "administrator"),
    ("POST /settings/tokens/revoke", "administrator"),
    ("GET /settings/walls", "administrator"),
    ("POST /settings/walls/pair", "administrator"),
    ("POST /settings/walls/change", "administrator"),
    ("POST /settings/walls/revoke", "administrator"),
    ("GET /settings/walls/board", "administrator"),
    ("POST /settings/walls/board", "administrator"),
    ("GET /settings/walls/boards", "administrator"),
    ("GET /settings/walls/boards/export", "administrator"),
    ("POST /settings/walls/boards/import", "administrator"),
    ("POST /settings/walls/boards/make", "administrator"),
    ("POST /settings/walls/boards/remove", "administrator"),
    ("GET /settings/audit", "administrator"),
    ("GET /settings/diagnostics", "administrator"),
    ("GET /settings/diagnostics/live", "administrator"),
    ("GET /settings/names", "administrator"),
    ("POST /settings/names/paste", "administrator"),
    ("POST /settings/names/remove", "administrator"),
    ("POST /settings/names/set", "administrator"),
    ("GET /settings/queues", "administrator"),
    ("POST /settings/queues", "administrator"),
    ("GET /sign-in", "anybody"),
    ("POST /sign-in", "anybody"),
    ("POST /sign-out", "anybody"),
    ("ANY /t/{tenant}/feed", "wall"),
    ("GET /wall/{board}", "wall"),
    ("GET /wall/{board}/{queues}", "wall"),
];

/// The roles in words, the least first.
const ROLES: [&str; 4] = ["wall", "viewer", "supervisor", "administrator"];

/// An extension of the tenant `acme`, which nobody else may hear of.
const MARKED: &str = "7316005";

/// Somebody who asks.
struct Asking {
    name: &'static str,
    tenant: &'static str,
    /// One of [`ROLES`], or `nobody`.
    role: &'static str,
    browser: Browser,
}

#[test]
fn every_route_has_a_line_here_and_every_line_a_route() {
    let routes: Vec<_> = web::rules().iter().map(|rule| format!("{} {}", rule.method, rule.path)).collect();
    let lines: Vec<_> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    for route in &routes {
        assert!(lines.contains(route), "{route} has no line in ROUTES: who is it for?");
    }
    for line in &lines {
        assert!(routes.contains(line), "{line} is no route");
    }
    assert_eq!(routes.len(), lines.len());
}

/// F13 of the reliability reference: cross-tenant and cross-role reads.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_for_whom_it_is_for_and_for_nobody_else() {
    let folder = Folder::with_sign_in(TWO_TENANTS, "");
    let server = folder.start_ready();
    server.post(&json!({"event_type": "extension_call", "tenant_id": "7000", "extension": MARKED,
        "call_status": "RINGING", "time": stamp(5)}));
    wait_for_the_marked(&server);
    let lines: BTreeMap<_, _> = ROUTES.iter().copied().collect();
    let mut asked = 0;
    for mut asking in everybody(&folder, &server).await {
        for rule in web::rules() {
            let line = format!("{} {}", rule.method, rule.path);
            let least = lines[&*line];
            if least == "pbx" || rule.path == "/healthz" || rule.path == "/readyz" {
                continue;
            }
            let method = if rule.method == "POST" { Method::POST } else { Method::GET };
            for tenant in ["acme", "other"] {
                if tenant == "other" && !rule.path.contains("{tenant}") {
                    continue;
                }
                check(&mut asking, &server, &method, &rule.path, tenant, least).await;
                asked += 1;
            }
        }
    }
    assert!(asked > 300, "only {asked} were asked");
}

const TWO_TENANTS: &str = "
    [[api_token]]
    name = \"viewer\"
    tenant = \"acme\"
    role = \"viewer\"
    token = \"token-of-a-viewer-of-acme\"
    [[api_token]]
    name = \"supervisor\"
    tenant = \"acme\"
    role = \"supervisor\"
    token = \"token-of-a-supervisor-of-acme\"
    [[api_token]]
    name = \"administrator\"
    tenant = \"acme\"
    role = \"administrator\"
    token = \"token-of-an-administrator-of-acme\"
    [[api_token]]
    name = \"administrator\"
    tenant = \"other\"
    role = \"administrator\"
    token = \"token-of-an-administrator-of-other\"
    [[tenant]]
    id = \"other\"
";

fn wait_for_the_marked(server: &Server) {
    let bearer = [("Authorization", "Bearer token-of-an-administrator-of-acme")];
    until("folded", || {
        let rows = server.ask("GET", "/api/v1/tenants/acme/extensions", &bearer, b"");
        rows.text().contains(MARKED).then_some(())
    });
}

async fn everybody(folder: &Folder, server: &Server) -> Vec<Asking> {
    let asking = |name, tenant, role, browser| Asking { name, tenant, role, browser };
    let token = |text| Browser::with_token(server, text);
    let mut all = vec![
        asking("nobody", "", "nobody", Browser::new(server)),
        asking(
            "a wrong cookie",
            "",
            "nobody",
            Browser::with_cookie(server, "ringside=wrong; ringside-wall=wrong"),
        ),
        asking("a wrong token", "", "nobody", token("wrong")),
        asking("token: viewer", "acme", "viewer", token("token-of-a-viewer-of-acme")),
        asking("token: supervisor", "acme", "supervisor", token("token-of-a-supervisor-of-acme")),
        asking("token: administrator", "acme", "administrator", token("token-of-an-administrator-of-acme")),
        asking("token of other", "other", "administrator", token("token-of-an-administrator-of-other")),
        asking("a wall", "acme", "wall", wall(folder, server)),
    ];
    for (name, tenant, role) in [
        ("vera", "acme", Role::Viewer),
        ("sue", "acme", Role::Supervisor),
        ("anna", "acme", Role::Administrator),
        ("olga", "other", Role::Administrator),
    ] {
        let browser = invited(folder, server, tenant, name, role).await;
        all.push(asking(name, tenant, role.as_str(), browser));
    }
    all
}

/// The pairing by pages is in another test; here the wall is confirmed and shows its cookie.
fn wall(folder: &Folder, server: &Server) -> Browser {
    let access = administrator(folder);
    let Pairing::Show(code, Some(cookie)) = access.pair(None, "127.0.0.1".parse().unwrap()).unwrap() else {
        panic!("no code")
    };
    let acme = TenantId::from("acme");
    access.confirm_wall(By { tenant: &acme, who: &Who::Console }, &code, "Hall", "overview").unwrap();
    Browser::with_cookie(server, &format!("ringside-wall={}", cookie.reveal()))
}

/// One request, and whether its answer is what it has to be.
async fn check(
    asking: &mut Asking,
    server: &Server,
    method: &Method,
    route: &str,
    tenant: &str,
    least: &str,
) {
    // What ends sessions was asked before.
    let is_person = asking.browser.shows.as_ref().is_some_and(|(_, value)| value.starts_with("ringside="));
    if is_person && asking.role != "nobody" && asking.browser.status("/settings/me").await == 303 {
        asking.browser = Browser::new(server);
        assert_eq!(asking.browser.sign_in(asking.name, PASSWORD).await, 303);
    }
    let path = route
        .replace("{tenant}", tenant)
        .replace("{queue}", "8001")
        .replace("{link}", "a-link-that-is-none")
        .replace("{call}", "900000000000000001");
    let form = (*method == Method::POST).then_some(&[][..]);
    let answer = asking.browser.ask(method.clone(), &path, form).await;
    let (status, leads_to) = (answer.status().as_u16(), location(&answer).to_owned());
    let problem = answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = answer.text().await.unwrap();
    let what = format!("{} asks {method} {path}: {status} {leads_to} {body:.200}", asking.name);

    if least == "anybody" {
        assert!(status != 401 && !leads_to.starts_with("/sign-in?"), "{what}");
        assert!(!body.contains(MARKED), "{what}");
        return;
    }
    let is_page = !path.starts_with("/api/") && !path.ends_with("/feed") && path != "/metrics";
    let rank = |role: &str| ROLES.iter().position(|one| *one == role);
    let Some(its) = rank(asking.role) else {
        if is_page {
            assert!(status == 303 && leads_to.starts_with("/sign-in"), "{what}");
        } else {
            assert_eq!((status, &*problem), (401, "application/problem+json"), "{what}");
        }
        assert!(!body.contains(MARKED), "{what}");
        return;
    };
    let too_low = its < rank(least).unwrap();
    let elsewhere =
        path.contains(&format!("/{tenant}/")) && route.contains("{tenant}") && tenant != asking.tenant;
    match (too_low, elsewhere) {
        (true, _) => assert!(status == 403 || (elsewhere && status == 404), "{what}"),
        (false, true) => assert_eq!(status, 404, "{what}"),
        (false, false) => assert!(status != 401 && !leads_to.starts_with("/sign-in?"), "{what}"),
    }
    // A token has no account to change.
    let has_an_account = is_person || !route.starts_with("/settings/me/");
    if !too_low && !elsewhere && has_an_account {
        assert_ne!(status, 403, "{what}");
    }
    if too_low || elsewhere || asking.tenant != "acme" {
        assert!(!body.contains(MARKED), "{what}");
    }
}

/// What is asked without a tenant in the path is about one's own, and never about another one.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_of_another_tenant_finds_nothing_of_this_one_anywhere() {
    let folder = Folder::with_sign_in(TWO_TENANTS, "");
    let server = folder.start_ready();
    server.post(&json!({"event_type": "extension_call", "tenant_id": "7000", "extension": MARKED,
        "call_status": "RINGING", "time": stamp(5)}));
    wait_for_the_marked(&server);
    let olga = invited(&folder, &server, "other", "olga", Role::Administrator).await;
    let anna = invited(&folder, &server, "acme", "anna", Role::Administrator).await;
    assert!(anna.get("/").await.text().await.unwrap().contains(MARKED));
    for path in
        ["/", "/nothing", "/api/v1/extensions", "/api/v1/board", "/api/v1/deliveries", "/api/v1/diagnostics"]
    {
        let answer = olga.get(path).await;
        assert!(!answer.text().await.unwrap().contains(MARKED), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_route_says_nothing_to_who_is_not_signed_in() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let nobody = Browser::new(&server);
    assert_eq!(nobody.status("/api/v1/nothing").await, 401);
    let answer = nobody.get("/nothing?a=b&c=%20").await;
    assert_eq!(
        (answer.status().as_u16(), location(&answer)),
        (303, "/sign-in?next=/nothing%3Fa%3Db%26c%3D%2520")
    );
    let mut anna = Browser::new(&server);
    assert_eq!(anna.use_link(&people::set_up_path(&folder, "acme"), "anna").await, 303);
    assert_eq!(anna.status("/nothing").await, 404);
    assert_eq!(anna.status("/api/v1/nothing").await, 404);
    // Nor does the sign-in page's own way back lead elsewhere.
    for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let form = [("name", "anna"), ("password", PASSWORD), ("next", next)];
        let answer = Browser::new(&server).post("/sign-in", &form).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/"), "{next}");
    }
}

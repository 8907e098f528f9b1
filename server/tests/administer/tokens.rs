//! API tokens: made, shown once, used, revoked.

use reqwest::Method;
use server::access::Role;

use super::{BIDI, MARKUP, Site, changed, element, is_text, refused};
use crate::program::people::Browser;

const PAGE: &str = "/settings/tokens";

/// The ids of the tokens that can be revoked, in order.
fn ids(html: &str) -> Vec<String> {
    let forms = html.split("name=\"id\" value=\"").skip(1);
    forms.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_works_at_once_and_ends_when_it_is_revoked() {
    let mut site = Site::new().await;
    let form = [("name", "Grafana"), ("role", "supervisor"), ("scope", "8001"), ("days", "30")];
    let answer = site.send(&format!("{PAGE}/make"), &form).await;
    assert_eq!(&answer.headers()["cache-control"], "no-store");
    let token = element(&answer.text().await.unwrap(), "token").unwrap();
    assert_eq!(site.noted(), ("person 1".into(), "token-made".into(), "Grafana as supervisor".into()));
    let page = site.page(PAGE).await;
    assert!(page.contains("Grafana") && !page.contains(&token), "it is shown once");
    let grafana = Browser::with_token(&site.server, &token);
    assert_eq!(grafana.status("/api/v1/queues").await, 200);
    assert_eq!(grafana.status("/api/v1/deliveries").await, 403);
    refused(site.send(&format!("{PAGE}/make"), &form).await, 409, "Somebody has this name").await;

    let id = ids(&page).remove(0);
    changed(&site.send(&format!("{PAGE}/revoke"), &[("id", &id)]).await, PAGE);
    assert_eq!((grafana.status("/api/v1/queues").await, &*site.noted().1), (401, "token-revoked"));
    refused(site.send(&format!("{PAGE}/revoke"), &[("id", &id)]).await, 404, "There is no such").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_configuration_is_shown_and_changed_there() {
    let configuration = "[[api_token]]\nname = \"wallboard\"\nrole = \"viewer\"\ntenant = \"acme\"\n\
                         token = \"token-of-the-wallboard\"\n";
    let mut site = Site::with(configuration).await;
    let page = site.page(PAGE).await;
    assert!(page.contains("wallboard") && page.contains("in the configuration file"), "{page}");
    assert!(!page.contains("token-of-the-wallboard") && ids(&page).is_empty());
    let form = [("name", "wallboard"), ("role", "viewer"), ("days", "0")];
    refused(site.send(&format!("{PAGE}/make"), &form).await, 409, "Somebody has this name").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_tokens_are_text_and_others_forms_change_nothing() {
    let mut site = Site::new().await;
    let (long, make) = ("9".repeat(10_000), format!("{PAGE}/make"));
    for (name, scope, sentence) in [(&*long, "", "This is no name"), ("a", &*long, "A scope is at most")] {
        let form = [("name", name), ("role", "viewer"), ("scope", scope), ("days", "0")];
        refused(site.send(&make, &form).await, 422, sentence).await;
    }
    for days in ["", "-1", "31", "99999999999999999999", MARKUP] {
        let form = [("name", "a"), ("role", "viewer"), ("days", days)];
        assert_eq!(site.send(&make, &form).await.status(), 400, "{days}");
    }
    assert_eq!(site.noted().1, "set-up");
    for name in [MARKUP, BIDI] {
        let form = [("name", name), ("role", "viewer"), ("scope", name), ("days", "0")];
        is_text(&site.send(&make, &form).await.text().await.unwrap());
    }
    let page = site.page(PAGE).await;
    is_text(&page);
    assert!(page.contains(&format!("<bdi>{BIDI}</bdi>")));
    let (_, mut sue) = site.person("sue", Role::Supervisor).await;
    let id = ids(&page).remove(0);
    assert_eq!(sue.post(&format!("{PAGE}/revoke"), &[("id", &id)]).await.status(), 403);
    assert_eq!(sue.post(&make, &[("name", "b"), ("role", "viewer"), ("days", "0")]).await.status(), 403);
    assert_eq!(sue.ask(Method::GET, PAGE, None).await.status(), 403);
    assert_eq!(ids(&site.page(PAGE).await).len(), 2);
}

//! People: invited, given other rights, shut out.

use server::access::Role;

use super::{BIDI, MARKUP, Site, changed, element, is_text, refused};
use crate::program::people::{Browser, PASSWORD, invited};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_shown_once_and_makes_somebody_with_its_role_and_scope() {
    let mut site = Site::new().await;
    let form = [("name", "vera"), ("role", "viewer"), ("scope", "8001"), ("scope", ""), ("scope", "Sales")];
    let answer = site.send("/settings/people/invite", &form).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let url = element(&answer.text().await.unwrap(), "link").unwrap();
    assert_eq!(site.noted(), ("person 1".into(), "invite".into(), "vera as viewer".into()));
    let path = url.strip_prefix(&site.anna.site).unwrap().to_owned();
    assert!(!site.page("/settings/people").await.contains(&path), "it is shown once");
    let mut vera = Browser::new(&site.server);
    assert_eq!(vera.use_link(&path, "").await, 303);
    assert_eq!(vera.status("/").await, 200);
    assert_eq!(vera.status("/settings/people").await, 403);
    let page = site.page("/settings/people").await;
    for text in ["vera", "Viewer", "8001", "Sales", "anna", "(you)"] {
        assert!(page.contains(text), "{text}");
    }
    refused(site.send("/settings/people/invite", &form).await, 409, "Somebody has this name").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_changes_holds_at_once_and_is_in_the_log() {
    let mut site = Site::new().await;
    let (id, mut vera) = site.person("vera", Role::Viewer).await;
    let id = id.to_string();
    let all = "/settings/people";
    let rights = [("id", &*id), ("role", "supervisor"), ("scope", "8002")];
    changed(&site.send("/settings/people/rights", &rights).await, all);
    assert_eq!(site.noted().2, "vera: supervisor, 8002");
    let person = site.page(&format!("/settings/people/person?id={id}")).await;
    assert!(person.contains("value=\"8002\""), "{person}");

    changed(&site.send("/settings/people/sign-out", &[("id", &id)]).await, all);
    assert_eq!((vera.status("/api/v1/queues").await, &*site.noted().1), (401, "sign-out-everywhere"));
    assert_eq!(vera.sign_in("vera", PASSWORD).await, 303);

    changed(&site.send("/settings/people/disable", &[("id", &id)]).await, all);
    assert_eq!((vera.status("/api/v1/queues").await, &*site.noted().1), (401, "disable"));
    assert_eq!(vera.sign_in("vera", PASSWORD).await, 403);
    assert!(site.page(all).await.contains("shut out"));
    changed(&site.send("/settings/people/enable", &[("id", &id)]).await, all);
    assert_eq!(vera.sign_in("vera", PASSWORD).await, 303);

    let answer = site.send("/settings/people/link", &[("id", &id)]).await;
    let url = element(&answer.text().await.unwrap(), "link").unwrap();
    let mut elsewhere = Browser::new(&site.server);
    let form = [("password", "eight green horses"), ("again", "eight green horses")];
    let path = url.strip_prefix(&site.anna.site).unwrap();
    assert_eq!(elsewhere.post(path, &form).await.status(), 303);
    assert_eq!(vera.status("/api/v1/queues").await, 401, "a new password ends the sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_listed_until_it_is_used_or_withdrawn() {
    let mut site = Site::new().await;
    let all = "/settings/people";
    assert!(!site.page(all).await.contains("nobody has used yet"));
    let form = [("name", "vera"), ("role", "viewer"), ("scope", "8001")];
    let url =
        element(&site.send("/settings/people/invite", &form).await.text().await.unwrap(), "link").unwrap();
    let path = url.strip_prefix(&site.anna.site).unwrap().to_owned();
    let page = site.page(all).await;
    for text in ["nobody has used yet", "a new account", "7 more days", "8001"] {
        assert!(page.contains(text), "{text}");
    }
    changed(&site.send("/settings/people/withdraw", &[("name", "vera")]).await, all);
    assert_eq!(site.noted(), ("person 1".into(), "invitation-withdrawn".into(), "vera".into()));
    assert!(!site.page(all).await.contains("nobody has used yet"));
    assert_eq!(Browser::new(&site.server).use_link(&path, "").await, 410);
    for name in ["vera", "", MARKUP] {
        refused(site.send("/settings/people/withdraw", &[("name", name)]).await, 404, "There is no such")
            .await;
    }

    let (id, _) = site.person("ben", Role::Viewer).await;
    assert!(!site.page(all).await.contains("nobody has used yet"), "a used one is none");
    assert_eq!(site.send("/settings/people/link", &[("id", &id.to_string())]).await.status(), 200);
    assert!(site.page(all).await.contains("a new password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_out_is_gone_with_sessions_and_links_and_the_name_is_free() {
    let mut site = Site::new().await;
    let (id, vera) = site.person("vera", Role::Supervisor).await;
    let form = [("id", &*id.to_string())];
    let person = format!("/settings/people/person?id={id}");
    assert!(!site.page(&person).await.contains("/remove"), "shut out first");
    let link = site.send("/settings/people/link", &form).await.text().await.unwrap();
    let path = element(&link, "link").unwrap().strip_prefix(&site.anna.site).unwrap().to_owned();
    changed(&site.send("/settings/people/disable", &form).await, "/settings/people");
    assert!(site.page(&person).await.contains("/settings/people/remove"));
    changed(&site.send("/settings/people/enable", &form).await, "/settings/people");
    let mut vera = vera;
    assert_eq!(vera.sign_in("vera", PASSWORD).await, 303);

    changed(&site.send("/settings/people/remove", &form).await, "/settings/people");
    assert_eq!(site.noted(), ("person 1".into(), "remove".into(), format!("vera (person {id})")));
    assert_eq!(vera.status("/api/v1/queues").await, 401);
    assert_eq!(vera.sign_in("vera", PASSWORD).await, 403);
    assert_eq!(Browser::new(&site.server).use_link(&path, "").await, 410, "it would make the account again");
    assert_eq!(site.anna.status(&person).await, 404);
    let log = site.page("/settings/audit").await;
    assert!(log.contains("Took out for good") && log.contains(&format!("Account {id}, which is no more")));
    let (again, _) = site.person("vera", Role::Viewer).await;
    assert_ne!(again, id, "an id is never given twice");
    refused(site.send("/settings/people/remove", &[("id", "1")]).await, 409, "This is your own account")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_own_role_or_shuts_oneself_out() {
    let mut site = Site::new().await;
    // With another administrator beside, so that it is not about the last one.
    let (ben, _) = site.person("ben", Role::Administrator).await;
    let own = site.id("anna").to_string();
    let sentence = "This is your own account";
    for role in ["viewer", "supervisor"] {
        let form = [("id", &*own), ("role", role)];
        refused(site.send("/settings/people/rights", &form).await, 409, sentence).await;
    }
    refused(site.send("/settings/people/disable", &[("id", &own)]).await, 409, sentence).await;
    assert_eq!(site.anna.status("/settings/people").await, 200);
    let page = site.page(&format!("/settings/people/person?id={own}")).await;
    assert!(!page.contains("/settings/people/disable"), "there is no such button");
    changed(&site.send("/settings/people/disable", &[("id", &ben.to_string())]).await, "/settings/people");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_people_are_text_and_what_is_no_name_scope_or_role_changes_nothing() {
    let mut site = Site::new().await;
    let long = "9".repeat(10_000);
    let invite = "/settings/people/invite";
    for (name, scope, sentence) in [
        (&*long, "", "This is no name"),
        ("", "", "This is no name"),
        ("a\u{7}b", "", "This is no name"),
        ("vera", &*long, "A scope is at most"),
        ("vera", "80\u{0}01", "A scope is at most"),
    ] {
        let form = [("name", name), ("role", "viewer"), ("scope", scope)];
        refused(site.send(invite, &form).await, 422, sentence).await;
    }
    let many = [("scope", "8001"); 3].into_iter().chain([("name", "x"), ("role", "owner")]);
    assert_eq!(site.send(invite, &many.collect::<Vec<_>>()).await.status(), 400);
    assert_eq!(site.send(invite, &[]).await.status(), 400);
    assert_eq!(site.noted().1, "set-up", "nothing of it was done");

    for (name, scope) in [(MARKUP, MARKUP), (BIDI, BIDI)] {
        let form = [("name", name), ("role", "viewer"), ("scope", scope)];
        let answer = site.send(invite, &form).await;
        let html = answer.text().await.unwrap();
        is_text(&html);
        let path = element(&html, "link").unwrap().strip_prefix(&site.anna.site).unwrap().to_owned();
        assert_eq!(Browser::new(&site.server).use_link(&path, "").await, 303);
    }
    let list = site.page("/settings/people").await;
    is_text(&list);
    assert!(list.contains(&format!("<bdi>{BIDI}</bdi>")), "its letters turn nothing around them");
    is_text(&site.page(&format!("/settings/people/person?id={}", site.id(MARKUP))).await);
    for id in ["0", "-1", "99", "x", MARKUP, &long] {
        for act in ["disable", "enable", "remove", "sign-out", "link"] {
            let answer = site.send(&format!("/settings/people/{act}"), &[("id", id)]).await;
            refused(answer, 404, "There is no such person").await;
        }
    }
    assert_eq!(site.anna.status("/settings/people/person?id=%3Cimg%3E").await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_of_the_tenant_sends_these_forms() {
    let mut site = Site::with("[[tenant]]\nid = \"other\"\n").await;
    let (id, vera) = site.person("vera", Role::Viewer).await;
    let id = id.to_string();
    let (_, sue) = site.person("sue", Role::Supervisor).await;
    let olga = invited(&site.folder, &site.server, "other", "olga", Role::Administrator).await;
    for mut browser in [vera, sue] {
        for form in [vec![("id", &*id), ("role", "administrator")], vec![]] {
            for act in ["invite", "rights", "disable", "remove", "withdraw", "link"] {
                let answer = browser.post(&format!("/settings/people/{act}"), &form).await;
                assert_eq!(answer.status(), 403, "{act}");
            }
        }
    }
    let mut olga = olga;
    let form = [("id", &*id), ("role", "administrator")];
    refused(olga.post("/settings/people/rights", &form).await, 404, "There is no such person").await;
    let answer = olga.get(&format!("/settings/people/person?id={id}")).await;
    assert_eq!(answer.status(), 404);
    assert!(!answer.text().await.unwrap().contains("vera"));
    changed(&site.send("/settings/people/disable", &[("id", &id)]).await, "/settings/people");
}

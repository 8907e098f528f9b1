//! Who is let in, for how long, and what is written down of it. Moments are exact: each step has a clock that stands.

use axum::http::HeaderValue;
use model::view::{Mask, Scope};
use tempfile::TempDir;

use super::*;
use crate::config::Secret;

const START: i64 = 1_786_000_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const PASSWORD: &str = "seven grey horses";

/// A data folder, and the server at any moment of its life.
struct Site {
    _data: TempDir,
    store: Store,
    tenants: Vec<TenantId>,
}

impl Site {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        Self { _data: data, store, tenants: vec!["acme".into(), "other".into()] }
    }

    /// So many milliseconds after the start.
    fn at(&self, after: i64) -> Access {
        let configured = ApiToken {
            name: "grafana".into(),
            tenant: "acme".into(),
            role: Role::Viewer,
            scope: vec!["8001".into()],
            token: Secret::new("a-token-of-the-configuration"),
        };
        Access::new(Setup {
            open: false,
            secure: false,
            store: self.store.clone(),
            clock: format!("{}@0.000000001", START + after).parse().unwrap(),
            tenants: self.tenants.clone(),
            tokens: vec![configured],
        })
    }

    fn acme(&self) -> By<'_> {
        By { tenant: &self.tenants[0], who: &Who::Console }
    }

    fn other(&self) -> By<'_> {
        By { tenant: &self.tenants[1], who: &Who::Console }
    }

    /// Somebody with [`PASSWORD`], who has just come in.
    async fn person(&self, by: By<'_>, name: &str, role: Role) -> (i64, SignedIn) {
        let access = self.at(0);
        let link = access.invite(by, name, role, &[]).unwrap();
        let signed_in = use_link(&access, LinkKind::Invite, &link, "").await.unwrap();
        let id = access.people(by.tenant).unwrap().iter().find(|account| account.name == name).unwrap().id;
        (id, signed_in)
    }

    fn acts(&self) -> Vec<String> {
        let lines = audit::list(&self.store, &self.tenants[0], None, usize::MAX).unwrap();
        lines
            .into_iter()
            .rev()
            .map(|line| format!("{}: {} {}", line.who, line.act, line.about).trim().to_owned())
            .collect()
    }
}

async fn use_link(
    access: &Access,
    kind: LinkKind,
    link: &Secret,
    typed: &str,
) -> Result<SignedIn, AccessError> {
    access.use_link(kind, link.reveal(), typed, &Secret::new(PASSWORD), None).await
}

async fn sign_in(access: &Access, name: &str, password: &str) -> Result<SignedIn, AccessError> {
    access.sign_in(name, &Secret::new(password), "192.0.2.7".parse().unwrap(), None).await
}

fn with_cookie(access: &Access, name: &str, secret: &Secret) -> Option<Asker> {
    let cookie = HeaderValue::from_str(&format!("{name}={}", secret.reveal())).unwrap();
    let pass = access.resolve(&[(header::COOKIE, cookie)].into_iter().collect()).unwrap();
    pass.map(|pass| pass.asker)
}

fn of(access: &Access, signed_in: &SignedIn) -> Option<Asker> {
    with_cookie(access, "ringside", &signed_in.session)
}

fn by_token(access: &Access, token: &str) -> Option<Asker> {
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    let pass = access.resolve(&[(header::AUTHORIZATION, bearer)].into_iter().collect()).unwrap();
    pass.map(|pass| pass.asker)
}

#[tokio::test]
async fn a_set_up_link_makes_an_administrator_once_and_for_an_hour() {
    let site = Site::new();
    assert_eq!(site.at(0).without_administrator().unwrap(), site.tenants);
    let old = set_up_link(&site.store, &site.tenants[0], UnixMillis(START)).unwrap();
    let link = set_up_link(&site.store, &site.tenants[0], UnixMillis(START + MINUTE)).unwrap();
    let fault = |after, link: &Secret| site.at(after).link(LinkKind::SetUp, link.reveal()).unwrap_err();
    assert!(
        matches!(fault(MINUTE, &old), AccessError::Link(LinkFault::Expired)),
        "a new one ends the last one"
    );
    assert!(matches!(fault(MINUTE, &Secret::new("wrong")), AccessError::Link(LinkFault::Unknown)));
    assert!(matches!(
        site.at(MINUTE).link(LinkKind::Invite, link.reveal()),
        Err(AccessError::Link(LinkFault::Unknown))
    ));
    assert!(matches!(fault(MINUTE + HOUR, &link), AccessError::Link(LinkFault::Expired)));

    let access = site.at(HOUR);
    let anna = use_link(&access, LinkKind::SetUp, &link, " Anna ").await.unwrap();
    let asker = of(&access, &anna).unwrap();
    assert_eq!((asker.role, asker.audience), (Role::Administrator, Audience::WHOLE));
    assert_eq!(asker.tenant.unwrap().as_str(), "acme");
    assert!(matches!(fault(HOUR, &link), AccessError::Link(LinkFault::Used)));
    assert!(matches!(
        use_link(&access, LinkKind::SetUp, &link, "eve").await,
        Err(AccessError::Link(LinkFault::Used))
    ));
    assert_eq!(site.at(0).without_administrator().unwrap(), site.tenants[1..]);
    assert!(sign_in(&access, "ANNA", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn whoever_has_the_console_gives_an_administrator_a_new_password_and_nobody_else() {
    let site = Site::new();
    let (_, anna) = site.person(site.acme(), "anna", Role::Administrator).await;
    site.person(site.acme(), "vera", Role::Viewer).await;
    site.person(site.other(), "olga", Role::Administrator).await;
    for name in ["vera", "olga"] {
        let link = set_up_link(&site.store, &site.tenants[0], UnixMillis(START)).unwrap();
        let taken = use_link(&site.at(0), LinkKind::SetUp, &link, name).await;
        assert!(matches!(taken, Err(AccessError::NameTaken)), "{name}");
        assert!(site.at(0).link(LinkKind::SetUp, link.reveal()).is_ok(), "and the link is still good");
    }
    let access = site.at(0);
    let link = set_up_link(&site.store, &site.tenants[0], UnixMillis(START)).unwrap();
    let new = Secret::new("eight brown horses");
    let again = access.use_link(LinkKind::SetUp, link.reveal(), "anna", &new, None).await.unwrap();
    assert!(of(&access, &again).is_some());
    assert_eq!(of(&access, &anna), None, "the old password's session is over");
    assert!(sign_in(&access, "anna", PASSWORD).await.is_err());
    assert!(sign_in(&access, "anna", "eight brown horses").await.is_ok());
}

#[tokio::test]
async fn an_invitation_is_for_one_name_and_its_rights() {
    let site = Site::new();
    let access = site.at(0);
    let scope = ["8001".to_owned(), " Sales ".to_owned(), String::new()];
    let link = access.invite(site.acme(), "Vera", Role::Viewer, &scope).unwrap();
    assert_eq!(access.link(LinkKind::Invite, link.reveal()).unwrap().name.as_deref(), Some("Vera"));
    assert!(matches!(
        site.at(7 * DAY).link(LinkKind::Invite, link.reveal()),
        Err(AccessError::Link(LinkFault::Expired))
    ));
    let vera = use_link(&site.at(7 * DAY - 1), LinkKind::Invite, &link, "eve").await.unwrap();
    let asker = of(&site.at(7 * DAY), &vera).unwrap();
    assert_eq!(asker.role, Role::Viewer);
    assert_eq!(
        asker.audience,
        Audience {
            scope: Scope::Only { queues: ["8001".into()].into(), departments: ["Sales".into()].into() },
            mask: Mask::OutsideNumbers,
            notes: false
        }
    );
    assert!(matches!(access.invite(site.acme(), "VERA", Role::Viewer, &[]), Err(AccessError::NameTaken)));
    for wrong in ["", " ", "a\nb", &"a".repeat(65)] {
        assert!(matches!(access.invite(site.acme(), wrong, Role::Viewer, &[]), Err(AccessError::Name)));
    }
    assert_eq!(
        site.acts(),
        ["console: invite Vera as viewer", "person 1: invitation-used Vera"],
        "who came in is in the log"
    );
}

#[tokio::test]
async fn a_password_that_is_tried_first_is_not_taken() {
    let site = Site::new();
    let access = site.at(0);
    let link = access.invite(site.acme(), "Vera Vermeer", Role::Viewer, &[]).unwrap();
    let choose = async |password: &str| {
        access.use_link(LinkKind::Invite, link.reveal(), "", &Secret::new(password), None).await.map(drop)
    };
    assert!(matches!(choose("ninechars").await, Err(AccessError::PasswordShort)));
    assert!(matches!(choose(&"ä".repeat(129)).await, Err(AccessError::PasswordLong)));
    assert!(matches!(choose("vera vermeer").await, Err(AccessError::PasswordIsName)));
    assert!(choose("äöüäöüäöüä").await.is_ok());
}

#[tokio::test]
async fn a_session_ends_after_twelve_idle_hours_and_after_thirty_days() {
    let site = Site::new();
    let (_, idle) = site.person(site.acme(), "anna", Role::Administrator).await;
    assert!(of(&site.at(12 * HOUR), &idle).is_some());
    let later = sign_in(&site.at(0), "anna", PASSWORD).await.unwrap();
    assert_eq!(of(&site.at(12 * HOUR + 1), &later), None, "nobody was there meanwhile");

    // Written in the background where there is a runtime.
    let seen = |after| {
        let access = site.at(after);
        let session = Secret::new(idle.session.reveal());
        std::thread::scope(|threads| {
            threads.spawn(|| with_cookie(&access, "ringside", &session)).join().unwrap()
        })
    };
    for day in 0..60 {
        let there = seen(12 * HOUR + day * 12 * HOUR).is_some();
        assert_eq!(there, 12 * HOUR + day * 12 * HOUR <= 30 * DAY, "after {day} half days");
    }
}

#[tokio::test]
async fn what_was_seen_is_written_once_a_minute_at_most() {
    let site = Site::new();
    let (id, anna) = site.person(site.acme(), "anna", Role::Administrator).await;
    let seen_at = |after: i64| {
        let access = site.at(after);
        let session = Secret::new(anna.session.reveal());
        std::thread::scope(|threads| {
            threads.spawn(|| with_cookie(&access, "ringside", &session)).join().unwrap()
        });
        site.at(0).person(id).unwrap().unwrap().seen_at.unwrap().0 - START
    };
    assert_eq!(seen_at(MINUTE - 1), 0);
    assert_eq!(seen_at(MINUTE), MINUTE);
    assert_eq!(seen_at(2 * MINUTE - 1), MINUTE);
}

#[tokio::test]
async fn wrong_name_and_wrong_password_are_one_answer_and_the_name_is_not_written_down() {
    let site = Site::new();
    let (id, _) = site.person(site.acme(), "anna", Role::Administrator).await;
    let access = site.at(0);
    let wrong = sign_in(&access, "anna", "seven grey horse").await.unwrap_err().to_string();
    let unknown = sign_in(&access, "my-secret-typed-here", PASSWORD).await.unwrap_err().to_string();
    assert_eq!(wrong, unknown);
    access.set_disabled(site.other(), id, true).unwrap_err();
    let acts = site.acts();
    assert!(acts.contains(&format!("nobody: sign-in-refused person {id}, from 192.0.2.7")), "{acts:?}");
    assert!(!acts.concat().contains("my-secret"), "{acts:?}");
}

#[tokio::test]
async fn a_new_sign_in_ends_the_session_that_the_browser_had() {
    let site = Site::new();
    let (_, planted) = site.person(site.acme(), "eve", Role::Viewer).await;
    site.person(site.acme(), "anna", Role::Administrator).await;
    let access = site.at(0);
    let shown = Credential::Session(secret::hash(planted.session.reveal()));
    let anna = access
        .sign_in("anna", &Secret::new(PASSWORD), "192.0.2.7".parse().unwrap(), Some(&shown))
        .await
        .unwrap();
    assert_ne!(anna.session, planted.session);
    assert_eq!(of(&access, &planted), None);
    assert!(of(&access, &anna).is_some());
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_but_the_one_it_begins() {
    let site = Site::new();
    let (id, first) = site.person(site.acme(), "vera", Role::Viewer).await;
    let access = site.at(0);
    let second = sign_in(&access, "vera", PASSWORD).await.unwrap();
    let who = Who::Person(id);
    let by = By { tenant: &site.tenants[0], who: &who };
    let peer = "192.0.2.7".parse().unwrap();
    let new = Secret::new("eight brown horses");
    let wrong = access.change_password(by, id, (&Secret::new("wrong one"), &new), peer).await;
    assert!(matches!(wrong, Err(AccessError::Wrong)));
    let third = access.change_password(by, id, (&Secret::new(PASSWORD), &new), peer).await.unwrap();
    assert_eq!((of(&access, &first), of(&access, &second)), (None, None));
    assert!(of(&access, &third).is_some());
    assert!(sign_in(&access, "vera", PASSWORD).await.is_err());
}

#[tokio::test]
async fn who_is_shut_out_is_out_at_once_and_other_rights_count_at_once() {
    let site = Site::new();
    site.person(site.acme(), "anna", Role::Administrator).await;
    let (id, vera) = site.person(site.acme(), "vera", Role::Viewer).await;
    let access = site.at(0);
    access.set_rights(site.acme(), id, Role::Supervisor, &["8001".into()]).unwrap();
    let asker = of(&access, &vera).unwrap();
    assert_eq!((asker.role, asker.audience.mask), (Role::Supervisor, Mask::None));
    access.set_disabled(site.acme(), id, true).unwrap();
    assert_eq!(of(&access, &vera), None);
    assert!(matches!(sign_in(&access, "vera", PASSWORD).await, Err(AccessError::Wrong)));
    // A link that lies about is no way round it.
    let link = access.new_password_link(site.acme(), id).unwrap();
    let inside = use_link(&access, LinkKind::Invite, &link, "").await.unwrap();
    assert_eq!(of(&access, &inside), None);
    access.set_disabled(site.acme(), id, false).unwrap();
    assert!(sign_in(&access, "vera", PASSWORD).await.is_ok());
    access.end_sessions(site.acme(), id).unwrap();
    assert_eq!(access.person(id).unwrap().unwrap().sessions, 0);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let site = Site::new();
    let (anna, _) = site.person(site.acme(), "anna", Role::Administrator).await;
    site.person(site.other(), "olga", Role::Administrator).await;
    let access = site.at(0);
    let last = |result| assert!(matches!(result, Err(AccessError::LastAdministrator)), "{result:?}");
    last(access.set_rights(site.acme(), anna, Role::Supervisor, &[]));
    last(access.set_disabled(site.acme(), anna, true));
    let (ben, _) = site.person(site.acme(), "ben", Role::Administrator).await;
    access.set_disabled(site.acme(), anna, true).unwrap();
    last(access.set_disabled(site.acme(), ben, true));
}

#[tokio::test]
async fn another_tenants_people_tokens_and_walls_are_not_there() {
    let site = Site::new();
    let (vera, _) = site.person(site.acme(), "vera", Role::Viewer).await;
    let access = site.at(0);
    access.make_token(site.acme(), "report", Role::Viewer, &[], None).unwrap();
    let token = access.tokens(&site.tenants[0]).unwrap()[1].id.unwrap();
    let Pairing::Show(code, _) = access.pair(None, "192.0.2.9".parse().unwrap()).unwrap() else { panic!() };
    let wall = access.confirm_wall(site.acme(), &code, "Hall", "overview").unwrap();
    let other = site.other();
    for result in [
        access.set_rights(other, vera, Role::Administrator, &[]),
        access.set_disabled(other, vera, true),
        access.end_sessions(other, vera),
        access.new_password_link(other, vera).map(drop),
        access.revoke_token(other, token),
        access.rename_wall(other, wall, "ours"),
        access.revoke_wall(other, wall),
    ] {
        assert!(matches!(result, Err(AccessError::NotThere)), "{result:?}");
    }
    assert!(access.people(other.tenant).unwrap().is_empty());
    assert!(access.tokens(other.tenant).unwrap().is_empty());
    assert!(access.walls(other.tenant).unwrap().is_empty());
}

#[tokio::test]
async fn a_token_is_good_until_it_expires_or_is_revoked_and_says_when_it_was_used() {
    let site = Site::new();
    let access = site.at(0);
    let expires = Some(UnixMillis(START + DAY));
    let token = access.make_token(site.acme(), "report", Role::Supervisor, &[], expires).unwrap();
    assert!(token.reveal().starts_with("ringside_"));
    assert!(matches!(
        access.make_token(site.acme(), "report", Role::Viewer, &[], None),
        Err(AccessError::NameTaken)
    ));
    assert!(matches!(
        access.make_token(site.acme(), "grafana", Role::Viewer, &[], None),
        Err(AccessError::NameTaken)
    ));
    let asker = by_token(&access, token.reveal()).unwrap();
    assert_eq!((asker.role, asker.who), (Role::Supervisor, Who::Token("report".into())));
    assert!(by_token(&site.at(DAY - 1), token.reveal()).is_some());
    assert_eq!(by_token(&site.at(DAY), token.reveal()), None);
    for wrong in ["", "ringside_", "grafana", &token.reveal()[..20]] {
        assert_eq!(by_token(&access, wrong), None, "{wrong}");
    }
    // A cookie doesn't help a wrong token.
    let (_, anna) = site.person(site.acme(), "anna", Role::Administrator).await;
    let cookie = HeaderValue::from_str(&format!("ringside={}", anna.session.reveal())).unwrap();
    let both = [(header::COOKIE, cookie), (header::AUTHORIZATION, HeaderValue::from_static("Bearer wrong"))];
    assert!(access.resolve(&both.into_iter().collect()).unwrap().is_none());

    let asker = by_token(&access, "a-token-of-the-configuration").unwrap();
    assert_eq!((asker.role, asker.audience.mask), (Role::Viewer, Mask::OutsideNumbers));
    let listed = access.tokens(&site.tenants[0]).unwrap();
    assert_eq!(
        listed.iter().map(|token| (&*token.name, token.id.is_some())).collect::<Vec<_>>(),
        [("grafana", false), ("report", true)]
    );
    assert_eq!(listed[0].used_at, Some(UnixMillis(START)));
    access.revoke_token(site.acme(), listed[1].id.unwrap()).unwrap();
    assert_eq!(by_token(&access, token.reveal()), None);
}

#[tokio::test]
async fn a_screen_becomes_a_wall_by_its_code_and_is_one_until_it_is_revoked() {
    let site = Site::new();
    let (access, peer) = (site.at(0), "192.0.2.9".parse().unwrap());
    let Pairing::Show(code, Some(cookie)) = access.pair(None, peer).unwrap() else { panic!("no code") };
    // It asks again, and shows the same.
    assert!(
        matches!(access.pair(Some(cookie.reveal()), peer).unwrap(), Pairing::Show(same, None) if same == code)
    );
    assert_eq!(with_cookie(&access, "ringside-wall", &cookie), None, "not before somebody confirmed it");
    assert!(matches!(
        access.confirm_wall(site.acme(), "AAAAAAAA", "Hall", "overview"),
        Err(AccessError::Code)
    ));
    let typed = format!("{} {}", code[..4].to_lowercase(), &code[4..]);
    let id = access.confirm_wall(site.acme(), &typed, "Hall", "overview").unwrap();
    assert!(
        matches!(access.confirm_wall(site.acme(), &typed, "Hall", "overview"), Err(AccessError::Code)),
        "once"
    );
    assert!(
        matches!(access.pair(Some(cookie.reveal()), peer).unwrap(), Pairing::Paired(paired) if paired == id)
    );
    let wall = with_cookie(&access, "ringside-wall", &cookie).unwrap();
    assert_eq!(
        (wall.role, wall.who, wall.audience.mask),
        (Role::Viewer, Who::Wall(id), Mask::OutsideNumbers)
    );
    assert_eq!(with_cookie(&access, "ringside", &cookie), None, "it is no person's");
    access.rename_wall(site.acme(), id, "Foyer").unwrap();
    access.point_wall(site.acme(), id, "queue/8001").unwrap();
    let walls = access.walls(&site.tenants[0]).unwrap();
    assert_eq!((&*walls[0].name, &*walls[0].board), ("Foyer", "queue/8001"));
    assert!(with_cookie(&site.at(400 * DAY), "ringside-wall", &cookie).is_some(), "it hangs for years");
    access.revoke_wall(site.acme(), id).unwrap();
    assert_eq!(with_cookie(&access, "ringside-wall", &cookie), None);
    assert!(access.walls(&site.tenants[0]).unwrap().is_empty());
}

#[tokio::test]
async fn a_cookie_that_somebody_else_put_there_becomes_no_wall() {
    let site = Site::new();
    let (access, peer) = (site.at(0), "192.0.2.9".parse().unwrap());
    let Pairing::Show(_, given) = access.pair(Some("planted"), peer).unwrap() else { panic!("no code") };
    assert!(given.is_some_and(|given| given.reveal() != "planted"));
}

#[tokio::test]
async fn a_socket_ends_when_its_holder_signs_out_and_others_stay() {
    let site = Site::new();
    let access = site.at(0);
    let (_, anna) = site.person(site.acme(), "anna", Role::Administrator).await;
    let (vera, veras) = site.person(site.acme(), "vera", Role::Viewer).await;
    let pass = |signed_in: &SignedIn| {
        let cookie = HeaderValue::from_str(&format!("ringside={}", signed_in.session.reveal())).unwrap();
        access.resolve(&[(header::COOKIE, cookie)].into_iter().collect()).unwrap().unwrap()
    };
    let (mut annas_watch, mut veras_watch) = (pass(&anna).watch(), pass(&veras).watch());
    let ended = async |watch: &mut Watch| {
        tokio::time::timeout(std::time::Duration::from_millis(200), watch.ended()).await.is_ok()
    };
    access.sign_out(&pass(&anna)).unwrap();
    assert!(ended(&mut annas_watch).await);
    assert!(!ended(&mut veras_watch).await);
    access.set_rights(site.acme(), vera, Role::Supervisor, &[]).unwrap();
    assert!(ended(&mut veras_watch).await, "with other rights it is to ask again");
}

#[tokio::test]
async fn a_socket_is_looked_at_again_now_and_then_whoever_changed_its_rights() {
    let site = Site::new();
    let access = site.at(0);
    let token = access.make_token(site.acme(), "report", Role::Viewer, &[], None).unwrap();
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).unwrap();
    let pass = access.resolve(&[(header::AUTHORIZATION, bearer)].into_iter().collect()).unwrap().unwrap();
    let mut watch = pass.watch_every(std::time::Duration::from_millis(20));
    // By another process, which tells nobody.
    site.store
        .with(|change| change.execute("DELETE FROM api_token", []))
        .map_err(|error: rusqlite::Error| error)
        .unwrap();
    // Never, and the test would never end.
    watch.ended().await;
}

//! The pages before the door: sign-in, set-up, invitation, a wall's pairing code, one's own account, and what says that there
//! is nothing here for you. One card in the middle, without scripts.

use leptos::prelude::*;

use crate::{
    components::{app_bar::Mark, look_menu::LookForm},
    head::Head,
    look,
    words::word,
};

/// One such page.
#[derive(Clone, Debug)]
pub enum Door {
    /// Name and password.
    SignIn {
        /// Where it leads.
        next: String,
        /// The name that was typed.
        name: String,
        /// What was wrong.
        fault: Option<Fault>,
    },
    /// The first administrator chooses name and password.
    SetUp {
        /// The name that was typed.
        name: String,
        /// What was wrong.
        fault: Option<Fault>,
    },
    /// Somebody who was invited chooses a password.
    Invite {
        /// Whom the link is for.
        name: String,
        /// What was wrong.
        fault: Option<Fault>,
    },
    /// The link was never given out.
    LinkUnknown,
    /// The link was used.
    LinkUsed,
    /// The link is too old.
    LinkExpired,
    /// The role is too low.
    Forbidden,
    /// Nothing is here, or not for this tenant.
    NotThere,
    /// A wall's queue is not there, or not any more. It asks again by itself.
    NoBoard,
    /// A screen that would be a wall shows its code, and asks again by itself.
    Pair {
        /// The code.
        code: String,
    },
    /// There is no code for it now.
    NoCode {
        /// Why.
        fault: Fault,
    },
    /// One's own account.
    Me {
        /// Who; `None` where nobody signed in.
        me: Option<Me>,
        /// What was wrong with the password.
        fault: Option<Fault>,
    },
}

/// Whose account it is.
#[derive(Clone, Debug)]
pub struct Me {
    /// The name to sign in with.
    pub name: String,
    /// The role's word.
    pub role: &'static str,
    /// On how many browsers.
    pub sessions: usize,
}

/// What was wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Name or password.
    Wrong,
    /// Too many tries; so many seconds are to pass.
    TooMany(usize),
    /// Too many people at once.
    Busy,
    /// No name.
    Name,
    /// Somebody's name.
    NameTaken,
    /// So many characters are the least.
    PasswordShort(usize),
    /// Too long.
    PasswordLong,
    /// The same as the name.
    PasswordIsName,
    /// Twice, but not the same.
    PasswordsDiffer,
}

impl Fault {
    fn words(self) -> String {
        match self {
            Self::Wrong => word!(door.wrong).into(),
            Self::TooMany(seconds) => word!(door.too_many, seconds),
            Self::Busy => word!(door.busy).into(),
            Self::Name => word!(door.name_wrong).into(),
            Self::NameTaken => word!(door.name_taken).into(),
            Self::PasswordShort(least) => word!(door.password_short, least),
            Self::PasswordLong => word!(door.password_long).into(),
            Self::PasswordIsName => word!(door.password_is_name).into(),
            Self::PasswordsDiffer => word!(door.passwords_differ).into(),
        }
    }
}

impl Door {
    fn title(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => word!(door.sign_in),
            Self::SetUp { .. } => word!(door.set_up),
            Self::Invite { .. } => word!(door.invite),
            Self::LinkUnknown | Self::LinkUsed | Self::LinkExpired => word!(door.link_title),
            Self::Forbidden => word!(door.forbidden),
            Self::NotThere => word!(not_found.title),
            Self::NoBoard => word!(door.no_board),
            Self::Pair { .. } | Self::NoCode { .. } => word!(door.pair),
            Self::Me { .. } => word!(door.me),
        }
    }

    /// After how many seconds it asks again.
    fn asks_again(&self) -> Option<&'static str> {
        match self {
            Self::Pair { .. } => Some("5"),
            Self::NoBoard => Some("10"),
            Self::NoCode { .. } => Some("30"),
            _ => None,
        }
    }

    fn content(self) -> AnyView {
        match self {
            Self::SignIn { next, name, fault } => view! { <SignIn next name fault/> }.into_any(),
            Self::SetUp { name, fault } => view! { <SetUp name fault/> }.into_any(),
            Self::Invite { name, fault } => view! { <Invite name fault/> }.into_any(),
            Self::LinkUnknown => view! { <Text text=word!(door.link_unknown)/> <ToSignIn/> }.into_any(),
            Self::LinkUsed => view! { <Text text=word!(door.link_used)/> <ToSignIn/> }.into_any(),
            Self::LinkExpired => view! { <Text text=word!(door.link_expired)/> <ToSignIn/> }.into_any(),
            Self::Forbidden => view! { <Text text=word!(door.forbidden_text)/> <ToStart/> }.into_any(),
            Self::NotThere => view! { <Text text=word!(not_found.text)/> <ToStart/> }.into_any(),
            Self::NoBoard => view! { <Text text=word!(door.no_board_text)/> }.into_any(),
            Self::Pair { code } => view! { <Pair code/> }.into_any(),
            Self::NoCode { fault } => view! { <Wrong fault=Some(fault)/> }.into_any(),
            Self::Me { me: Some(me), fault } => view! { <Mine me fault/> <ToStart/> }.into_any(),
            Self::Me { me: None, .. } => view! { <Text text=word!(door.nobody)/> <ToStart/> }.into_any(),
        }
    }
}

/// The whole document of a page. `css` is the style sheet, where the build has one.
pub fn document(page: Door, css: Option<String>) -> String {
    Owner::new().with(|| {
        let (title, again, look) = (page.title(), page.asks_again(), look::now());
        view! {
            <!DOCTYPE html>
            <html lang=look.language.tag() data-theme=look.theme.mark() data-settings>
                <head>
                    <Head title css>
                        {again.map(|seconds| view! { <meta http-equiv="refresh" content=seconds/> })}
                    </Head>
                </head>
                <body>
                    <main id="main" class="door">
                        <p class="brand door__brand"><Mark/> {word!(bar.brand)}</p>
                        <section class="card door__card" aria-labelledby="door-title">
                            <h1 id="door-title">{title}</h1>
                            {page.content()}
                        </section>
                        <LookForm/>
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}

#[component]
fn SignIn(next: String, name: String, fault: Option<Fault>) -> impl IntoView {
    // Who mistyped the password types only that again.
    let is_named = !name.is_empty();
    view! {
        <form class="door__form" method="post" action="/sign-in">
            <Wrong fault/>
            <input type="hidden" name="next" value=next/>
            <Name name autofocus=!is_named/>
            <Password id="password" label=word!(door.password) autocomplete="current-password" autofocus=is_named/>
            <button class="door__button" type="submit">{word!(door.sign_in)}</button>
        </form>
    }
}

#[component]
fn SetUp(name: String, fault: Option<Fault>) -> impl IntoView {
    view! {
        <Text text=word!(door.set_up_text)/>
        <form class="door__form" method="post">
            <Wrong fault/>
            <Name name autofocus=true/>
            <NewPassword autofocus=false/>
            <button class="door__button" type="submit">{word!(door.begin)}</button>
        </form>
    }
}

#[component]
fn Invite(name: String, fault: Option<Fault>) -> impl IntoView {
    view! {
        <Text text=word!(door.invite_text)/>
        <form class="door__form" method="post">
            <Wrong fault/>
            <p class="door__field">
                <label for="name">{word!(door.name)}</label>
                <input id="name" autocomplete="username" value=name readonly=true/>
            </p>
            <NewPassword autofocus=true/>
            <button class="door__button" type="submit">{word!(door.begin)}</button>
        </form>
    }
}

#[component]
fn Pair(code: String) -> impl IntoView {
    let (head, tail) = code.split_at(code.len().min(4));
    let spaced = format!("{head} {tail}");
    view! {
        <output class="door__code" aria-label=word!(door.pair_code)>{spaced}</output>
        <Text text=word!(door.pair_text)/>
    }
}

#[component]
fn Mine(me: Me, fault: Option<Fault>) -> impl IntoView {
    view! {
        <dl class="door__facts">
            <dt>{word!(door.name)}</dt> <dd>{me.name.clone()}</dd>
            <dt>{word!(door.role)}</dt> <dd>{role(me.role)}</dd>
        </dl>
        <form class="door__form" method="post" action="/settings/me/password">
            <h2>{word!(door.change)}</h2>
            <Wrong fault/>
            // For password managers, which keep both together.
            <input class="visually-hidden" name="name" autocomplete="username" value=me.name readonly=true tabindex="-1" aria-hidden="true"/>
            <Password id="old" label=word!(door.old) autocomplete="current-password" autofocus=false/>
            <NewPassword autofocus=false/>
            <p class="sub">{word!(door.change_text)}</p>
            <button class="door__button" type="submit">{word!(door.change)}</button>
        </form>
        <div class="door__out">
            <form method="post" action="/sign-out">
                <button class="door__button" data-plain="" type="submit">{word!(door.sign_out)}</button>
            </form>
            <form method="post" action="/settings/me/sign-out-everywhere">
                <button class="door__button" data-plain="" type="submit">{word!(door.everywhere, me.sessions)}</button>
            </form>
        </div>
    }
}

/// What people call a role.
fn role(word: &str) -> &'static str {
    match word {
        "administrator" => word!(door.administrator),
        "supervisor" => word!(door.supervisor),
        _ => word!(door.viewer),
    }
}

#[component]
fn Wrong(fault: Option<Fault>) -> impl IntoView {
    fault.map(|fault| view! { <p class="door__wrong" role="alert">{fault.words()}</p> })
}

#[component]
fn Name(name: String, autofocus: bool) -> impl IntoView {
    view! {
        <p class="door__field">
            <label for="name">{word!(door.name)}</label>
            <input
                id="name" name="name" value=name required=true maxlength="64"
                autocomplete="username" autocapitalize="none" spellcheck="false" autofocus=autofocus
            />
        </p>
    }
}

#[component]
fn Password(
    id: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    autofocus: bool,
) -> impl IntoView {
    view! {
        <p class="door__field">
            <label for=id>{label}</label>
            <input id=id name=id type="password" required=true maxlength="256" autocomplete=autocomplete autofocus=autofocus/>
        </p>
    }
}

#[component]
fn NewPassword(autofocus: bool) -> impl IntoView {
    view! {
        <Password id="password" label=word!(door.new) autocomplete="new-password" autofocus/>
        <p class="sub">{word!(door.password_rule)}</p>
        <Password id="again" label=word!(door.again) autocomplete="new-password" autofocus=false/>
    }
}

#[component]
fn Text(text: &'static str) -> impl IntoView {
    view! { <p class="door__text">{text}</p> }
}

#[component]
fn ToSignIn() -> impl IntoView {
    view! { <p><a href="/sign-in">{word!(door.to_sign_in)}</a></p> }
}

#[component]
fn ToStart() -> impl IntoView {
    view! { <p><a href="/">{word!(not_found.back)}</a></p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_is_text_wherever_it_stands() {
        let hostile = "\"><img src=x onerror=alert(1)>";
        let pages = [
            Door::SignIn { next: hostile.into(), name: hostile.into(), fault: Some(Fault::Wrong) },
            Door::SetUp { name: hostile.into(), fault: None },
            Door::Invite { name: hostile.into(), fault: None },
            Door::Me { me: Some(Me { name: hostile.into(), role: "viewer", sessions: 1 }), fault: None },
        ];
        for page in pages {
            let html = document(page, None);
            assert!(!html.contains("<img"), "{html}");
            assert!(!html.contains("\"\">"), "{html}");
        }
    }

    #[test]
    fn a_password_is_never_written_back_and_a_fault_is_announced() {
        let page = Door::SignIn { next: "/".into(), name: "anna".into(), fault: Some(Fault::TooMany(7)) };
        let html = document(page, Some("/main.css".into()));
        assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
        assert!(html.contains("role=\"alert\"") && html.contains('7'), "{html}");
        assert!(html.contains("value=\"anna\"") && html.contains("href=\"/main.css\""), "{html}");
        let password = html.split("<input").find(|input| input.contains("type=\"password\"")).unwrap();
        assert!(!password.split('>').next().unwrap().contains("value"), "{password}");
    }
}

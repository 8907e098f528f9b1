//! The webhooks that alerts are told to: a card of them, the form for another one, and what came of a message in words.

use leptos::prelude::*;
use model::wire::Severity;

use super::{
    listing::{Listing, Named},
    parts::Copied,
};
use crate::words::word;

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Where it is, without what may be secret; `None` where its address is not taken any more.
    pub address: Option<String>,
    /// The least severity that it is told.
    pub least: Severity,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// The card.
#[component]
pub fn Webhooks(
    /// Those that there are.
    webhooks: Vec<Webhook>,
    /// One that was made just now: its name, and its secret.
    fresh: Option<(String, String)>,
    /// What was typed for the next one: name and address.
    typed: [String; 2],
) -> impl IntoView {
    let rows = webhooks.into_iter().map(row).collect();
    let [name, url] = typed;
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(alerts.webhooks)}</h2></header>
            {fresh.map(|(name, secret)| view! {
                <div class="form form--fresh">
                    <Copied id="secret".to_owned() label=word!(alerts.webhook_fresh, name) value=secret/>
                    <p class="field__hint">{word!(alerts.webhook_use_it)}</p>
                </div>
            })}
            <Listing caption=word!(alerts.webhooks) heads=[word!(alerts.webhook_name), word!(alerts.webhook_url), word!(alerts.webhook_least), word!(listing.acts)] rows none=word!(alerts.webhooks_none)/>
            <form class="form" method="post" action="/settings/alerts/webhook-add">
                <div class="two">
                    <div class="field">
                        <label class="field__label" for="webhook-name">{word!(alerts.webhook_name)}</label>
                        <input class="input" id="webhook-name" name="name" value=name required=true maxlength="64" autocomplete="off" dir="auto"/>
                    </div>
                    <div class="field">
                        <label class="field__label" for="webhook-url">{word!(alerts.webhook_url)}</label>
                        <input class="input" id="webhook-url" name="url" type="url" value=url required=true maxlength="2048" autocomplete="off" spellcheck="false" aria-describedby="webhook-url-hint"/>
                        <p class="field__hint" id="webhook-url-hint">{word!(alerts.webhook_url_hint)}</p>
                    </div>
                    <div class="field">
                        <label class="field__label" for="webhook-least">{word!(alerts.webhook_least)}</label>
                        <select class="input" id="webhook-least" name="least">
                            <option value="attention">{word!(alerts.webhook_all)}</option>
                            <option value="action">{word!(alerts.webhook_action)}</option>
                        </select>
                    </div>
                </div>
                <div><button class="button">{word!(alerts.webhook_add)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn row(webhook: Webhook) -> Vec<AnyView> {
    let Webhook { id, name, address, least, enabled } = webhook;
    let act = |address: &'static str, class: &'static str, words: &'static str| {
        let name = name.clone();
        view! {
            <form method="post" action=address>
                <input type="hidden" name="id" value=id.to_string()/>
                <button class=class>{words} <span class="visually-hidden">{name}</span></button>
            </form>
        }
    };
    vec![
        view! { <Named name=name.clone()/> }.into_any(),
        match address {
            Some(address) => view! { <code>{address}</code> }.into_any(),
            None => word!(alerts.webhook_wrong).into_any(),
        },
        match least {
            Severity::Attention => word!(alerts.webhook_all),
            Severity::Action => word!(alerts.webhook_action),
        }
        .into_any(),
        view! {
            <span class="act">
                {act("/settings/alerts/webhook-test", "button", word!(alerts.webhook_test))}
                <form method="post" action="/settings/alerts/webhook-switch">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="switch" role="switch" aria-checked=enabled.to_string() name="on" value=if enabled { "no" } else { "yes" }>
                        {if enabled { word!(alerts.on) } else { word!(alerts.off) }} <span class="visually-hidden">{name.clone()}</span>
                    </button>
                </form>
                {act("/settings/alerts/webhook-secret", "button", word!(alerts.webhook_secret))}
                {act("/settings/alerts/webhook-remove", "button button--danger", word!(alerts.remove))}
            </span>
        }
        .into_any(),
    ]
}

/// What came of a message, by the log's word.
pub fn outcome(word: &str) -> String {
    match word {
        "name" => word!(alerts.outcome_name).into(),
        "forbidden" => word!(alerts.outcome_forbidden).into(),
        "refused" => word!(alerts.outcome_refused).into(),
        "unreachable" => word!(alerts.outcome_unreachable).into(),
        "untrusted" => word!(alerts.outcome_untrusted).into(),
        "slow" => word!(alerts.outcome_slow).into(),
        "cut" => word!(alerts.outcome_cut).into(),
        "left-out" => word!(alerts.outcome_left_out).into(),
        "off" => word!(alerts.outcome_off).into(),
        status => word!(alerts.outcome_status, status),
    }
}

/// What is said of a try.
pub fn tried(is_taken: bool, word: &str, ms: u128) -> String {
    let outcome = outcome(word);
    if is_taken { word!(alerts.tested_taken, outcome, ms) } else { word!(alerts.tested_not, outcome, ms) }
}

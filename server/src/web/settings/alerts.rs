//! `/settings/alerts`: rules, webhooks and the log, and the forms that change them. `alert_rule` reads one rule's form.

use app::settings::{
    Place,
    alert_rule::{place, sentence},
    alerts::{self as shown, LogLine, Page, RuleLine, State as RuleState, Told},
    parts::Tone,
    webhooks::{Webhook, tried},
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use model::{
    alert::{Of, Rule},
    wire::{Metric, Severity, Window},
};
use serde::Deserialize;

use super::{
    Refresh, Wall, administered,
    forms::{self, Filled, Posted, act},
    live, page, sentence as as_sentence, unreadable_settings,
};
use crate::{
    access::{Asker, By},
    alerts::{AlertError, KeptRule, Noted, Standing, targets},
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/alerts";

/// Lines of the log on a page.
const LINES: usize = 50;

/// Where the log begins.
#[derive(Debug, Default, Deserialize)]
pub struct Start {
    /// The id of the line before which it begins; what is no number begins at the newest.
    before: Option<String>,
}

/// What the page says beside what there is.
#[derive(Default)]
struct Said {
    fresh: Option<(String, String)>,
    note: Option<(Tone, String)>,
    typed: [String; 2],
    before: Option<i64>,
}

/// `GET /settings/alerts?before=…`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(start): Query<Start>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let before = start.before.and_then(|before| before.parse().ok());
    all(&web, &tenant, StatusCode::OK, Said { before, ..Said::default() })
}

/// `POST /settings/alerts/{switch,remove}`.
pub async fn change_rule(
    State(web): State<Web>,
    uri: Uri,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    let alerts = web.hub().alerts();
    let changed = id(&filled).and_then(|id| match act(&uri) {
        "switch" => alerts.switch_rule(by, id, filled.text("on") == "yes"),
        _ => alerts.remove_rule(by, id),
    });
    done(&web, &tenant, changed)
}

/// `POST /settings/alerts/usual`: the rules that most want.
pub async fn add_usual(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let by = By { tenant: &tenant.id, who: &asker.who };
    done(&web, &tenant, web.hub().alerts().set_rules(by, None, &usual()))
}

/// The rules that most want: their limits are the queues' own targets, where there are such.
fn usual() -> [Rule; 4] {
    let rule = |metric: Metric, severity, hold_s| Rule {
        metric,
        of: Of::Each,
        window: Window::M30,
        below: metric.is_bad_below(),
        limit: None,
        clear: None,
        hold_s,
        severity,
        cool_down_s: 300,
        open: None,
        quiet: None,
    };
    let silent = rule(Metric::PbxSilent, Severity::Action, 0);
    let minutes = 15;
    [
        rule(Metric::LongestWait, Severity::Attention, 10),
        Rule { limit: Some(1), ..rule(Metric::Ready, Severity::Action, 60) },
        rule(Metric::ServiceLevel, Severity::Attention, 60),
        Rule { of: Of::Tenant, limit: Some(minutes * 60_000), ..silent },
    ]
}

/// `POST /settings/alerts/webhook-add`. The answer has the secret, which stands nowhere else.
pub async fn add_webhook(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    let (name, url) = (filled.text("name"), filled.text("url"));
    let least = Severity::ALL.iter().find(|one| one.as_str() == filled.text("least"));
    let least = *least.ok_or_else(forms::unreadable)?;
    match web.hub().alerts().add_target(by, name, url, least) {
        Ok(secret) => {
            let fresh = Some((name.trim().to_owned(), secret.reveal().to_owned()));
            all(&web, &tenant, StatusCode::OK, Said { fresh, ..Said::default() })
        }
        Err(error) => {
            let (status, note) = refused(&error)?;
            let typed = [name.to_owned(), url.to_owned()];
            all(&web, &tenant, status, Said { note: Some(note), typed, ..Said::default() })
        }
    }
}

/// `POST /settings/alerts/{webhook-switch,webhook-secret,webhook-remove}`.
pub async fn change_webhook(
    State(web): State<Web>,
    uri: Uri,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    let alerts = web.hub().alerts();
    let changed = id(&filled).and_then(|id| match act(&uri) {
        "webhook-switch" => alerts.switch_target(by, id, filled.text("on") == "yes").map(|()| None),
        "webhook-secret" => alerts.renew_target(by, id).map(Some),
        _ => alerts.remove_target(by, id).map(|()| None),
    });
    match changed {
        Ok(Some((name, secret))) => {
            let fresh = Some((name, secret.reveal().to_owned()));
            all(&web, &tenant, StatusCode::OK, Said { fresh, ..Said::default() })
        }
        changed => done(&web, &tenant, changed.map(drop)),
    }
}

/// `POST /settings/alerts/webhook-test`: tries it, and says what came back.
pub async fn try_webhook(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    let outcome = match id(&filled) {
        Ok(id) => web.hub().alerts().try_target(by, id).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok((outcome, took)) => {
            let tone = if outcome.is_taken() { Tone::Ready } else { Tone::Act };
            let note = Some((tone, tried(outcome.is_taken(), &outcome.word(), took.as_millis())));
            all(&web, &tenant, StatusCode::OK, Said { note, ..Said::default() })
        }
        Err(error) => done(&web, &tenant, Err(error)),
    }
}

fn id(filled: &Filled) -> Result<i64, AlertError> {
    filled.text("id").parse().map_err(|_| AlertError::NotThere)
}

/// The way back to the page, or the page with what is wrong.
fn done(web: &Web, tenant: &LiveTenant, changed: Result<(), AlertError>) -> Result<Response, Problem> {
    match changed {
        Ok(()) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => {
            let (status, note) = refused(&error)?;
            all(web, tenant, status, Said { note: Some(note), ..Said::default() })
        }
    }
}

/// The answer's status and the page's words where nothing was changed.
pub fn refused(error: &AlertError) -> Result<(StatusCode, (Tone, String)), Problem> {
    let status = match error {
        AlertError::NotThere => StatusCode::NOT_FOUND,
        AlertError::TooMany => StatusCode::CONFLICT,
        AlertError::Name | AlertError::Address(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AlertError::Store(_) | AlertError::Random(_) => {
            return Err(super::failed(error));
        }
    };
    Ok((status, (Tone::Act, as_sentence(&error.to_string()))))
}

fn all(web: &Web, tenant: &LiveTenant, status: StatusCode, said: Said) -> Result<Response, Problem> {
    let alerts = web.hub().alerts();
    let (now, wall) = (web.hub().clock().now(), Wall::of(web, tenant));
    let rules = alerts.rules(&tenant.id).map_err(unreadable_settings)?;
    let targets = alerts.targets(&tenant.id).map_err(unreadable_settings)?;
    // One more than is shown tells whether there are older ones.
    let mut log = alerts.log(&tenant.id, said.before, LINES + 1).map_err(unreadable_settings)?;
    let is_last_page = log.len() <= LINES;
    log.truncate(LINES);
    let older = log.last().filter(|_| !is_last_page).map(|(line, _)| line.id);
    let (standing, known) = (alerts.now(&tenant.id), forms::known(tenant));
    let name =
        |number: &str| known.queues.iter().find(|(its, _)| its == number).map(|(_, name)| name.clone());
    let content = Page {
        rules: rules.into_iter().map(|rule| rule_line(rule, &standing, name)).collect(),
        webhooks: targets.into_iter().map(webhook).collect(),
        log: log.into_iter().map(|(line, sent)| log_line(line, sent, |at| wall.moment(at, now))).collect(),
        older,
        is_later_page: said.before.is_some(),
        fresh: said.fresh,
        note: said.note,
        typed: said.typed,
    };
    let mut response =
        page(web, tenant, Place::Alerts, Refresh::Never, live::of_lamps(), || shown::alerts(content))?;
    *response.status_mut() = status;
    Ok(response)
}

fn rule_line(kept: KeptRule, standing: &Standing, name: impl Fn(&str) -> Option<String>) -> RuleLine {
    let KeptRule { id, rule, enabled } = kept;
    let stands = standing.rules.get(&id).copied().unwrap_or_default();
    let state = match (&rule, enabled) {
        (None, _) => RuleState::Unreadable,
        (_, false) => RuleState::Off,
        _ if stands.raised > 0 => RuleState::Raised(stands.raised),
        _ if stands.closed => RuleState::Closed,
        _ => stands.unknown.map_or(RuleState::Fine, |(count, why)| RuleState::Unknown(count, why)),
    };
    RuleLine {
        id,
        severity: rule.as_ref().map(|rule| rule.severity),
        place: rule.as_ref().map(|rule| place(&rule.of, name)).unwrap_or_default(),
        sentence: rule.as_ref().map(sentence).unwrap_or_default(),
        state,
    }
}

fn webhook(target: targets::Target) -> Webhook {
    Webhook {
        id: target.id,
        name: target.name,
        address: target.address.map(|address| address.to_string()),
        least: target.least,
        enabled: target.enabled,
    }
}

fn log_line(
    line: Noted,
    sent: Vec<targets::Sent>,
    moment: impl Fn(model::time::UnixMillis) -> String,
) -> LogLine {
    let what = shown::what(&line.alert(false));
    let told = sent.into_iter().map(|sent| Told {
        name: sent.target,
        kind: sent.kind,
        result: sent.result,
        waits: sent.waits,
    });
    let who = line.acknowledged_name.or(line.acknowledged_by).unwrap_or_default();
    LogLine {
        id: line.id,
        severity: line.rule.severity,
        what,
        raised: moment(line.raised_at),
        cleared: line.cleared_at.map(|at| (moment(at), line.why.unwrap_or_default())),
        acknowledged: line.acknowledged_at.map(|at| (moment(at), who)),
        told: told.collect(),
    }
}

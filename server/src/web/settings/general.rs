//! `/settings/general`: the tenant's clock, its id at the PBX, and how long what came is kept.

use std::ops::RangeInclusive;

use app::settings::{
    Place,
    general::{self as shown, General},
    parts::Line,
};
use axum::{
    Extension, Form,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use jiff::tz::{self, TimeZone};
use model::id::PbxTenantId;
use serde::Deserialize;

use super::{
    Refresh, administered, forms::unreadable, live, page, queues::Fill as _, set, unreadable_settings,
};
use crate::{
    access::Asker,
    config::{self, RetentionSettings},
    live::LiveTenant,
    settings::{self, GeneralParts},
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/general";

/// The longest id of a tenant at its PBX, in characters.
const PBX_TENANT_MAX: usize = 64;

/// What the form says. A field that is not sent stays as it is.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    time_zone: Option<String>,
    day_starts: Option<String>,
    pbx_tenant_id: Option<String>,
    raw_days: Option<String>,
    raw_gib: Option<String>,
    history_days: Option<String>,
}

/// `GET /settings/general`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let parts = web.0.settings.general(&tenant.id).map_err(unreadable_settings)?;
    answer(&web, &tenant, StatusCode::OK, of_parts(&parts))
}

/// `POST /settings/general`.
pub async fn change(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| unreadable())?;
    let parts = web.0.settings.general(&tenant.id).map_err(unreadable_settings)?;
    let (mut content, page) = (of_parts(&parts), &parts.page);
    let time_zone = content.time_zone.filled(filled.time_zone, page.time_zone.clone(), time_zone);
    let day_starts = content.day_starts.filled(filled.day_starts, page.day_starts.clone(), day_starts);
    let pbx_tenant = content.pbx_tenant.filled(filled.pbx_tenant_id, page.pbx_tenant.clone(), pbx_tenant);
    let kept = &page.retention;
    let retention = RetentionSettings {
        raw_days: content
            .raw_days
            .filled(filled.raw_days, kept.raw_days, |text| number(text, &RetentionSettings::RAW_DAYS)),
        raw_gib: content
            .raw_gib
            .filled(filled.raw_gib, kept.raw_gib, |text| number(text, &RetentionSettings::RAW_GIB)),
        history_days: content.history_days.filled(filled.history_days, kept.history_days, |text| {
            number(text, &RetentionSettings::HISTORY_DAYS)
        }),
    };
    let lines = [
        &content.time_zone,
        &content.day_starts,
        &content.pbx_tenant,
        &content.raw_days,
        &content.raw_gib,
        &content.history_days,
    ];
    if let Some(status) = super::wrong(&lines) {
        return answer(&web, &tenant, status, content);
    }
    let general = settings::General { time_zone, day_starts, pbx_tenant, retention };
    set(&web, &tenant.id, &asker, ADDRESS, move |settings, by| settings.set_general(by, &general)).await
}

/// A zone by its name as the IANA writes it.
fn time_zone(text: &str) -> Result<Option<String>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let zone = TimeZone::get(text).ok().filter(|zone| !zone.is_unknown());
    let name = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
    name.map(Some).ok_or(shown::time_zone_wrong())
}

fn day_starts(text: &str) -> Result<Option<String>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    config::time_of_day(text).map(|_| Some(text.to_owned())).ok_or(shown::day_starts_wrong())
}

/// A number within its range, or none.
fn number(text: &str, range: &RangeInclusive<u32>) -> Result<Option<u32>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.map(Some).ok_or(shown::number_wrong())
}

fn pbx_tenant(text: &str) -> Result<Option<PbxTenantId>, &'static str> {
    let fits = text.chars().count() <= PBX_TENANT_MAX
        && !text.contains(|c: char| c.is_control() || c.is_whitespace());
    if fits { Ok((!text.is_empty()).then(|| text.into())) } else { Err(shown::pbx_tenant_wrong()) }
}

fn of_parts(GeneralParts { file, page }: &GeneralParts) -> General {
    let line = |of_file: Option<&str>, of_page: Option<&str>| Line {
        value: of_file.or(of_page).unwrap_or_default().to_owned(),
        wrong: None,
        of_file: of_file.is_some(),
    };
    let days = |of: fn(&RetentionSettings) -> Option<u32>| {
        let [in_file, on_page] =
            [file, page].map(|part| of(&part.retention).map(|number| number.to_string()));
        line(in_file.as_deref(), on_page.as_deref())
    };
    let [in_file, on_page] = [file, page].map(|part| part.pbx_tenant.as_ref().map(PbxTenantId::as_str));
    General {
        time_zone: line(file.time_zone.as_deref(), page.time_zone.as_deref()),
        machine_zone: TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
        zones: zones(),
        day_starts: line(file.day_starts.as_deref(), page.day_starts.as_deref()),
        pbx_tenant: line(in_file, on_page),
        raw_days: days(|kept| kept.raw_days),
        raw_gib: days(|kept| kept.raw_gib),
        history_days: days(|kept| kept.history_days),
    }
}

/// The zones that people live in.
fn zones() -> Vec<String> {
    let known = tz::db().available().map(|name| name.as_str().to_owned());
    let is_place = |name: &String| name.contains('/') && name.starts_with(|c: char| c.is_ascii_uppercase());
    let mut zones: Vec<_> = known.filter(|name| is_place(name) && !name.starts_with("Etc/")).collect();
    zones.sort_unstable();
    zones
}

fn answer(web: &Web, tenant: &LiveTenant, status: StatusCode, content: General) -> Result<Response, Problem> {
    let content = || shown::general(content);
    let mut response = page(web, tenant, Place::General, Refresh::Never, live::of_lamps(), content)?;
    *response.status_mut() = status;
    Ok(response)
}

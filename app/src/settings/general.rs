//! The page of a tenant's own settings: its clock, its id at the PBX, and how long what came is kept.

use leptos::prelude::*;

use super::parts::{Line, LineField};
use crate::words::word;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct General {
    /// An IANA name.
    pub time_zone: Line,
    /// What counts where none is written.
    pub machine_zone: String,
    /// The zones there are.
    pub zones: Vec<String>,
    /// `HH:MM`.
    pub day_starts: Line,
    /// The PBX's id of the tenant.
    pub pbx_tenant: Line,
    /// Days that deliveries stay.
    pub raw_days: Line,
    /// GiB that they may take.
    pub raw_gib: Line,
    /// Days that finished calls stay.
    pub history_days: Line,
}

/// The page's content.
pub fn general(page: General) -> AnyView {
    let General { time_zone, machine_zone, zones, day_starts, pbx_tenant, raw_days, raw_gib, history_days } =
        page;
    let lines = [&time_zone, &day_starts, &pbx_tenant, &raw_days, &raw_gib, &history_days];
    let of_file = lines.iter().all(|line| line.of_file);
    let zones = zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view();
    view! {
        <div class="settings-head">
            <div><h1>{word!(general.title)}</h1><p>{word!(general.intro)}</p></div>
        </div>
        <section class="card settings-narrow">
            <form class="form" method="post" action="/settings/general">
                <LineField id="time-zone".to_owned() name="time_zone" label=word!(general.time_zone) line=time_zone hint=word!(general.time_zone_means, machine_zone) list="zones"/>
                <datalist id="zones">{zones}</datalist>
                <LineField id="day-starts".to_owned() name="day_starts" label=word!(general.day_starts) line=day_starts hint=word!(general.day_starts_means).to_owned()/>
                <LineField id="pbx-tenant".to_owned() name="pbx_tenant_id" label=word!(general.pbx_tenant) line=pbx_tenant hint=word!(general.pbx_tenant_means).to_owned()/>
                <h2>{word!(general.kept)}</h2>
                <div class="two">
                    <LineField id="raw-days".to_owned() name="raw_days" label=word!(general.raw_days) line=raw_days hint=word!(general.raw_days_means).to_owned() digits=true/>
                    <LineField id="raw-gib".to_owned() name="raw_gib" label=word!(general.raw_gib) line=raw_gib hint=word!(general.raw_gib_means).to_owned() digits=true/>
                </div>
                <LineField id="history-days".to_owned() name="history_days" label=word!(general.history_days) line=history_days hint=word!(general.history_days_means).to_owned() digits=true/>
                {(!of_file).then(|| view! { <div class="form__row"><button class="button button--main">{word!(settings.save)}</button></div> })}
            </form>
        </section>
    }
    .into_any()
}

/// What is wrong with a time zone that was written.
pub fn time_zone_wrong() -> &'static str {
    word!(general.time_zone_wrong)
}

/// What is wrong with a time of day that was written.
pub fn day_starts_wrong() -> &'static str {
    word!(general.day_starts_wrong)
}

/// What is wrong with a number of days or GiB that was written.
pub fn number_wrong() -> &'static str {
    word!(general.number_wrong)
}

/// What is wrong with a PBX's id that was written.
pub fn pbx_tenant_wrong() -> &'static str {
    word!(general.pbx_tenant_wrong)
}

//! `/settings/diagnostics`: what the board was made of, and what of it is doubtful.

use app::settings::{
    Live, Place,
    diagnostics::{self, Doubts, Verdicts, Version},
};
use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use model::{time::Millis, wire};

use super::{
    Refresh, administered, event_url,
    live::{self, Seen},
    page,
    trouble::trouble,
};
use crate::{
    access::Asker,
    ingest::DeliveryVerdict,
    live::{FOLD_VERSION, LiveTenant},
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/diagnostics";

/// How many of the last deliveries are looked at.
const DELIVERIES: usize = 200;

/// `GET /settings/diagnostics`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let found = find(&web, &tenant).await?;
    let live = Live { address: format!("{ADDRESS}/live") };
    page(&web, &tenant, Place::Diagnostics, Refresh::ByItself, live, || diagnostics::diagnostics(found))
}

/// `GET /settings/diagnostics/live`: all of it, when there is anything newer.
pub async fn follow(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(seen): Query<Seen>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Some(version) = live::newer(&web, &tenant, &seen).await else {
        return Ok(live::nothing(web.hub().clock().now()));
    };
    let found = find(&web, &tenant).await?;
    let parts = live::lamps_part(&web, &tenant) + &diagnostics::live_part(found);
    Ok(live::something(&web, &version, parts))
}

async fn find(web: &Web, tenant: &LiveTenant) -> Result<diagnostics::Diagnostics, Problem> {
    let summary = tenant.summary();
    let counts = summary.counts;
    let standing = web.0.links.shown(&tenant.id).map(|shown| shown.standing).unwrap_or_default();
    let versions = [
        (Version::Server, env!("CARGO_PKG_VERSION").to_owned()),
        (Version::Build, web.hub().build().to_owned()),
        (Version::Fold, FOLD_VERSION.to_string()),
        (Version::Feed, wire::VERSION.to_string()),
    ];
    Ok(diagnostics::Diagnostics {
        now: web.hub().clock().now(),
        lamps: web.hub().lamps(&tenant.id),
        failing: standing.failing.map(|(error, _)| trouble(&error)),
        verdicts: verdicts(web, tenant).await?,
        skew: web.0.ingest.skew(&tenant.id).map(|skew| Millis(skew.0)),
        asked: standing.round.map(|round| (round.at, round.left_out.iter().map(trouble).collect())),
        doubts: Doubts {
            ties: counts.ties,
            untimed: counts.untimed,
            without_call: counts.without_call,
            foreign: counts.foreign,
            too_old: counts.too_old,
            shed: counts.shed,
        },
        pbx_tenants: counts.pbx_tenants.into_iter().map(|(id, events)| (id.to_string(), events)).collect(),
        unknown_events: counts.unknown,
        unknown_fields: summary.unknown_fields,
        versions: versions.into(),
    })
}

/// What became of the last deliveries, read beside the runtime.
async fn verdicts(web: &Web, tenant: &LiveTenant) -> Result<Verdicts, Problem> {
    let (ingest, id) = (web.0.ingest.clone(), tenant.id.clone());
    let read = tokio::task::spawn_blocking(move || ingest.deliveries(&id, None, DELIVERIES)).await;
    let deliveries = match read {
        Ok(Ok(deliveries)) => deliveries,
        Ok(Err(error)) => return Err(event_url::unreadable(&error)),
        Err(error) => return Err(event_url::unreadable(&error)),
    };
    let mut verdicts = Verdicts::default();
    for delivery in deliveries.into_iter().take(DELIVERIES) {
        let count = match delivery.verdict {
            DeliveryVerdict::Taken => &mut verdicts.taken,
            DeliveryVerdict::Quarantined => &mut verdicts.quarantined,
            DeliveryVerdict::Probe => &mut verdicts.probes,
            DeliveryVerdict::Refused => &mut verdicts.refused,
        };
        *count += 1;
    }
    Ok(verdicts)
}

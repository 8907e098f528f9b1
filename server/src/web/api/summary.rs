//! What is said of a board as a whole: the tenant's figures, and what of the PBX's events could not be used.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{RawPathParams, State},
    http::StatusCode,
};
use model::{
    id::TenantId,
    time::UnixMillis,
    view::{self, Scope},
    wire::{AgentCounts, Figures, LampState, PbxTrouble},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, Web, tenant};
use crate::access::Asker;

/// A tenant's figures: all its queues that the asker may see as one. A queue's own are on its row.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantFigures {
    /// The server's clock.
    at: UnixMillis,
    /// By window; `null` until the first minute of a server's life has passed. The service level adds up each queue's own
    /// parts, so `formula` and `target_s` are `null` where queues differ. For who may see some queues only, percentiles of
    /// several are `null`.
    figures: Option<Figures>,
    /// Agents by state, each person once: of several queues' states the one that says most.
    persons: AgentCounts,
}

/// The tenant's figures, a few seconds old.
#[utoipa::path(get, path = "/api/v1/figures", responses((status = 200, description = "The figures.", body = TenantFigures)))]
pub async fn figures(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
) -> Result<Json<TenantFigures>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let (figures, persons) = match &asker.audience.scope {
        Scope::Tenant => {
            let summary = tenant.summary();
            (summary.figures, summary.persons)
        }
        Scope::Only { .. } => {
            let rows = tenant.rows();
            let sight = rows.sight(&asker.audience);
            view::total(rows.all().filter_map(|(_, shown)| sight.see(shown.row())))
        }
    };
    Ok(Json(TenantFigures { at: web.hub().clock().now(), figures, persons }))
}

/// What of the PBX's events could not be used, or was used with a doubt. Repeated deliveries are counted again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Diagnostics {
    /// The server's clock.
    at: UnixMillis,
    /// Our clock minus the PBX's, in milliseconds; `null` until some deliveries had a time.
    skew_ms: Option<i64>,
    /// Two different values of one thing in one second: the one that was heard of later stands.
    ties: u64,
    /// Facts without a plausible time of their own: they stand as of their receipt.
    untimed: u64,
    /// Events of a call that don't say of which.
    without_call: u64,
    /// Events of another tenant of the PBX than the configured one.
    foreign: u64,
    /// Events of calls that were forgotten, more than 26 h late.
    too_old: u64,
    /// Calls that were forgotten early because there were more than 50,000.
    shed: u64,
    /// The link to the PBX's own interfaces.
    pbx: PbxLink,
    /// Events by the PBX's tenant.
    pbx_tenants: BTreeMap<String, u64>,
    /// Events that this version has no use for, by name.
    unknown_events: BTreeMap<String, u64>,
    /// Fields of known events that this version does not know, by `event.field`.
    unknown_fields: BTreeMap<String, u64>,
}

/// The link to the PBX's own interfaces (docs/pbx.md), and the lamp that it has a part in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PbxLink {
    /// What the PBX's lamp shows.
    #[schema(value_type = String)]
    state: LampState,
    /// Since when.
    since: Option<UnixMillis>,
    /// Why it is `down`.
    why: Option<String>,
    /// The same as a word; others may come with any version.
    trouble: Option<PbxTrouble>,
    /// When the PBX was last asked for everything; `null` where it is not asked.
    asked_at: Option<UnixMillis>,
    /// What of its answers was left out, and why.
    left_out: Vec<String>,
}

impl PbxLink {
    fn of(web: &Web, tenant: &TenantId) -> Self {
        let lamps = web.hub().lamps(tenant);
        let round = web.0.links.shown(tenant).and_then(|shown| shown.standing.round);
        Self {
            state: lamps.pbx.state,
            since: lamps.pbx.since,
            why: lamps.why,
            trouble: lamps.trouble,
            asked_at: round.as_ref().map(|round| round.at),
            left_out: round.iter().flat_map(|round| &round.left_out).map(ToString::to_string).collect(),
        }
    }
}

/// What of the PBX's events could not be used, a few seconds old.
#[utoipa::path(get, path = "/api/v1/diagnostics", responses((status = 200, description = "The counts.", body = Diagnostics)))]
pub async fn diagnostics(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
) -> Result<Json<Diagnostics>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    if asker.audience.scope != Scope::Tenant {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "diagnostics are of the whole tenant, and you may see a part of it; ask an administrator",
        ));
    }
    let summary = tenant.summary();
    let counts = summary.counts;
    Ok(Json(Diagnostics {
        at: web.hub().clock().now(),
        skew_ms: web.0.ingest.skew(&tenant.id).map(|skew| skew.0),
        ties: counts.ties,
        untimed: counts.untimed,
        without_call: counts.without_call,
        foreign: counts.foreign,
        too_old: counts.too_old,
        shed: counts.shed,
        pbx: PbxLink::of(&web, &tenant.id),
        pbx_tenants: counts.pbx_tenants.into_iter().map(|(id, events)| (id.to_string(), events)).collect(),
        unknown_events: counts.unknown,
        unknown_fields: summary.unknown_fields,
    }))
}

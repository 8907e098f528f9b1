//! `POST /alerts/acknowledge`: somebody knows of an alert. The form stands on every page that shows alerts.

use axum::{Extension, extract::State, response::Response};
use model::wire::Alert;

use super::{
    Problem, Web,
    gate::{own_path, see_other},
    pages::may_acknowledge,
    settings::forms::{Filled, unreadable},
    table::{Need, Table},
};
use crate::{
    access::{Asker, By, Role},
    alerts::AlertError,
    live::LiveTenant,
};

/// What people do with alerts that are raised.
pub fn table() -> Table {
    Table::new().post("/alerts/acknowledge", Need::Signed(Role::Supervisor), acknowledge)
}

async fn acknowledge(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Filled,
) -> Result<Response, Problem> {
    let gone = || Problem::not_found("there is no such alert any more; load the page again");
    let tenant = web.hub().tenant(&asker, None).ok_or_else(gone)?;
    let id: i64 = filled.text("id").parse().map_err(|_| unreadable())?;
    if !may_acknowledge(&asker) || !is_seen(&web, &tenant, &asker, id) {
        return Err(gone());
    }
    let by = By { tenant: &tenant.id, who: &asker.who };
    match web.hub().alerts().acknowledge(by, id) {
        // Somebody was faster: that is what was wanted.
        Ok(()) | Err(AlertError::NotThere) => Ok(see_other(own_path(filled.text("next")).unwrap_or("/"))),
        Err(error) => Err(super::settings::failed(&error)),
    }
}

/// Whether an alert is raised, of what the asker may see.
fn is_seen(web: &Web, tenant: &LiveTenant, asker: &Asker, id: i64) -> bool {
    let sight = tenant.rows().sight(&asker.audience);
    let id = id.to_string();
    let is_it = |alert: &&Alert| *alert.id == *id && sight.sees_alert(alert);
    web.hub().alerts().now(&tenant.id).raised.iter().any(|alert| is_it(&alert))
}

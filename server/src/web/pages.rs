//! Pages: rendered by the application's components, with the rows as they are now.

use std::sync::Arc;

use app::{PageData, SetStatus};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::ResponseOptions;

use super::{Problem, Web, assets, headers};
use crate::{access::Asker, feed::View};

/// The addresses of all pages, as the application's router has them.
pub fn paths() -> Vec<String> {
    // Making the list also starts what runs the application's tasks.
    leptos_axum::generate_route_list(app::App).iter().map(|route| route.path().to_owned()).collect()
}

/// `GET` of a page.
pub async fn page(State(web): State<Web>, Extension(asker): Extension<Asker>, request: Request) -> Response {
    render(&web, &asker, request).await
}

/// Everything that is no address of ours: within the API a problem, else a page that leads back.
pub async fn not_found(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    request: Request,
) -> Response {
    if request.uri().path().starts_with("/api/") {
        return Problem::not_found("there is no such address; /api/v1/openapi.json lists them")
            .into_response();
    }
    render(&web, &asker, request).await
}

async fn render(web: &Web, asker: &Asker, request: Request) -> Response {
    let data = match data(web, asker) {
        Ok(data) => data,
        Err(problem) => return problem.into_response(),
    };
    let nonce = data.nonce.clone();
    let context = {
        let nonce = nonce.clone();
        move || {
            provide_context(leptos::nonce::Nonce::from_value(nonce.clone()));
            let answer = expect_context::<ResponseOptions>();
            provide_context(SetStatus(Arc::new(move |status| {
                if let Ok(status) = StatusCode::from_u16(status) {
                    answer.set_status(status);
                }
            })));
        }
    };
    let shell = move || app::shell(data.clone());
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match HeaderValue::from_str(&headers::page_policy(&nonce)) {
        Ok(policy) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        // Base64 always is a header's value; a page without its policy is not served.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn data(web: &Web, asker: &Asker) -> Result<PageData, Problem> {
    let hub = web.hub();
    let tenant = hub.tenant(asker, None).ok_or_else(|| {
        Problem::not_found(
            "there are several tenants; sign in to one of them; the API has /api/v1/tenants/{tenant}/…",
        )
    })?;
    let channel = hub
        .channel(&tenant, &View::Overview, &asker.audience)
        .ok_or_else(|| Problem::not_found("there is no such view"))?;
    Ok(PageData {
        snapshot: channel.snapshot(),
        lamps: hub.lamps(&tenant.id),
        build: hub.build().to_owned(),
        assets: assets::of_page(),
        root: web.0.hosts.external.as_ref().map_or_else(String::new, |url| url.path.clone()),
        nonce: nonce().map_err(|_| no_randomness())?,
        access_open: web.access().is_open(),
        test_clock: hub.clock().is_test(),
    })
}

/// There is no nonce, so there is no page.
pub fn no_randomness() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the system gives no random bytes; try again, and see the server's log",
    )
}

/// 128 bits that nobody guesses, new with each answer.
pub fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

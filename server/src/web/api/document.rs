//! `GET /api/v1/openapi.json`: the API's description, made from the handlers' own types.

use std::sync::LazyLock;

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use utoipa::{
    OpenApi,
    openapi::{
        Server,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{board, lists, operator, summary};
use crate::web::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ringside",
        description = "The board of a PBX, read-only. Numbers and ids are strings, times are unix milliseconds, and what \
                       is unknown is null. Where a server has several tenants, every address stands below \
                       /api/v1/tenants/{tenant} instead of /api/v1. Errors are application/problem+json.",
    ),
    paths(
        board::board,
        lists::extensions,
        lists::queues,
        lists::queue,
        lists::callers,
        lists::agents,
        lists::calls,
        operator::deliveries,
        operator::endpoints,
        summary::figures,
        summary::diagnostics,
    )
)]
struct Document;

/// Made once: it is long, and whoever asks for it again and again must not cost the hooks their turn.
static DOCUMENT: LazyLock<Result<String, serde_json::Error>> =
    LazyLock::new(|| with_tenants(Document::openapi()).to_json());

/// The document.
pub async fn document() -> Response {
    match &*DOCUMENT {
        Ok(document) => ([(CONTENT_TYPE, "application/json")], document.as_str()).into_response(),
        Err(error) => {
            tracing::error!(%error, "the API's document can't be written; please report it");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the document can't be written; the server's log says why",
            )
            .into_response()
        }
    }
}

/// Adds the form with the tenant in the path of each address.
fn with_tenants(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let of_tenant: Vec<_> = document
        .paths
        .paths
        .iter()
        .map(|(path, item)| {
            let mut item = item.clone();
            item.parameters.get_or_insert_default().push(utoipa::openapi::RefOr::T(tenant_parameter()));
            if let Some(get) = &mut item.get {
                get.operation_id = get.operation_id.as_ref().map(|id| format!("{id}_of_tenant"));
            }
            (path.replacen("/api/v1/", "/api/v1/tenants/{tenant}/", 1), item)
        })
        .collect();
    document.paths.paths.extend(of_tenant);
    document.servers = Some(vec![Server::new("/")]);
    document
}

fn tenant_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("tenant")
        .parameter_in(ParameterIn::Path)
        .required(utoipa::openapi::Required::True)
        .description(Some("The tenant's id in the configuration."))
        .build()
}

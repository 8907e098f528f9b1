//! `GET /api/v1/openapi.json`: the API's description, made from the handlers' own types. What all of them have alike (who may
//! ask, what goes wrong, the form with the tenant in the path) is added here once.

use std::sync::LazyLock;

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use utoipa::{
    OpenApi,
    openapi::{
        Content, HeaderBuilder, OpenApi as Document, Ref, RefOr, Required, ResponseBuilder, Server, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::ObjectBuilder,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use super::{alerts, board, course, history, lists, operator, summary};
use crate::web::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ringside",
        description = "The board of a PBX, read-only. Numbers and ids are strings, times are unix milliseconds, and what \
                       is unknown is null. Each answer holds what its reader may see: rows outside of the scope are absent, \
                       and for viewers outside parties' numbers are without their last four digits. Whoever has one tenant \
                       may leave it out of the address; every address stands below /api/v1/tenants/{tenant} too. Errors are \
                       application/problem+json. The same rows come as they change by the WebSocket /feed.",
    ),
    paths(
        document,
        board::board,
        lists::extensions,
        lists::queues,
        lists::queue,
        lists::callers,
        lists::agents,
        lists::calls,
        history::calls,
        history::file,
        history::call,
        history::visits,
        operator::deliveries,
        operator::endpoints,
        alerts::alerts,
        summary::figures,
        course::course,
        summary::diagnostics,
    ),
    components(schemas(Problem))
)]
struct Handlers;

/// The document. Made once: it is long, and whoever asks for it again and again must not cost the hooks their turn.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(|| complete(Handlers::openapi()));

static TEXT: LazyLock<Result<String, serde_json::Error>> = LazyLock::new(|| DOCUMENT.to_json());

/// Where the document itself is: the one address that anybody may ask, and that is of no tenant.
pub const ADDRESS: &str = "/api/v1/openapi.json";

/// What may go wrong at every other address: status, when, and whether the answer says when to come back.
const PROBLEMS: [(&str, &str); 6] = [
    ("400", "The query was not understood, or the request came through a proxy that is not declared."),
    ("401", "Nobody is signed in, and no valid API token was shown."),
    ("403", "The role is too low, or the request came from a page of another origin."),
    ("404", "There is no such tenant, view or row, or not for you."),
    ("421", "The request names another host than the server's own."),
    ("503", "The server still reads its journal."),
];

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    security(()),
    responses((status = 200, description = "An OpenAPI 3.1 document.", body = Object, content_type = "application/json"))
)]
pub async fn document() -> Response {
    match &*TEXT {
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

fn complete(mut document: Document) -> Document {
    for (path, item) in &mut document.paths.paths {
        if let Some(get) = item.get.as_mut().filter(|_| path != ADDRESS) {
            add_problems(get);
        }
    }
    with_tenants(&mut document);
    document.servers = Some(vec![Server::new("/")]);
    document.security =
        Some(vec![SecurityRequirement::new("session", [""; 0]), SecurityRequirement::new("token", [""; 0])]);
    let components = document.components.get_or_insert_default();
    let cookie = ApiKeyValue::with_description(
        "__Host-ringside",
        "A person's session, from /sign-in. Over plain HTTP on this machine its name is `ringside`. While access is open \
         nobody needs one.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let mut token = Http::new(HttpAuthScheme::Bearer);
    token.description = Some("An API token, made on the settings pages or in the configuration.".to_owned());
    components.add_security_scheme("token", SecurityScheme::Http(token));
    document
}

/// Adds what may go wrong, and says of every problem that it is one.
fn add_problems(operation: &mut Operation) {
    for (status, about) in PROBLEMS {
        let told = operation.responses.responses.entry(status.to_owned());
        told.or_insert_with(|| RefOr::T(ResponseBuilder::new().description(about).build()));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content = [("application/problem+json".to_owned(), RefOr::T(problem))].into();
        }
        if status == "503" {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
            let header =
                HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait.")).build();
            response.headers.insert("Retry-After".to_owned(), header.into());
        }
    }
}

/// Adds the form with the tenant in the path of each address.
fn with_tenants(document: &mut Document) {
    let of_tenant: Vec<(String, PathItem)> = document
        .paths
        .paths
        .iter()
        .filter(|(path, _)| *path != ADDRESS)
        .map(|(path, item)| {
            let mut item = item.clone();
            item.parameters.get_or_insert_default().push(RefOr::T(tenant_parameter()));
            if let Some(get) = &mut item.get {
                get.operation_id = get.operation_id.as_ref().map(|id| format!("{id}_of_tenant"));
            }
            (path.replacen("/api/v1/", "/api/v1/tenants/{tenant}/", 1), item)
        })
        .collect();
    document.paths.paths.extend(of_tenant);
}

fn tenant_parameter() -> Parameter {
    let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[a-z0-9-]{1,40}$")).build();
    ParameterBuilder::new()
        .name("tenant")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(id))
        .description(Some("The tenant's id in the configuration."))
        .build()
}

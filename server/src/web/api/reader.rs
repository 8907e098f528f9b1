//! `GET /api`: the API's document as a page for people.

use app::reference::{Address, Parameter, Reference};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

use super::document::{ADDRESS, DOCUMENT};
use crate::web::{assets, headers, pages};

/// What the examples take from the shell.
const SET_UP: &str = "RINGSIDE=https://ringside.example.com TOKEN=…";

/// The page.
pub async fn reader() -> Response {
    let document = &*DOCUMENT;
    let reference = Reference {
        about: document.info.description.clone().unwrap_or_default(),
        document: ADDRESS.to_owned(),
        set_up: SET_UP.to_owned(),
        addresses: addresses(),
        css: assets::sheet(),
    };
    let Ok(nonce) = pages::nonce() else { return pages::no_randomness().into_response() };
    let Ok(policy) = HeaderValue::from_str(&headers::page_policy(&nonce)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Html(app::reference::document(reference)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Each address once; the form with the tenant is told with it.
fn addresses() -> Vec<Address> {
    let paths = &DOCUMENT.paths.paths;
    let own = paths.iter().filter(|(path, _)| !path.contains("{tenant}"));
    let told = own.filter_map(|(path, item)| {
        let of_tenant = path.replacen("/api/v1/", "/api/v1/tenants/{tenant}/", 1);
        Some(address(path, paths.contains_key(&of_tenant).then_some(of_tenant), item.get.as_ref()?))
    });
    told.collect()
}

fn address(path: &str, of_tenant: Option<String>, get: &Operation) -> Address {
    let parameters = get.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(Parameter {
            name: parameter.name.clone(),
            in_path: matches!(parameter.parameter_in, ParameterIn::Path),
            about: parameter.description.clone().unwrap_or_default(),
        }),
        RefOr::Ref(_) => None,
    });
    let answers = get.responses.responses.iter().map(|(status, response)| {
        let about = match response {
            RefOr::T(response) => response.description.clone(),
            RefOr::Ref(_) => String::new(),
        };
        (status.clone(), about)
    });
    let token = if path == ADDRESS { "" } else { "-H \"Authorization: Bearer $TOKEN\" " };
    Address {
        name: format!("GET {path}"),
        of_tenant,
        about: get.summary.iter().chain(&get.description).cloned().collect::<Vec<_>>().join(" "),
        parameters: parameters.collect(),
        answers: answers.collect(),
        example: format!(
            "curl {token}\"$RINGSIDE{}\"",
            path.replace("{queue}", "8001").replace("{call}", "900000000000000001")
        ),
    }
}

//! The one way to make a route: with what it needs. A route without a rule can't be written down, and the tests ask every
//! route of [`rules`](super::rules) as everybody.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware,
    response::IntoResponse,
    routing::{MethodRouter, Route, any, get, post},
};
use tower::{Layer, Service};

use super::{Web, gate};
use crate::access::Role;

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nobody in particular: it shows nothing of a tenant.
    Public,
    /// The PBX, which proves itself by the endpoint's own method (`ingest`).
    Hooks,
    /// Anybody who may see the board: a person, a token, and a wall.
    Watch,
    /// A person or token of that role or one above it.
    Signed(Role),
}

/// A route as the tests and the documentation read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `GET` (and with it HEAD), `POST`, or `ANY`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: String,
    /// What it needs.
    pub need: Need,
}

/// Routes with their needs.
#[derive(Default)]
pub struct Table(Vec<(Rule, MethodRouter<Web>)>);

impl Table {
    /// A table of no routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// `GET path`.
    #[must_use]
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &str, need: Need, handler: H) -> Self {
        self.put("GET", path, need, get(handler))
    }

    /// `POST path`.
    #[must_use]
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &str, need: Need, handler: H) -> Self {
        self.put("POST", path, need, post(handler))
    }

    /// `path`, by whatever method: the handler tells.
    #[must_use]
    pub fn any<H: Handler<T, Web>, T: 'static>(self, path: &str, need: Need, handler: H) -> Self {
        self.put("ANY", path, need, any(handler))
    }

    fn put(mut self, method: &'static str, path: &str, need: Need, route: MethodRouter<Web>) -> Self {
        self.0.push((Rule { method, path: path.to_owned(), need }, route));
        self
    }

    /// All of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The same below a prefix.
    #[must_use]
    pub fn below(self, prefix: &str) -> Self {
        let below = |(rule, route)| {
            let Rule { method, path, need } = rule;
            (Rule { method, path: format!("{prefix}{path}"), need }, route)
        };
        Self(self.0.into_iter().map(below).collect())
    }

    /// A layer around each handler, inside of what decides whether it is reached.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let within = |(rule, route): (Rule, MethodRouter<Web>)| (rule, route.layer(layer.clone()));
        Self(self.0.into_iter().map(within).collect())
    }

    /// What each needs.
    pub fn rules(&self) -> Vec<Rule> {
        self.0.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// The routes, each behind its need.
    pub fn into_router(self) -> Router<Web> {
        self.0
            .into_iter()
            .fold(Router::new(), |router, (rule, route)| router.route(&rule.path, guarded(route, rule.need)))
    }
}

/// A handler that answers what has no route, behind a need.
pub fn fallback<H: Handler<T, Web>, T: 'static>(need: Need, handler: H) -> MethodRouter<Web> {
    guarded(any(handler), need)
}

fn guarded(route: MethodRouter<Web>, need: Need) -> MethodRouter<Web> {
    route.layer(middleware::from_fn(move |request, next| gate::decide(need, request, next)))
}

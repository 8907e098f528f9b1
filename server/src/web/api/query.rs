//! What a query says, as a type; where it says something else, a problem in words.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use super::Problem;

/// A query that was understood.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(asked)| Self(asked)).map_err(|error| {
            Problem::bad_request(&format!(
                "the query was not understood ({}); /api lists the parameters",
                error.body_text()
            ))
        })
    }
}

/// How many rows are asked for: `default` where nothing is said, 1 to `most`.
pub fn limit(asked: Option<usize>, default: usize, most: usize) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(default);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::bad_request(&format!(
        "`limit` is 1 to {most}; for more, ask again from the answer's `next`"
    )))
}

//! The settings: pages of forms, rendered by the server (`ssr`) and never live by wasm, so that they work in any browser.
//!
//! - [`frame`]: the document around each of them. A page gives it a [`Frame`] and its own content.
//! - [`parts`]: what forms are made of: a value to copy, a status line, a note, a moment that ages.
//! - [`listing`]: a table of what there is. [`rights`]: the fields for a role and a scope.
//! - one file a page: [`index`], [`event_url`] with an [`endpoint_card`] each and the list of [`deliveries`] with each [`problem`], [`guide`],
//!   [`alerts`] with an [`alert_rule`] each and their [`webhooks`], [`queues`], [`general`], [`names`], [`pbx`] with its [`trouble`], [`people`], [`tokens`],
//!   [`walls`] and their [`boards`], [`audit`],
//!   [`diagnostics`].
//!   [`door`] has those for who is not in yet, or wants out, in a document of their own.
//!
//! How they work
//! - A form posts; the server changes something and answers 303. What may be shown once only, such as a new secret, stands
//!   in the answer to the POST itself.
//! - `public/live.js` is all the script there is. An element with `data-live="/address"` has it ask that address again and
//!   again (`?seen=` what it has, at first nothing): each element of the answer takes the place of the one with the same id. A
//!   `<button data-copy="id">` copies that element's text.

pub mod alert_rule;
pub mod alerts;
pub mod audit;
pub mod boards;
pub mod deliveries;
pub mod diagnostics;
pub mod door;
pub mod endpoint_card;
pub mod event_url;
pub mod frame;
pub mod general;
pub mod guide;
pub mod index;
pub mod listing;
pub mod names;
pub mod parts;
pub mod pbx;
pub mod people;
pub mod problem;
pub mod queues;
pub mod rights;
pub mod tokens;
pub mod trouble;
pub mod walls;
pub mod webhooks;

pub use frame::{Frame, Live, Place, document};

//! What snapshots cost and save.

use actix_web::web::Data;

use super::{body::NoParameters, error::Answer, reply};
use crate::state::State;

/// Costs and savings, by the server's price sheet.
pub(super) async fn show(_: NoParameters, state: Data<State>) -> Answer {
    let prices = state.prices.clone();
    let found = state.read(move |engine| async move { engine.costs(&prices).await });
    reply::json(&found.await?)
}

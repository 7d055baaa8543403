//! What snapshots cost and save.

use std::sync::Arc;

use actix_web::web::Data;

use super::{body::NoParameters, error::Answer, reply};
use crate::state::State;

/// Costs and savings, by the server's price sheet.
pub(super) async fn show(_: NoParameters, state: Data<State>) -> Answer {
    let (engine, prices) = (Arc::clone(&state.engine), state.prices.clone());
    let work = move || async move { engine.costs(&prices).await };
    reply::json(&state.threads.read(work).await?)
}

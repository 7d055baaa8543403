//! Collecting garbage.

use actix_web::{HttpRequest, web::Data};

use super::{
    body::{Json, NoParameters, Nothing},
    error::Answer,
    once::Once,
    reply,
};
use crate::{
    jobs::{CollectGarbage, Work},
    state::State,
};

/// What collecting garbage would give back.
pub(super) async fn plan(_: NoParameters, state: Data<State>) -> Answer {
    let found = state.read(move |engine| async move { engine.gc_plan().await });
    reply::json(&found.await?)
}

/// Gives back the bytes that no snapshot needs.
pub(super) async fn collect(
    request: HttpRequest,
    _: NoParameters,
    body: Json<Nothing>,
    state: Data<State>,
) -> Answer {
    match Once::begin(&request, &body.bytes, &state).await? {
        Ok(once) => {
            once.start(state.jobs.turn().await, Work::CollectGarbage(CollectGarbage {})).await
        }
        Err(answer) => Ok(answer),
    }
}

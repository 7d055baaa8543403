//! The stream of events (server-sent events, as the HTML standard draws them).

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use futures::{StreamExt as _, stream};
use shared::Event;
use tokio::sync::broadcast::error::RecvError;

use super::{body::NoParameters, error::Answer};
use crate::{events::Numbered, state::State};

/// After how long a silence is broken, so that nobody on the way takes it for the end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What happens, as it happens.
pub(super) async fn stream(request: HttpRequest, _: NoParameters, state: Data<State>) -> Answer {
    let last = request.headers().get("last-event-id").and_then(|it| it.to_str().ok());
    // What is no number of ours is of another start.
    let last = last.map(|text| text.trim().parse().unwrap_or(0));
    let (missed, receiver) = state.events.listen(last);
    let mut head = "retry: 1000\n\n".to_owned();
    for event in &missed {
        head += &frame(event);
    }
    let state = Arc::clone(&state);
    let live = stream::unfold((receiver, state), |(mut receiver, state)| async move {
        let text = tokio::select! {
            () = state.stopped() => return None,
            () = tokio::time::sleep(KEEP_ALIVE) => ":\n\n".to_owned(),
            event = receiver.recv() => match event {
                Ok(event) => frame(&event),
                // Too slow for all of it; the number is that of what comes next.
                Err(RecvError::Lagged(_)) => "event: resync\ndata: {}\n\n".to_owned(),
                Err(RecvError::Closed) => return None,
            },
        };
        Some((text, (receiver, state)))
    });
    let body = stream::once(async { head }).chain(live);
    let body = body.map(|text| Ok::<_, Infallible>(Bytes::from(text)));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(body))
}

/// An event as lines; JSON has no line ends.
fn frame(Numbered { id, event }: &Numbered) -> String {
    let data = match event {
        Event::Job(job) => serde_json::to_string(job),
        Event::Snapshot(snapshot) => serde_json::to_string(snapshot),
        Event::Disk(disk) => serde_json::to_string(disk),
        Event::SnapshotDeleted { id, disk_id } => {
            Ok(format!(r#"{{"id":"{id}","disk_id":"{disk_id}"}}"#))
        }
        Event::DiskDetached { id } => Ok(format!(r#"{{"id":"{id}"}}"#)),
        Event::Resync => Ok("{}".to_owned()),
    };
    let data = data.expect("events have no failing parts");
    format!("id: {id}\nevent: {}\ndata: {data}\n\n", event.kind())
}

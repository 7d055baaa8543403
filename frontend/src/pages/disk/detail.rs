//! More detail of the part of a timeline that is seen, asked for when it is zoomed into.

use leptos::prelude::*;
use shared::{Disk, Timeline};

use super::BARS;
use crate::{
    api,
    asked::ask,
    view::{
        span::Span,
        timeline::{is_coarse, refined},
    },
};

/// The timeline, with what is seen of it told apart as far as the server can.
pub(super) fn detailed(
    disk: Signal<Disk>,
    coarse: Signal<Timeline>,
    span: Memo<Option<Span>>,
) -> Signal<Timeline> {
    let wanted = Memo::new(move |_| {
        let span = span.get().filter(|span| coarse.with(|coarse| is_coarse(coarse, *span)))?;
        Some((coarse.with(|coarse| coarse.revision), span.with_sides()))
    });
    let id = disk.with_untracked(|disk| disk.id);
    let fine = ask(move || {
        let wanted = wanted.get();
        async move {
            let Some((_asked_again_after_each, span)) = wanted else { return Ok(None) };
            let (from, to) = span.moments();
            api::timeline(id, from, to, BARS).await.map(Some)
        }
    });
    Memo::new(move |_| {
        // Without it what is there stays as coarse as it was.
        let fine = wanted.get().and_then(|_| fine.get().flatten());
        coarse.with(|coarse| match fine {
            Some(fine) if fine.revision == coarse.revision => refined(coarse, &fine),
            _ => coarse.clone(),
        })
    })
    .into()
}

//! A disk's life in bars: what each snapshot found changed, and which of them are compared.

pub mod chart;
mod hands;
mod tip;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId, Timeline};

use crate::{
    components::icon::Icon,
    view::{heights::ValueScaleKind, span::Span, timeline::TimeScale},
};
use chart::Chart;

/// Two snapshots that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// The older; `None`: before the first.
    pub from: Option<SnapshotId>,
    /// The newer; `None`: the newest.
    pub to: Option<SnapshotId>,
}

impl Between {
    /// The older first, whichever way round they were chosen: ids sort by time.
    #[must_use]
    pub fn in_order(self) -> Self {
        match self {
            Self { from: Some(from), to: Some(to) } => {
                Self { from: Some(from.min(to)), to: Some(from.max(to)) }
            }
            _ => self,
        }
    }
}

/// The timeline with its buttons.
#[component]
pub fn TimelineView(
    /// What is shown.
    timeline: Signal<Timeline>,
    /// All snapshots in it, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Which snapshots are compared.
    between: Signal<Between>,
    /// Compares others.
    choose: Callback<Between>,
    /// The span that is seen; `None`: all of it.
    span: RwSignal<Option<Span>>,
    /// How heights stand for bytes.
    kind: Memo<ValueScaleKind>,
    /// Makes them stand otherwise.
    set_kind: Callback<ValueScaleKind>,
    /// What is on its way into it.
    children: Children,
) -> impl IntoView {
    let width = RwSignal::new(0.0);
    let all = Memo::new(move |_| timeline.with(|it| TimeScale::around(&it.bars, width.get())));
    let scale = Memo::new(move |_| match span.get() {
        Some(Span { from, to }) => TimeScale { from, to, width: width.get() }.within(all.get()),
        None => all.get(),
    });
    let see = Callback::new(move |next: TimeScale| {
        let all = all.get_untracked();
        let whole = next.to - next.from >= all.to - all.from;
        span.set((!whole).then_some(Span { from: next.from, to: next.to }));
    });
    let zoom = move |factor: f64| {
        let scale = scale.get_untracked();
        see.run(scale.zoomed(factor, scale.width / 2.0, all.get_untracked()));
    };
    let pan = move |share: f64| {
        let scale = scale.get_untracked();
        see.run(scale.moved(share * scale.width, all.get_untracked()));
    };
    let is_whole = move || span.get().is_none();
    let scale_button = move |this: ValueScaleKind, words: &'static str| {
        view! {
            <button
                type="button"
                aria-pressed=move || (kind.get() == this).to_string()
                on:click=move |_| set_kind.run(this)
            >
                {words}
            </button>
        }
    };
    view! {
        <div>
            <div class="board-head">
                <h2>"Timeline"</h2>
                <ul class="series-keys" aria-hidden="true">
                    <li data-series="changed">"changed"</li>
                    <li data-series="stored">"stored"</li>
                </ul>
                {children()}
                <div class="board-tools">
                    <div class="segments" role="group" aria-label="Heights">
                        {scale_button(ValueScaleKind::Log, "Log")}
                        {scale_button(ValueScaleKind::Linear, "Linear")}
                    </div>
                    <div class="tool-group" role="group" aria-label="Time">
                        <button type="button" class="icon-button" aria-label="Earlier" title="Earlier"
                            disabled=is_whole on:click=move |_| pan(-0.5)>
                            <Icon name="chevron-left" />
                        </button>
                        <button type="button" class="icon-button" aria-label="Later" title="Later"
                            disabled=is_whole on:click=move |_| pan(0.5)>
                            <Icon name="chevron-right" />
                        </button>
                        <button type="button" class="icon-button" aria-label="Zoom in" title="Zoom in (+)"
                            on:click=move |_| zoom(0.5)>
                            <Icon name="zoom-in" />
                        </button>
                        <button type="button" class="icon-button" aria-label="Zoom out" title="Zoom out (−)"
                            disabled=is_whole on:click=move |_| zoom(2.0)>
                            <Icon name="zoom-out" />
                        </button>
                        <button type="button" class="icon-button" aria-label="All of it" title="All of it (0)"
                            disabled=is_whole on:click=move |_| span.set(None)>
                            <Icon name="fit" />
                        </button>
                    </div>
                </div>
            </div>
            <Chart timeline snapshots between choose width all=all.into() scale=scale.into() see kind=kind.into() />
        </div>
    }
}

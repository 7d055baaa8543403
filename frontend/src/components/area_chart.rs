//! Stored beside what full snapshots would take, day by day: a chart, and the same as a table.

use jiff::Timestamp;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use shared::CostDay;

use crate::{
    components::time::offset_minutes,
    view::{
        bytes,
        chart::{area, bytes_axis, line, nearest, x},
        percent, time,
    },
};

/// The chart of what incremental snapshots save.
#[component]
pub fn SavingsChart(
    /// The days, oldest first.
    #[prop(into)]
    days: Signal<Vec<CostDay>>,
) -> impl IntoView {
    let cursor = RwSignal::new(None::<usize>);
    let plot = NodeRef::<html::Div>::new();
    let count = move || days.with(Vec::len);
    let point = move |client_x: i32| {
        let Some(plot) = plot.get_untracked() else { return };
        let area = plot.get_bounding_client_rect();
        let share = (f64::from(client_x) - area.left()) / area.width().max(1.0);
        cursor.set(Some(nearest(share, count())));
    };
    let step = move |event: KeyboardEvent| {
        let last = count().saturating_sub(1);
        let at = cursor.get().unwrap_or(last);
        let to = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => (at + 1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        cursor.set(Some(to));
    };
    let full =
        move || days.with(|days| days.iter().map(|day| day.full_bytes as f64).collect::<Vec<_>>());
    let stored = move || {
        days.with(|days| days.iter().map(|day| day.stored_bytes as f64).collect::<Vec<_>>())
    };
    let axis = Memo::new(move |_| {
        days.with(|days| {
            let most = days.iter().map(|day| day.full_bytes.max(day.stored_bytes)).max();
            bytes_axis(most.unwrap_or(0))
        })
    });
    let top = move || axis.get().top;
    let marks = move || {
        let axis = axis.get();
        let mark = |value: &f64| {
            let above = format!("{:.2}%", 100.0 - value / axis.top * 100.0);
            view! { <span style:top=above>{bytes::short(*value as u64)}</span> }
        };
        axis.marks.iter().map(mark).collect::<Vec<_>>()
    };
    let lines = move || {
        let axis = axis.get();
        let mark = |value: &f64| {
            let above = format!("{:.2}", 100.0 - value / axis.top * 100.0);
            view! { <line x1="0" x2="100" y1=above.clone() y2=above class="grid" /> }
        };
        axis.marks.iter().map(mark).collect::<Vec<_>>()
    };
    let at_cursor = move || {
        let at = cursor.get()?;
        days.with(|days| days.get(at).copied()).map(|day| (at, day))
    };
    let chosen =
        move || at_cursor().map(|(_, day)| day).or_else(|| days.with(|days| days.last().copied()));
    let ends = move || {
        days.with(|days| {
            let day = |day: &CostDay| time::day(day.at, offset_minutes(day.at));
            (days.first().map(day), (days.len() > 1).then(|| days.last().map(day)))
        })
    };
    let summary = move || {
        chosen().map(|day| {
            format!(
                "Stored {}, full snapshots would take {}, {} saved",
                bytes::short(day.stored_bytes),
                bytes::short(day.full_bytes),
                percent::saved(day.stored_bytes, day.full_bytes),
            )
        })
    };
    view! {
        <figure class="chart">
            <figcaption class="legend">
                <span class="key" data-series="full"><i></i>"Full snapshots would take "
                    <b>{move || chosen().map(|day| bytes::short(day.full_bytes))}</b>
                </span>
                <span class="key" data-series="stored"><i></i>"Stored "
                    <b>{move || chosen().map(|day| bytes::short(day.stored_bytes))}</b>
                </span>
                <span class="muted legend-day">
                    {move || chosen().map(|day| time::day(day.at, offset_minutes(day.at)))}
                </span>
            </figcaption>
            <div class="plot-frame">
                <div class="plot-marks" aria-hidden="true">{marks}</div>
                <div
                    class="plot"
                    node_ref=plot
                    tabindex="0"
                    role="img"
                    aria-label=summary
                    on:pointermove=move |event| point(event.client_x())
                    on:pointerleave=move |_| cursor.set(None)
                    on:blur=move |_| cursor.set(None)
                    on:keydown=step
                >
                    <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                        {lines}
                        <path class="area" data-series="full" d=move || area(&full(), top()) />
                        <path class="line" data-series="full" d=move || line(&full(), top()) />
                        <path class="area" data-series="stored" d=move || area(&stored(), top()) />
                        <path class="line" data-series="stored" d=move || line(&stored(), top()) />
                    </svg>
                    {move || at_cursor().map(|(at, _)| {
                        view! { <i class="plot-cursor" style:left=format!("{:.2}%", x(at, count()))></i> }
                    })}
                </div>
                <div class="plot-ends muted">
                    <span>{move || ends().0}</span>
                    <span>{move || ends().1.flatten()}</span>
                </div>
            </div>
            <details class="twin">
                <summary>"As a table"</summary>
                <DayTable days=days />
            </details>
        </figure>
    }
}

#[component]
fn DayTable(days: Signal<Vec<CostDay>>) -> impl IntoView {
    let date = |at: Timestamp| time::day(at, offset_minutes(at));
    let rows = move || {
        let row = |day: &CostDay| {
            view! {
                <tr>
                    <th scope="row">{date(day.at)}</th>
                    <td class="numbers">{bytes::grouped(day.snapshot_count)}</td>
                    <td class="numbers">{bytes::short(day.stored_bytes)}</td>
                    <td class="numbers">{bytes::short(day.full_bytes)}</td>
                    <td class="numbers">{percent::saved(day.stored_bytes, day.full_bytes)}</td>
                </tr>
            }
        };
        days.with(|days| days.iter().rev().map(row).collect::<Vec<_>>())
    };
    view! {
        <div class="table-scroll">
            <table class="table" aria-label="Stored and saved by day">
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col" class="numbers">"Snapshots"</th>
                        <th scope="col" class="numbers">"Stored"</th>
                        <th scope="col" class="numbers">"Full"</th>
                        <th scope="col" class="numbers">"Saved"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

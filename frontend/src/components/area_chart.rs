//! Stored beside what full snapshots would take, day by day: a chart, and the same as a table.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use shared::CostDay;

use crate::view::{
    bytes,
    chart::{Axis, area, bytes_axis, line, nearest, x},
    percent, time,
};

/// The chart of what incremental snapshots save.
#[component]
pub fn SavingsChart(
    /// The days, oldest first.
    #[prop(into)]
    days: Signal<Vec<CostDay>>,
) -> impl IntoView {
    let cursor = RwSignal::new(None::<usize>);
    let axis = Memo::new(move |_| {
        days.with(|days| {
            let most = days.iter().map(|day| day.full_bytes.max(day.stored_bytes)).max();
            bytes_axis(most.unwrap_or(0))
        })
    });
    let marks = move || {
        let Axis { top, marks } = axis.get();
        let mark = |value: f64| {
            view! { <span style:top=from_top(value, top, "%")>{bytes::short(value as u64)}</span> }
        };
        marks.into_iter().map(mark).collect::<Vec<_>>()
    };
    let ends = move || {
        days.with(|days| {
            let end = |day: &CostDay| time::day_until(day.at);
            (days.first().map(end), days.last().filter(|_| days.len() > 1).map(end))
        })
    };
    view! {
        <figure class="chart">
            <Legend days=days cursor=cursor />
            <div class="plot-frame">
                <div class="plot-marks" aria-hidden="true">{marks}</div>
                <Plot days=days axis=axis cursor=cursor />
                <div class="plot-ends muted">
                    <span>{move || ends().0}</span>
                    <span>{move || ends().1}</span>
                </div>
            </div>
            <details class="twin">
                <summary>"As a table"</summary>
                <DayTable days=days />
            </details>
        </figure>
    }
}

/// The figures of the day that is pointed at, or else of the last one.
#[component]
fn Legend(days: Signal<Vec<CostDay>>, cursor: RwSignal<Option<usize>>) -> impl IntoView {
    let day = Memo::new(move |_| pointed_at(days, cursor));
    view! {
        <figcaption class="chart-legend">
            <span class="chart-key" data-series="full">
                <i></i>
                "Full snapshots would take "
                <b>{move || day.get().map(|day| bytes::short(day.full_bytes))}</b>
            </span>
            <span class="chart-key" data-series="stored">
                <i></i>
                "Stored "
                <b>{move || day.get().map(|day| bytes::short(day.stored_bytes))}</b>
            </span>
            <span class="muted legend-day">{move || day.get().map(|day| time::day_until(day.at))}</span>
        </figcaption>
    }
}

/// The shapes, and the cursor that pointers and arrow keys move over them.
#[component]
fn Plot(
    days: Signal<Vec<CostDay>>,
    axis: Memo<Axis>,
    cursor: RwSignal<Option<usize>>,
) -> impl IntoView {
    let plot = NodeRef::<html::Div>::new();
    let count = move || days.with(Vec::len);
    let point = move |client_x: i32| {
        let Some(plot) = plot.get_untracked() else { return };
        let place = plot.get_bounding_client_rect();
        let share = (f64::from(client_x) - place.left()) / place.width().max(1.0);
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
    let series = move |read: fn(&CostDay) -> u64| {
        days.with(|days| days.iter().map(|day| read(day) as f64).collect::<Vec<_>>())
    };
    let shapes = move |name: &'static str, read: fn(&CostDay) -> u64| {
        view! {
            <path class="area" data-series=name d=move || area(&series(read), axis.get().top) />
            <path class="line" data-series=name d=move || line(&series(read), axis.get().top) />
        }
    };
    let grid = move || {
        let Axis { top, marks } = axis.get();
        let mark = |value: f64| {
            let y = from_top(value, top, "");
            view! { <line class="grid" x1="0" x2="100" y1=y.clone() y2=y /> }
        };
        marks.into_iter().map(mark).collect::<Vec<_>>()
    };
    let summary = move || {
        pointed_at(days, cursor).map(|day| {
            format!(
                "{}: stored {}, full snapshots would take {}, {} saved",
                time::day_until(day.at),
                bytes::short(day.stored_bytes),
                bytes::short(day.full_bytes),
                percent::saved(day.stored_bytes, day.full_bytes),
            )
        })
    };
    view! {
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
                {grid}
                {shapes("full", |day| day.full_bytes)}
                {shapes("stored", |day| day.stored_bytes)}
            </svg>
            {move || {
                let at = cursor.get()?;
                Some(view! { <i class="plot-cursor" style:left=format!("{:.2}%", x(at, count()))></i> })
            }}
        </div>
    }
}

#[component]
fn DayTable(days: Signal<Vec<CostDay>>) -> impl IntoView {
    let rows = move || {
        let row = |day: &CostDay| {
            view! {
                <tr>
                    <th scope="row">{time::day_until(day.at)}</th>
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
                        <th scope="col">"Day, UTC"</th>
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

fn pointed_at(days: Signal<Vec<CostDay>>, cursor: RwSignal<Option<usize>>) -> Option<CostDay> {
    let at = cursor.get();
    days.with(|days| at.and_then(|at| days.get(at)).or(days.last()).copied())
}

fn from_top(value: f64, top: f64, unit: &str) -> String {
    format!("{:.2}{unit}", 100.0 - value / top * 100.0)
}

//! The bars, their axes, and the band between the snapshots that are compared.

use jiff::Timestamp;
use leptos::{html, prelude::*};
use shared::{Snapshot, SnapshotId, Timeline};

use super::{
    Between,
    hands::{Hands, LEFT, STILL},
    tip::tip,
};
use crate::{
    asked::effect,
    components::{measure::use_size, time::offset_minutes},
    view::{
        bytes,
        heights::{ValueScale, ValueScaleKind},
        time,
        timeline::{DrawnBar, TimeScale, draw, pitch},
    },
};

/// Pixels of the plot, and around it.
const HEIGHT: f64 = 132.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
const RIGHT: f64 = 8.0;

/// The plot: one stop for the keyboard, with a cursor that moves from snapshot to snapshot.
#[component]
pub fn Chart(
    /// What is shown.
    timeline: Signal<Timeline>,
    /// All snapshots in it, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Which snapshots are compared.
    between: Signal<Between>,
    /// Compares others.
    choose: Callback<Between>,
    /// How wide the plot is; set here.
    width: RwSignal<f64>,
    /// The scale at which all of it is seen.
    all: Signal<TimeScale>,
    /// The scale at which it is seen.
    scale: Signal<TimeScale>,
    /// Sees it at another.
    see: Callback<TimeScale>,
    /// How heights stand for bytes.
    kind: Signal<ValueScaleKind>,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let size = use_size(frame);
    effect(move || width.set((size.get().0 - LEFT - RIGHT).max(0.0)));
    let drawn = Memo::new(move |_| {
        let scale = scale.get();
        timeline.with(|it| draw(&it.bars, &scale, pitch(&it.bars, &scale)))
    });
    let values = Memo::new(move |_| {
        let largest = |bar: &DrawnBar| bar.changed_bytes.max(bar.stored_bytes);
        let most = drawn.with(|bars| bars.iter().map(largest).max().unwrap_or(0));
        ValueScale { kind: kind.get(), max: most.max(4096), height: HEIGHT }
    });
    let (cursor, brush) = (RwSignal::new(None), RwSignal::new(None));
    let hands = Hands {
        timeline,
        snapshots,
        between,
        choose,
        all,
        scale,
        see,
        frame,
        drawn,
        cursor,
        brush,
    };
    let shown = move || {
        let at = cursor.get()?;
        let bar = drawn.with(|bars| bars.get(at).cloned())?;
        let (x, room) = (LEFT + bar.x + bar.width / 2.0, width.get() + LEFT);
        Some(tip(x, room, &bar, &hands.snapshot(at)?))
    };
    view! {
        <div
            class="timeline-frame"
            node_ref=frame
            tabindex="0"
            role="slider"
            aria-label="Snapshots in order of time"
            aria-orientation="horizontal"
            aria-valuemin="1"
            aria-valuemax=move || drawn.with(Vec::len).max(1)
            aria-valuenow=move || cursor.get().map_or(1, |at| at + 1)
            aria-valuetext=move || spoken(&hands)
            on:pointerdown=move |event| hands.pointer_down(&event)
            on:pointermove=move |event| hands.pointer_move(&event)
            on:pointerup=move |event| hands.pointer_up(&event)
            on:pointercancel=move |_| brush.set(None)
            on:pointerleave=move |_| cursor.set(None)
            on:blur=move |_| cursor.set(None)
            on:wheel=move |event| hands.wheel(&event)
            on:keydown=move |event| hands.key_down(&event)
        >
            <svg width=move || width.get() + LEFT + RIGHT height=TOP + HEIGHT + BOTTOM aria-hidden="true">
                <Axes width values=values.into() scale />
                <Band hands width />
                <Bars hands values=values.into() />
                {move || brush.get().filter(|(a, b): &(f64, f64)| (a - b).abs() > STILL).map(|(a, b)| view! {
                    <rect class="brush" x=LEFT + a.min(b) y=TOP - 6.0 width=(a - b).abs() height=HEIGHT + 6.0 />
                })}
            </svg>
            {shown}
        </div>
    }
}

#[component]
fn Axes(
    width: RwSignal<f64>,
    values: Signal<ValueScale>,
    scale: Signal<TimeScale>,
) -> impl IntoView {
    let sizes = move || {
        let values = values.get();
        let line = |tick: u64| {
            let y = TOP + HEIGHT - values.height_of(tick);
            view! {
                <line x1=LEFT x2=LEFT + width.get() y1=y y2=y />
                <text x=LEFT - 8.0 y=y + 4.0 text-anchor="end">{bytes::round(tick)}</text>
            }
        };
        values.ticks().into_iter().map(line).collect_view()
    };
    let times = move || {
        let scale = scale.get();
        // By the clock of its middle: one that is put forward meanwhile shifts half of the names.
        let middle = Timestamp::from_millisecond(i64::midpoint(scale.from, scale.to));
        let ticks = scale.ticks(offset_minutes(middle.unwrap_or_default())).into_iter();
        ticks
            .map(|tick| {
                view! { <text x=LEFT + tick.x y=TOP + HEIGHT + 18.0 text-anchor="middle">{tick.label}</text> }
            })
            .collect_view()
    };
    let base = TOP + HEIGHT + 0.5;
    view! {
        <g class="axis">
            {sizes}
            <line class="axis-base" x1=LEFT x2=move || LEFT + width.get() y1=base y2=base />
            {times}
        </g>
    }
}

/// What lies between the two snapshots.
#[component]
fn Band(hands: Hands, width: RwSignal<f64>) -> impl IntoView {
    let middle = |bar: &DrawnBar| bar.x + bar.width / 2.0;
    let place = move |id: Option<SnapshotId>, otherwise: f64| {
        let Some(id) = id else { return Some(otherwise) };
        let at = hands.bar_near(id)?;
        let drawn =
            hands.drawn.with(|bars| bars.iter().find(|bar| bar.bars.contains(&at)).map(middle));
        // One that is out of sight is still left or right of what is seen.
        drawn.or_else(|| {
            let to = hands.timeline.with(|it| it.bars.get(at).map(|bar| bar.to))?;
            Some(hands.scale.get().x(to.as_millisecond()))
        })
    };
    move || {
        let between = hands.between.get();
        let newest = hands.drawn.with(|bars| bars.last().map_or(0.0, middle));
        let from = place(between.from, 0.0)?.clamp(0.0, width.get());
        let to = place(between.to, newest)?.clamp(0.0, width.get());
        let (left, across) = (from.min(to), (to - from).abs().max(1.0));
        Some(view! {
            <rect class="band" x=LEFT + left y=TOP - 6.0 width=across height=HEIGHT + 6.0 />
            <path class="band-end" d=flag(LEFT + from) />
            <path class="band-end" d=flag(LEFT + to) />
        })
    }
}

#[component]
fn Bars(hands: Hands, values: Signal<ValueScale>) -> impl IntoView {
    let bar = move |at: usize, bar: DrawnBar| {
        let scale = values.get();
        let changed = scale.height_of(bar.changed_bytes).max(1.0);
        let stored = scale.height_of(bar.stored_bytes);
        let (x, bottom) = (LEFT + bar.x, TOP + HEIGHT);
        let across = (bar.width * 0.4).max(1.0);
        view! {
            <g class="bar" data-at=move || (hands.cursor.get() == Some(at)).then_some("")>
                <rect class="changed" x=x y=bottom - changed width=bar.width height=changed rx=(bar.width / 4.0).min(2.0) />
                <rect class="stored" x=x + bar.width - across y=bottom - stored width=across height=stored />
            </g>
        }
    };
    view! {
        <g>
            {move || hands.drawn.get().into_iter().enumerate().map(|(at, it)| bar(at, it)).collect_view()}
        </g>
    }
}

/// A line from the axis up, with a handle on top.
fn flag(x: f64) -> String {
    let (top, bottom) = (TOP - 6.0, TOP + HEIGHT);
    format!("M{x} {bottom}V{top}m-4 -4h8v4l-4 5l-4 -5z")
}

/// What the cursor is at, for those who listen.
fn spoken(hands: &Hands) -> String {
    let at = hands.cursor.get();
    let bar = at.and_then(|at| hands.drawn.with(|bars| bars.get(at).cloned()));
    let snapshot: Option<Snapshot> = at.and_then(|at| hands.snapshot(at));
    let (Some(bar), Some(snapshot)) = (bar, snapshot) else {
        return "Arrow keys move from snapshot to snapshot; Enter shows what it changed".to_owned();
    };
    let others = match bar.snapshot_count {
        1 => String::new(),
        count => format!(", the largest of {count}"),
    };
    format!(
        "{}{others}, {}, {} changed, {} stored",
        snapshot.name,
        time::exact(snapshot.created_at, offset_minutes(snapshot.created_at)),
        bytes::short(bar.changed_bytes),
        bytes::short(bar.stored_bytes),
    )
}

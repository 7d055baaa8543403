//! The exact figures of a bar, beside it.

use leptos::{html, prelude::*};
use shared::Snapshot;
use web_sys::HtmlElement;

use crate::{
    asked::effect,
    components::{
        bytes::Bytes,
        time::{Moment, offset_minutes},
    },
    view::{time, timeline::DrawnBar},
};

/// What a bar stands for.
pub(super) fn tip(x: f64, room: f64, bar: &DrawnBar, snapshot: &Snapshot) -> impl IntoView + use<> {
    let node = NodeRef::<html::Div>::new();
    effect(move || {
        let Some(node) = node.get() else { return };
        let width = f64::from(node.offset_width());
        let left = if x + 12.0 + width <= room { x + 12.0 } else { (x - 12.0 - width).max(0.0) };
        // Only a style sheet's rules can refuse it, and none does.
        let style = HtmlElement::style(&node);
        let _infallible = style.set_property("transform", &format!("translateX({left:.0}px)"));
    });
    let at = snapshot.created_at;
    let exact = move || time::exact(at, offset_minutes(at));
    let (changed, stored) = (bar.changed_bytes, bar.stored_bytes);
    let title = match bar.snapshot_count {
        1 => snapshot.name.to_string(),
        count => format!("{count} snapshots"),
    };
    let largest = (bar.snapshot_count > 1).then(|| {
        view! { <dt>"largest"</dt> <dd>{snapshot.name.to_string()}</dd> }
    });
    view! {
        <div class="timeline-tip" node_ref=node aria-hidden="true">
            <strong>{title}</strong>
            <span class="muted">{exact}</span>
            <dl>
                {largest}
                <dt data-series="changed">"changed"</dt> <dd><Bytes of=changed /></dd>
                <dt data-series="stored">"stored"</dt> <dd><Bytes of=stored /></dd>
                <dt>"taken"</dt> <dd><Moment at=at /></dd>
            </dl>
        </div>
    }
}

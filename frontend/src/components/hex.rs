//! Bytes of a disk in hexadecimal and as text, with those marked that differ from another time.

use leptos::prelude::*;

use crate::view::{
    bytes,
    hexdump::{self, Line, Row},
};

/// Which side of a comparison is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What the rows hold.
    This,
    /// What they are compared with.
    Other,
}

/// A block's bytes.
#[component]
pub fn Hex(
    /// The lines of the dump.
    lines: Vec<Line>,
    /// Which side of them.
    #[prop(default = Side::This)]
    side: Side,
) -> impl IntoView {
    let rows = lines.into_iter().map(|line| match line {
        Line::Row(row) => row_view(&row, side).into_any(),
        Line::Zeros { offset, length } => view! {
            <tr class="hex-zeros">
                <th scope="row">{format!("{offset:010x}")}</th>
                <td colspan="2">{bytes::short(length)} " of zeros"</td>
            </tr>
        }
        .into_any(),
    });
    view! {
        <table class="hex">
            <thead class="visually-hidden">
                <tr><th scope="col">"Offset"</th><th scope="col">"Bytes"</th><th scope="col">"Text"</th></tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn row_view(row: &Row, side: Side) -> impl IntoView + use<> {
    let bytes = match (side, &row.other) {
        (Side::Other, Some(other)) => other.clone(),
        (Side::Other | Side::This, _) => row.bytes.clone(),
    };
    let runs = row.runs();
    let part = |print: fn(&[u8]) -> String| {
        let spans = runs.iter().map(|run| {
            let shown = bytes.get(run.at.clone()).unwrap_or_default();
            let words = print(shown);
            if run.differs { view! { <mark>{words}</mark> }.into_any() } else { words.into_any() }
        });
        spans.collect_view()
    };
    view! {
        <tr>
            <th scope="row">{format!("{:010x}", row.offset)}</th>
            <td>{part(hexdump::hex)}</td>
            <td class="hex-text">{part(hexdump::ascii)}</td>
        </tr>
    }
}

//! A number of bytes: short, with every digit in its tooltip.

use leptos::prelude::*;

use crate::view::bytes;

/// A number of bytes.
#[component]
pub fn Bytes(
    /// How many.
    #[prop(into)]
    of: Signal<u64>,
) -> impl IntoView {
    view! { <data class="number" value=of title=move || bytes::exact(of.get())>{move || bytes::short(of.get())}</data> }
}

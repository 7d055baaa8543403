//! Going to a place of the disk that one knows by its address.

use leptos::prelude::*;

use super::MapState;
use crate::{asked::effect, components::dialog::Dialog, view::offsets};

/// Asks for a place of the disk, and goes there.
#[component]
pub fn GoTo(
    /// Whether it is asked for.
    open: RwSignal<bool>,
    /// The map's state.
    state: MapState,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    effect(move || {
        if open.get() {
            text.set(String::new());
            wrong.set(None);
        }
    });
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let size = state.source.with_untracked(|source| source.size.bytes());
        match offsets::parse_offset(&text.get_untracked()) {
            Ok(offset) if offset >= size => {
                wrong.set(Some(format!("The disk ends at {}.", offsets::hex(size))));
            }
            Ok(offset) => {
                untrack(|| state.show(state.cell_of(offset).bytes));
                wrong.set(None);
                open.set(false);
            }
            Err(error) => wrong.set(Some(error.to_string())),
        }
    };
    view! {
        <Dialog open title="Go to">
            <form class="go-to" on:submit=go>
                <label>
                    <span>"Offset, block or sector"</span>
                    <input
                        class="input"
                        type="text"
                        placeholder="0x3a000000, 12.5 GiB, block 4096"
                        autofocus=true
                        autocomplete="off"
                        bind:value=text
                    />
                </label>
                <p class="field-error" role="alert">{move || wrong.get()}</p>
                <footer><button type="submit" class="button" data-look="primary">"Go"</button></footer>
            </form>
        </Dialog>
    }
}

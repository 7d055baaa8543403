//! A snapshot's whole disk to download, in the format that whoever gets it wants.

use leptos::{html, prelude::*};
use shared::Snapshot;

use super::icon::Icon;
use crate::{api, view::formats};

/// A button that opens a menu of the formats that hold the disk.
#[component]
pub fn Download(
    /// The snapshot, once it is known.
    #[prop(into)]
    of: Signal<Option<Snapshot>>,
) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            // It is refused only where it is closed already.
            let _closed = menu.hide_popover();
        }
    };
    let links = move || {
        of.get().map(|snapshot| {
            let links: Vec<_> = formats::holding(snapshot.sizes.provisioned)
                .map(|format| {
                    view! {
                        <a download href=api::download_url(snapshot.id, format)>
                            <strong>{formats::title(format)}</strong>
                            " "
                            <span class="muted">{formats::purpose(format)}</span>
                        </a>
                    }
                })
                .collect();
            view! {
                {links}
                <p class="muted">"The whole disk as " {snapshot.name.to_string()} " keeps it"</p>
            }
        })
    };
    view! {
        <button
            type="button"
            class="button"
            popovertarget="download"
            disabled=move || of.with(Option::is_none)
        >
            <Icon name="download" />
            "Download"
            <Icon name="chevron-down" />
        </button>
        <div class="menu" id="download" popover node_ref=menu on:click=close>
            {links}
        </div>
    }
}

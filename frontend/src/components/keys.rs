//! Jumping by the keyboard: Ctrl-K finds a page, a disk or a snapshot; `?` shows the keys.

use leptos::{ev, html, prelude::*};
use shared::{Disk, Snapshot};
use wasm_bindgen::JsCast as _;

use crate::{
    api,
    asked::{ask, effect},
    components::{dialog::Dialog, focus::follow_pages},
    navigation::use_navigation,
    routes::Route,
    view::disks::contains_all,
};

/// The most places that are shown at once.
const SHOWN: usize = 12;

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    name: String,
    kind: &'static str,
    path: String,
}

/// What the keyboard does on every page.
#[component]
pub fn Keys() -> impl IntoView {
    follow_pages();
    let finding = RwSignal::new(false);
    let helping = RwSignal::new(false);
    let navigation = use_navigation();
    let handle = window_event_listener(ev::keydown, move |event| {
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            finding.update(|open| *open = !*open);
            return;
        }
        if event.ctrl_key() || event.meta_key() || event.alt_key() || types_text(&event) {
            return;
        }
        match key.as_str() {
            "?" => helping.set(true),
            "1" => navigation.go(&Route::Overview.path()),
            "2" => navigation.go(&Route::Disks.path()),
            "3" => navigation.go(&Route::Snapshots { disk: None }.path()),
            "4" => navigation.go(&Route::Cost.path()),
            "5" => navigation.go(&Route::Jobs.path()),
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
    view! {
        <Dialog open=finding title="Go to">
            <Finder open=finding />
        </Dialog>
        <Dialog open=helping title="Keys">
            <dl class="keys">
                <dt><kbd>"Ctrl"</kbd> " " <kbd>"K"</kbd></dt>
                <dd>"Find a page, a disk or a snapshot"</dd>
                <dt><kbd>"1"</kbd> " to " <kbd>"5"</kbd></dt>
                <dd>"Overview, disks, snapshots, cost, jobs"</dd>
                <dt><kbd>"←"</kbd> " " <kbd>"→"</kbd></dt>
                <dd>"Day by day on a chart, snapshot by snapshot on a timeline: there " <kbd>"Enter"</kbd> " shows what it changed"</dd>
                <dt><kbd>"["</kbd> " " <kbd>"]"</kbd></dt>
                <dd>"On the map: the change before, after"</dd>
                <dt><kbd>"+"</kbd> " " <kbd>"−"</kbd> " " <kbd>"0"</kbd></dt>
                <dd>"On the map and timeline: closer, farther, all of it"</dd>
                <dt><kbd>"G"</kbd> " " <kbd>"Enter"</kbd></dt>
                <dd>"On the map: go to an offset, see the bytes"</dd>
                <dt><kbd>"Esc"</kbd></dt>
                <dd>"Close a dialog"</dd>
                <dt><kbd>"?"</kbd></dt>
                <dd>"These keys"</dd>
            </dl>
        </Dialog>
    }
}

/// Whether a key goes into a text, or to a part of the page that has keys of its own.
fn types_text(event: &ev::KeyboardEvent) -> bool {
    if document().query_selector("dialog[open]").ok().flatten().is_some() {
        return true;
    }
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let apart = "input, textarea, select, dialog, [role=application], [contenteditable]";
    target.is_some_and(|element| element.closest(apart).ok().flatten().is_some())
}

#[component]
fn Finder(open: RwSignal<bool>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let disks = ask(api::disks);
    let snapshots = ask(|| api::snapshots(None));
    let navigation = use_navigation();
    let found = Memo::new(move |_| {
        let disks = disks.get().unwrap_or_default();
        let snapshots = snapshots.get().unwrap_or_default();
        places(&disks, &snapshots)
            .filter(|place| {
                words.with(|words| contains_all(&format!("{} {}", place.kind, place.name), words))
            })
            .take(SHOWN)
            .collect::<Vec<_>>()
    });
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // It is in the page by now, and can be focused.
            let _infallible = input.focus();
        }
    });
    let go = move |place: &Place| {
        open.set(false);
        navigation.go(&place.path);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let last = found.with(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                if let Some(place) = found.with(|found| found.get(at.get()).cloned()) {
                    go(&place);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="finder">
            <input
                node_ref=input
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="found"
                aria-label="What to go to"
                aria-activedescendant=move || format!("found-{}", at.get())
                placeholder="A page, a disk, a snapshot"
                autocomplete="off"
                prop:value=words
                on:input:target=move |event| {
                    words.set(event.target().value());
                    at.set(0);
                }
                on:keydown=on_key
            />
            {move || disks.error().get().or_else(|| snapshots.error().get()).map(|error| view! {
                <p class="muted" role="status">{format!("Only some are listed: {error}")}</p>
            })}
            <ul id="found" role="listbox" aria-label="Found">
                {move || found.get().into_iter().enumerate().map(|(number, place)| {
                    view! {
                        <li id=format!("found-{number}") role="option" aria-selected=move || (at.get() == number).to_string()>
                            <a href=place.path tabindex="-1" on:click=move |_| open.set(false)>
                                <span>{place.name}</span>
                                <span class="muted">{place.kind}</span>
                            </a>
                        </li>
                    }
                }).collect::<Vec<_>>()}
            </ul>
        </div>
    }
}

fn places<'a>(disks: &'a [Disk], snapshots: &'a [Snapshot]) -> impl Iterator<Item = Place> + 'a {
    let pages = [
        ("Overview", Route::Overview),
        ("Disks", Route::Disks),
        ("Snapshots", Route::Snapshots { disk: None }),
        ("Cost", Route::Cost),
        ("Jobs", Route::Jobs),
    ];
    let pages = pages.into_iter().map(|(name, route)| Place {
        name: name.to_owned(),
        kind: "page",
        path: route.path(),
    });
    let disks = disks.iter().map(|disk| Place {
        name: disk.name.to_string(),
        kind: "disk",
        path: Route::Disk(disk.id).path(),
    });
    // A snapshot is shown where its disk is, compared with the one before it where there is one.
    let snapshots = snapshots.iter().map(|snapshot| Place {
        name: format!("{} of {}", snapshot.name, snapshot.disk_name),
        kind: "snapshot",
        path: match snapshot.base_id {
            Some(base) => Route::Diff { base, target: snapshot.id }.path(),
            None => Route::Disk(snapshot.disk_id).path(),
        },
    });
    pages.chain(disks).chain(snapshots)
}

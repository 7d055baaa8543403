//! The bar of the chosen snapshots: what deleting them gives back, and what else can be done.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    api,
    asked::{Deed, ask},
    components::{
        badge::Tone,
        confirm::Confirm,
        icon::Icon,
        script::{absolute, skikt},
        show::Show,
        toast::use_toaster,
    },
    routes::Route,
    view::{
        bytes, script,
        snapshots::{comparable, count},
    },
};

/// The bar; it is there only while something is chosen.
#[component]
pub fn Chosen(
    /// The snapshots that are listed.
    all: Signal<Vec<Snapshot>>,
    /// Those that are chosen.
    chosen: RwSignal<BTreeSet<SnapshotId>>,
    /// Opened when some were deleted.
    collecting: RwSignal<bool>,
) -> impl IntoView {
    // Only what is still there: another tab may have deleted some.
    let present = Memo::new(move |_| {
        all.with(|all| {
            chosen.with(|chosen| {
                let ids = all.iter().map(|snapshot| snapshot.id);
                ids.filter(|id| chosen.contains(id)).collect::<BTreeSet<_>>()
            })
        })
    });
    let freeable = ask(move || {
        let ids: Vec<_> = present.get().into_iter().collect();
        async move { if ids.is_empty() { Ok(None) } else { api::freeable(&ids).await.map(Some) } }
    });
    // Of the set that is chosen now: what another would free is not told.
    let freeable = freeable
        .about(move || present.with(|present| present.iter().map(ToString::to_string).collect()));
    let freed = move || freeable.get().flatten().map(|it| it.freeable_bytes);
    let would = move || match freed() {
        Some(bytes) => format!(" would free {}", bytes::short(bytes)),
        None if freeable.error().with(Option::is_some) => String::new(),
        None => " …".to_owned(),
    };
    let pair = move || all.with(|all| present.with(|present| comparable(all, present)));
    let deleting = RwSignal::new(false);
    view! {
        <Show when=move || present.with(|present| !present.is_empty())>
            <div class="chosen" role="region" aria-label="Chosen snapshots">
                <p role="status">
                    <strong>{move || format!("{} chosen", count(present.with(BTreeSet::len) as u64))}</strong>
                    <span class="muted">{would}</span>
                </p>
                <div class="actions">
                    {move || pair().map(|(base, target)| {
                        let path = Route::Diff { base, target }.path();
                        view! { <a class="button" href=path><Icon name="compare" />"Compare"</a> }
                    })}
                    <button type="button" class="button" on:click=move |_| deleting.set(true)>
                        <Icon name="trash" />
                        "Delete"
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label="Choose none"
                        on:click=move |_| chosen.update(BTreeSet::clear)
                    >
                        <Icon name="close" />
                    </button>
                </div>
            </div>
        </Show>
        <Delete all=all chosen=present open=deleting freed=Signal::derive(freed) collecting=collecting />
    }
}

#[component]
fn Delete(
    all: Signal<Vec<Snapshot>>,
    chosen: Memo<BTreeSet<SnapshotId>>,
    open: RwSignal<bool>,
    freed: Signal<Option<u64>>,
    collecting: RwSignal<bool>,
) -> impl IntoView {
    let toaster = use_toaster();
    // While it goes on, what is left of the choice shrinks; it is told of as it was.
    let (done, going) = (RwSignal::new(0_u64), RwSignal::new(0_u64));
    let stopped = StoredValue::new(false);
    let number = move || match going.get() {
        0 => chosen.with(BTreeSet::len) as u64,
        all => all,
    };
    let deleting = Deed::default();
    let delete = move || {
        let ids = chosen.get_untracked();
        let all = ids.len() as u64;
        stopped.set_value(false);
        async move {
            let mut refused = None;
            let mut deleted = 0;
            going.set(all);
            for id in ids {
                // A page that was left does not stop what it was told to do.
                if stopped.try_get_value() == Some(true) {
                    break;
                }
                let _gone = done.try_set(deleted);
                if let Err(error) = api::delete_snapshot(id).await {
                    refused = Some(error);
                    break;
                }
                deleted += 1;
            }
            let _gone = going.try_set(0);
            if deleted > 0 {
                let of = if deleted < all { format!(" of {all}") } else { String::new() };
                toaster.say(Tone::Good, format!("{} deleted{of}.", count(deleted)));
            }
            if let Some(error) = refused {
                return Err(error);
            }
            let _gone = open.try_set(false);
            if deleted > 0 {
                let _gone = collecting.try_set(true);
            }
            Ok(())
        }
    };
    let names = move || {
        all.with(|all| {
            let name = |snapshot: &Snapshot| {
                view! { <li>{snapshot.name.to_string()} " " <span class="muted">{format!("of {}", snapshot.disk_name)}</span></li> }
            };
            chosen.with(|chosen| {
                let named = all.iter().filter(|snapshot| chosen.contains(&snapshot.id));
                named.take(8).map(name).collect::<Vec<_>>()
            })
        })
    };
    let more = move || number().saturating_sub(8);
    let lines = move || {
        chosen.with(|chosen| {
            let ids: Vec<_> = chosen.iter().map(ToString::to_string).collect();
            let line = |id: &String| {
                script::curl::<()>("DELETE", &absolute(&format!("snapshots/{id}")), None)
            };
            let curl = ids.iter().map(line).collect::<Vec<_>>().join("\n");
            let words: Vec<&str> = ["snapshot", "delete", "--yes"]
                .into_iter()
                .chain(ids.iter().map(String::as_str))
                .collect();
            vec![curl, skikt(&words)]
        })
    };
    view! {
        <Confirm
            open=open
            title=Signal::derive(move || format!("Delete {}?", count(number())))
            deed=Signal::derive(move || format!("Delete {}", count(number())))
            danger=true
            doing=deleting
            stop=move |()| stopped.set_value(true)
            script=Signal::derive(lines)
            act=move |()| deleting.start(delete())
        >
            <ul class="names">{names}</ul>
            <Show when=move || { more() > 0 }>
                <p class="muted">{move || format!("and {} more", bytes::grouped(more()))}</p>
            </Show>
            <p>
                "The disk as it was at these moments cannot be had any more. All other snapshots stay whole."
            </p>
            {move || freed.get().map(|bytes| view! {
                <p><strong>{bytes::short(bytes)}</strong>" come free when garbage is collected."</p>
            })}
            <Show when=move || { going.get() > 0 }>
                <p role="status">{move || format!("{} of {} deleted", done.get(), count(going.get()))}</p>
            </Show>
        </Confirm>
    }
}

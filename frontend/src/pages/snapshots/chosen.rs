//! The bar of the chosen snapshots: what deleting them gives back, and what else can be done.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    api,
    asked::{Deed, ask, effect},
    components::{
        badge::Tone, confirm::Confirm, icon::Icon, script::absolute, show::Show,
        toast::use_toaster, watch::use_watch,
    },
    routes::Route,
    view::{
        bytes, script,
        snapshots::{comparable, count},
    },
};

/// The bar; it is there only while something is chosen.
#[component]
pub fn Chosen(all: Signal<Vec<Snapshot>>, chosen: RwSignal<BTreeSet<SnapshotId>>) -> impl IntoView {
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
    let freed = move || freeable.get().flatten().map(|it| it.freeable_bytes);
    let pair = move || all.with(|all| present.with(|present| comparable(all, present)));
    let deleting = RwSignal::new(false);
    let collecting = RwSignal::new(None::<u64>);
    view! {
        <Show when=move || present.with(|present| !present.is_empty())>
            <div class="chosen" role="region" aria-label="Chosen snapshots">
                <p role="status">
                    <strong>{move || format!("{} chosen", count(present.with(BTreeSet::len) as u64))}</strong>
                    <span class="muted">
                        {move || freed().map_or_else(|| " …".to_owned(), |bytes| format!(" would free {}", bytes::short(bytes)))}
                    </span>
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
        <Collect freed=collecting />
    }
}

#[component]
fn Delete(
    all: Signal<Vec<Snapshot>>,
    chosen: Memo<BTreeSet<SnapshotId>>,
    open: RwSignal<bool>,
    freed: Signal<Option<u64>>,
    collecting: RwSignal<Option<u64>>,
) -> impl IntoView {
    let toaster = use_toaster();
    let number = move || chosen.with(BTreeSet::len) as u64;
    let deleting = Deed::default();
    let delete = move || {
        let (ids, freed) = (chosen.get_untracked(), freed.get_untracked());
        async move {
            let deleted = ids.len() as u64;
            for id in ids {
                api::delete_snapshot(id).await?;
            }
            open.set(false);
            toaster.say(Tone::Good, format!("{} deleted.", count(deleted)));
            collecting.set(Some(freed.unwrap_or(0)));
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
    let line = move || {
        chosen.with(|chosen| {
            let line = |id: &SnapshotId| {
                script::curl::<()>("DELETE", &absolute(&format!("snapshots/{id}")), None)
            };
            chosen.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    };
    view! {
        <Confirm
            open=open
            title=Signal::derive(move || format!("Delete {}?", count(number())))
            deed=Signal::derive(move || format!("Delete {}", count(number())))
            danger=true
            pending=deleting.pending()
            error=deleting.error()
            script=Signal::derive(line)
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
        </Confirm>
    }
}

/// Offers to collect what a deletion left.
#[component]
fn Collect(freed: RwSignal<Option<u64>>) -> impl IntoView {
    let watch = use_watch();
    let open = RwSignal::new(false);
    effect(move || {
        if freed.with(Option::is_some) {
            open.set(true);
        }
    });
    let collecting = Deed::default();
    let collect = move || async move {
        let job = api::collect_garbage().await?;
        watch.follow(&job);
        open.set(false);
        Ok(())
    };
    view! {
        <Confirm
            open=open
            title="Collect garbage now?"
            deed="Collect garbage"
            pending=collecting.pending()
            error=collecting.error()
            script=Signal::derive(move || script::curl::<()>("POST", &absolute("gc"), None))
            act=move |()| collecting.start(collect())
        >
            <p>
                "The snapshots are deleted; their room comes free when garbage is collected"
                {move || freed.get().filter(|bytes| *bytes > 0).map(|bytes| format!(", about {}", bytes::short(bytes)))}
                ". It can be done at any time, and touches nothing that a snapshot needs."
            </p>
        </Confirm>
    }
}

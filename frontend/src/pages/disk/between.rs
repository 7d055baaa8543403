//! Which two snapshots are looked between, in words and in lists.

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    components::{icon::Icon, timeline::Between},
    routes::Route,
    view::snapshots::Entry,
};

/// Two lists of snapshots, and what can be done with a pair.
#[component]
pub fn BetweenBar(
    /// The disk's snapshots, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Those to choose from, oldest first.
    listed: Memo<Vec<Entry>>,
    /// Which are chosen.
    between: Memo<Between>,
    /// Chooses others.
    choose: Callback<Between>,
) -> impl IntoView {
    let to = Memo::new(move |_| {
        let newest = move || snapshots.with(|all| all.last().map(|it| it.id));
        between.get().to.or_else(newest)
    });
    let pair = move || Some((between.get().from?, to.get()?));
    let is_backwards = move || pair().is_some_and(|(from, to)| from > to);
    let is_all = move || between.get() == Between { from: None, to: None };
    let choose_from = move |text: String| {
        choose.run(Between { from: text.parse().ok(), to: to.get_untracked() });
    };
    let choose_to = move |text: String| {
        choose.run(Between { from: between.get_untracked().from, to: text.parse().ok() });
    };
    let older = Signal::derive(move || between.get().from);
    let newer = Signal::derive(move || to.get());
    view! {
        <div class="between">
            <label class="between-end">
                <span>"From"</span>
                <Picker listed chosen=older choose=Callback::new(choose_from) first="before the first" />
            </label>
            <label class="between-end">
                <span>"to"</span>
                <Picker listed chosen=newer choose=Callback::new(choose_to) first="" />
            </label>
            {move || is_backwards().then(|| view! {
                <p class="muted">"The way back in time: the same places differ either way."</p>
            })}
            <div class="between-actions">
                <button type="button" class="button" disabled=is_all
                    on:click=move |_| choose.run(Between { from: None, to: None })>
                    "Whole life"
                </button>
                {move || match pair() {
                    Some((base, target)) if base != target => view! {
                        <a class="button" data-look="primary" href=Route::Diff { base, target }.path()>
                            <Icon name="compare" /> "Compare"
                        </a>
                    }.into_any(),
                    _ => view! {
                        <button type="button" class="button" disabled=true title="Choose two snapshots first">
                            <Icon name="compare" /> "Compare"
                        </button>
                    }.into_any(),
                }}
            </div>
        </div>
    }
}

/// A list of snapshots, the newest first.
#[component]
pub fn Picker(
    /// The snapshots, oldest first.
    listed: Memo<Vec<Entry>>,
    /// Which is chosen; `None`: the first entry.
    #[prop(into)]
    chosen: Signal<Option<SnapshotId>>,
    /// Chooses by id, or the first entry by an empty text.
    #[prop(into)]
    choose: Callback<String>,
    /// What the first entry is called, if there is one that is no snapshot.
    first: &'static str,
) -> impl IntoView {
    let value = move || chosen.get().map(|id| id.to_string()).unwrap_or_default();
    let options = move || {
        listed.with(|all| {
            let option = |(id, name): &Entry| {
                let selected = value() == *id;
                view! { <option value=id.clone() selected=selected>{name.clone()}</option> }
            };
            all.iter().rev().map(option).collect_view()
        })
    };
    view! {
        <select class="select" prop:value=value on:change=move |event| choose.run(event_target_value(&event))>
            {(!first.is_empty()).then(|| view! { <option value="" selected=move || chosen.get().is_none()>{first}</option> })}
            {options}
        </select>
    }
}

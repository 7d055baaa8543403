//! Giving back the room of what was deleted: how much there is, and the question.

use leptos::prelude::*;

use crate::{
    api,
    asked::{Deed, ask},
    components::{
        confirm::Confirm,
        script::{absolute, skikt},
        watch::use_watch,
    },
    view::{bytes, script},
};

/// Asks whether to collect garbage.
#[component]
pub fn Collect(
    /// Whether it is asked.
    open: RwSignal<bool>,
) -> impl IntoView {
    let watch = use_watch();
    let plan = ask(move || {
        let asked = open.get();
        async move { if asked { api::gc_plan().await.map(Some) } else { Ok(None) } }
    });
    let collecting = Deed::default();
    let collect = move || async move {
        let job = api::collect_garbage().await?;
        watch.follow(&job);
        open.set(false);
        Ok(())
    };
    let freed = move || {
        let bytes = plan.get().flatten()?.freed_bytes;
        Some(view! { <p><strong>{bytes::short(bytes)}</strong>" come free."</p> })
    };
    let lines = vec![script::curl::<()>("POST", &absolute("gc"), None), skikt(&["gc"])];
    view! {
        <Confirm
            open=open
            title="Collect garbage now?"
            deed="Collect garbage"
            doing=collecting
            script=Signal::stored(lines)
            act=move |()| collecting.start(collect())
        >
            <p>
                "The room of deleted snapshots comes free when garbage is collected. \
                 It can be done at any time, and touches nothing that a snapshot needs."
            </p>
            {freed}
        </Confirm>
    }
}

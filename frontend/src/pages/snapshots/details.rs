//! One snapshot: all its facts, its downloads, and a check of every stored byte.

use leptos::prelude::*;
use shared::Snapshot;

use crate::{
    api,
    asked::{Deed, ask},
    components::{
        badge::Tone,
        bytes::Bytes,
        confirm::FormError,
        dialog::{Dialog, open_about},
        download::Download,
        icon::Icon,
        script::{Script, absolute, skikt},
        time::offset_minutes,
        toast::use_toaster,
        watch::use_watch,
    },
    routes::Route,
    view::{script, time},
};

/// The dialog of one snapshot.
#[component]
pub fn Details(
    /// Which, while one is looked at.
    opened: RwSignal<Option<Snapshot>>,
) -> impl IntoView {
    let open = open_about(opened);
    let title =
        move || opened.with(|it| it.as_ref().map(|it| it.name.to_string())).unwrap_or_default();
    view! {
        <Dialog open=open title=Signal::derive(title)>
            {move || {
                opened.get().map(|snapshot| {
                    view! {
                        <div class="form">
                            {facts(&snapshot)}
                            <Actions of=snapshot open=open />
                        </div>
                    }
                })
            }}
        </Dialog>
    }
}

fn facts(snapshot: &Snapshot) -> impl IntoView + use<> {
    let (id, at, sizes) = (snapshot.id, snapshot.created_at, snapshot.sizes);
    let whole = ask(move || api::snapshot(id));
    let freeable = move || match whole.get().and_then(|it| it.freeable_bytes) {
        Some(bytes) => view! { <Bytes of=bytes /> }.into_any(),
        None => whole.error().get().map(|error| error.to_string()).into_any(),
    };
    let kind = format!("{} on {} in {}", snapshot.kind, snapshot.sku, snapshot.region);
    view! {
        <dl class="fact-list">
            <dt>"Disk"</dt>
            <dd>
                <a href=Route::Disk(snapshot.disk_id).path()>{snapshot.disk_name.to_string()}</a>
                ", "
                <Bytes of=sizes.provisioned.bytes() />
            </dd>
            <dt>"Taken"</dt>
            <dd>{move || time::exact(at, offset_minutes(at))}</dd>
            <dt>"Kind"</dt>
            <dd>{kind}</dd>
            <dt>"Used blocks"</dt>
            <dd><Bytes of=sizes.allocated /></dd>
            <dt>"Changed"</dt>
            <dd><Bytes of=sizes.changed /> ", cleared " <Bytes of=sizes.cleared /></dd>
            <dt>"Stored by it"</dt>
            <dd><Bytes of=sizes.stored /></dd>
            <dt>"Freed if deleted"</dt>
            <dd>{freeable}</dd>
            <dt>"Digest"</dt>
            <dd><code>{snapshot.digest.to_string()}</code></dd>
        </dl>
    }
}

#[component]
fn Actions(of: Snapshot, open: RwSignal<bool>) -> impl IntoView {
    let (id, base, name) = (of.id, of.base_id, of.name.clone());
    let (watch, toaster) = (use_watch(), use_toaster());
    let verifying = Deed::default();
    let verify = move || async move {
        let job = api::verify(id).await?;
        watch.follow(&job);
        open.set(false);
        let link = ("Follow it", Route::Job(job.id).path());
        toaster.say_with_link(Tone::Neutral, "The check has begun.", link);
        Ok(())
    };
    let compare = base.map(|base| {
        let path = Route::Diff { base, target: id }.path();
        view! { <a class="button" href=path><Icon name="compare" />"What changed"</a> }
    });
    let address = absolute(&format!("snapshots/{id}/data?format=raw"));
    let file = format!("{name}.img");
    let lines =
        vec![script::curl::<()>("GET", &address, None), skikt(&["export", &id.to_string(), &file])];
    view! {
        <FormError error=verifying.error() />
        <Script lines=Signal::stored(lines) />
        <footer>
            {compare}
            <button
                type="button"
                class="button"
                disabled=move || verifying.pending().get()
                on:click=move |_| verifying.start(verify())
            >
                <Icon name="verify" />
                "Check it"
            </button>
            <Download of=Signal::stored(Some(of)) />
        </footer>
    }
}

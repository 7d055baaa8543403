//! "Take snapshot": a button, what it is to be, how far it is, and its end.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::{
    Disk, DiskId, Job, JobId, JobResult, JobStatus, Name, NewSnapshot, Sku, SnapshotKind, Tags,
};

use crate::{
    api,
    asked::{Deed, effect},
    components::{
        confirm::FormError,
        dialog::{Dialog, open_about},
        field::{Choice, SkuField, TextField},
        icon::Icon,
        job_card::StatusLine,
        script::{Script, absolute, skikt},
        show::Show,
        watch::use_watch,
    },
    live::use_live,
    routes::Route,
    view::{job, script},
};

/// A button that takes a snapshot of a disk.
#[component]
pub fn SnapshotNow(
    /// The disk.
    #[prop(into)]
    disk: Signal<Disk>,
    /// How the button looks: `primary` where it is the page's main action.
    #[prop(optional)]
    look: &'static str,
    /// What the button says.
    #[prop(default = "Take snapshot")]
    words: &'static str,
) -> impl IntoView {
    let asked = RwSignal::new(None::<Disk>);
    view! {
        <button
            type="button"
            class="button"
            data-look=look
            on:click=move |_| asked.set(Some(disk.get_untracked()))
        >
            <Icon name="camera" />
            {words}
        </button>
        <SnapshotDialog disk=asked />
    }
}

/// The dialog alone. Lists have one for all their rows: a row comes and goes with what it shows,
/// and the dialog is to outlive that.
#[component]
pub fn SnapshotDialog(
    /// The disk, while a snapshot of it is asked for.
    disk: RwSignal<Option<Disk>>,
    /// The name that is offered.
    #[prop(optional, into)]
    name: Signal<String>,
) -> impl IntoView {
    let open = open_about(disk);
    let offered = name;
    let name = move || disk.with(|disk| disk.as_ref().map(|disk| disk.name.to_string()));
    let title = move || format!("Take a snapshot of {}", name().unwrap_or_default());
    view! {
        <Dialog open=open title=Signal::derive(title)>
            {move || disk.get().map(|disk| view! { <Body disk=disk name=offered.get_untracked() open=open /> })}
        </Dialog>
    }
}

/// What the fields of the form hold; it outlives the form, to be changed and tried again.
#[derive(Debug, Clone, Copy)]
struct Wish {
    name: RwSignal<String>,
    kind: RwSignal<SnapshotKind>,
    sku: RwSignal<Option<Sku>>,
    tags: RwSignal<String>,
    allow_changing: RwSignal<bool>,
}

#[component]
fn Body(disk: Disk, name: String, open: RwSignal<bool>) -> impl IntoView {
    let started = RwSignal::new(None::<JobId>);
    let id = disk.id;
    let wish = Wish {
        name: RwSignal::new(name),
        kind: RwSignal::new(SnapshotKind::Incremental),
        sku: RwSignal::new(None),
        tags: RwSignal::new(String::new()),
        allow_changing: RwSignal::new(false),
    };
    let tried = RwSignal::new(false);
    move || match started.get() {
        None => {
            view! { <Form disk=id wish=wish again=tried started=started open=open /> }.into_any()
        }
        Some(job) => view! { <Follow id=job started=started open=open /> }.into_any(),
    }
}

#[component]
fn Form(
    disk: DiskId,
    wish: Wish,
    /// Whether it was tried before: what helps then is shown at once.
    again: RwSignal<bool>,
    started: RwSignal<Option<JobId>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let Wish { name, kind, sku, tags, allow_changing } = wish;
    effect(move || {
        let refused = sku.get().is_some_and(|sku| !sku.takes_incrementals());
        if refused && kind.get() == SnapshotKind::Incremental {
            sku.set(None);
        }
    });
    let wanted = move || {
        Ok::<_, String>(NewSnapshot {
            name: parse_name(&name.get())?,
            kind: kind.get(),
            sku: sku.get(),
            tags: parse_tags(&tags.get())?,
            allow_changing: allow_changing.get(),
        })
    };
    let watch = use_watch();
    let taking = Deed::default();
    let take = move |snapshot: NewSnapshot| async move {
        let job = api::take_snapshot(disk, &snapshot).await?;
        watch.follow(&job);
        let _gone = again.try_set(true);
        let _gone = started.try_set(Some(job.id));
        Ok(())
    };
    let lines = Signal::derive(move || {
        let url = absolute(&format!("disks/{disk}/snapshots"));
        let wanted = wanted().ok();
        let words = wanted.as_ref().and_then(|it| script::new_snapshot(&disk.to_string(), it));
        let curl = script::curl("POST", &url, wanted.as_ref());
        std::iter::once(curl).chain(words.map(|words| skikt(&words))).collect::<Vec<_>>()
    });
    let skus = move || {
        let allowed = |sku: &Sku| kind.get() == SnapshotKind::Full || sku.takes_incrementals();
        let named = Sku::ALL.into_iter().filter(allowed).map(|it| (it.to_string(), it.to_string()));
        let first = (String::new(), "Where the disk's snapshots go".to_owned());
        std::iter::once(first).chain(named).collect::<Vec<_>>()
    };
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                if let Ok(snapshot) = wanted() {
                    taking.start(take(snapshot));
                }
            }
        >
            <TextField
                label="Name"
                value=name
                autofocus=true
                hint="Left out: the disk's name and the time."
                wrong=Signal::derive(move || parse_name(&name.get()).err())
            />
            <div class="field">
                <span class="field-label">"Kind"</span>
                <Choice
                    label="Kind"
                    value=kind
                    options=vec![(SnapshotKind::Incremental, "Incremental"), (SnapshotKind::Full, "Full")]
                />
                <span class="field-hint">
                    {move || match kind.get() {
                        SnapshotKind::Incremental => "Stores only what its pool does not have yet. It can be used as the whole disk, and outlives the ones before it.",
                        SnapshotKind::Full => "Stands alone: shares no stored byte with any other, and takes the room of all used blocks.",
                    }}
                </span>
            </div>
            <details class="more" open=again.get_untracked()>
                <summary>"Storage, tags and more"</summary>
                <div class="form">
                    <SkuField
                        label="Storage"
                        options=Signal::derive(skus)
                        value=Signal::derive(move || sku.get().map(|it| it.to_string()).unwrap_or_default())
                        pick=move |text: String| sku.set(text.parse().ok())
                        hint="Incremental snapshots are on standard storage, whatever the disk's tier."
                    />
                    <TextField
                        label="Tags"
                        value=tags
                        placeholder="env=prod, reason=before upgrade"
                        wrong=Signal::derive(move || parse_tags(&tags.get()).err())
                    />
                    <label class="check">
                        <input type="checkbox" bind:checked=allow_changing />
                        <span>
                            "Go on when the image changes while it is read"
                            <small class="muted">"The snapshot is then marked fuzzy: its blocks may be of different moments."</small>
                        </span>
                    </label>
                </div>
            </details>
            <FormError error=taking.error() />
            <Script lines=lines />
            <footer>
                <button type="button" class="button" on:click=move |_| open.set(false)>"Not now"</button>
                <button
                    type="submit"
                    class="button"
                    data-look="primary"
                    disabled=move || taking.pending().get() || wanted().is_err()
                >
                    "Take snapshot"
                </button>
            </footer>
        </form>
    }
}

/// The job, live, until it ends; closing the dialog does not stop it.
#[component]
fn Follow(id: JobId, started: RwSignal<Option<JobId>>, open: RwSignal<bool>) -> impl IntoView {
    let job = use_live().job(id);
    let ended =
        Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| job.status.is_final())));
    let failed = Memo::new(move |_| {
        job.with(|job| {
            matches!(job.as_ref().map(|job| &job.status), Some(JobStatus::Failed { .. }))
        })
    });
    let compare = move || job.with(|job| job.as_ref().and_then(compare_path));
    // Said in quarters: every step would drown all else.
    let spoken = Memo::new(move |_| job.with(|job| job.as_ref().map(job::spoken)));
    view! {
        <div class="form">
            <h3>{move || job.with(|job| job.as_ref().map(|job| job::state(&job.status)))}</h3>
            <StatusLine job=job.into() />
            <p class="visually-hidden" role="status">{spoken}</p>
            <Show when=move || !ended.get()>
                <p class="muted">"You can close this, or leave the page: it goes on."</p>
            </Show>
            <footer>
                <Show when=move || failed.get()>
                    <button type="button" class="button" on:click=move |_| started.set(None)>"Change it and try again"</button>
                </Show>
                {move || compare().map(|path| view! { <a class="button" href=path>"See what changed"</a> })}
                <button type="button" class="button" data-look="primary" on:click=move |_| open.set(false)>
                    {move || if ended.get() { "Done" } else { "Close" }}
                </button>
            </footer>
        </div>
    }
}

fn compare_path(job: &Job) -> Option<String> {
    let JobStatus::Done { result, .. } = &job.status else { return None };
    let JobResult::Snapshot(snapshot) = &**result else { return None };
    let base = snapshot.base_id?;
    Some(Route::Diff { base, target: snapshot.id }.path())
}

fn parse_name(text: &str) -> Result<Option<Name>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        "Use 1 to 80 letters, digits, dots, underscores and hyphens, first a letter or digit."
            .to_owned()
    })
}

/// Pairs as people type them: `key=value, key=value`.
pub fn parse_tags(text: &str) -> Result<Tags, String> {
    let mut pairs = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Tags::try_from(pairs).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_typed_with_commas() {
        let tags = parse_tags("env=prod, keep ,a = b=c,").unwrap();
        let pairs: Vec<_> = tags.iter().collect();
        assert_eq!(pairs, [("a", "b=c"), ("env", "prod"), ("keep", "")]);
        assert!(parse_tags("=x").is_err());
    }
}

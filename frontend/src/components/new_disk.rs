//! A new disk: an image attached in place, one uploaded, an empty one, or a snapshot made a disk.

use leptos::prelude::*;
use shared::{ByteSize, Disk, ImageFile, Job, Name, NewDisk, NewDiskSource, Sku, Snapshot, Tags};

use crate::{
    api::{self, MadeDisk},
    asked::{Deed, ask},
    components::{
        badge::Tone,
        confirm::FormError,
        dialog::Dialog,
        field::{Choice, SkuField, TextField},
        remote::Remote,
        script::{Script, absolute, skikt},
        show::Show,
        time::Ago,
        toast::use_toaster,
        upload::Upload,
        watch::use_watch,
    },
    routes::Route,
    upload::use_upload,
    view::{bytes, script, upload},
};

/// Where a new disk's bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An image on the server, read in place.
    Attach,
    /// An image on this computer.
    Upload,
    /// Zeros.
    Empty,
}

/// The dialog that makes a disk.
#[component]
pub fn NewDiskDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The way that is offered first.
    #[prop(default = Way::Attach)]
    way: Way,
    /// The snapshot that the disk is to be made from; no other way is offered then.
    #[prop(optional, into)]
    from: Signal<Option<Snapshot>>,
) -> impl IntoView {
    let title = move || match from.get() {
        Some(snapshot) => format!("New disk from {}", snapshot.name),
        None => "Attach or create a disk".to_owned(),
    };
    view! {
        <Dialog open=open title=Signal::derive(title)>
            <Ways open=open first=way from=from />
        </Dialog>
    }
}

#[component]
fn Ways(open: RwSignal<bool>, first: Way, from: Signal<Option<Snapshot>>) -> impl IntoView {
    let toaster = use_toaster();
    let made = Callback::new(move |disk: Disk| {
        open.set(false);
        let words = format!("The disk {} is there.", disk.name);
        toaster.say_with_link(Tone::Good, words, ("Open it", Route::Disk(disk.id).path()));
    });
    if let Some(snapshot) = from.get_untracked() {
        return view! { <FromSnapshot snapshot=snapshot open=open made=made /> }.into_any();
    }
    let sent = use_upload();
    let way = RwSignal::new(if untrack(|| sent.is_under_way()) { Way::Upload } else { first });
    view! {
        <div class="form">
            <Choice
                label="Where its bytes come from"
                value=way
                options=vec![
                    (Way::Attach, "Attach an image"),
                    (Way::Upload, "Upload an image"),
                    (Way::Empty, "Empty"),
                ]
            />
            {move || match way.get() {
                Way::Attach => view! { <Attach made=made /> }.into_any(),
                Way::Upload => view! { <Upload uploaded=move |_| open.set(false) /> }.into_any(),
                Way::Empty => view! { <EmptyDisk made=made /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

/// Attaches an image that lies on the server.
#[component]
pub fn Attach(
    /// Told of the new disk.
    made: Callback<Disk>,
) -> impl IntoView {
    let files = ask(api::image_files);
    let path = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let choose = Callback::new(move |file: ImageFile| {
        let last = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        name.set(upload::suggested_name(&last));
        path.set(file.path);
    });
    let wanted = Signal::derive(move || {
        let path = path.get().trim().to_owned();
        (!path.is_empty())
            .then_some(())
            .and_then(|()| new_disk(&name.get(), NewDiskSource::Attached { path }))
    });
    view! {
        <Remote source=files is_empty=Vec::is_empty empty=|| view! {
            <p class="muted">"No image lies below the server's image roots. Put one there, type a path, or upload one."</p>
        } let:files>
            <ImagePicker files=files path=path choose=choose />
        </Remote>
        <Create wanted=wanted made=made deed="Attach">
            <TextField
                label="Path on the server"
                value=path
                placeholder="/var/lib/images/web.img"
                hint="A raw image or a block device, below an image root. It is read in place and never written."
            />
            <NameField name=name />
        </Create>
    }
}

#[component]
fn ImagePicker(
    files: Signal<Vec<ImageFile>>,
    path: RwSignal<String>,
    choose: Callback<ImageFile>,
) -> impl IntoView {
    let option = move |file: ImageFile| {
        let taken = file.disk_id.map(|_| "attached already".to_owned());
        let problem = file.problem.clone().or(taken);
        let (this, shown) = (file.path.clone(), file.path.clone());
        let size = file.disk_size_bytes.map_or(file.size_bytes, ByteSize::bytes);
        let format = file.format.map(|format| format!("{format} · ")).unwrap_or_default();
        let (modified_at, usable) = (file.modified_at, problem.is_none());
        view! {
            <li>
                <button
                    type="button"
                    disabled=!usable
                    aria-pressed=move || (path.get() == this).to_string()
                    on:click=move |_| choose.run(file.clone())
                >
                    <span class="picker-name">{shown}</span>
                    <span class="muted">
                        {format} {bytes::short(size)} " · "
                        {match problem {
                            Some(problem) => problem.into_any(),
                            None => view! { "written " <Ago at=modified_at /> }.into_any(),
                        }}
                    </span>
                </button>
            </li>
        }
    };
    view! {
        <ul class="picker" aria-label="Images on the server">
            {move || files.get().into_iter().map(option).collect::<Vec<_>>()}
        </ul>
    }
}

#[component]
fn EmptyDisk(made: Callback<Disk>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let size = RwSignal::new("10 GiB".to_owned());
    let parsed = move || parse_size(&size.get());
    let wanted = Signal::derive(move || {
        let size_bytes = parsed().ok()?;
        new_disk(&name.get(), NewDiskSource::Empty { size_bytes })
    });
    view! {
        <Create wanted=wanted made=made deed="Create">
            <NameField name=name />
            <TextField
                label="Size"
                value=size
                hint="It takes no room until something is written."
                wrong=Signal::derive(move || parsed().err())
            />
        </Create>
    }
}

#[component]
fn FromSnapshot(snapshot: Snapshot, open: RwSignal<bool>, made: Callback<Disk>) -> impl IntoView {
    let suggested = format!("{}-restored", snapshot.disk_name);
    let name = RwSignal::new(suggested.chars().take(80).collect::<String>());
    let as_file = RwSignal::new(false);
    let path = RwSignal::new(String::new());
    let id = snapshot.id.to_string();
    let wanted = Signal::derive(move || {
        let path = path.get().trim().to_owned();
        if as_file.get() && path.is_empty() {
            return None;
        }
        let as_file = as_file.get().then_some(path);
        new_disk(
            &name.get(),
            NewDiskSource::Snapshot { snapshot: id.clone(), size_bytes: None, as_file },
        )
    });
    let watch = use_watch();
    let begun = Callback::new(move |job: Job| {
        watch.follow(&job);
        open.set(false);
    });
    view! {
        <p class="muted">
            {format!("A disk of {} as it was. The snapshot and its disk stay as they are.", bytes::short(snapshot.sizes.provisioned.bytes()))}
        </p>
        <Create wanted=wanted made=made begun=begun deed="Create the disk">
            <NameField name=name />
            <Choice
                label="How its bytes are kept"
                value=as_file
                options=vec![(false, "Managed: shares the snapshot's bytes"), (true, "As a plain image file")]
            />
            <Show when=move || as_file.get()>
                <TextField
                    label="Path of the new file on the server"
                    value=path
                    placeholder="/var/lib/images/web-restored.img"
                    hint="It must not exist yet, and lie below an image root."
                />
            </Show>
        </Create>
    }
}

#[component]
fn NameField(name: RwSignal<String>) -> impl IntoView {
    let wrong = move || {
        let name = name.get();
        if name.trim().is_empty() {
            None
        } else {
            name.trim().parse::<Name>().err().map(|it| it.to_string())
        }
    };
    view! { <TextField label="Name" value=name wrong=Signal::derive(wrong) /> }
}

/// The end of every form here: sends it, and tells what was made.
#[component]
fn Create(
    wanted: Signal<Option<NewDisk>>,
    made: Callback<Disk>,
    #[prop(optional)] begun: Option<Callback<Job>>,
    deed: &'static str,
    children: Children,
) -> impl IntoView {
    let sku = RwSignal::new(Sku::StandardLrs);
    let full = move || wanted.get().map(|disk| NewDisk { sku: Some(sku.get()), ..disk });
    let creating = Deed::default();
    let create = move |disk: NewDisk| async move {
        match (api::create_disk(&disk).await?, begun) {
            (MadeDisk::Disk(disk), _) => drop(made.try_run(disk)),
            (MadeDisk::Job(job), Some(begun)) => drop(begun.try_run(job)),
            (MadeDisk::Job(_), None) => {}
        }
        Ok(())
    };
    let lines = move || {
        let full = full();
        let words = full.as_ref().map(script::new_disk);
        let curl = script::curl("POST", &absolute("disks"), full.as_ref());
        std::iter::once(curl).chain(words.map(|words| skikt(&words))).collect::<Vec<_>>()
    };
    let tiers = Sku::ALL.map(|it| (it.to_string(), it.to_string())).to_vec();
    view! {
        <form
            class="form"
            on:submit=move |event| {
                event.prevent_default();
                if let Some(disk) = full() {
                    creating.start(create(disk));
                }
            }
        >
            {children()}
            <SkuField
                label="Tier of the disk itself"
                options=Signal::stored(tiers)
                value=Signal::derive(move || sku.get().to_string())
                pick=move |text: String| {
                    if let Ok(chosen) = text.parse() {
                        sku.set(chosen);
                    }
                }
                hint="Its incremental snapshots are on standard storage, whatever its tier."
            />
            <FormError error=creating.error() />
            <Script lines=Signal::derive(lines) />
            <footer>
                <button
                    type="submit"
                    class="button"
                    data-look="primary"
                    disabled=move || creating.pending().get() || wanted.get().is_none()
                >
                    {deed}
                </button>
            </footer>
        </form>
    }
}

fn new_disk(name: &str, source: NewDiskSource) -> Option<NewDisk> {
    let name = name.trim().parse().ok()?;
    Some(NewDisk {
        name,
        group: None,
        sku: None,
        snapshot_sku: None,
        tags: Tags::default(),
        source,
    })
}

fn parse_size(text: &str) -> Result<ByteSize, String> {
    let bytes = bytes::parse(text).ok_or("Type a number and a unit: 10 GiB")?;
    ByteSize::new(bytes).map_err(|error| error.to_string())
}

//! Sends an image file to the server: in pieces, without its zeros, and from where it broke off.

use leptos::prelude::*;
use shared::{Disk, DiskId, Name, NewDisk, NewDiskSource};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, File};

use crate::{
    api::{self, Answer, ApiError, MadeDisk},
    components::{confirm::FormError, field::TextField, progress::Progress, show::Show},
    view::{bytes, upload},
};

/// A file on its way.
#[derive(Debug, Clone)]
struct Sending {
    file: File,
    disk: Disk,
    abort: AbortController,
}

/// How far it is, and how it stands.
#[derive(Debug, Clone, Copy)]
struct State {
    sending: RwSignal<Option<Sending>, LocalStorage>,
    done: RwSignal<u64>,
    moving: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

/// Chooses an image, makes a disk of its size, and fills it.
#[component]
pub fn Upload(
    /// Whether a disk is there, or about to be, that does not hold the whole image yet.
    #[prop(optional)]
    busy: RwSignal<bool>,
    /// Told when the disk holds the whole image.
    #[prop(into)]
    uploaded: Callback<Disk>,
) -> impl IntoView {
    let file = RwSignal::new_local(None::<File>);
    let name = RwSignal::new(String::new());
    let state = State {
        sending: RwSignal::new_local(None),
        done: RwSignal::new(0),
        moving: RwSignal::new(false),
        error: RwSignal::new(None),
        busy,
    };
    let choose =
        move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
            let chosen = event.target().files().and_then(|files| files.get(0));
            if let Some(chosen) = &chosen {
                name.set(upload::suggested_name(&chosen.name()));
            }
            file.set(chosen);
        };
    let size = move || file.with(|file| file.as_ref().map(|file| file.size() as u64));
    let wrong_size =
        move || size().and_then(|size| upload::disk_size(size).err()).map(|it| it.to_string());
    let named = move || name.get().trim().parse::<Name>();
    let start = move || {
        let (Some(file), Ok(name)) = (file.get_untracked(), named()) else { return };
        leptos::task::spawn_local(begin(state, file, name, uploaded));
    };
    let total = Signal::derive(move || {
        state.sending.with(|it| it.as_ref().map_or(0, |it| it.file.size() as u64))
    });
    on_cleanup(move || pause(state));
    let choosing = move || {
        view! {
            <label class="drop">
                <input type="file" on:change:target=choose />
                <strong>
                    {move || file.with(|file| file.as_ref().map_or_else(|| "Choose an image file".to_owned(), File::name))}
                </strong>
                <span class="muted">
                    {move || size().map_or_else(|| "A raw image, of any size. Runs of zeros are not sent.".to_owned(), bytes::short)}
                </span>
            </label>
            <Show when=move || size().is_some()>
                <TextField
                    label="Name of the disk"
                    value=name
                    wrong=Signal::derive(move || wrong_size().or_else(|| named().err().map(|it| it.to_string())))
                />
            </Show>
            <FormError error=state.error />
            <footer>
                <button
                    type="button"
                    class="button"
                    data-look="primary"
                    disabled=move || size().is_none() || named().is_err() || wrong_size().is_some() || state.moving.get()
                    on:click=move |_| start()
                >
                    "Upload the image"
                </button>
            </footer>
        }
    };
    let going = move || {
        let words = move || {
            let (done, total) = (state.done.get(), total.get());
            format!("{} of {}", bytes::short(done), bytes::short(total))
        };
        view! {
            <h3>{move || state.sending.with(|it| it.as_ref().map(|it| it.file.name()))}</h3>
            <Progress done=state.done total=total label="Upload" />
            <p class="job-facts"><span>{words}</span></p>
            <Show when=move || state.moving.get()>
                <p class="muted">"Keep this page open until it is done."</p>
            </Show>
            <FormError error=state.error />
            <footer>
                <button type="button" class="button" on:click=move |_| leptos::task::spawn_local(give_up(state))>
                    "Stop, and drop the disk"
                </button>
                <Show when=move || !state.moving.get()>
                    <button
                        type="button"
                        class="button"
                        data-look="primary"
                        on:click=move |_| leptos::task::spawn_local(send(state, uploaded))
                    >
                        "Go on"
                    </button>
                </Show>
            </footer>
        }
    };
    let under_way = Memo::new(move |_| state.sending.with(Option::is_some));
    view! {
        <div class="form">
            {move || if under_way.get() { going().into_any() } else { choosing().into_any() }}
        </div>
    }
}

async fn begin(state: State, file: File, name: Name, uploaded: Callback<Disk>) {
    let Ok(size_bytes) = upload::disk_size(file.size() as u64) else { return };
    // A browser that has no `AbortController` has no WebAssembly either.
    let Ok(abort) = AbortController::new() else { return };
    state.moving.set(true);
    state.busy.set(true);
    state.error.set(None);
    let wanted = NewDisk {
        name,
        group: None,
        sku: None,
        snapshot_sku: None,
        tags: shared::Tags::default(),
        source: NewDiskSource::Empty { size_bytes },
    };
    let made = api::create_disk(&wanted).await;
    state.moving.set(false);
    match made {
        Ok(MadeDisk::Disk(disk)) => {
            state.done.set(0);
            state.sending.set(Some(Sending { file, disk, abort }));
            send(state, uploaded).await;
        }
        // An empty disk takes no job.
        Ok(MadeDisk::Job(_)) => {}
        Err(error) => {
            state.busy.set(false);
            state.error.set(Some(error));
        }
    }
}

/// Sends pieces from where it stands; a piece that failed is the first of the next time.
async fn send(state: State, uploaded: Callback<Disk>) {
    let Some(Sending { file, disk, abort }) = state.sending.get_untracked() else { return };
    state.moving.set(true);
    state.error.set(None);
    while let Some((from, to)) = upload::piece(state.done.get_untracked(), file.size() as u64) {
        match send_piece(&file, disk.id, from, to, &abort).await {
            Ok(()) => state.done.set(to),
            Err(error) => {
                let stopped = abort.signal().aborted();
                state.moving.set(false);
                state.error.set((!stopped).then_some(error));
                return;
            }
        }
    }
    state.moving.set(false);
    state.sending.set(None);
    state.busy.set(false);
    uploaded.run(disk);
}

async fn send_piece(
    file: &File,
    disk: DiskId,
    from: u64,
    to: u64,
    abort: &AbortController,
) -> Answer<()> {
    let mut piece = read(file, from, to).await?;
    upload::fill_sector(&mut piece);
    if abort.signal().aborted() {
        return Err(ApiError::Network { reason: "stopped".to_owned() });
    }
    if upload::is_zero(&piece) {
        return Ok(());
    }
    api::put_disk_data(disk, from, &piece, &abort.signal()).await
}

/// Reads a part of the file; it fails where the file was changed or moved since it was chosen.
async fn read(file: &File, from: u64, to: u64) -> Answer<Vec<u8>> {
    let failed = |_| ApiError::Network { reason: "the file cannot be read any more".to_owned() };
    let part = file.slice_with_f64_and_f64(from as f64, to as f64).map_err(failed)?;
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(failed)?;
    Ok(js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec())
}

/// Stops sending, and keeps what was sent.
fn pause(state: State) {
    state.sending.with_untracked(|sending| {
        if let Some(sending) = sending {
            sending.abort.abort();
        }
    });
}

/// Stops sending, and lets the disk go with what it holds.
async fn give_up(state: State) {
    pause(state);
    let Some(Sending { disk, .. }) = state.sending.get_untracked() else { return };
    match api::detach_disk(disk.id, Some(&disk.name)).await {
        Ok(()) => {
            state.error.set(None);
            state.sending.set(None);
            state.busy.set(false);
        }
        Err(error) => state.error.set(Some(error)),
    }
}

//! The image file that is on its way to the server. It goes on whatever page is looked at, and the
//! disk that it fills is marked until all of it is there.

use leptos::{ev, prelude::*, task::spawn_local};
use shared::{Code, Disk, DiskId, DiskPatch, Name, NewDisk, NewDiskSource};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, File};

use crate::{
    api::{self, Answer, ApiError, MadeDisk},
    components::{
        badge::Tone,
        toast::{Toaster, use_toaster},
    },
    routes::Route,
    view::upload,
};

/// A file, and the disk that it fills.
#[derive(Debug, Clone)]
struct Sending {
    file: File,
    disk: Disk,
    /// Ends what is under way; none while nothing is.
    abort: Option<AbortController>,
}

/// The upload of this tab: one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Upload {
    sending: RwSignal<Option<Sending>, LocalStorage>,
    done: RwSignal<u64>,
    moving: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    finished: RwSignal<Option<Disk>>,
    toaster: Toaster,
}

impl Upload {
    /// Gives every component below the upload, and asks before the tab is closed in its middle.
    pub fn provide() {
        let upload = Self {
            sending: RwSignal::new_local(None),
            done: RwSignal::new(0),
            moving: RwSignal::new(false),
            error: RwSignal::new(None),
            finished: RwSignal::new(None),
            toaster: use_toaster(),
        };
        provide_context(upload);
        // It goes for as long as the page does.
        let _until_the_page_closes = window_event_listener(ev::beforeunload, move |event| {
            if upload.is_under_way() {
                event.prevent_default();
            }
        });
    }

    /// Whether a disk is there that does not hold the whole image yet. Reactive, as all of these.
    pub fn is_under_way(&self) -> bool {
        self.sending.with(Option::is_some)
    }

    /// Whether bytes are on their way, or about to be.
    pub fn is_moving(&self) -> bool {
        self.moving.get()
    }

    /// The file's name.
    pub fn name(&self) -> Option<String> {
        self.sending.with(|it| it.as_ref().map(|it| it.file.name()))
    }

    /// How many bytes are there.
    pub fn done(&self) -> u64 {
        self.done.get()
    }

    /// How many bytes there are to be.
    pub fn total(&self) -> u64 {
        self.sending.with(|it| it.as_ref().map_or(0, |it| it.file.size() as u64))
    }

    /// Why it stands still.
    pub fn error(&self) -> RwSignal<Option<ApiError>> {
        self.error
    }

    /// The disk that was filled last; whoever waits for it takes it.
    pub fn finished(&self) -> RwSignal<Option<Disk>> {
        self.finished
    }

    /// Makes a disk of the file's size, and fills it.
    pub fn begin(self, file: File, name: Name) {
        let Ok(size_bytes) = upload::disk_size(file.size() as u64) else { return };
        self.moving.set(true);
        self.error.set(None);
        spawn_local(async move {
            let tags = upload::unfinished();
            let source = NewDiskSource::Empty { size_bytes };
            let wanted = NewDisk { name, group: None, sku: None, snapshot_sku: None, tags, source };
            match api::create_disk(&wanted).await {
                Ok(MadeDisk::Disk(disk)) => {
                    self.done.set(0);
                    self.sending.set(Some(Sending { file, disk, abort: None }));
                    self.send().await;
                }
                // An empty disk takes no job.
                Ok(MadeDisk::Job(_)) => self.moving.set(false),
                Err(error) => {
                    self.moving.set(false);
                    self.error.set(Some(error));
                }
            }
        });
    }

    /// Goes on from where it stands.
    pub fn go_on(self) {
        spawn_local(self.send());
    }

    /// Sends pieces from where it stands; a piece that failed is the first of the next time.
    async fn send(self) {
        // A browser that has no `AbortController` has no WebAssembly either.
        let Ok(abort) = AbortController::new() else { return };
        let Some(Sending { file, disk, .. }) = self.sending.get_untracked() else { return };
        self.sending.update(|it| {
            if let Some(it) = it {
                it.abort = Some(abort.clone());
            }
        });
        self.moving.set(true);
        self.error.set(None);
        let sent = self.send_pieces(&file, &disk, &abort).await;
        self.moving.set(false);
        match sent {
            Ok(()) => {
                self.sending.set(None);
                let words = format!("The disk {} holds all of the image.", disk.name);
                let link = ("Open it", Route::Disk(disk.id).path());
                self.toaster.say_with_link(Tone::Good, words, link);
                self.finished.set(Some(disk));
            }
            Err(error) => self.error.set((!abort.signal().aborted()).then_some(error)),
        }
    }

    async fn send_pieces(self, file: &File, disk: &Disk, abort: &AbortController) -> Answer<()> {
        let length = file.size() as u64;
        while let Some((from, to)) = upload::piece(self.done.get_untracked(), length) {
            send_piece(file, disk.id, from, to, abort).await?;
            self.done.set(to);
        }
        // It may have been given other tags by now.
        let tags = Some(upload::finished(&api::disk(disk.id).await?.tags));
        let patch = DiskPatch { tags, ..DiskPatch::default() };
        api::patch_disk(disk.id, &patch).await.map(drop)
    }

    /// Stops sending, and lets the disk go with what it holds.
    pub async fn give_up(self) -> Answer<()> {
        let Some(Sending { disk, abort, .. }) = self.sending.get_untracked() else { return Ok(()) };
        if let Some(abort) = abort {
            abort.abort();
        }
        match api::detach_disk(disk.id, Some(&disk.name)).await {
            // Somebody else let it go.
            Err(error) if error.code() == Some(Code::DiskNotFound) => {}
            answer => answer?,
        }
        self.error.set(None);
        self.sending.set(None);
        Ok(())
    }
}

/// The upload of this tab.
pub fn use_upload() -> Upload {
    expect_context()
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
        // It was stopped, so that nobody is told of this.
        return Err(ApiError::File);
    }
    if upload::is_zero(&piece) {
        return Ok(());
    }
    api::put_disk_data(disk, from, &piece, &abort.signal()).await
}

/// Reads a part of the file; it fails where the file was changed or moved since it was chosen.
async fn read(file: &File, from: u64, to: u64) -> Answer<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(from as f64, to as f64).map_err(|_| ApiError::File)?;
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(|_| ApiError::File)?;
    Ok(js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec())
}

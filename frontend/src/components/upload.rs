//! Uploading an image: which, as what disk, and how far it is.

use leptos::prelude::*;
use shared::{Disk, Name};
use web_sys::File;

use crate::{
    asked::{Deed, effect},
    components::{
        confirm::{Confirm, FormError},
        field::TextField,
        progress::Progress,
        show::Show,
    },
    upload::use_upload,
    view::{bytes, upload},
};

/// Chooses an image, makes a disk of its size, and fills it.
#[component]
pub fn Upload(
    /// Told when the disk holds the whole image.
    #[prop(into)]
    uploaded: Callback<Disk>,
) -> impl IntoView {
    let sent = use_upload();
    // What ended before is no matter of this one.
    sent.finished().set(None);
    effect(move || {
        if let Some(disk) = sent.finished().get() {
            sent.finished().set(None);
            uploaded.run(disk);
        }
    });
    let under_way = Memo::new(move |_| sent.is_under_way());
    view! {
        <div class="form">
            {move || if under_way.get() {
                view! { <UnderWay /> }.into_any()
            } else {
                view! { <ImageChoice /> }.into_any()
            }}
        </div>
    }
}

#[component]
fn ImageChoice() -> impl IntoView {
    let sent = use_upload();
    let file = RwSignal::new_local(None::<File>);
    let name = RwSignal::new(String::new());
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
    let start = move |_| {
        if let (Some(file), Ok(name)) = (file.get_untracked(), named()) {
            sent.begin(file, name);
        }
    };
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
        <FormError error=sent.error() />
        <footer>
            <button
                type="button"
                class="button"
                data-look="primary"
                disabled=move || size().is_none() || named().is_err() || wrong_size().is_some() || sent.is_moving()
                on:click=start
            >
                "Upload the image"
            </button>
        </footer>
    }
}

/// How far the upload is, and what can be done about it.
#[component]
pub fn UnderWay() -> impl IntoView {
    let sent = use_upload();
    let words = move || format!("{} of {}", bytes::short(sent.done()), bytes::short(sent.total()));
    let asking = RwSignal::new(false);
    let dropping = Deed::default();
    view! {
        <h3>{move || sent.name()}</h3>
        <Progress
            done=Signal::derive(move || sent.done())
            total=Signal::derive(move || sent.total())
            label="Upload"
        />
        <p class="job-facts"><span>{words}</span></p>
        <Show when=move || sent.is_moving()>
            <p class="muted">"Keep this tab open until it is done; it goes on on every page."</p>
        </Show>
        <FormError error=sent.error() />
        <footer class="actions">
            <button type="button" class="button" on:click=move |_| asking.set(true)>"Stop"</button>
            <Show when=move || !sent.is_moving()>
                <button type="button" class="button" data-look="primary" on:click=move |_| sent.go_on()>
                    "Go on"
                </button>
            </Show>
        </footer>
        <Confirm
            open=asking
            title="Stop, and drop the disk?"
            deed="Drop the disk"
            danger=true
            doing=dropping
            act=move |()| dropping.start(sent.give_up())
        >
            <p>"What was sent is deleted with the disk. The file on this computer stays as it is."</p>
        </Confirm>
    }
}

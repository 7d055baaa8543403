//! Small labels whose colour, shape and word say the same.

use leptos::prelude::*;
use shared::{Consistency, JobStatus, SnapshotKind};

use crate::{components::icon::Icon, view::job};

/// What a label means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A fact.
    Neutral,
    /// Something goes on.
    Active,
    /// All is well.
    Good,
    /// Look at it.
    Warning,
    /// It is broken.
    Bad,
}

impl Tone {
    /// The tone as the style sheet calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Active => "active",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    /// The icon that goes with it.
    pub const fn icon(self) -> Option<&'static str> {
        match self {
            Self::Neutral => None,
            Self::Active => Some("clock"),
            Self::Good => Some("ok"),
            Self::Warning => Some("alert"),
            Self::Bad => Some("error"),
        }
    }
}

/// A label.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(into)]
    tone: Signal<Tone>,
    /// What it says.
    #[prop(into)]
    words: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=move || tone.get().as_str()>
            {move || tone.get().icon().map(|name| view! { <Icon name=name /> })}
            {words}
        </span>
    }
}

/// How a job stands.
#[component]
pub fn JobBadge(
    /// The job's status.
    #[prop(into)]
    status: Signal<JobStatus>,
) -> impl IntoView {
    let tone = Signal::derive(move || status.with(job_tone));
    view! { <Badge tone=tone words=Signal::derive(move || status.with(|it| job::state(it).to_owned())) /> }
}

/// What a job's status means.
pub fn job_tone(status: &JobStatus) -> Tone {
    match status {
        _ if job::is_bad(status) => Tone::Bad,
        JobStatus::Queued | JobStatus::Cancelled { .. } => Tone::Neutral,
        JobStatus::Running { .. } => Tone::Active,
        JobStatus::Done { .. } => Tone::Good,
        JobStatus::Failed { .. } => Tone::Bad,
    }
}

/// Whether a snapshot is incremental, and whether its disk stood still.
#[component]
pub fn SnapshotBadges(
    /// The snapshot's kind.
    kind: SnapshotKind,
    /// Whether the disk stood still.
    consistency: Consistency,
) -> impl IntoView {
    let fuzzy = match consistency {
        Consistency::Exact => None,
        Consistency::Fuzzy => Some(view! { <Badge tone=Tone::Warning words="fuzzy" /> }),
    };
    view! { <Badge tone=Tone::Neutral words=kind.as_str() /> {fuzzy} }
}

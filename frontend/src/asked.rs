//! What is asked of the server, and what is done there: as signals that a page can follow.
//!
//! Futures and effects are boxed here, in one place: the browser then gets one loop for all of
//! them instead of one for each.

use std::pin::Pin;

use leptos::{prelude::*, task::spawn_local};

use crate::api::{Answer, ApiError};

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Puts an answer where it is seen.
type Apply = Box<dyn FnOnce()>;

/// Asks, and gives what applies the answer once it is there.
type Question = Box<dyn Fn() -> Boxed<Apply>>;

/// A question to the server, with what is known of its answer.
#[derive(Debug)]
pub struct Asked<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    error: RwSignal<Option<ApiError>>,
    again: Trigger,
}

impl<T: Send + Sync + 'static> Copy for Asked<T> {}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Asks now, and whenever a signal that `question` reads changes. Until the new answer is there
/// the one before it stays.
pub fn ask<T, F>(question: impl Fn() -> F + 'static) -> Asked<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Answer<T>> + 'static,
{
    let (value, error, again) = (RwSignal::new(None), RwSignal::new(None), Trigger::new());
    keep_asking(
        again,
        Box::new(move || {
            let answer = question();
            Box::pin(async move {
                let answer = answer.await;
                Box::new(move || match answer {
                    Ok(fresh) => {
                        error.set(None);
                        value.set(Some(fresh));
                    }
                    Err(refusal) => error.set(Some(refusal)),
                }) as Apply
            })
        }),
    );
    Asked { value, error, again }
}

/// Shows what the newest question gave; an answer to an older one, or for a page that was left, is
/// dropped.
fn keep_asking(again: Trigger, question: Question) {
    let newest = StoredValue::new(0_u32);
    effect(move || {
        again.track();
        let number = newest.get_value().wrapping_add(1);
        newest.set_value(number);
        let answer = question();
        spawn_local(async move {
            let apply = answer.await;
            if newest.try_get_value() == Some(number) {
                apply();
            }
        });
    });
}

impl<T: Clone + Send + Sync + 'static> Asked<T> {
    /// What the last answer gave; `None` while there is none, and when it was a refusal.
    pub fn get(self) -> Option<T> {
        if self.error.with(Option::is_some) { None } else { self.value.get() }
    }
}

impl<T: Send + Sync + 'static> Asked<T> {
    /// What the last answer that was no refusal gave.
    pub fn value(self) -> RwSignal<Option<T>> {
        self.value
    }

    /// Why the last answer was a refusal, if it was one.
    pub fn error(self) -> RwSignal<Option<ApiError>> {
        self.error
    }

    /// Asks again when it is notified.
    pub fn again(self) -> Trigger {
        self.again
    }
}

/// Something that the server is told to do, one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Deed {
    pending: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
}

impl Default for Deed {
    fn default() -> Self {
        Self { pending: RwSignal::new(false), error: RwSignal::new(None) }
    }
}

impl Deed {
    /// Does it.
    pub fn start(self, act: impl Future<Output = Answer<()>> + 'static) {
        self.run(Box::pin(act));
    }

    fn run(self, act: Boxed<Answer<()>>) {
        self.pending.set(true);
        spawn_local(async move {
            let refusal = act.await.err();
            // The page may be gone by now.
            let _gone = self.pending.try_set(false);
            let _gone = self.error.try_set(refusal);
        });
    }

    /// Whether it goes on right now.
    pub fn pending(self) -> RwSignal<bool> {
        self.pending
    }

    /// Why it did not work, the last time.
    pub fn error(self) -> RwSignal<Option<ApiError>> {
        self.error
    }
}

/// Runs now, and whenever a signal that it reads changes.
pub fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

//! What is asked of the server, and what is done there: as signals that a page can follow.
//!
//! Futures and effects are boxed here, in one place: the browser then gets one loop for all of
//! them instead of one for each.

use std::{pin::Pin, rc::Rc, time::Duration};

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{Answer, ApiError},
    live::use_live,
};

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
    subject: Subject,
}

/// What is asked about, where that changes, and what the value is of.
#[derive(Debug, Clone, Copy, Default)]
struct Subject {
    now: StoredValue<Option<Memo<String>>>,
    of_value: StoredValue<Option<String>>,
}

impl Subject {
    fn now(self) -> Option<String> {
        self.now.try_get_value().flatten().and_then(|now| now.try_get_untracked())
    }

    /// Whether the value is of what is asked about now.
    fn fits(self) -> bool {
        self.of_value.try_get_value().flatten() == self.now()
    }
}

/// The answer about another thing is shown for no longer than this.
const LET_GO: Duration = Duration::from_millis(200);

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
    let subject = Subject::default();
    keep_asking(
        again,
        error,
        Box::new(move || {
            let (answer, of) = (question(), subject.now());
            Box::pin(async move {
                let answer = answer.await;
                Box::new(move || match answer {
                    Ok(fresh) => {
                        subject.of_value.set_value(of);
                        error.set(None);
                        value.set(Some(fresh));
                    }
                    Err(refusal) => {
                        if !subject.fits() {
                            value.set(None);
                        }
                        error.set(Some(refusal));
                    }
                }) as Apply
            })
        }),
    );
    Asked { value, error, again, subject }
}

/// Shows what the newest question gave; an answer to an older one, or for a page that was left, is
/// dropped.
fn keep_asking(again: Trigger, error: RwSignal<Option<ApiError>>, question: Question) {
    let live = use_live();
    // What failed while the server was away is asked for when it is back.
    effect(move || {
        live.track_everything();
        if error.with_untracked(Option::is_some) {
            again.notify();
        }
    });
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

/// When another thing is asked about, the error goes at once, and the value later if it is still of
/// the one before.
fn let_go_of_others(key: Memo<String>, subject: Subject, let_go: Box<dyn Fn(bool)>) {
    let let_go: Rc<dyn Fn(bool)> = Rc::from(let_go);
    let mut last = key.get_untracked();
    effect(move || {
        let now = key.get();
        if now == last {
            return;
        }
        last.clone_from(&now);
        let_go(false);
        let let_go = Rc::clone(&let_go);
        let late = move || {
            if subject.now() == Some(now) && !subject.fits() {
                let_go(true);
            }
        };
        set_timeout(late, LET_GO);
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

    /// Says what is asked about: when that is another thing, what is known of the one before goes,
    /// after a moment in which the new answer mostly comes.
    #[must_use]
    pub fn about(self, key: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let Self { value, error, subject, .. } = self;
        let let_go = move |all: bool| {
            if all {
                let _gone = value.try_set(None);
            }
            let _gone = error.try_set(None);
        };
        let key = Memo::new(move |_| key());
        subject.now.set_value(Some(key));
        let_go_of_others(key, subject, Box::new(let_go));
        self
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

    /// What went wrong the last time is of no matter any more.
    pub fn begin_anew(self) {
        self.error.set(None);
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

//! Progress on a terminal, silence in a pipe, and a first Ctrl-C that ends the work cleanly.

use std::{
    io::IsTerminal as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::client::Watch;

/// Shows how far long work is.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    stop: AtomicBool,
}

impl Bar {
    /// A bar for work of that name, and a watch for Ctrl-C.
    pub(super) fn start(name: &'static str) -> Arc<Self> {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{prefix} [{bar:30}] {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix(name);
        let this = Arc::new(Self { bar, stop: AtomicBool::new(false) });
        let watch = Arc::downgrade(&this);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                match watch.upgrade() {
                    // The second time it is not asked but told.
                    Some(bar) if !bar.stop.swap(true, Ordering::Relaxed) => {}
                    _ => std::process::exit(130),
                }
            }
        });
        this
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn at(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Watch for Bar {
    fn phase(&self, phase: &str) {
        self.bar.set_prefix(phase.to_owned());
        // What has no end yet shows that it lives all the same.
        self.bar.tick();
    }
}

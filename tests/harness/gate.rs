//! A progress that stops long work where it is first told of, until it may go on.

use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};

use engine::Progress;
use tokio::sync::mpsc;

/// Stops the work that it watches.
#[derive(Debug)]
pub struct Gate {
    begun: mpsc::UnboundedSender<()>,
    go_on: Mutex<std_mpsc::Receiver<()>>,
    cancels: bool,
}

/// Waits for the work to come to the gate, and lets it go on when it is dropped.
#[derive(Debug)]
pub struct Keeper {
    begun: mpsc::UnboundedReceiver<()>,
    _go: std_mpsc::Sender<()>,
}

impl Gate {
    /// A gate and its keeper; where it `cancels`, the work is to stop once it may go on.
    pub fn new(cancels: bool) -> (Arc<Self>, Keeper) {
        let (begun, told) = mpsc::unbounded_channel();
        let (go, go_on) = std_mpsc::channel();
        let gate = Self { begun, go_on: Mutex::new(go_on), cancels };
        (Arc::new(gate), Keeper { begun: told, _go: go })
    }
}

impl Keeper {
    /// Returns once the work stands at the gate.
    pub async fn stands(&mut self) {
        self.begun.recv().await.expect("the work comes to the gate before it ends");
    }
}

impl Progress for Gate {
    fn at(&self, _: u64, _: u64) {
        if self.begun.send(()).is_ok() {
            // An error: the keeper was dropped, and nobody is to wait any more.
            let _ = self.go_on.lock().unwrap_or_else(PoisonError::into_inner).recv();
        }
    }

    fn cancelled(&self) -> bool {
        self.cancels && self.begun.is_closed()
    }
}

//! What happens, told to whoever listens: numbered, and the last few kept for those who come back.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use shared::Event;
use tokio::sync::broadcast;

/// Events that are kept for listeners that come back.
const KEPT: usize = 1024;

/// An event and its number.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) id: u64,
    pub(crate) event: Event,
}

/// The stream of events.
#[derive(Debug)]
pub(crate) struct Events {
    ring: Mutex<Ring>,
    sender: broadcast::Sender<Numbered>,
}

#[derive(Debug)]
struct Ring {
    next: u64,
    kept: VecDeque<Numbered>,
}

impl Events {
    /// No events yet. Numbers start at the time in microseconds, so that they go on growing from
    /// one start of the server to the next.
    pub(crate) fn new(now: Timestamp) -> Self {
        let next = u64::try_from(now.as_microsecond()).unwrap_or(0);
        let ring = Ring { next, kept: VecDeque::with_capacity(KEPT) };
        Self { ring: Mutex::new(ring), sender: broadcast::Sender::new(KEPT) }
    }

    /// Tells everybody.
    pub(crate) fn publish(&self, event: Event) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let numbered = Numbered { id: ring.next, event };
        ring.next += 1;
        if ring.kept.len() == KEPT {
            ring.kept.pop_front();
        }
        ring.kept.push_back(numbered.clone());
        // Within the lock, so that nobody is told out of order. With nobody there, it is no loss.
        drop(self.sender.send(numbered));
    }

    /// What came after the event `last`, and what is to come. Where some of it is forgotten, all
    /// that is told of the past is to ask again.
    pub(crate) fn listen(
        &self,
        last: Option<u64>,
    ) -> (Vec<Numbered>, broadcast::Receiver<Numbered>) {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let oldest = ring.kept.front().map_or(ring.next, |event| event.id);
        let missed = match last {
            None => Vec::new(),
            Some(last) if last < ring.next && last + 1 >= oldest => {
                ring.kept.iter().filter(|event| event.id > last).cloned().collect()
            }
            Some(_) => vec![Numbered { id: ring.next - 1, event: Event::Resync }],
        };
        (missed, receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detached() -> Event {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap();
        Event::DiskDetached { id }
    }

    #[test]
    fn who_comes_back_hears_what_was_missed() {
        let events = Events::new(Timestamp::from_microsecond(1000).unwrap());
        for _ in 0..3 {
            events.publish(detached());
        }
        let ids = |last| events.listen(last).0.iter().map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(ids(None), Vec::<u64>::new());
        assert_eq!(ids(Some(1000)), [1001, 1002]);
        assert_eq!(ids(Some(1002)), Vec::<u64>::new());
    }

    #[test]
    fn who_missed_too_much_is_told_to_ask_again() {
        let events = Events::new(Timestamp::from_microsecond(1000).unwrap());
        let first = |last| events.listen(Some(last)).0.into_iter().next().map(|it| it.event);
        assert_eq!(first(17), Some(Event::Resync), "an event of an earlier start");
        assert_eq!(first(4000), Some(Event::Resync), "an event of no start");
        for _ in 0..=KEPT {
            events.publish(detached());
        }
        assert_eq!(first(999), Some(Event::Resync));
        assert_eq!(first(1000), Some(detached()));
    }
}

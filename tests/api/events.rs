//! `events`: what happens, as it happens, with nothing left out.

use harness::server::Server;
use serde_json::json;

#[test]
fn a_snapshot_is_told_of_from_its_beginning_to_its_end() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    let mut stream = server.request("GET", "events").open();
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.header("content-encoding"), None);
    server.take("web", "first");
    let mut told = Vec::new();
    let mut first = None;
    while let Some((kind, id, data)) = stream.event() {
        let id = id.expect("every event has a number");
        let first = *first.get_or_insert(id);
        told.push((kind.clone(), id, data["state"].clone()));
        if kind == "job" && data["state"] == "done" {
            // Who comes back hears the rest again.
            let header = first.to_string();
            let mut again = server.request("GET", "events").header("last-event-id", &header).open();
            for (kind, id, _) in &told[1..] {
                let (kind_again, id_again, _) = again.event().expect("it goes on");
                assert_eq!((&kind_again, id_again), (kind, Some(*id)));
            }
            break;
        }
    }
    assert!(told.is_sorted_by_key(|(_, id, _)| *id));
    let has = |kind: &str| told.iter().any(|(known, ..)| known == kind);
    assert!(has("snapshot") && has("disk"), "{told:?}");
    assert_eq!(told[0].2, json!("queued"));
}

#[test]
fn who_was_away_too_long_is_told_to_ask_again() {
    let (skikt, server, _image) = Server::with_disk(512);
    let mut stream = server.request("GET", "events").header("last-event-id", "17").open();
    assert_eq!(stream.event().unwrap().0, "resync");
    server.stop();
    assert_eq!(stream.event(), None, "the stream ends with the server");
    drop(skikt);
}

#[test]
fn whoever_comes_back_again_and_again_hears_of_every_jobs_end_once() {
    const JOBS: usize = 30;
    let (_skikt, server, _image) = Server::with_disk(64 << 10);
    let mut stream = server.request("GET", "events").open();
    let mut ended = Vec::new();
    let mut expected = Vec::new();
    std::thread::scope(|scope| {
        let jobs = scope.spawn(|| {
            let ask = |number| {
                let body = json!({ "name": format!("s{number}") });
                server.post("disks/web/snapshots", &body).expect(202)["id"].clone()
            };
            (0..JOBS).map(ask).collect::<Vec<_>>()
        });
        let (mut last, mut heard) = (0, 0);
        while ended.len() < JOBS {
            let (kind, id, data) = stream.event().expect("it goes on");
            assert_ne!(kind, "resync", "nothing was missed");
            let id = id.expect("every event has a number");
            assert!(id > last, "{id} after {last}");
            last = id;
            if kind == "job" && data["state"] == "done" {
                ended.push(data["id"].clone());
            }
            heard += 1;
            if heard % 7 == 0 {
                let again = server.request("GET", "events");
                stream = again.header("last-event-id", &last.to_string()).open();
            }
        }
        expected = jobs.join().expect("all were asked for");
    });
    // One at a time on a disk, in the order in which they were asked for.
    assert_eq!(ended, expected);
}

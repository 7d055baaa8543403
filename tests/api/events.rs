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

//! What may be kept: tags of what is the same, compressed answers, and tiles for ever.

use harness::{life::Life, server::Server};

#[test]
fn a_tile_is_kept_for_ever_only_as_long_as_its_revision_is_the_disks() {
    let life = Life::begin();
    let revision = |life: &Life| {
        life.server.get("disks/web").expect(200)["revision"].as_u64().expect("a revision")
    };
    let tile = |v: u64| {
        let (from, to) = (life.id(0), life.id(9));
        format!("disks/web/heatmap/changed/0/0?from={from}&to={to}&v={v}")
    };
    let caching = |v: u64| {
        let answer = life.server.get(&tile(v));
        answer.header("cache-control").expect("it says how long").to_owned()
    };
    let now = revision(&life);
    assert!(caching(now).contains("immutable"));
    assert_eq!(caching(now - 1), "no-cache");
    assert_eq!(caching(now + 1), "no-cache");
    let answer = life.server.get(&tile(now));
    let etag = answer.header("etag").expect("a tile has a tag").to_owned();
    let again =
        |tag: &str| life.server.request("GET", &tile(now)).header("if-none-match", tag).send();
    let known = again(&etag);
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(&*etag));
    assert_eq!(again(&format!("\"other\", {etag}")).status, 304);
    assert_eq!(again("\"other\"").status, 200);
    life.server.request("DELETE", "snapshots/s5").send().expect(204);
    assert_eq!(caching(now), "no-cache", "a deletion raises the revision");
    assert!(caching(revision(&life)).contains("immutable"));
    assert_eq!(again(&etag).status, 304, "what two snapshots differ in does not change");
}

#[test]
fn answers_are_compressed_but_never_a_disks_bytes() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    let get = |path: &str| server.request("GET", path).header("accept-encoding", "br, gzip").send();
    for path in ["snapshots", "disks/web/timeline", "costs"] {
        let answer = get(path);
        assert!(matches!(answer.header("content-encoding"), Some("br" | "gzip")), "{path}");
        assert!(answer.header("vary").is_some_and(|it| it.contains("accept-encoding")), "{path}");
        assert!(answer.body.len() < server.get(path).body.len(), "{path}");
    }
    let data = get("snapshots/first/data");
    assert_eq!((data.header("content-encoding"), data.body.len()), (None, 1 << 20));
    let part = server.request("GET", "snapshots/first/data").header("accept-encoding", "gzip");
    let part = part.header("range", "bytes=0-99").send();
    assert_eq!((part.header("content-encoding"), part.body.len()), (None, 100));
    let stream = server.request("GET", "events").header("accept-encoding", "gzip").open();
    assert_eq!(stream.header("content-encoding"), None);
}

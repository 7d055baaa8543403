//! What pages of other servers may not do.

use harness::{cli::Skikt, server::Server};
use serde_json::json;
use shared::Code;

#[test]
fn only_the_servers_own_pages_may_change_something() {
    let skikt = Skikt::new();
    let server = Server::start_with(&skikt, "--allow-host skikt.example");
    let own = format!("http://127.0.0.1:{}", server.port());
    let gc = || server.request("POST", "gc").json(&json!({}));
    for request in [
        gc().header("origin", "http://evil.example"),
        gc().header("origin", "null"),
        gc().header("origin", "http://127.0.0.1:1"),
        gc().header("sec-fetch-site", "cross-site"),
        gc().header("sec-fetch-site", "same-site"),
        gc().header("host", "evil.example"),
        gc().header("host", "localhost:1"),
        server.request("GET", "disks").header("host", "evil.example"),
        server.request("GET", "/").header("host", "evil.example"),
    ] {
        request.send().assert_refused(403, Code::ForeignOrigin);
    }
    gc().body("application/x-www-form-urlencoded", "a=1").send().problem(415);
    gc().header("origin", &own).header("sec-fetch-site", "same-origin").send().expect(202);
    gc().header("host", &format!("localhost:{}", server.port())).send().expect(202);
    gc().header("host", "skikt.example").send().expect(202);
}

#[test]
fn every_answer_has_an_id_and_takes_a_sane_one() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let id = |sent: &str, path: &str| {
        let answer = server.request("GET", path).header("x-request-id", sent).send();
        answer.header("x-request-id").expect("an answer has an id").to_owned()
    };
    assert_eq!(id("mine-1", "disks"), "mine-1");
    assert_eq!(id("mine-1", "nothing"), "mine-1");
    assert_ne!(id("a b", "disks"), "a b");
    assert_ne!(id(&"x".repeat(65), "disks"), "x".repeat(65));
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let (_skikt, server, _image) = Server::with_disk(512);
    for path in ["disks", "disks/web", "events", "openapi.json", "disks/gone", "/", "/api/v1/docs"]
    {
        let head = server.request("HEAD", path).send();
        let get = server.request("GET", path).open();
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
    }
    let write = server.request("POST", "/").json(&json!({})).send();
    write.assert_refused(405, Code::MethodNotAllowed);
    assert_eq!(write.header("allow"), Some("GET, HEAD"));
}

#[test]
fn who_takes_no_encoding_gets_none() {
    let (_skikt, server, _image) = Server::with_disk(512);
    for encodings in ["*;q=0", "identity;q=0", "br;q=0"] {
        let answer = server.request("GET", "disks").header("accept-encoding", encodings).send();
        assert_eq!(answer.header("content-encoding"), None, "{encodings}");
        assert_eq!(answer.expect(200)["items"][0]["name"], "web", "{encodings}");
    }
}

#[test]
fn a_page_is_for_browsers_and_never_below_the_api() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let page = |path| server.request("GET", path).header("accept", "text/html").send();
    for path in ["/", "/disks/web"] {
        let answer = page(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-security-policy").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    page("/api/v1/disk").assert_refused(404, Code::NotFound);
    page("/gone-0123456789abcdef.js").assert_refused(404, Code::NotFound);
    page("/../Cargo.toml").problem(404);
}

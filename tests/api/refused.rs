//! What bad input gets: always a problem with its code, and nothing is done.

use std::os::unix::fs::symlink;

use harness::{cli::Skikt, image::assert_same, server::Server};
use serde_json::json;
use shared::Code;

#[test]
fn json_that_is_none_or_not_what_it_must_be() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    let post =
        |path: &str, body: &str| server.request("POST", path).body("application/json", body).send();
    for path in
        ["disks", "disks/web/snapshots", "snapshots/first/verify", "snapshots/freeable", "gc"]
    {
        let deep = "[".repeat(100_000);
        for body in ["{", "\"", "null x", "[]", "7", "{\"name\": \"\u{0}\"}", "{\"x\": 1}", &*deep]
        {
            let problem = post(path, body).problem(400);
            assert_eq!(problem.code, Code::InvalidRequest, "{path} {body:.20}");
            assert!(problem.help.is_some(), "{path} {body:.20}");
        }
        let twice = b"{\"name\": \"\xff\xfe\"}".to_vec();
        let answer = server.request("POST", path).body("application/json", twice).send();
        answer.assert_refused(400, Code::InvalidRequest);
        let long = server.request("POST", path).body("application/json", vec![b' '; 3 << 20]);
        long.send().assert_refused(413, Code::BodyTooLarge);
        let form = server.request("POST", path).body("multipart/form-data", "name=x");
        form.send().assert_refused(415, Code::UnsupportedMediaType);
    }
    let an_id = "0190163d-8694-739b-aea5-966c26f8ad91";
    for name in ["", ".", "a/b", "-a", "a b", "ä", &"x".repeat(81), an_id] {
        post("disks/web/snapshots", &json!({"name": name}).to_string()).problem(400);
        let empty = json!({"kind": "empty", "size_bytes": 512});
        post("disks", &json!({"name": name, "source": empty}).to_string()).problem(400);
    }
    assert_eq!(server.get("snapshots").expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get("jobs").expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn parameters_and_headers_that_are_not_known_or_out_of_bounds() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    let first = server.take("web", "first");
    server.take("web", "second");
    let id = first["id"].as_str().unwrap();
    for path in [
        "snapshots?order=size",
        "snapshots?limit=1001",
        "snapshots?limit=-1",
        "snapshots?cursor=bm90IGpzb24",
        "snapshots?nmae=first",
        "snapshots/first/data?fromat=raw",
        "snapshots/second/diff?base=first&granularity=0",
        "snapshots/second/diff?base=first&limit=100001",
        "snapshots/second/diff?base=first&offset_bytes=-1",
        "snapshots/second/diff?base=first&cursor=x",
        "snapshots/second/diff?base=first&format=xml",
        "snapshots/second/diff?base=first&format=csv&limit=1",
        "snapshots/second/diff?base=first&format=csv&cursor=x",
        "disks/web/timeline?bars=0",
        "disks/web/timeline?from=yesterday",
        "disks/web/timeline?zoom=1",
        "disks/web/heatmap/changed/0/99999999999999999999",
        "disks/web/heatmap/changed/10/0",
        "disks/web/heatmap/changed/-1/0",
        "disks/web/heatmap/changed/0/0?from=first",
        &format!("disks/web/heatmap/changed/0/0?from={id}&w=1"),
        "disks/web/changes?offset_bytes=x",
        "jobs?limit=0",
        "jobs?state=ended",
    ] {
        let problem = server.get(path).problem(400);
        assert_eq!(problem.code, Code::InvalidRequest, "{path}");
    }
    for (path, code) in [
        ("snapshots/gone", Code::SnapshotNotFound),
        ("snapshots/gone/data", Code::SnapshotNotFound),
        ("snapshots/first/diff?base=gone", Code::SnapshotNotFound),
        ("disks/gone/timeline", Code::DiskNotFound),
        ("disks/gone/heatmap/changed/0/0", Code::DiskNotFound),
        ("disks/gone/changes", Code::DiskNotFound),
        ("disks/0190163d-8694-739b-aea5-966c26f8ad91/snapshots", Code::DiskNotFound),
        ("snapshots?disk=0190163d-8694-739b-aea5-966c26f8ad91", Code::DiskNotFound),
        ("jobs?disk=0190163d-8694-739b-aea5-966c26f8ad91", Code::DiskNotFound),
        ("jobs/gone", Code::JobNotFound),
        ("jobs/0190163d-8694-739b-aea5-966c26f8ad91", Code::JobNotFound),
        ("", Code::NotFound),
    ] {
        let problem = server.get(path).problem(404);
        assert_eq!(problem.code, code, "{path}");
    }
    for path in ["disks/%2e%2e%2fweb", "disks/%00", "snapshots/a%20b"] {
        server.get(path).assert_refused(400, Code::InvalidName);
    }
    let take = || server.request("POST", "disks/web/snapshots").json(&json!({}));
    for (name, value) in
        [("prefer", "wait=soon"), ("prefer", "Wait=-1"), ("idempotency-key", &*"k".repeat(256))]
    {
        take().header(name, value).send().assert_refused(400, Code::InvalidRequest);
    }
    let jobs = server.get("jobs").expect(200)["items"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 2, "what was refused was begun: {jobs}");
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        server.request(method, "costs").send().assert_refused(405, Code::MethodNotAllowed);
    }
}

#[test]
fn ranges_that_do_not_lie_on_the_disk() {
    let (_skikt, server, image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    let range =
        |text: &str| server.request("GET", "snapshots/first/data").header("range", text).send();
    for text in
        ["bytes=1048576-", "bytes=1048576-1048577", "bytes=99999999999999999999-", "bytes=-0"]
    {
        let answer = range(text);
        assert_eq!(answer.problem(416).code, Code::RangeNotSatisfiable, "{text}");
        assert_eq!(answer.header("content-range"), Some("bytes */1048576"), "{text}");
    }
    // What is no range is not looked at (RFC 9110, section 14.2).
    for text in ["bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=0-0,2-2", "bytes", ""] {
        let answer = range(text);
        assert_eq!(answer.status, 200, "{text}");
        assert_same(&answer.body, image.bytes(), text);
    }
}

#[test]
fn paths_outside_the_image_roots() {
    let skikt = Skikt::new();
    let secret = skikt.random_image("secret.img", 4096);
    let server = Server::start(&skikt);
    let images = skikt.path("data/images");
    symlink(secret.path(), images.join("link.img")).unwrap();
    symlink(skikt.path("."), images.join("folder")).unwrap();
    for path in [
        secret.path().to_owned(),
        images.join("link.img"),
        images.join("folder/secret.img"),
        images.join("../../secret.img"),
        images.join("../catalog.db"),
        "/dev/zero".into(),
        "/etc/passwd".into(),
        "/proc/self/environ".into(),
        "secret.img".into(),
        "".into(),
    ] {
        let problem = server.attach("web", &path).problem(403);
        assert_eq!(problem.code, Code::PathNotAllowed, "{}", path.display());
        // Whether there is such a file is nobody's business.
        assert!(!problem.detail.contains("No such file"), "{}", problem.detail);
    }
    std::fs::create_dir(images.join("empty")).unwrap();
    server.attach("web", &images.join("empty")).problem(422);
    std::fs::write(images.join("nothing.img"), []).unwrap();
    server.attach("web", &images.join("nothing.img")).assert_refused(422, Code::SourceSize);
    std::fs::write(images.join("odd.img"), [1; 700]).unwrap();
    server.attach("web", &images.join("odd.img")).assert_refused(422, Code::SourceSize);
}

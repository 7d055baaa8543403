//! `jobs`: they outlive the server, are done once, and can be stopped.

use harness::{cli::Skikt, image::Image, server::Server};
use serde_json::{Value, json};
use shared::Code;

/// As large as it takes to find a snapshot at work.
const SIZE: u64 = 96 << 20;

/// A server with a job that stands still amid its work.
fn at_work(key: &str) -> (Skikt, Server, Value) {
    for _ in 0..20 {
        let skikt = Skikt::new();
        let mut server = Server::start(&skikt);
        std::fs::create_dir_all(skikt.path("data/images")).expect("a folder can be made");
        let image = Image::counted(&skikt.path("data/images/web.img"), SIZE);
        server.attach("web", image.path()).expect(201);
        let request = server.request("POST", "disks/web/snapshots").json(&json!({"name": "first"}));
        let job = request.header("idempotency-key", key).send().expect(202);
        if server.running().stop_after_reading(8 << 20, SIZE) {
            return (skikt, server, job);
        }
    }
    panic!("no snapshot could be stopped while it reads");
}

fn ended(server: &Server, job: &Value) -> Value {
    let path = format!("jobs/{}", job["id"].as_str().expect("a job has an id"));
    server.request("GET", &path).header("prefer", "wait=60").send().expect(200)
}

#[test]
fn a_job_that_a_crash_broke_off_is_done_by_the_next_server() {
    let (skikt, server, job) = at_work("one");
    server.kill();
    let server = Server::start(&skikt);
    let ended = ended(&server, &job);
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(ended["attempts"], 2);
    let snapshots = server.get("snapshots").expect(200);
    assert_eq!(snapshots["items"].as_array().unwrap().len(), 1);
    // The key is known to the next server, too.
    let again = server.request("POST", "disks/web/snapshots").json(&json!({"name": "first"}));
    let again = again.header("idempotency-key", "one").send().expect(202);
    assert_eq!(again["id"], job["id"]);
    server.stop();
    skikt.assert_whole();
}

#[test]
fn a_server_that_is_asked_to_stop_leaves_its_jobs_to_the_next() {
    let (skikt, mut server, job) = at_work("one");
    server.running().go_on();
    let ran = server.stop();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let server = Server::start(&skikt);
    assert_eq!(ended(&server, &job)["state"], "done");
    server.stop();
    skikt.assert_whole();
}

#[test]
fn a_job_is_stopped_and_leaves_nothing() {
    let (skikt, mut server, job) = at_work("one");
    server.running().go_on();
    let path = format!("jobs/{}", job["id"].as_str().unwrap());
    server.request("DELETE", &path).send().expect(202);
    let ended = ended(&server, &job);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    server.request("DELETE", &path).send().assert_refused(409, Code::JobEnded);
    assert_eq!(server.get("snapshots").expect(200)["items"], json!([]));
    server.stop();
    skikt.assert_whole();
}

#[test]
fn a_key_does_a_thing_once() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    let send = |body: Value| {
        let request = server.request("POST", "disks/web/snapshots").json(&body);
        request.header("idempotency-key", "one").send()
    };
    let first = send(json!({})).expect(202);
    assert_eq!(send(json!({})).expect(202)["id"], first["id"]);
    send(json!({"kind": "full"})).assert_refused(422, Code::IdempotencyMismatch);
    assert_eq!(server.get("jobs").expect(200)["items"].as_array().unwrap().len(), 1);
}

//! `snapshots`: taking, checking and deleting them.

use harness::server::Server;
use serde_json::json;
use shared::Code;

#[test]
fn a_snapshot_is_taken_checked_and_deleted() {
    let (_skikt, server, mut image) = Server::with_disk(3 << 20);
    let first = server.take("web", "first");
    assert_eq!(first["changed_bytes"], 3 << 20);
    image.scramble(8192..12288, 7);
    let second = server.take("web", "second");
    assert_eq!(second["base_id"], first["id"]);
    assert_eq!(second["changed_bytes"], 4096);
    let shown = server.get("snapshots/second").expect(200);
    assert!(shown["freeable_bytes"].as_u64().unwrap() > 0, "{shown}");
    let job = server.job("snapshots/first/verify", &json!({}));
    assert_eq!(job["result"]["verify"]["damage"], json!([]));
    server.request("DELETE", "snapshots/first").send().expect(204);
    server.get("snapshots/first").assert_refused(404, Code::SnapshotNotFound);
    let job = server.job("gc", &json!({}));
    assert_eq!(job["result"]["gc"]["applied"], true);
    let job = server.job("snapshots/second/verify", &json!({}));
    assert_eq!(job["result"]["verify"]["damage"], json!([]));
}

#[test]
fn what_is_wrong_with_a_request_is_said_before_there_is_a_job() {
    let (_skikt, server, _image) = Server::with_disk(512);
    server.take("web", "first");
    let post = |path, body| server.post(path, &body);
    post("disks/db/snapshots", json!({})).assert_refused(404, Code::DiskNotFound);
    let taken = json!({"name": "first"});
    post("disks/web/snapshots", taken).assert_refused(409, Code::SnapshotNameTaken);
    let premium = json!({"sku": "Premium_LRS"});
    post("disks/web/snapshots", premium).assert_refused(422, Code::SkuNotAllowed);
    post("disks/web/snapshots", json!({"kind": "half"})).assert_refused(400, Code::InvalidRequest);
    post("snapshots/second/verify", json!({})).assert_refused(404, Code::SnapshotNotFound);
    assert_eq!(server.get("jobs").expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_snapshot_may_be_called_as_a_path_is() {
    let (_skikt, server, _image) = Server::with_disk(512);
    let taken = server.take("web", "freeable");
    assert_eq!(server.get("snapshots/freeable").expect(200)["id"], taken["id"]);
    let set = server.post("snapshots/freeable", &json!({"snapshots": ["freeable"]})).expect(200);
    assert!(set["freeable_bytes"].as_u64().unwrap() > 0);
    server.request("DELETE", "snapshots/freeable").send().expect(204);
}

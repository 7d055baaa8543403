//! `disks`: attaching what lies below an image root, and nothing else.

use std::os::unix::fs::symlink;

use harness::{cli::Skikt, server::Server};
use serde_json::json;
use shared::{Code, Disk};

#[test]
fn a_disk_is_attached_shown_and_let_go() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let image = skikt.random_image("data/images/web.img", 1 << 20);
    let files = server.get("image-files").expect(200);
    assert_eq!(files["items"][0]["disk_id"], json!(null));
    let answer = server.attach("web", image.path());
    let disk: Disk = serde_json::from_value(answer.expect(201)).unwrap();
    assert_eq!(answer.header("location"), Some(&*format!("/api/v1/disks/{}", disk.id)));
    for path in ["disks/web", "disks/default%2Fweb", &format!("disks/{}", disk.id)] {
        assert_eq!(server.get(path).expect(200), answer.value(), "{path}");
    }
    let files = server.get("image-files").expect(200);
    assert_eq!(files["items"][0]["disk_id"], json!(disk.id));
    server.attach("web", image.path()).assert_refused(409, Code::DiskNameTaken);
    server.request("DELETE", "disks/web").send().expect(204);
    server.get("disks/web").assert_refused(404, Code::DiskNotFound);
    assert!(image.path().exists());
}

#[test]
fn only_what_lies_below_an_image_root_is_attached() {
    let skikt = Skikt::new();
    std::fs::create_dir(skikt.path("vms")).unwrap();
    let outside = skikt.random_image("secret.img", 512);
    let inside = skikt.random_image("vms/web.img", 512);
    symlink(outside.path(), skikt.path("vms/link.img")).unwrap();
    let server = Server::start_with(&skikt, "--image-root vms");
    server.attach("web", inside.path()).expect(201);
    for path in ["secret.img", "vms/link.img", "vms/../secret.img", "nothing.img"] {
        let problem = server.attach("other", &skikt.path(path)).problem(403);
        assert_eq!(problem.code, Code::PathNotAllowed, "{path}");
        assert!(problem.help.unwrap().contains("--image-root"), "{path}");
    }
    server.attach("other", &skikt.path("vms/gone.img")).assert_refused(422, Code::SourceNotFound);
}

#[test]
fn what_is_not_known_is_refused() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    for path in
        ["disks?nmae=web", "disks?limit=0", "disks?limit=x", "disks?cursor=x", "jobs?state=on"]
    {
        server.get(path).assert_refused(400, Code::InvalidRequest);
    }
    let source = json!({"kind": "empty", "size_bytes": 512});
    for body in [json!({"name": "a", "nmae": 1, "source": source}), json!({"name": "a"}), json!([])]
    {
        server.post("disks", &body).assert_refused(400, Code::InvalidRequest);
    }
    let text = server.request("POST", "disks").body("text/plain", "{}");
    text.send().assert_refused(415, Code::UnsupportedMediaType);
    let long = server.request("POST", "disks").body("application/json", vec![b' '; 2 << 20]);
    long.send().assert_refused(413, Code::BodyTooLarge);
    server.get("diks").assert_refused(404, Code::NotFound);
    server.get("/api/v2/disks").assert_refused(404, Code::NotFound);
    let put = server.request("PUT", "disks").send();
    put.assert_refused(405, Code::MethodNotAllowed);
    assert!(put.header("allow").is_some_and(|methods| methods.contains("POST")));
}

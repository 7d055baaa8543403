//! `disks`: attaching what lies below an image root, and nothing else.

use std::os::unix::fs::symlink;

use harness::{cli::Skikt, qemu::qemu_img, server::Server};
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
fn what_an_image_builds_on_lies_below_an_image_root_too() {
    let skikt = Skikt::new();
    std::fs::create_dir_all(skikt.path("data/images")).unwrap();
    skikt.random_image("secret.img", 65536);
    skikt.random_image("data/images/base.img", 65536);
    for (name, backing) in [("good.img", "base.img"), ("bad.img", "../../secret.img")] {
        let create = format!("create -f qcow2 -u -b {backing} -F raw {name} 1M");
        qemu_img(&skikt.path("data/images"), &create);
    }
    // Attached by a user who may read all of it.
    skikt.ok("disk attach before data/images/bad.img");
    let server = Server::start(&skikt);
    let files = server.get("image-files").expect(200);
    let told: Vec<_> = files["items"].as_array().unwrap().iter().collect();
    assert_eq!(told[0]["format"], json!(null), "{files}");
    assert!(told[0]["problem"].as_str().unwrap().contains("../../secret.img"), "{files}");
    assert_eq!((&told[1]["format"], &told[2]["format"]), (&json!("raw"), &json!("qcow2")));
    assert_eq!(told[2]["disk_size_bytes"], 1 << 20);
    let image = |name: &str| skikt.path("data/images").join(name);
    server.attach("bad", &image("bad.img")).assert_refused(403, Code::PathNotAllowed);
    server.attach("good", &image("good.img")).expect(201);
    server.take("good", "kept");
    server.get("disks/before/data").assert_refused(403, Code::PathNotAllowed);
    let job = server.job("disks/before/snapshots", &json!({"name": "stolen"}));
    assert_eq!(job["problem"]["code"], "path_not_allowed", "{job}");
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

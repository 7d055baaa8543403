//! `disks`: attaching what lies below an image root, and nothing else.

use std::{fs::File, os::unix::fs::symlink, path::Path};

use harness::{
    cli::Skikt,
    image::{Image, assert_same},
    qemu::qemu_img,
    server::Server,
};
use serde_json::{Value, json};
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

/// A server with a disk `web` of 1 MiB and its snapshot `first`.
fn with_snapshot() -> (Skikt, Server, Image) {
    let (skikt, server, image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    (skikt, server, image)
}

fn as_file(name: &str, file: &Path) -> Value {
    let source = json!({"kind": "snapshot", "snapshot": "first", "as_file": file});
    json!({"name": name, "source": source})
}

#[test]
fn a_snapshot_is_written_out_as_a_new_file_only() {
    let (skikt, server, image) = with_snapshot();
    let file = skikt.path("data/images/new.img");
    let job = server.job("disks", &as_file("new", &file));
    assert_eq!(job["state"], "done", "{job}");
    assert_same(&skikt.read("data/images/new.img"), image.bytes(), "the new image");
    assert!(!skikt.path("data/images/new.img.partial").exists());
    let of_disk =
        server.get(&format!("jobs?disk={}", job["disk_id"].as_str().unwrap())).expect(200);
    assert_eq!(of_disk["items"][0]["id"], job["id"]);
    server.post("disks", &as_file("other", &file)).assert_refused(409, Code::FileExists);
}

#[test]
fn of_two_that_write_out_to_one_name_or_file_one_is_refused() {
    let (skikt, server, _image) = with_snapshot();
    let path = |name: &str| skikt.path("data/images").join(name);
    let queued = with_a_full_queue(&skikt, &server);
    server.post("disks", &as_file("new", &path("a.img"))).expect(202);
    let same_name = server.post("disks", &as_file("new", &path("b.img")));
    same_name.assert_refused(409, Code::DiskNameTaken);
    let same_file = server.post("disks", &as_file("other", &path("a.img")));
    same_file.assert_refused(409, Code::FileExists);
    let empty = json!({"name": "new", "source": {"kind": "empty", "size_bytes": 512}});
    server.post("disks", &empty).assert_refused(409, Code::DiskNameTaken);
    drop(queued);
}

#[test]
fn what_came_while_a_snapshot_was_to_be_written_out_stays() {
    let (skikt, server, _image) = with_snapshot();
    let file = skikt.path("data/images/new.img");
    let queued = with_a_full_queue(&skikt, &server);
    let job = server.post("disks", &as_file("new", &file)).expect(202);
    std::fs::write(&file, "somebody's").unwrap();
    drop(queued);
    let path = format!("jobs/{}", job["id"].as_str().unwrap());
    let job = server.request("GET", &path).header("prefer", "wait=60").send().expect(200);
    assert_eq!((&job["state"], &job["problem"]["code"]), (&json!("failed"), &json!("file_exists")));
    assert_eq!(std::fs::read(&file).unwrap(), b"somebody's");
    server.get("disks/new").assert_refused(404, Code::DiskNotFound);
}

/// Jobs that keep all others waiting until the files are dropped.
fn with_a_full_queue(skikt: &Skikt, server: &Server) -> Vec<File> {
    let hold = |number: u64| {
        let source = json!({"kind": "empty", "size_bytes": 512});
        let new = json!({"name": format!("busy-{number}"), "source": source});
        let disk = server.post("disks", &new).expect(201)["id"].clone();
        let held = skikt.hold(&format!("leases/{}", disk.as_str().expect("a disk has an id")));
        server.post(&format!("disks/busy-{number}/snapshots"), &json!({})).expect(202);
        held
    };
    (0..3).map(hold).collect()
}

#[test]
fn an_image_outside_the_roots_is_not_read_though_it_was_attached() {
    let skikt = Skikt::new();
    let outside = skikt.random_image("private.img", 4096);
    skikt.ok("disk attach private private.img");
    let server = Server::start(&skikt);
    server.get("disks/private").expect(200);
    server.get("disks/private/data").assert_refused(403, Code::PathNotAllowed);
    let take = || server.post("disks/private/snapshots", &json!({}));
    take().assert_refused(403, Code::PathNotAllowed);
    server.stop();
    let server = Server::start_with(&skikt, "--image-root .");
    assert_same(&server.get("disks/private/data").body, outside.bytes(), "the image");
    server.take("private", "first");
}

#[test]
fn images_are_listed_to_the_last() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let images = skikt.path("data/images");
    for number in 0..1100 {
        std::fs::write(images.join(format!("{number:04}.img")), "").unwrap();
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("image-files?limit=500{cursor}")).expect(200);
        for file in page["items"].as_array().unwrap() {
            names.push(file["path"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names.len(), 1100);
    assert!(names.is_sorted());
}

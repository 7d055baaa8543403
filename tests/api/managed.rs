//! Managed disks: made, written and read at any range, grown, and let go of.

use std::{io::Write as _, net::TcpStream, thread};

use harness::{
    cli::Skikt,
    http::{Answer, Request},
    image::assert_same,
    server::Server,
};
use serde_json::{Value, json};
use shared::Code;

const SIZE: u64 = (5 << 20) + 512;

fn with_empty(size: u64) -> (Skikt, Server, Value) {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let disk = make(&server, &json!({"kind": "empty", "size_bytes": size})).expect(201);
    (skikt, server, disk)
}

fn make(server: &Server, source: &Value) -> Answer {
    server.post("disks", &json!({"name": "db", "source": source}))
}

fn put(port: u16, offset: u64, bytes: impl Into<Vec<u8>>) -> Request {
    let bytes = bytes.into();
    let range = format!("bytes {offset}-{}/*", offset + bytes.len() as u64 - 1);
    let request = Request::new(port, "PUT", "disks/db/data").header("content-range", &range);
    request.body("application/octet-stream", bytes)
}

fn dirty(server: &Server) -> Value {
    server.get("disks/db").expect(200)["source"]["dirty_bytes"].clone()
}

#[test]
fn a_managed_disk_is_written_snapshotted_and_made_again() {
    let (_skikt, server, disk) = with_empty(SIZE);
    assert_eq!(disk["source"], json!({"kind": "managed", "origin": null, "dirty_bytes": 0}));
    assert_eq!((&disk["sku"], &disk["size_bytes"]), (&json!("Standard_LRS"), &json!(SIZE)));
    put(server.port(), 4000, [7; 200]).send().expect(204);
    put(server.port(), SIZE - 3, [8; 3]).send().expect(204);
    assert_eq!(dirty(&server), 3 * 4096);
    let mut bytes = vec![0; SIZE as usize];
    bytes[4000..4200].fill(7);
    bytes[SIZE as usize - 3..].fill(8);
    assert_same(&server.get("disks/db/data").body, &bytes, "what was written");
    let first = server.take("db", "first");
    assert_eq!(first["allocated_bytes"], 3 * 4096);
    assert_eq!(dirty(&server), 0);
    server.request("DELETE", "disks/db").send().expect(204);
    let grown = json!({"kind": "snapshot", "snapshot": "first", "size_bytes": SIZE + 512});
    let disk = make(&server, &grown).expect(201);
    assert_eq!(disk["source"]["origin"], first["id"]);
    bytes.resize(SIZE as usize + 512, 0);
    assert_same(&server.get("disks/db/data").body, &bytes, "the disk made of it");
}

#[test]
fn any_range_of_a_disk_can_be_had_and_a_part_is_never_kept() {
    let (_skikt, server, _disk) = with_empty(8192);
    let bytes: Vec<u8> = (0..8192).map(|at| (at % 251) as u8).collect();
    let whole = server.request("PUT", "disks/db/data");
    whole.body("application/octet-stream", bytes.clone()).send().expect(204);
    let get = |range: &str| server.request("GET", "disks/db/data").header("range", range).send();
    let part = get("bytes=4090-4100");
    assert_eq!((part.status, &part.body[..]), (206, &bytes[4090..4101]));
    assert_eq!(part.header("content-range"), Some("bytes 4090-4100/8192"));
    assert_eq!((part.header("etag"), part.header("cache-control")), (None, Some("no-store")));
    assert_eq!(part.header("content-disposition"), Some("attachment; filename=\"db.img\""));
    get("bytes=8192-").assert_refused(416, Code::RangeNotSatisfiable);
    let head = server.request("HEAD", "disks/db/data").send();
    assert_eq!((head.status, head.header("content-length")), (200, Some("8192")));
    // Without a tag there is nothing that a part could go on from.
    let resumed = server.request("GET", "disks/db/data").header("range", "bytes=0-9");
    assert_eq!(resumed.header("if-range", "\"x\"").send().status, 200);
}

#[test]
fn an_attached_disk_is_read_and_never_written() {
    let (_skikt, server, image) = Server::with_disk(SIZE);
    assert_same(&server.get("disks/web/data").body, image.bytes(), "the image");
    let put = server.request("PUT", "disks/web/data").header("content-range", "bytes 0-0/*");
    let put = put.body("application/octet-stream", [1]).send();
    put.assert_refused(409, Code::DiskNotManaged);
    let grow = server.request("PATCH", "disks/web").json(&json!({"size_bytes": SIZE + 512}));
    grow.send().assert_refused(409, Code::DiskNotManaged);
}

#[test]
fn what_is_wrong_with_a_write_is_said_and_nothing_is_written() {
    let (_skikt, server, _disk) = with_empty(8192);
    let send = |range: Option<&str>, body: Vec<u8>| {
        let request = server.request("PUT", "disks/db/data");
        let request = request.body("application/octet-stream", body);
        range
            .map_or_else(|| request.clone(), |it| request.clone().header("content-range", it))
            .send()
    };
    for (range, length) in [
        (None, 4096),
        (Some("bytes 0-4095/*"), 4095),
        (Some("bytes 0-4095/*"), 4097),
        (Some("bytes 0-4095/*"), 0),
        (Some("bytes 0-4095/4096"), 4096),
        (Some("bytes 4095-0/*"), 4096),
        (Some("bytes */8192"), 8192),
        (Some("0-4095"), 4096),
    ] {
        send(range, vec![1; length]).assert_refused(400, Code::InvalidRequest);
    }
    let past = send(Some("bytes 8000-8192/*"), vec![1; 193]);
    past.assert_refused(416, Code::RangeNotSatisfiable);
    assert_eq!(past.header("content-range"), Some("bytes */8192"));
    let text = put(server.port(), 0, [1; 512]).header("content-type", "text/plain").send();
    text.assert_refused(415, Code::UnsupportedMediaType);
    let tagged = put(server.port(), 0, [1; 512]).header("if-match", "\"x\"").send();
    tagged.assert_refused(412, Code::PreconditionFailed);
    let nowhere = server.request("PUT", "disks/gone/data").body("application/octet-stream", [1]);
    nowhere.send().assert_refused(404, Code::DiskNotFound);
    assert_eq!(dirty(&server), 0);
    assert_eq!(server.get("disks/db/data").body, vec![0; 8192]);
}

#[test]
fn a_body_is_at_most_64_mib() {
    let (_skikt, server, _disk) = with_empty(1 << 40);
    let most = 64 << 20;
    let mut bytes = vec![0; most];
    bytes[most - 1] = 9;
    put(server.port(), 1 << 39, bytes).send().expect(204);
    let last = format!("bytes={0}-{0}", (1 << 39) + most - 1);
    let read = server.request("GET", "disks/db/data").header("range", &last).send();
    assert_eq!(read.body, [9]);
    let long = server.request("PUT", "disks/db/data").header("content-range", "bytes 0-67108864/*");
    let long = long.body("application/octet-stream", [1]).send();
    long.assert_refused(413, Code::BodyTooLarge);
}

#[test]
fn a_body_that_breaks_off_writes_nothing() {
    let (_skikt, server, _disk) = with_empty(1 << 20);
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let head = format!(
        "PUT /api/v1/disks/db/data HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\
         content-type: application/octet-stream\r\ncontent-length: 1048576\r\n\r\n",
        server.port()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&vec![7; 600_000]).unwrap();
    // Another's write does not wait for the rest.
    put(server.port(), 0, [8; 4096]).send().expect(204);
    drop(connection);
    put(server.port(), 4096, [9; 4096]).send().expect(204);
    let bytes = server.get("disks/db/data").body;
    assert!(!bytes.contains(&7), "a part of a body was written");
    assert_eq!(dirty(&server), 8192);
}

#[test]
fn many_write_at_once_while_others_read_and_a_snapshot_is_taken() {
    const PART: u64 = (256 << 10) + 512;
    let (_skikt, server, _disk) = with_empty(16 * PART);
    let port = server.port();
    let value = |writer: u64, round: u64| (writer * 16 + round) as u8;
    thread::scope(|scope| {
        for writer in 0..16 {
            scope.spawn(move || {
                for round in 1..4 {
                    let at = writer * PART;
                    put(port, at, vec![value(writer, round); PART as usize]).send().expect(204);
                    let range = format!("bytes={at}-{}", at + PART - 1);
                    let read = Request::new(port, "GET", "disks/db/data").header("range", &range);
                    let read = read.send().body;
                    assert_same(&read, &vec![value(writer, round); PART as usize], "what it wrote");
                }
            });
        }
        server.take("db", "meanwhile");
    });
    server.take("db", "last");
    let last: Vec<u8> = (0..16).flat_map(|writer| vec![value(writer, 3); PART as usize]).collect();
    assert_same(&server.get("disks/db/data").body, &last, "the disk");
    assert_same(&server.get("snapshots/last/data").body, &last, "the last snapshot");
    // In the first there are whole writes only.
    let meanwhile = server.get("snapshots/meanwhile/data").body;
    for (writer, part) in meanwhile.chunks(PART as usize).enumerate() {
        assert!(part.iter().all(|byte| *byte == part[0]), "a torn write of {writer}");
    }
    assert_eq!(dirty(&server), 0);
}

#[test]
fn a_disk_is_grown_and_retagged() {
    let (_skikt, server, _disk) = with_empty(8192);
    let patch = |body: Value| server.request("PATCH", "disks/db").json(&body).send();
    let grown = patch(json!({"size_bytes": 16384, "tags": {"owner": "ops"}})).expect(200);
    assert_eq!((&grown["size_bytes"], &grown["tags"]["owner"]), (&json!(16384), &json!("ops")));
    assert_eq!(patch(json!({})).expect(200), grown);
    let storage = patch(json!({"sku": "Premium_LRS", "snapshot_sku": "Standard_LRS"})).expect(200);
    assert_eq!(storage["snapshot_sku"], "Standard_LRS");
    assert_eq!(patch(json!({"snapshot_sku": null})).expect(200)["snapshot_sku"], json!(null));
    assert_eq!(server.get("disks/db").expect(200)["sku"], "Premium_LRS");
    patch(json!({"size_bytes": 8192})).assert_refused(422, Code::InvalidSize);
    patch(json!({"snapshot_sku": "Premium_LRS"})).assert_refused(422, Code::SkuNotAllowed);
    patch(json!({"size": 1})).assert_refused(400, Code::InvalidRequest);
    server.request("PATCH", "disks/gone").json(&json!({})).send().problem(404);
}

#[test]
fn bytes_that_are_in_no_snapshot_go_only_when_somebody_says_so() {
    let (_skikt, server, disk) = with_empty(8192);
    put(server.port(), 0, [1; 1]).send().expect(204);
    let delete = |path: &str| server.request("DELETE", path).send();
    for path in ["disks/db", "disks/db?confirm=web"] {
        let problem = delete(path).problem(409);
        assert_eq!(problem.code, Code::NotConfirmed);
        assert!(problem.detail.contains("4096 bytes"), "{}", problem.detail);
    }
    let mut stream = server.request("GET", "events").open();
    delete("disks/db?confirm=db").expect(204);
    let (kind, _, data) = stream.event().expect("it is told");
    assert_eq!((kind.as_str(), &data["id"]), ("disk_detached", &disk["id"]));
    server.get("disks/db").assert_refused(404, Code::DiskNotFound);
}

#[test]
fn a_disk_is_told_of_when_it_is_made_written_and_changed() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let mut stream = server.request("GET", "events").open();
    make(&server, &json!({"kind": "empty", "size_bytes": 8192})).expect(201);
    put(server.port(), 0, [1; 1]).send().expect(204);
    server.request("PATCH", "disks/db").json(&json!({"size_bytes": 16384})).send().expect(200);
    for (dirty_bytes, size_bytes) in [(0, 8192), (4096, 8192), (4096, 16384)] {
        let (kind, _, disk) = stream.event().expect("it is told");
        assert_eq!(kind, "disk");
        assert_eq!(disk["source"]["dirty_bytes"], dirty_bytes);
        assert_eq!(disk["size_bytes"], size_bytes);
    }
}

#[test]
fn a_disk_is_made_once_and_only_as_it_can_be() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let send = |name: &str, source: Value| {
        let request = server.request("POST", "disks").header("idempotency-key", name);
        request.json(&json!({"name": name, "source": source})).send()
    };
    let empty = json!({"kind": "empty", "size_bytes": 512});
    let made = send("db", empty.clone());
    assert_eq!(made.status, 201);
    let again = send("db", empty.clone());
    assert_eq!((again.status, again.value()), (201, made.value()));
    assert_eq!(again.header("location"), made.header("location"));
    make(&server, &empty).assert_refused(409, Code::DiskNameTaken);
    server.take("db", "first");
    let small = json!({"kind": "snapshot", "snapshot": "first", "size_bytes": 512});
    send("same", small).expect(201);
    let none = json!({"kind": "snapshot", "snapshot": "gone"});
    send("a", none).assert_refused(404, Code::SnapshotNotFound);
    let both = json!({"kind": "snapshot", "snapshot": "first", "size_bytes": 512, "as_file": "/x"});
    send("b", both).assert_refused(400, Code::InvalidRequest);
    send("c", json!({"kind": "empty", "size_bytes": 100}))
        .assert_refused(400, Code::InvalidRequest);
}

#[test]
fn what_is_written_while_a_disk_waits_to_be_detached_is_not_lost() {
    let (skikt, server, disk) = with_empty(8192);
    let held = skikt.hold(&format!("leases/{}", disk["id"].as_str().unwrap()));
    let detach = server.request("DELETE", "disks/db").begin();
    // It is on its way when this is answered: they came by one road.
    for _ in 0..20 {
        server.get("disks").expect(200);
    }
    put(server.port(), 0, [1; 1]).send().expect(204);
    drop(held);
    let problem = detach.answer().whole().problem(409);
    assert_eq!(problem.code, Code::NotConfirmed);
    assert!(problem.detail.contains("4096 bytes"), "{}", problem.detail);
    assert_eq!(server.get("disks/db/data").body[0], 1);
}

#[test]
fn who_writes_to_a_disk_that_goes_is_told_that_there_is_none() {
    let (skikt, server, disk) = with_empty(8192);
    let held = skikt.hold(&format!("disks/{}/lock", disk["id"].as_str().unwrap()));
    let detach = server.request("DELETE", "disks/db?confirm=db").begin();
    for _ in 0..20 {
        server.get("disks").expect(200);
    }
    let write = put(server.port(), 0, [1; 1]).begin();
    for _ in 0..20 {
        server.get("disks").expect(200);
    }
    drop(held);
    detach.answer().whole().expect(204);
    let answer = write.answer().whole();
    if answer.status != 204 {
        answer.assert_refused(404, Code::DiskNotFound);
    }
}

#[test]
fn many_writes_are_told_of_as_often_as_people_can_follow() {
    let (_skikt, server, _disk) = with_empty(1 << 20);
    let mut stream = server.request("GET", "events").open();
    let began = std::time::Instant::now();
    for number in 0..100 {
        put(server.port(), number * 4096, [1; 4096]).send().expect(204);
    }
    let quarters = began.elapsed().as_millis() as usize / 250;
    let mut told = 0;
    loop {
        let (kind, _, disk) = stream.event().expect("it is told");
        assert_eq!(kind, "disk");
        told += 1;
        if disk["source"]["dirty_bytes"] == 100 * 4096 {
            break;
        }
    }
    assert!(told <= quarters + 2, "told {told} times in {quarters} quarters of a second");
}

//! `snapshots/{snapshot}/data`: the whole disk, at any range.

use std::collections::BTreeSet;

use harness::{cli::Skikt, image::assert_same, random::Random, server::Server};
use serde_json::json;
use shared::{Code, ExportFormat};

const SIZE: u64 = (5 << 20) + 512;

#[test]
fn any_range_of_a_snapshot_can_be_had() {
    let (_skikt, server, mut image) = Server::with_disk(SIZE);
    image.clear(1 << 20..2 << 20);
    server.take("web", "first");
    let bytes = image.bytes().to_vec();
    image.scramble(0..SIZE, 3);
    let path = "snapshots/first/data";
    let whole = server.get(path);
    assert_eq!(whole.status, 200);
    assert_same(&whole.body, &bytes, "the whole");
    assert_eq!(whole.header("content-length"), Some(&*SIZE.to_string()));
    assert_eq!(whole.header("content-disposition"), Some("attachment; filename=\"first.img\""));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let range = |text: &str| server.request("GET", path).header("range", text).send();
    for (text, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=262143-262144", 262_143, 262_145),
        ("bytes=1048000-3000000", 1_048_000, 3_000_001),
        ("bytes=-700", SIZE as usize - 700, SIZE as usize),
        ("bytes=5242880-9999999999", 5 << 20, SIZE as usize),
    ] {
        let part = range(text);
        assert_eq!(part.status, 206, "{text}");
        assert_same(&part.body, &bytes[from..to], text);
        let content = format!("bytes {from}-{}/{SIZE}", to - 1);
        assert_eq!(part.header("content-range"), Some(&*content));
    }
    let outside = range(&format!("bytes={SIZE}-"));
    outside.assert_refused(416, Code::RangeNotSatisfiable);
    assert_eq!(outside.header("content-range"), Some(&*format!("bytes */{SIZE}")));
    assert_eq!(range("bytes=0-1,4-5").body.len() as u64, SIZE, "several ranges: the whole");
    let head = server.request("HEAD", path).send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*SIZE.to_string()));
    let vhd = server.get("snapshots/first/data?format=vhd");
    assert_eq!(&vhd.body[SIZE as usize..][..8], b"conectix");
    let unknown = server.get("snapshots/first/data?format=iso").problem(400);
    assert_eq!(unknown.code, Code::InvalidRequest);
    for format in ExportFormat::ALL {
        assert!(unknown.detail.contains(format.as_str()), "{}", unknown.detail);
    }
}

#[test]
fn every_format_has_its_file_name_its_tag_and_the_bytes_of_its_export() {
    let (skikt, server, mut image) = Server::with_disk(SIZE);
    image.clear(1 << 20..4 << 20);
    server.take("web", "first");
    let remote = skikt.asking(&server.url());
    let (mut tags, mut random) = (BTreeSet::new(), Random::new(5));
    for format in ExportFormat::ALL {
        let path = format!("snapshots/first/data?format={format}");
        let head = server.request("HEAD", &path).send();
        let header = |name: &str| head.header(name).expect("a header that data has").to_owned();
        let name = format!("attachment; filename=\"first.{}\"", format.extension());
        assert_eq!(header("content-disposition"), name);
        assert_eq!(header("content-type"), "application/octet-stream");
        assert!(tags.insert(header("etag")), "{format}");
        remote.ok(&format!("export first out --format {format}"));
        let file = skikt.read("out");
        assert_eq!(header("content-length"), file.len().to_string(), "{format}");
        assert_same(&server.get(&path).body, &file, format.as_str());
        for _ in 0..20 {
            let from = random.below(file.len() as u64);
            let to = (from + random.below(600_000)).min(file.len() as u64 - 1);
            let range = format!("bytes={from}-{to}");
            let part = server.request("GET", &path).header("range", &range).send();
            assert_eq!(part.status, 206, "{format} {range}");
            assert_same(&part.body, &file[from as usize..=to as usize], &range);
        }
    }
}

#[test]
fn a_disk_that_a_format_does_not_hold_is_refused_in_it_and_had_in_others() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let source = json!({"kind": "empty", "size_bytes": 3_u64 << 40});
    server
        .request("POST", "disks")
        .json(&json!({"name": "db", "source": source}))
        .send()
        .expect(201);
    server.take("db", "first");
    for format in ["vhd", "vhd-dynamic"] {
        let problem = server.get(&format!("snapshots/first/data?format={format}")).problem(422);
        assert_eq!(problem.code, Code::FormatTooSmall);
        assert!(problem.detail.contains("2040 GiB"), "{}", problem.detail);
        let help = problem.help.expect("it says what to do");
        assert!(["raw", "qcow2", "vhdx"].iter().all(|other| help.contains(other)), "{help}");
    }
    for format in ["raw", "qcow2", "vhdx"] {
        let path = format!("snapshots/first/data?format={format}");
        assert_eq!(server.request("HEAD", &path).send().status, 200);
    }
}

#[test]
fn a_download_goes_on_only_with_the_same_bytes() {
    let (_skikt, server, mut image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    image.scramble(0..512, 3);
    server.take("web", "second");
    let tag = |name: &str| {
        let answer = server.request("HEAD", &format!("snapshots/{name}/data")).send();
        answer.header("etag").expect("it has a tag").to_owned()
    };
    let (first, second) = (tag("first"), tag("second"));
    assert_ne!(first, second);
    let ask = |name: &str, value: &str| {
        let request = server.request("GET", "snapshots/first/data").header("range", "bytes=0-9");
        request.header(name, value).send()
    };
    assert_eq!(ask("if-range", &first).body.len(), 10);
    assert_eq!(ask("if-range", &second).body.len(), 1 << 20);
    assert_eq!(ask("if-none-match", &first).status, 304);
    assert_eq!(ask("if-none-match", &second).status, 206);
    ask("if-match", &second).assert_refused(412, Code::PreconditionFailed);
}

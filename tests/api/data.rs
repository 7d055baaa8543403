//! `snapshots/{snapshot}/data`: the whole disk, at any range.

use harness::{image::assert_same, server::Server};
use shared::Code;

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
    server.get("snapshots/first/data?format=iso").assert_refused(400, Code::InvalidRequest);
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

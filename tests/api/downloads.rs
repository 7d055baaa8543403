//! Downloads, as the tools of others take them.

use std::process::Command;

use harness::{image::assert_same, random::Random, server::Server};

const SIZE: u64 = (6 << 20) + 1536;

#[test]
fn other_tools_find_the_same_disk_in_every_format() {
    let (skikt, server, mut image) = Server::with_disk(SIZE);
    image.clear(1 << 20..3 << 20);
    server.take("web", "first");
    let url = format!("http://127.0.0.1:{}/api/v1/snapshots/first/data", server.port());
    for (format, options) in [
        ("raw", "raw"),
        ("vhd", "vpc"),
        ("vhd-dynamic", "vpc"),
        ("qcow2", "qcow2"),
        ("vhdx", "vhdx"),
    ] {
        let file = skikt.path(&format!("out.{format}"));
        run(Command::new("curl")
            .args(["-sSf", "-o"])
            .arg(&file)
            .arg(format!("{url}?format={format}")));
        // VHD counts in cylinders, and tools are told which size counts.
        let compared = format!("driver={options},file.filename={}", file.display());
        let compared =
            if options == "vpc" { compared + ",force_size_calc=current_size" } else { compared };
        let raw = format!("driver=raw,file.filename={}", image.path().display());
        run(Command::new("qemu-img").args(["compare", "--image-opts", &raw, &compared]));
    }
}

#[test]
fn any_range_is_that_of_the_image_and_a_download_goes_on() {
    let (skikt, server, image) = Server::with_disk(SIZE);
    server.take("web", "first");
    let url = format!("http://127.0.0.1:{}/api/v1/snapshots/first/data", server.port());
    let mut random = Random::new(3);
    for _ in 0..40 {
        let (a, b) = (random.below(SIZE), random.below(SIZE));
        let (from, to) = (a.min(b), a.max(b));
        let range = format!("{from}-{to}");
        let part = run(Command::new("curl").args(["-sSf", "-r", &range, &url]));
        assert_same(&part, &image.bytes()[from as usize..=to as usize], &range);
    }
    let file = skikt.path("part.img");
    std::fs::write(&file, &image.bytes()[..1_234_567]).unwrap();
    run(Command::new("curl").args(["-sSf", "-C", "-", "-o"]).arg(&file).arg(&url));
    assert_same(&skikt.read("part.img"), image.bytes(), "a download that went on");
}

/// What a command prints; it must succeed.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = || text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}", said());
    output.stdout
}

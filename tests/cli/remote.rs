//! Commands against a server: they do and say what they do on a data directory.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::fs::MetadataExt as _,
    thread,
};

use harness::{
    cli::Skikt,
    image::{Image, assert_same},
    server::Server,
};
use nix::sys::signal::Signal;
use serde_json::json;
use shared::{Code, SnapshotId};

/// A folder with an image `data/images/web.img` of `size` random bytes.
fn with_image(size: u64) -> (Skikt, Image) {
    let skikt = Skikt::new();
    fs::create_dir_all(skikt.path("data/images")).expect("a folder can be made");
    let image = skikt.random_image("data/images/web.img", size);
    (skikt, image)
}

/// Text without what differs from one run to the next: ids, numbers, and the room they take.
fn timeless(text: &str) -> String {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '-';
    let mut known = String::new();
    for piece in text.split_inclusive(|it| !is_word(it)) {
        let word = piece.trim_end_matches(|it| !is_word(it));
        let id = word.parse::<SnapshotId>().is_ok();
        known += &if id { piece.replace(word, "ID") } else { piece.to_owned() };
    }
    let mut said = String::new();
    for word in known.split_whitespace() {
        let masked: String =
            word.chars().map(|it| if it.is_ascii_digit() { '#' } else { it }).collect();
        for part in masked.split_inclusive('#') {
            if !(matches!(part, "#" | ".#") && said.ends_with('#')) {
                said += part;
            }
        }
        said.push(' ');
    }
    said
}

/// A walk through all that is done, and what was said.
fn walk(skikt: &Skikt, image: &mut Image) -> Vec<String> {
    let mut said = Vec::new();
    let mut say = |command: &str| {
        let ran = skikt.run(command);
        said.push(timeless(&format!("{command} {:?} {}{}", ran.code, ran.stdout, ran.stderr)));
    };
    say("disk attach web data/images/web.img --sku Premium_LRS");
    say("disk attach web data/images/web.img");
    say("snapshot create web --name before");
    image.scramble(0..8192, 1);
    image.clear(65536..69632);
    say("snapshot create web --name after --output json");
    say("snapshot create web --name after");
    say("snapshot create web --name golden --full --sku Premium_LRS");
    say("snapshot create web --sku Premium_LRS");
    say("snapshot create gone");
    say("disk create copy --from before --size 2MiB");
    say("disk create plain --from after --as-file data/images/plain.img --output json");
    say("disk create empty --size 3MiB --sku Premium_LRS --snapshot-sku Standard_LRS");
    say("disk resize empty 4MiB");
    say("disk resize empty 1MiB");
    say("disk resize web 4MiB");
    say("snapshot delete after gone --yes");
    say("snapshot delete after --yes");
    say("snapshot delete golden");
    say("snapshot delete before --yes");
    say("gc");
    say("snapshot verify golden");
    say("disk detach copy");
    say("disk detach gone");
    say("disk show gone");
    say("diff golden gone");
    say("export gone out.img");
    say("snapshot verify --all --output json");
    said
}

#[test]
fn what_is_done_is_said_the_same() {
    let (embedded, mut image) = with_image(1 << 20);
    let here = walk(&embedded, &mut image);
    let (skikt, mut image) = with_image(1 << 20);
    let server = Server::start(&skikt);
    let there = walk(&skikt.asking(&server.url()), &mut image);
    for (here, there) in here.iter().zip(&there) {
        let place = |skikt: &Skikt| timeless(skikt.path("").to_str().unwrap());
        let (embedded, skikt) = (place(&embedded), place(&skikt));
        let same = here.replace(embedded.trim_end(), "FOLDER ");
        assert_eq!(same, there.replace(skikt.trim_end(), "FOLDER "));
    }
    assert_eq!(here.len(), there.len());
    server.stop();
    skikt.assert_whole();
}

#[test]
fn what_is_there_is_shown_the_same() {
    let (skikt, mut image) = with_image(1 << 20);
    let server = Server::start(&skikt);
    let remote = skikt.asking(&server.url());
    remote.ok("disk attach web data/images/web.img");
    remote.ok("disk create team/db --size 1MiB");
    remote.ok("snapshot create web --name before");
    image.scramble(0..8192, 1);
    image.clear(65536..69632);
    remote.ok("snapshot create web --name after");
    remote.ok("snapshot create team/db --name empty");
    remote.ok("snapshot create web --name golden --full");
    let commands = [
        "disk list",
        "disk show web",
        "disk show team/db",
        "snapshot list",
        "snapshot list --disk web",
        "snapshot show after",
        "snapshot show golden",
        "snapshot show team/empty",
        "diff before after",
        "diff after before",
        "diff before after --granularity 512",
        "diff before team/empty",
        "gc --plan",
    ];
    let tell = |skikt: &Skikt| {
        let both = commands.iter().flat_map(|it| [(*it).to_owned(), format!("{it} --output json")]);
        let both = both.chain(["cost".to_owned()]);
        let told = both.map(|command| {
            let ran = skikt.run(&command);
            (command, ran.code, ran.stdout, ran.stderr)
        });
        told.collect::<Vec<_>>()
    };
    let there = tell(&remote);
    assert_eq!(server.stop().code, Some(0));
    for (here, there) in tell(&skikt).into_iter().zip(there) {
        assert_eq!(here, there);
    }
}

#[test]
fn an_export_is_the_disk_byte_for_byte_and_its_holes_are_holes() {
    let (skikt, mut image) = with_image((40 << 20) + 512);
    image.clear(1 << 20..(40 << 20) - 4096);
    let server = Server::start(&skikt);
    let remote = skikt.asking(&server.url());
    remote.ok("disk attach web data/images/web.img");
    remote.ok("snapshot create web --name kept");
    let written = remote.json("export kept out.img");
    assert_eq!(written, json!({"file": "out.img", "length_bytes": (40 << 20) + 512}));
    assert_same(&skikt.read("out.img"), image.bytes(), "the export");
    assert!(skikt.path("out.img").metadata().unwrap().blocks() * 512 < 4 << 20);
    remote.ok("export kept out.vhd --format vhd");
    let there = skikt.read("out.vhd");
    remote.refused("export kept data/images/web.img", Code::OutputFailed);
    server.stop();
    skikt.ok("export kept out.vhd --format vhd");
    assert_same(&there, &skikt.read("out.vhd"), "the VHD");
}

#[test]
fn an_export_outlives_the_server() {
    const SIZE: u64 = 96 << 20;
    let (skikt, image) = with_image(SIZE);
    let server = Server::start(&skikt);
    let remote = skikt.asking(&server.url());
    remote.ok("disk attach web data/images/web.img");
    remote.ok("snapshot create web --name kept");
    let running = remote.start("export kept out.img");
    let partial = skikt.path("out.img.partial");
    // As soon as something of it is there, and long before all is.
    while partial.metadata().map_or(0, |it| it.blocks()) * 512 < 4 << 20 {
        assert!(!skikt.path("out.img").exists(), "it was done before it could be stopped");
        thread::yield_now();
    }
    running.signal(Signal::SIGSTOP);
    let port = server.port();
    server.kill();
    assert!(!skikt.path("out.img").exists());
    let server = Server::start_at(&skikt, port, "");
    running.go_on();
    running.finish().ok("the export");
    assert_same(&skikt.read("out.img"), image.bytes(), "the export");
    assert!(!partial.exists());
    server.stop();
}

#[test]
fn an_interrupted_command_stops_its_job() {
    const SIZE: u64 = 96 << 20;
    for _ in 0..20 {
        let skikt = Skikt::new();
        fs::create_dir_all(skikt.path("data/images")).expect("a folder can be made");
        Image::counted(&skikt.path("data/images/web.img"), SIZE);
        let mut server = Server::start(&skikt);
        let remote = skikt.asking(&server.url());
        remote.ok("disk attach web data/images/web.img");
        let mut running = remote.start("snapshot create web --name next --output json");
        if !server.running().stop_after_reading(8 << 20, SIZE / 2) || running.ended() {
            continue;
        }
        running.signal(Signal::SIGINT);
        server.running().go_on();
        let ran = running.finish();
        if ran.code == Some(0) {
            continue;
        }
        assert_eq!(ran.problem("snapshot create").code, Code::Cancelled);
        assert!(remote.snapshots().is_empty());
        let jobs = server.get("jobs").expect(200);
        assert_eq!(jobs["items"][0]["state"], "cancelled");
        server.stop();
        skikt.assert_whole();
        return;
    }
    panic!("no snapshot could be interrupted while it reads");
}

#[test]
fn an_uploaded_image_is_a_disk_of_the_server() {
    const SIZE: u64 = (40 << 20) + 512;
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let remote = skikt.asking(&server.url());
    let mut image = Image::new(&skikt.path("here.img"), SIZE);
    image.scramble(4096..20 << 20, 1);
    image.clear(1 << 20..2 << 20);
    image.scramble(SIZE - 700..SIZE, 2);
    let disk = remote.json("disk attach web here.img --upload");
    assert_eq!((&disk["size_bytes"], &disk["source"]["kind"]), (&json!(SIZE), &json!("managed")));
    let dirty = disk["source"]["dirty_bytes"].as_u64().unwrap();
    assert!(dirty < 21 << 20, "zeros were sent: {dirty}");
    remote.ok("snapshot create web --name kept");
    remote.assert_exports("kept", image.bytes());
    remote.refused("disk attach web here.img --upload", Code::DiskNameTaken);
    remote.refused("disk attach other gone.img --upload", Code::SourceNotFound);
    assert_eq!(remote.json("disk list")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_told_with_its_address() {
    let skikt = Skikt::new();
    // A port that is nobody's: bound here, and never listened at.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let other = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        assert!(connection.read(&mut request).unwrap() > 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").unwrap();
    });
    let problem = skikt.asking(&url).refused("disk list", Code::ServerUnreachable);
    assert!(problem.detail.contains(&url) && problem.detail.contains("API"), "{problem:?}");
    other.join().unwrap();
    // Now it is closed.
    let problem = skikt.asking(&url).refused("disk list", Code::ServerUnreachable);
    assert!(problem.detail.contains(&url), "{problem:?}");
    assert!(problem.help.unwrap().contains("skikt serve"));
}

#[test]
fn what_does_not_go_together_is_wrong_usage() {
    let skikt = Skikt::new();
    for command in [
        "--server http://127.0.0.1:1 disk list",
        "--server https://127.0.0.1:1 disk list",
        "disk attach web web.img --upload",
    ] {
        assert_eq!(skikt.run(command).code, Some(2), "{command}");
    }
    let remote = skikt.asking("http://127.0.0.1:1");
    for command in ["catalog rebuild", "serve"] {
        let ran = remote.run(command);
        assert_eq!(ran.code, Some(2), "{command}");
        assert!(ran.stderr.contains("--data DIR"), "{}", ran.stderr);
    }
    let mut command = skikt.command(&["disk", "list"]);
    command.env("SKIKT_SERVER", "http://127.0.0.1:1");
    assert!(
        command.output().unwrap().status.success(),
        "--data counts for more than the environment"
    );
}

#[test]
fn what_was_asked_over_a_line_that_broke_is_done_once() {
    let (skikt, _image) = with_image(4096);
    let server = Server::start_with(&skikt, "--allow-host 127.0.0.1");
    skikt.asking(&server.url()).ok("disk attach web data/images/web.img");
    // Hands requests on, and hangs up on the first POST when the server has answered it.
    let line = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", line.local_addr().unwrap());
    let port = server.port();
    thread::spawn(move || {
        let mut is_broken = false;
        for client in line.incoming() {
            let mut client = client.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let mut head = vec![0; 4096];
            let count = client.read(&mut head).unwrap();
            server.write_all(&head[..count]).unwrap();
            let breaks = head.starts_with(b"POST") && !is_broken;
            let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || drop(io::copy(&mut up, &mut down)));
            if breaks {
                is_broken = true;
                server.read_exact(&mut [0; 16]).unwrap();
                client.shutdown(Shutdown::Both).unwrap();
            } else {
                thread::spawn(move || drop(io::copy(&mut server, &mut client)));
            }
        }
    });
    skikt.asking(&url).ok("snapshot create web");
    let jobs = server.get("jobs").expect(200);
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{jobs}");
    // Who is not there is not waited for.
    let began = std::time::Instant::now();
    skikt.asking("http://127.0.0.1:9").refused("gc", Code::ServerUnreachable);
    assert!(began.elapsed().as_secs() < 5);
}

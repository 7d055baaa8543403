//! `skikt demo` as people run it: a shop that goes on, and nothing left when it ends.

use std::{fs, net::TcpListener, thread, time::Duration};

use harness::{cli::Skikt, running::Running, server::Server};
use nix::sys::signal::Signal;
use shared::{Disk, DiskSource, Page};

/// A demo that is soon there.
const SMALL: &str = "demo --days 3 --shrink 16 --listen 127.0.0.1:0";

/// Where the program makes temporary folders.
const TEMPORARY: &str = "tmp";

fn start(skikt: &Skikt, arguments: &str) -> Running {
    fs::create_dir_all(skikt.path(TEMPORARY)).unwrap();
    let arguments: Vec<_> = arguments.split(' ').collect();
    let mut command = skikt.nowhere().command(&arguments);
    command.env("TMPDIR", skikt.path(TEMPORARY));
    Running::start(command)
}

fn assert_nothing_is_left(skikt: &Skikt) {
    let left: Vec<_> = fs::read_dir(skikt.path(TEMPORARY)).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!skikt.path("data").exists(), "the demo has a folder of its own");
}

fn disks(server: &Server) -> Vec<Disk> {
    let page: Page<Disk> = serde_json::from_value(server.get("disks").expect(200)).unwrap();
    page.items
}

/// Waits until the shop's database has more than so many bytes that are in no snapshot.
fn until_dirty(server: &Server, more_than: u64) -> u64 {
    for _ in 0..2400 {
        let disk = serde_json::from_value(server.get("disks/shop-db").expect(200)).unwrap();
        let Disk { source: DiskSource::Managed { dirty_bytes, .. }, .. } = disk else {
            panic!("{disk:?}");
        };
        if dirty_bytes > more_than {
            return dirty_bytes;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("no more than {more_than} bytes of the database changed");
}

#[test]
fn the_shop_goes_on_until_somebody_interrupts_and_then_nothing_is_left() {
    let skikt = Skikt::new();
    let server = Server::of(start(&skikt, SMALL));
    let names: Vec<_> = disks(&server).iter().map(|disk| disk.name.to_string()).collect();
    assert_eq!(names, ["archive", "shop-db", "shop-logs", "web-os"]);
    let before = until_dirty(&server, 0);
    until_dirty(&server, before);
    server.take("shop-db", "in-between");
    until_dirty(&server, 0);
    server.request("DELETE", "disks/shop-db?confirm=shop-db").send().expect(204);
    server.get("disks/archive").expect(200);
    let ran = server.end(Signal::SIGINT);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for disk in names {
        assert!(ran.stdout.contains(&disk), "{}", ran.stdout);
    }
    assert!(!ran.stderr.contains("WARN") && !ran.stderr.contains("ERROR"), "{}", ran.stderr);
    assert_nothing_is_left(&skikt);
}

#[test]
fn a_demo_that_is_interrupted_while_it_is_prepared_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let skikt = Skikt::new();
        let mut running = start(&skikt, SMALL);
        running.until_it_says("web-os");
        running.signal(signal);
        let ran = running.finish();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{signal}: {}", ran.stderr);
        assert_nothing_is_left(&skikt);
    }
}

#[test]
fn a_demo_that_cannot_be_served_leaves_nothing() {
    let skikt = Skikt::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for listen in ["192.0.2.1:0", "0.0.0.0:0", &taken] {
        let ran = start(&skikt, &SMALL.replace("127.0.0.1:0", listen)).finish();
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(!ran.stderr.contains("Making"), "it is known too late: {}", ran.stderr);
        assert_nothing_is_left(&skikt);
    }
}

#[test]
fn a_demo_needs_no_place_and_takes_none() {
    let skikt = Skikt::new();
    for place in ["--data data", "--server http://127.0.0.1:9"] {
        assert_eq!(start(&skikt, &format!("{place} {SMALL}")).finish().code, Some(2));
    }
    let arguments: Vec<_> = SMALL.split(' ').collect();
    let mut command = skikt.nowhere().command(&arguments);
    command.env_clear().env("TMPDIR", skikt.path(TEMPORARY)).env("SKIKT_SERVER", "nonsense");
    let mut running = Running::start(command);
    running.until_it_says("Making four disks");
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().code, Some(0));
    assert_nothing_is_left(&skikt);
}

#[test]
fn a_demo_that_is_kept_goes_on_the_next_time() {
    let skikt = Skikt::new();
    let command = format!("{SMALL} --keep kept");
    let server = Server::of(start(&skikt, &command));
    let first = disks(&server);
    until_dirty(&server, 0);
    let ran = server.stop();
    assert!(ran.stderr.contains("skikt demo --keep kept"), "{}", ran.stderr);
    let server = Server::of(start(&skikt, &command));
    let ids = |disks: &[Disk]| disks.iter().map(|disk| disk.id).collect::<Vec<_>>();
    assert_eq!(ids(&disks(&server)), ids(&first));
    let before = until_dirty(&server, 0);
    until_dirty(&server, before);
    assert_eq!(server.stop().code, Some(0));
    assert_nothing_is_left(&skikt);

    fs::create_dir(skikt.path("mine")).unwrap();
    fs::write(skikt.path("mine/letter"), "dear").unwrap();
    let ran = start(&skikt, &format!("{SMALL} --keep mine")).finish();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(fs::read_dir(skikt.path("mine")).unwrap().count(), 1);
}

//! Ctrl-C: the command ends, and nothing of its work is left.

use harness::cli::Skikt;
use nix::sys::signal::Signal;
use shared::Code;

#[test]
fn an_interrupted_snapshot_leaves_nothing() {
    let (skikt, image, running) =
        Skikt::with_stopped_snapshot("snapshot create web --name next --output json");
    running.signal(Signal::SIGINT);
    running.go_on();
    let problem = running.finish().problem("snapshot create");
    assert_eq!(problem.code, Code::Cancelled, "{problem:?}");
    assert!(skikt.snapshots().is_empty());
    let plan = skikt.json("gc --plan");
    assert_eq!(plan["freed_bytes"], 0, "something is left: {plan}");
    assert!(skikt.packs().is_empty());
    skikt.ok("snapshot create web --name next");
    skikt.assert_exports("next", image.bytes());
    skikt.assert_whole();
}

#[test]
fn an_interrupted_full_snapshot_leaves_nothing() {
    let (skikt, _image, running) =
        Skikt::with_stopped_snapshot("snapshot create web --full --output json");
    running.signal(Signal::SIGINT);
    running.go_on();
    assert_eq!(running.finish().problem("snapshot create").code, Code::Cancelled);
    assert!(skikt.packs().is_empty());
    skikt.assert_whole();
}

#[test]
fn a_snapshot_that_waits_may_be_interrupted() {
    let (skikt, _image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let mut second = skikt.start("snapshot create web --name two");
    second.until_it_says("waiting for");
    second.signal(Signal::SIGINT);
    assert_ne!(second.finish().code, Some(0));
    first.go_on();
    first.finish().ok("the first");
    assert_eq!(skikt.names(), ["one"]);
    skikt.assert_whole();
}

#[test]
fn a_terminated_snapshot_is_resolved_by_the_next_command() {
    let (skikt, image, running) = Skikt::with_stopped_snapshot("snapshot create web --name next");
    running.signal(Signal::SIGTERM);
    running.go_on();
    assert_ne!(running.finish().code, Some(0));
    assert!(skikt.snapshots().is_empty());
    skikt.ok("snapshot create web --name next");
    skikt.assert_exports("next", image.bytes());
    skikt.assert_whole();
}

//! Costs and savings, as the command tells them.

use harness::{cli::Skikt, image::Image};
use shared::Costs;

fn costs(skikt: &Skikt) -> Costs {
    serde_json::from_value(skikt.json("cost")).expect("costs have their shape")
}

#[test]
fn without_snapshots_nothing_costs_anything() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let costs = costs(&skikt);
    assert_eq!((costs.disks, costs.days), (vec![], vec![]));
    assert_eq!(costs.total.cost_micros, 0);
}

#[test]
fn what_two_disks_share_is_divided_between_them() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    Image::random(&skikt.path("other.img"), 1 << 20, 77);
    std::fs::copy(image.path(), skikt.path("copy.img")).unwrap();
    for disk in ["copy", "other"] {
        skikt.ok(&format!("disk attach {disk} {disk}.img"));
    }
    for disk in ["web", "copy", "other"] {
        skikt.ok(&format!("snapshot create {disk} --name {disk}"));
    }
    let costs = costs(&skikt);
    let stored = |name: &str| {
        let line = costs.disks.iter().find(|line| line.disk_name.as_str() == name);
        line.expect("every disk has a line").figures.stored_bytes
    };
    let (web, copy) = (stored("web"), stored("copy"));
    assert!(web.abs_diff(copy) < 64, "{web} and {copy}");
    assert!(web < 600 << 10 && stored("other") > 1 << 20);
    assert_eq!(web + copy + stored("other"), costs.total.stored_bytes);
    assert_eq!(costs.total.full_bytes, 3 << 20);
}

#[test]
fn a_detached_disk_costs_as_long_as_it_has_snapshots() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept --full --sku Premium_LRS");
    let before = costs(&skikt);
    skikt.ok("disk detach web");
    assert_eq!(costs(&skikt).disks, before.disks);
    // A MiB and its metadata at 0.132 USD a GiB.
    assert!((128..140).contains(&before.total.cost_micros), "{}", before.total.cost_micros);
    assert!(skikt.ok("cost").contains("< 0.01 USD"));
    skikt.ok("snapshot delete kept --yes");
    assert_eq!(costs(&skikt).disks, []);
}

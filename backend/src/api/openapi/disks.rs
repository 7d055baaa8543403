//! What can be done with disks.

use serde_json::json;
use shared::{
    Disk, DiskPatch, ImageFile, NewDisk, NewSnapshot, RangeHistory, Snapshot, Timeline,
    heatmap::{Metric, TILE_MEDIA_TYPE},
};

use super::operation::{Operation, id, moment, name, one_of, schemas_of, text, whole};
use crate::api::heatmap::ToldTile;

pub(super) fn all() -> Vec<Operation> {
    [managing(), data(), insight()].into_iter().flatten().collect()
}

fn managing() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "disks", id, summary);
    let new = json!({"name": "db", "source": {"kind": "empty", "size_bytes": 1_073_741_824}});
    let patch = json!({"size_bytes": 2_147_483_648_u64, "tags": {"owner": "ops"}});
    vec![
        of("get", "/disks", "list_disks", "The disks, by group and name")
            .query("name", name(), "Only those of this name.")
            .pages::<Disk>("A page of disks."),
        of("post", "/disks", "create_disk", "Attaches an image, or makes a managed disk")
            .describe(
                "A managed disk is empty, or shares a snapshot's bytes; nothing is copied. With \
                 `as_file` a snapshot is written out as a plain image, which is a job.",
            )
            .takes::<NewDisk>(true, new)
            .starts_a_job()
            .answers::<Disk>(201, "The disk.")
            .with_header(201, "Location", "Where the disk is.")
            .refuses(403, "The path does not lie below an image root, or the page is another's.")
            .refuses(404, "There is no such snapshot.")
            .refuses(409, "Another disk has the name, or `as_file` names a file that is there."),
        of("get", "/disks/{disk}", "show_disk", "One disk").answers::<Disk>(200, "The disk."),
        of("patch", "/disks/{disk}", "update_disk", "Grows a disk, retags it, sets its storage")
            .takes::<DiskPatch>(false, patch)
            .answers::<Disk>(200, "The disk as it is now.")
            .refuses(409, "It is not a managed disk, so it cannot be grown.")
            .refuses(422, "The size or the storage is none that it can be given."),
        of("delete", "/disks/{disk}", "detach_disk", "Lets a disk go; its snapshots stay")
            .query(
                "confirm",
                text(),
                "The disk's name: says that bytes which are in no snapshot may go.",
            )
            .answers_nothing(204, "It is gone.")
            .refuses(409, "A managed disk has bytes that are in no snapshot: not_confirmed."),
        of("get", "/image-files", "list_image_files", "Images below the image roots")
            .describe("Files and links that begin with a dot, and folders deeper than four, are left out.")
            .pages::<ImageFile>("A page of them, attached or not."),
    ]
}

fn data() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "disks", id, summary);
    let first = json!({"name": "before-upgrade"});
    vec![
        of("get", "/disks/{disk}/data", "read_disk", "The disk as it is now")
            .reads_bytes("The whole disk.")
            .refuses(403, "Its image lies below no image root of this server.")
            .refuses(412, "Bytes that change have no tag for If-Match."),
        of("head", "/disks/{disk}/data", "measure_disk", "How long the disk is now")
            .answers_nothing(200, "What a GET would say of the whole disk.")
            .with_header(200, "Content-Length", "The disk's size."),
        of("put", "/disks/{disk}/data", "write_disk", "Writes to a managed disk")
            .describe(
                "The body goes where `Content-Range` says, or to the whole disk; 64 MiB at most. \
                 It is durable when it is answered. Of a body that breaks off nothing is written.",
            )
            .header("Content-Range", "`bytes FIRST-LAST/*`: where the body goes.")
            .takes_bytes("The bytes, as many as the range has.")
            .answers_nothing(204, "They are written.")
            .refuses(409, "It is not a managed disk.")
            .refuses(412, "Bytes that change have no tag for If-Match.")
            .refuses(416, "The range does not lie on the disk; `Content-Range` has its size."),
        of(
            "get",
            "/disks/{disk}/snapshots",
            "list_disk_snapshots",
            "A disk's snapshots, oldest first",
        )
        .describe("A disk that was let go is found by its id.")
        .pages::<Snapshot>("A page of snapshots."),
        of("post", "/disks/{disk}/snapshots", "create_snapshot", "Takes a snapshot")
            .takes::<NewSnapshot>(false, first)
            .starts_a_job()
            .refuses(403, "Its image lies below no image root, or the page is another's.")
            .refuses(409, "Another snapshot has the name, or will have it."),
    ]
}

fn insight() -> Vec<Operation> {
    let of = |path, id, summary| Operation::new("get", path, "insight", id, summary);
    let mut tile = of(
        "/disks/{disk}/heatmap/{metric}/{level}/{tile}",
        "show_tile",
        "A tile of a disk's heatmap",
    )
    .describe(
        "Bytes as the dashboard draws them, or JSON. It may be kept for ever when `v`, the \
         disk's `revision`, is in the address.",
    )
    .query("from", id(), "The snapshot to compare with; left out: before the first.")
    .query("to", id(), "The snapshot to show; left out: the newest.")
    .query("v", whole(0, None), "The disk's `revision`.")
    .query("format", one_of(&["tile", "json"], "tile"), "How the tile is told.")
    .header("If-None-Match", "The `ETag` of a tile that is there already.")
    .answers_also::<ToldTile<'_>>("The tile.", TILE_MEDIA_TYPE)
    .with_header(200, "ETag", "Changes with the tile.")
    .with_header(200, "Cache-Control", "For how long it may be kept.")
    .answers_nothing(304, "It is the one that is there already.");
    tile.schemas.extend(schemas_of::<Metric>());
    vec![
        tile,
        of("/disks/{disk}/timeline", "show_timeline", "A disk's snapshots in bars")
            .query("from", moment(), "Where it starts; left out: with the first snapshot.")
            .query(
                "to",
                moment(),
                "Where it ends; left out: with the newest snapshot, or now if there is none.",
            )
            .query("bars", whole(1, Some(10_000)), "At most so many; 500 if left out.")
            .answers::<Timeline>(200, "The timeline."),
        of("/disks/{disk}/changes", "list_changes", "Which snapshots found a range changed")
            .query("offset_bytes", whole(0, None), "Where the range starts; 0 if left out.")
            .query(
                "length_bytes",
                whole(0, None),
                "How long it is; left out, or more than there is: to the end.",
            )
            .query("from", id(), "The snapshot after which to look.")
            .query("to", id(), "The last snapshot to look at.")
            .answers::<RangeHistory>(200, "The snapshots."),
    ]
}

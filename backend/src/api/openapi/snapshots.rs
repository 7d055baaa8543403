//! What can be done with snapshots.

use serde_json::json;
use shared::{Costs, Diff, ExportFormat, Freeable, Snapshot, SnapshotSet};

use super::operation::{Operation, name, one_of, text, whole};

pub(super) fn all() -> Vec<Operation> {
    [managing(), data(), insight()].into_iter().flatten().collect()
}

fn managing() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "snapshots", id, summary);
    vec![
        of("get", "/snapshots", "list_snapshots", "All snapshots")
            .query("disk", text(), "Only those of this disk: `NAME`, `GROUP/NAME` or id.")
            .query("name", name(), "Only those of this name.")
            .query("order", one_of(&["created_at", "-created_at"], "created_at"), "By age.")
            .pages::<Snapshot>("A page of snapshots.")
            .refuses(404, "There is no such disk."),
        of("get", "/snapshots/{snapshot}", "show_snapshot", "One snapshot")
            .answers::<Snapshot>(200, "The snapshot, with exclusive and freeable bytes."),
        of("delete", "/snapshots/{snapshot}", "delete_snapshot", "Deletes a snapshot")
            .describe("The others stay whole. Its bytes are given back by collecting garbage.")
            .answers_nothing(204, "It is gone.")
            .refuses(409, "A managed disk reads from it."),
        of("post", "/snapshots/{snapshot}/verify", "verify_snapshot", "Reads a snapshot back")
            .takes_nothing()
            .starts_a_job(),
    ]
}

fn data() -> Vec<Operation> {
    let formats = ExportFormat::ALL.map(ExportFormat::as_str);
    let of = |method, id, summary| {
        Operation::new(method, "/snapshots/{snapshot}/data", "snapshots", id, summary)
            .query("format", one_of(&formats, formats[0]), "The layout of the image.")
            .header("If-Match", "Only if the bytes are those of this `ETag`.")
            .header("If-None-Match", "Only if they are not those of this `ETag`.")
            .refuses(412, "The bytes are not those that If-Match names.")
            .refuses(422, "The format holds no disk of that size.")
    };
    let tag = "The same for the same bytes.";
    vec![
        of("get", "read_snapshot", "The whole disk as it was")
            .header("If-Range", "The part only if the bytes are those of this `ETag`.")
            .reads_bytes("The whole image.")
            .answers_nothing(304, "They are those of If-None-Match.")
            .with_header(200, "ETag", tag)
            .with_header(206, "ETag", tag)
            .with_header(304, "ETag", tag),
        of("head", "measure_snapshot", "How long the image is")
            .answers_nothing(200, "What a GET would say of the whole image.")
            .answers_nothing(304, "They are those of If-None-Match.")
            .with_header(200, "Content-Length", "The image's length.")
            .with_header(200, "ETag", tag),
    ]
}

fn insight() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "insight", id, summary);
    let set = json!({"snapshots": ["before-upgrade"]});
    vec![
        of("get", "/snapshots/{snapshot}/diff", "diff_snapshots", "What differs from another")
            .describe(
                "Runs of bytes that were changed or cleared on the way from `base` to the \
                 snapshot. The sums are those of the whole window on every page.",
            )
            .must_query("base", text(), "The other snapshot of the disk.")
            .query(
                "granularity",
                json!({"type": "integer", "enum": [4096, 512], "default": 4096}),
                "The unit of change, in bytes.",
            )
            .query("offset_bytes", whole(0, None), "Where the window starts; 0 if left out.")
            .query("length_bytes", whole(0, None), "How long it is; left out: to the end.")
            .query("limit", whole(1, Some(100_000)), "Runs on a page; 10 000 if left out.")
            .query("cursor", text(), "The `next` of the page before.")
            .query("format", one_of(&["json", "csv"], "json"), "CSV is all of it, streamed.")
            .answers_also::<Diff>("The difference.", "text/csv")
            .refuses(422, "The two are not of one disk."),
        of("post", "/snapshots/freeable", "sum_freeable", "What deleting a set gives back")
            .takes::<SnapshotSet>(true, set)
            .answers::<Freeable>(200, "The bytes.")
            .refuses(404, "One of them is not there."),
        of("get", "/costs", "show_costs", "Costs and savings, by the server's price sheet")
            .answers::<Costs>(200, "Bytes and money."),
    ]
}

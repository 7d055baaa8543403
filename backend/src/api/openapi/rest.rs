//! Jobs, events, garbage, and the server itself.

use shared::{GcReport, Job, JobState, ServerInfo};

use super::operation::{Operation, schemas_of, text};

pub(super) fn all() -> Vec<Operation> {
    [jobs(), server()].into_iter().flatten().collect()
}

fn jobs() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "jobs", id, summary);
    let state = serde_json::json!({"$ref": "#/components/schemas/JobState"});
    let mut list = of("get", "/jobs", "list_jobs", "Jobs, newest first")
        .query("state", state, "Only those in this state.")
        .query("disk", text(), "Only those of this disk: `NAME`, `GROUP/NAME` or id.")
        .pages::<Job>("A page of jobs.")
        .refuses(404, "There is no such disk.");
    list.schemas.extend(schemas_of::<JobState>());
    vec![
        list,
        of("get", "/jobs/{job}", "show_job", "One job")
            .header(
                "Prefer",
                "`wait=N`: answer when it has ended, or after N seconds (at most 60).",
            )
            .answers::<Job>(200, "The job."),
        of("delete", "/jobs/{job}", "cancel_job", "Stops a job")
            .answers::<Job>(202, "The job, which stops.")
            .refuses(409, "It has ended."),
        of("get", "/events", "listen", "What happens, as it happens")
            .describe(
                "Server-sent events: `job`, `snapshot`, `snapshot_deleted`, `disk`, \
                 `disk_detached`, and `resync` when what is shown must be asked for again. The \
                 answer does not end.",
            )
            .header("Last-Event-ID", "The last that was heard: it goes on from there.")
            .answers_text("text/event-stream", "The events."),
    ]
}

fn server() -> Vec<Operation> {
    let of = |method, path, id, summary| Operation::new(method, path, "server", id, summary);
    vec![
        of("get", "/server", "show_server", "The server's version, clock, image roots and pools")
            .answers::<ServerInfo>(200, "The server."),
        of("get", "/gc", "plan_gc", "What collecting garbage would give back")
            .answers::<GcReport>(200, "The plan."),
        of("post", "/gc", "collect_garbage", "Gives back the bytes that no snapshot needs")
            .takes_nothing()
            .starts_a_job(),
        of("get", "/openapi.json", "show_openapi", "This document")
            .answers_any("The document (OpenAPI 3.1)."),
        of("get", "/docs", "browse_openapi", "This document as a page")
            .answers_text("text/html", "The page."),
    ]
}

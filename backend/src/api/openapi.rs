//! The document that describes the API (`OpenAPI` 3.1): made from the operations' descriptions and
//! the types that cross the wire.

mod disks;
mod operation;
mod page;
mod rest;
mod snapshots;

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{HttpResponse, http::header, web::Bytes};
use serde_json::{Map, Value, json};
use shared::Problem;

use self::operation::{Operation, schemas_of};
use super::{body::NoParameters, error::Answer};

/// What every reader of the document must know.
const RULES: &str = "JSON in and out, snake_case. Times are RFC 3339 in UTC; sizes are whole bytes \
    in fields ending `_bytes`. A `{disk}` or `{snapshot}` is an id, a name, or `GROUP%2FNAME`. \
    Lists come in pages: give `next` as the `cursor` of the next request until it is `null`. A \
    refusal is a problem with a stable `code`; `help` says what to do. What takes time answers \
    `202` with a job; with `Prefer: wait=N` the answer comes when the job has ended. A field or \
    parameter that is not known is refused.";

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static TEXT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(format!("{:#}\n", *DOCUMENT)));
static PAGE: LazyLock<page::Page> = LazyLock::new(|| page::Page::of(&DOCUMENT));

/// The document.
pub(super) async fn show(_: NoParameters) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(TEXT.clone()))
}

/// The document as a page for people.
pub(super) async fn browse(_: NoParameters) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE.policy.clone()))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(PAGE.html.clone()))
}

fn document() -> Value {
    let operations: Vec<Operation> =
        [disks::all(), snapshots::all(), rest::all()].into_iter().flatten().collect();
    let mut schemas = BTreeMap::new();
    schemas.extend(schemas_of::<Problem>());
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        schemas.extend(operation.schemas);
        let methods = paths.entry(operation.path).or_default();
        methods.insert(operation.method.to_owned(), operation.value);
    }
    let mut schemas = json!(schemas);
    // What is derived of an enum's variants does not say that they take no other fields.
    for source in schemas["NewDiskSource"]["oneOf"].as_array_mut().into_iter().flatten() {
        source["additionalProperties"] = json!(false);
    }
    schemas["Refusal"] = json!({
        "description": "A request that was not done (RFC 9457).",
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {
                    "type": "integer",
                    "description": "The answer's status.",
                    "minimum": 400,
                    "maximum": 599,
                }},
            },
        ],
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Skikt",
            "summary": "Incremental snapshots of virtual disks.",
            "description": RULES,
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/api/v1", "description": "This server."}],
        "tags": [
            {"name": "disks", "description": "What snapshots are taken of."},
            {"name": "snapshots", "description": "Disks as they were at one moment."},
            {"name": "insight", "description": "What disks do, and what keeping it costs."},
            {"name": "jobs", "description": "What takes time, and what happens."},
            {"name": "server", "description": "The server itself."},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": {"RequestId": {
                "description": "The request's id, as the log has it: the one it came with, or a new one.",
                "required": true,
                "schema": {"type": "string"},
            }},
        },
    })
}

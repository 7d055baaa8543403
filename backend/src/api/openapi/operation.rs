//! One operation of the API, described step by step; what all of them have is added here.

use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// The schemas of types, by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// An operation: a method of a path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) value: Value,
    pub(super) schemas: Schemas,
}

/// The schemas of a type and of what it is made of.
pub(super) fn schemas_of<T: ToSchema>() -> Schemas {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}

/// A reference to a type's schema.
fn reference<T: ToSchema>() -> Value {
    json!({"$ref": format!("#/components/schemas/{}", T::name())})
}

/// Text.
pub(super) fn text() -> Value {
    json!({"type": "string", "minLength": 1})
}

/// A name.
pub(super) fn name() -> Value {
    reference::<shared::Name>()
}

/// One of some words.
pub(super) fn one_of(words: &[&str], default: &str) -> Value {
    json!({"type": "string", "enum": words, "default": default})
}

/// A whole number from a least to a greatest.
pub(super) fn whole(least: u64, greatest: Option<u64>) -> Value {
    let mut schema = json!({"type": "integer", "format": "int64", "minimum": least});
    if let Some(greatest) = greatest {
        schema["maximum"] = json!(greatest);
    }
    schema
}

/// A snapshot's id.
pub(super) fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// A moment.
pub(super) fn moment() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// Bytes of a disk.
fn octets() -> Value {
    json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})
}

impl Operation {
    /// An operation of a tag, by the name that clients give it, in a few words.
    pub(super) fn new(
        method: &'static str,
        path: &str,
        tag: &str,
        name: &str,
        summary: &str,
    ) -> Self {
        let parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(path_parameter)
            .collect();
        let value = json!({
            "tags": [tag],
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "responses": {},
        });
        let new = Self { method, path: path.to_owned(), value, schemas: Vec::new() };
        let new = new
            .refuses(400, "The request is not what this document says.")
            .refuses(403, "It comes from a page or for a host that is not this server's.")
            .refusal("default", "Any other refusal; `code` says which.");
        let named = ["{disk}", "{snapshot}", "{job}"].iter().any(|name| path.contains(name));
        if named { new.refuses(404, "There is none of that id or name.") } else { new }
    }

    /// More words.
    pub(super) fn describe(mut self, description: &str) -> Self {
        self.value["description"] = json!(description);
        self
    }

    /// A parameter of the query.
    pub(super) fn query(self, name: &str, schema: Value, description: &str) -> Self {
        self.parameter("query", name, schema, description, false)
    }

    /// A parameter of the query that must be given.
    pub(super) fn must_query(self, name: &str, schema: Value, description: &str) -> Self {
        self.parameter("query", name, schema, description, true)
    }

    /// A header of the request.
    pub(super) fn header(self, name: &str, description: &str) -> Self {
        self.parameter("header", name, text(), description, false)
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        schema: Value,
        description: &str,
        required: bool,
    ) -> Self {
        let mut parameter = json!({
            "in": place,
            "name": name,
            "required": required,
            "description": description,
        });
        parameter["schema"] = schema;
        if let Some(parameters) = self.value["parameters"].as_array_mut() {
            parameters.push(parameter);
        }
        self
    }

    /// A body of JSON.
    pub(super) fn takes<T: ToSchema>(mut self, required: bool, example: Value) -> Self {
        self.schemas.extend(schemas_of::<T>());
        let mut json = json!({"schema": reference::<T>()});
        json["example"] = example;
        self.value["requestBody"] =
            json!({"required": required, "content": {"application/json": json}});
        self.reads_a_body()
    }

    /// A body that says nothing: an empty object, or none at all.
    pub(super) fn takes_nothing(mut self) -> Self {
        let schema = json!({"type": "object", "additionalProperties": false});
        self.value["requestBody"] =
            json!({"required": false, "content": {"application/json": {"schema": schema}}});
        self.reads_a_body()
    }

    /// A body of bytes.
    pub(super) fn takes_bytes(mut self, description: &str) -> Self {
        self.value["requestBody"] =
            json!({"required": true, "description": description, "content": octets()});
        self.reads_a_body()
    }

    fn reads_a_body(self) -> Self {
        self.refuses(413, "The body is larger than is taken at once.")
            .refuses(415, "The body's media type is not one that is taken here.")
    }

    /// An answer with nothing in it.
    pub(super) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.answer(&status.to_string(), description, None)
    }

    /// An answer of JSON.
    pub(super) fn answers<T: ToSchema>(mut self, status: u16, description: &str) -> Self {
        self.schemas.extend(schemas_of::<T>());
        let content = json!({"application/json": {"schema": reference::<T>()}});
        self.answer(&status.to_string(), description, Some(content))
    }

    /// An answer of JSON, of bytes of another media type too.
    pub(super) fn answers_also<T: ToSchema>(mut self, description: &str, other: &str) -> Self {
        self.schemas.extend(schemas_of::<T>());
        let mut content = json!({"application/json": {"schema": reference::<T>()}});
        content[other] = json!({"schema": {"type": "string", "format": "binary"}});
        self.answer("200", description, Some(content))
    }

    /// An answer that is text of a media type.
    pub(super) fn answers_text(self, media_type: &str, description: &str) -> Self {
        self.answer("200", description, Some(json!({media_type: {"schema": {"type": "string"}}})))
    }

    /// An answer of any JSON.
    pub(super) fn answers_any(self, description: &str) -> Self {
        let content = json!({"application/json": {"schema": {"type": "object"}}});
        self.answer("200", description, Some(content))
    }

    /// A list in pages.
    pub(super) fn pages<T: ToSchema>(self, description: &str) -> Self {
        self.query("limit", whole(1, Some(1000)), "How many on a page; 100 if left out.")
            .query("cursor", text(), "The `next` of the page before.")
            .lists::<T>(description)
    }

    /// A list that is one page.
    pub(super) fn lists<T: ToSchema>(mut self, description: &str) -> Self {
        self.schemas.extend(schemas_of::<T>());
        let schema = json!({
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": reference::<T>()},
                "next": {
                    "type": ["string", "null"],
                    "description": "The cursor of the next page; `null` on the last.",
                },
            },
        });
        let content = json!({"application/json": {"schema": schema}});
        self.answer("200", description, Some(content))
    }

    /// What takes time: an answer with a job, which can be waited for.
    pub(super) fn starts_a_job(self) -> Self {
        self.once()
            .header(
                "Prefer",
                "`wait=N`: answer when the job has ended, or after N seconds (at most 60).",
            )
            .answers::<shared::Job>(200, "The job as it ended, when it was waited for.")
            .answers::<shared::Job>(202, "The job, which has not ended yet.")
            .with_header(202, "Location", "Where the job is.")
            .with_header(200, "Location", "Where the job is.")
    }

    /// What a key makes safe to send again.
    pub(super) fn once(self) -> Self {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 255});
        let description = "The same key and request give the same answer and do nothing twice.";
        self.parameter("header", "Idempotency-Key", schema, description, false)
            .refuses(422, "What is asked for cannot be, or the key was used for another request.")
    }

    /// Bytes, whole or in part.
    pub(super) fn reads_bytes(self, part_of: &str) -> Self {
        let described = |status: u16, operation: Self| {
            operation
                .with_header(status, "Accept-Ranges", "`bytes`")
                .with_header(status, "Content-Length", "How many bytes there are.")
                .with_header(status, "Content-Disposition", "A name for a file.")
        };
        let whole = self
            .header("Range", "`bytes=FIRST-LAST`: only these; one range.")
            .answer("200", part_of, Some(octets()))
            .answer("206", "The bytes of the range.", Some(octets()))
            .with_header(206, "Content-Range", "Which bytes they are, of how many.")
            .refuses(416, "The range does not lie on the disk; `Content-Range` has its size.");
        described(206, described(200, whole))
    }

    /// A header of an answer.
    pub(super) fn with_header(mut self, status: u16, name: &str, description: &str) -> Self {
        self.value["responses"][status.to_string()]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }

    /// A refusal.
    pub(super) fn refuses(self, status: u16, description: &str) -> Self {
        self.refusal(&status.to_string(), description)
    }

    fn refusal(self, status: &str, description: &str) -> Self {
        let content = json!({
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}},
        });
        self.answer(status, description, Some(content))
    }

    fn answer(mut self, status: &str, description: &str, content: Option<Value>) -> Self {
        let mut answer = json!({
            "description": description,
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
        });
        if let Some(content) = content {
            answer["content"] = content;
        }
        self.value["responses"][status] = answer;
        self
    }
}

/// What stands in a path.
fn path_parameter(name: &str) -> Value {
    let by_name = json!({"type": "string", "minLength": 1});
    let (schema, description) = match name {
        "disk" => (by_name, "The disk: an id, a name, or `GROUP%2FNAME`."),
        "snapshot" => (by_name, "The snapshot: an id, a name, or `GROUP%2FNAME`."),
        "job" => (id(), "The job's id."),
        "metric" => (reference::<shared::heatmap::Metric>(), "What the heatmap shows."),
        "level" => (
            whole(0, Some(u64::from(shared::heatmap::MAX_LEVEL))),
            "The level of detail: a cell covers 4 KiB × 4^level.",
        ),
        _ => (whole(0, None), "The number of the tile, of 65 536 cells each."),
    };
    json!({
        "in": "path",
        "name": name,
        "required": true,
        "description": description,
        "schema": schema,
    })
}

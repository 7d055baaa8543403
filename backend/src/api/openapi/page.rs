//! The document as a page: plain HTML without a script, so that it reads anywhere.

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("page.css");

/// The page, and what it may load.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) html: String,
    pub(super) policy: String,
}

impl Page {
    /// The page of a document.
    pub(super) fn of(document: &Value) -> Self {
        let hash = BASE64.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        let info = &document["info"];
        let title = format!("{} {}", plain(&info["title"]), plain(&info["version"]));
        let mut contents = String::new();
        let mut body = String::new();
        for tag in document["tags"].as_array().into_iter().flatten() {
            let name = plain(&tag["name"]);
            contents += &format!("<li><a href=\"#{name}\">{name}</a></li>");
            body += &format!("<section><h2 id=\"{name}\">{name}</h2>");
            body += &format!("<p>{}</p>", prose(&tag["description"]));
            body += &operations(document, &tag["name"]);
            body += "</section>";
        }
        body += "<section><h2 id=\"types\">types</h2>";
        for (name, schema) in entries(&document["components"]["schemas"]) {
            body += &format!("<details id=\"{name}\"><summary>{name}</summary>");
            body += &format!("<p>{}</p>{}</details>", prose(&schema["description"]), shape(schema));
        }
        body += "</section>";
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}: the API</title>\
             <style>{STYLE}</style>\
             <header><h1>{title}</h1><p>{}</p><p>{}</p><p>Every path is below \
             <code>{}</code>. The document: <a href=\"openapi.json\">openapi.json</a></p></header>\
             <nav><ul>{contents}<li><a href=\"#types\">types</a></li></ul></nav>\
             <main>{body}</main></html>",
            prose(&info["summary"]),
            prose(&info["description"]),
            plain(&document["servers"][0]["url"]),
        );
        Self { html, policy }
    }
}

/// The operations of a tag.
fn operations(document: &Value, tag: &Value) -> String {
    let of_path = |(path, methods): (&String, &Value)| {
        let told = entries(methods).filter(|(_, it)| it["tags"][0] == *tag);
        told.map(|(method, it)| operation(path, method, it)).collect::<String>()
    };
    entries(&document["paths"]).map(of_path).collect()
}

fn operation(path: &str, method: &str, operation: &Value) -> String {
    let mut html = format!(
        "<details id=\"{}\"><summary><b class=\"{method}\">{method}</b> <code>{path}</code> \
         <span>{}</span></summary><p>{}</p>",
        plain(&operation["operationId"]),
        prose(&operation["summary"]),
        prose(&operation["description"]),
    );
    let parameters: String =
        operation["parameters"].as_array().into_iter().flatten().map(parameter).collect();
    if !parameters.is_empty() {
        html += &format!("<h3>Parameters</h3><table>{parameters}</table>");
    }
    let body = &operation["requestBody"];
    if !body.is_null() {
        html += &format!("<h3>Body</h3><p>{}</p>{}", prose(&body["description"]), content(body));
    }
    html += "<h3>Answers</h3><table>";
    for (status, answer) in entries(&operation["responses"]) {
        let headers = entries(&answer["headers"]).map(|(name, _)| name.as_str());
        let headers: Vec<_> = headers.filter(|name| *name != "X-Request-Id").collect();
        let words = prose(&answer["description"]);
        html += &format!("<tr><th>{status}</th><td>{words}{}</td>", content(answer));
        html += &format!("<td>{}</td></tr>", headers.join(", "));
    }
    html + "</table></details>"
}

fn parameter(parameter: &Value) -> String {
    let must = if parameter["required"] == true { ", required" } else { "" };
    format!(
        "<tr><th><code>{}</code></th><td>{}{must}</td><td>{}</td><td>{}</td></tr>",
        plain(&parameter["name"]),
        plain(&parameter["in"]),
        kind(&parameter["schema"]),
        prose(&parameter["description"]),
    )
}

/// The media types of a body, their schemas and examples.
fn content(body: &Value) -> String {
    let of_type = |(media_type, it): (&String, &Value)| {
        let mut html = format!("<p><code>{media_type}</code> {}</p>", kind(&it["schema"]));
        if !it["example"].is_null() {
            html += &format!("<pre>{}</pre>", escape(&format!("{:#}", it["example"])));
        }
        html
    };
    entries(&body["content"]).map(of_type).collect()
}

/// A schema in full: its fields, or what it may be.
fn shape(schema: &Value) -> String {
    let mut html = String::new();
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts: String =
            schema[key].as_array().into_iter().flatten().map(shape_in_list).collect();
        if !parts.is_empty() {
            let word = if key == "allOf" { "All of" } else { "One of" };
            html += &format!("<p>{word}</p><ul>{parts}</ul>");
        }
    }
    let required = |name: &str| {
        let mut list = schema["required"].as_array().into_iter().flatten();
        if list.any(|it| it == name) { "required" } else { "" }
    };
    let rows: String = entries(&schema["properties"])
        .map(|(name, it)| {
            let words = prose(&it["description"]);
            let (kind, required) = (kind(it), required(name));
            format!("<tr><th><code>{name}</code></th><td>{kind}</td><td>{required}</td><td>{words}</td></tr>")
        })
        .collect();
    match (rows.is_empty(), html.is_empty()) {
        (false, _) => html + "<table>" + &rows + "</table>",
        (true, false) => html,
        (true, true) => format!("<p>{}</p>", kind(schema)),
    }
}

fn shape_in_list(schema: &Value) -> String {
    format!("<li>{} {}</li>", prose(&schema["description"]), shape(schema))
}

/// A schema in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if !schema["items"].is_null() {
        return format!("list of {}", kind(&schema["items"]));
    }
    let items = &schema["properties"]["items"];
    if !items.is_null() && !schema["properties"]["next"].is_null() {
        return format!("page: {}", kind(items));
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[key].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let words = |value: &Value| match value.as_array() {
        Some(list) => list.iter().map(plain).collect::<Vec<_>>().join(" or "),
        None => plain(value),
    };
    let mut told = words(&schema["type"]);
    if !schema["enum"].is_null() {
        told = words(&schema["enum"]);
    }
    for (key, before) in [
        ("format", ", "),
        ("pattern", ", matches "),
        ("minimum", ", from "),
        ("maximum", ", to "),
        ("multipleOf", ", a multiple of "),
        ("default", "; left out: "),
    ] {
        if !schema[key].is_null() {
            told += &format!("{before}{}", plain(&schema[key]));
        }
    }
    told
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// A value as text that may stand in HTML.
fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => escape(text),
        None if value.is_null() => String::new(),
        None => escape(&value.to_string()),
    }
}

/// Words in which what stands between backticks is code.
fn prose(value: &Value) -> String {
    let text = plain(value);
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => part.to_owned(),
        _ => format!("<code>{part}</code>"),
    };
    text.split('`').enumerate().map(part).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_no_markup() {
        assert_eq!(prose(&json!("a `<b>` & c")), "a <code>&lt;b&gt;</code> &amp; c");
        assert_eq!(kind(&json!({"type": ["string", "null"]})), "string or null");
        assert_eq!(
            kind(&json!({"$ref": "#/components/schemas/Disk"})),
            "<a href=\"#Disk\">Disk</a>"
        );
    }

    #[test]
    fn every_type_and_operation_is_on_the_page() {
        let document = &*super::super::DOCUMENT;
        let Page { html, policy } = Page::of(document);
        for (name, _) in entries(&document["components"]["schemas"]) {
            assert!(html.contains(&format!("<details id=\"{name}\">")), "{name}");
        }
        for (path, methods) in entries(&document["paths"]) {
            for (_, it) in entries(methods) {
                let name = plain(&it["operationId"]);
                assert!(html.contains(&format!("<details id=\"{name}\">")), "{path}: {name}");
            }
        }
        assert!(!html.contains("<script") && !html.contains(" style="));
        assert!(policy.starts_with("default-src 'none'"));
    }
}

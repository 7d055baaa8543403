//! `openapi.json`: what the server says of itself is so, and all of it.

use std::collections::{BTreeMap, BTreeSet};

use harness::{cli::Skikt, server::Server};
use serde_json::{Value, json};
use shared::Code;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Each path's methods.
type Routes = BTreeMap<String, BTreeSet<String>>;

fn documented(document: &Value) -> Routes {
    let paths = document["paths"].as_object().expect("a document has paths");
    let methods =
        |it: &Value| it.as_object().into_iter().flatten().map(|it| it.0.clone()).collect();
    paths.iter().map(|(path, it)| (path.clone(), methods(it))).collect()
}

/// The routes as the server's own code lists them.
fn served() -> Routes {
    let code = include_str!("../../backend/src/api.rs");
    let of = |text: &str| {
        let (path, rest) = text.split_once('"').expect("a path ends");
        let rest = rest.split(".service(").next().unwrap_or_default();
        let methods = METHODS.iter().filter(|it| rest.contains(&format!(".{it}(")));
        (path.to_owned(), methods.map(|it| (*it).to_owned()).collect())
    };
    code.split("resource(\"").skip(1).map(of).collect()
}

/// A path with something that there is in each of its places.
fn filled(path: &str) -> String {
    let values = [
        ("{disk}", "web"),
        ("{snapshot}", "first"),
        ("{job}", "0190163d-8694-739b-aea5-966c26f8ad91"),
        ("{metric}", "changed"),
        ("{level}", "0"),
        ("{tile}", "0"),
    ];
    values.iter().fold(path[1..].to_owned(), |path, (name, value)| path.replace(name, value))
}

#[test]
fn the_document_is_the_one_that_is_kept() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let answer = server.get("openapi.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let text = String::from_utf8(answer.body).unwrap();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    if std::env::var_os("SKIKT_BLESS").is_some() {
        std::fs::write(kept, &text).unwrap();
    }
    let same = std::fs::read_to_string(kept).unwrap() == text;
    assert!(same, "docs/openapi.json is another: SKIKT_BLESS=1 writes it; read what changed");
}

#[test]
fn every_route_is_documented_and_every_operation_is_there() {
    let (_skikt, server, _image) = Server::with_disk(512);
    server.take("web", "first");
    let documented = documented(&server.get("openapi.json").expect(200));
    assert_eq!(documented, served());
    for (path, methods) in &documented {
        for method in METHODS {
            // A parameter that there is none of: nothing is done, and nothing goes on for ever.
            let path = format!("{}?colour=red", filled(path));
            let request = server.request(&method.to_uppercase(), &path);
            let request = request.body("application/json", json!({}).to_string());
            let answer = request.send();
            // A snapshot may have the name of a path beside it.
            let is_a_snapshots = path.starts_with("snapshots/freeable?")
                && documented["/snapshots/{snapshot}"].contains(method);
            if methods.contains(method) || is_a_snapshots {
                assert_eq!(answer.status, 400, "{method} {path}");
            } else if method != "head" {
                answer.assert_refused(405, Code::MethodNotAllowed);
                assert!(answer.header("allow").is_some(), "{method} {path}");
            }
        }
    }
}

#[test]
fn names_of_operations_are_clients_names_and_told_apart() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let document = server.get("openapi.json").expect(200);
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} is {method} {path} and another");
            let answers = operation["responses"].as_object().unwrap();
            let problem = &answers["400"]["content"]["application/problem+json"];
            assert!(problem.is_object(), "{name}");
            let done = ["200", "201", "202", "204"].iter().any(|it| answers.contains_key(*it));
            assert!(done, "{name} says nothing of what it does");
        }
    }
}

#[test]
fn the_document_can_be_browsed_without_a_script() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let page = server.get("docs");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("create_snapshot") && !text.contains("<script"));
}

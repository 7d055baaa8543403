//! Lists come in pages that stay true.

use harness::{cli::Skikt, server::Server};
use serde_json::{Value, json};

fn walk(server: &Server, path: &str, mut between: impl FnMut(usize)) -> Vec<Value> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{path}{cursor}")).expect(200);
        for item in page["items"].as_array().expect("a page has items") {
            names.push(item.get("name").unwrap_or(&item["id"]).clone());
        }
        let Some(next) = page["next"].as_str() else { return names };
        cursor = format!("&cursor={next}");
        between(names.len());
    }
}

#[test]
fn pages_of_snapshots_join_to_the_list_though_it_grows() {
    let (_skikt, server, _image) = Server::with_disk(512);
    for name in ["a", "b", "c", "d", "e"] {
        server.take("web", name);
    }
    let oldest = walk(&server, "snapshots?limit=2", |count| {
        if count == 2 {
            server.request("DELETE", "snapshots/b").send().expect(204);
            server.take("web", "f");
        }
    });
    assert_eq!(oldest, ["a", "b", "c", "d", "e", "f"]);
    let newest = walk(&server, "snapshots?limit=1&order=-created_at", |_| {});
    assert_eq!(newest, ["f", "e", "d", "c", "a"]);
    assert_eq!(walk(&server, "disks/web/snapshots?limit=3", |_| {}), ["a", "c", "d", "e", "f"]);
    assert_eq!(server.get("snapshots?name=c").expect(200)["items"][0]["name"], json!("c"));
    assert_eq!(walk(&server, "jobs?limit=2&state=done", |_| {}).len(), 6);
    assert_eq!(walk(&server, "jobs?limit=2&disk=web", |_| {}).len(), 6);
}

#[test]
fn pages_of_disks_join_to_the_list_though_it_changes() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let make = |group: &str, name: &str| {
        let source = json!({"kind": "empty", "size_bytes": 512});
        let disk = json!({"group": group, "name": name, "source": source});
        server.post("disks", &disk).expect(201);
    };
    for name in ["b", "d", "f", "h"] {
        make("default", name);
    }
    make("lab", "a");
    let names = walk(&server, "disks?limit=2", |count| {
        if count == 2 {
            server.request("DELETE", "disks/d").send().expect(204);
            make("default", "c");
            make("default", "e");
        }
    });
    assert_eq!(names, ["b", "d", "e", "f", "h", "a"]);
}

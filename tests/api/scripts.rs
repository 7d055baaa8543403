//! The scripts of `docs/api.md`: they run, and the page shows them as they are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use harness::{cli::Skikt, running::Running, server::Server};
use serde_json::json;

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file)
}

/// Runs a script against a server; what it printed.
fn run(server: &Server, script: &str, arguments: &[&Path]) -> String {
    let mut command = Command::new(docs(script));
    command.args(arguments).env("SKIKT_URL", server.url());
    // The server is on this machine, whatever stands between it and the world.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    Running::start(command).finish().ok(script)
}

#[test]
fn the_page_shows_the_scripts_as_they_are() {
    let page = fs::read_to_string(docs("api.md")).unwrap();
    for (script, language) in [("tour.sh", "sh"), ("rebuild.py", "python")] {
        let text = fs::read_to_string(docs(&format!("examples/{script}"))).unwrap();
        let quoted = format!("```{language}\n{text}```\n");
        assert!(page.contains(&quoted), "copy docs/examples/{script} to docs/api.md");
    }
}

#[test]
fn the_tour_with_curl_goes_all_the_way() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let image = skikt.random_image("data/images/web.img", 4 << 20);
    let said = run(&server, "examples/tour.sh", &[image.path()]);
    assert!(said.contains("8192 bytes at 1048576 are those of the image"), "{said}");
    assert_eq!(server.get("disks").expect(200)["items"], json!([]));
    let snapshots = server.get("snapshots").expect(200);
    assert_eq!(snapshots["items"][0]["name"], "tour-after");
    server.stop();
    skikt.assert_whole();
}

#[test]
fn a_disk_is_rebuilt_from_what_changed_with_python() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let said = run(&server, "examples/rebuild.py", &[]);
    assert!(said.contains("rebuilt 16777216 bytes by fetching 49152: sha256 "), "{said}");
    server.stop();
    skikt.assert_whole();
}

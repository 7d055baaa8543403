//! A data directory with a server: who else wants it is sent there.

use harness::{cli::Skikt, server::Server};
use shared::Code;

#[test]
fn a_command_is_told_where_the_server_is() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    for command in ["disk list", "gc", "catalog rebuild", "serve --listen 127.0.0.1:0"] {
        let problem = skikt.refused(command, Code::DataInUse);
        let address = format!("http://127.0.0.1:{}", server.port());
        assert!(problem.detail.contains(&address), "{command}: {}", problem.detail);
    }
    server.kill();
    skikt.ok("disk list");
    let server = Server::start(&skikt);
    assert_eq!(server.stop().code, Some(0));
    skikt.ok("gc");
}

#[test]
fn other_machines_are_let_in_only_when_somebody_says_so() {
    let skikt = Skikt::new();
    let problem = skikt.refused("serve --listen 0.0.0.0:0", Code::ForeignOrigin);
    assert!(problem.help.unwrap().contains("--allow-remote"));
}

//! What is printed where, and the exit codes.

use harness::cli::Skikt;
use shared::Code;

#[test]
fn every_command_explains_itself() {
    let skikt = Skikt::new();
    for command in [
        "",
        "disk",
        "disk attach",
        "disk list",
        "disk show",
        "disk detach",
        "snapshot",
        "snapshot create",
        "snapshot list",
        "snapshot show",
        "snapshot delete",
        "snapshot verify",
        "diff",
        "export",
        "gc",
        "catalog",
        "catalog rebuild",
        "completions",
    ] {
        let help = skikt.ok(&format!("{command} --help"));
        assert!(help.contains("Usage: skikt"), "{command}: {help}");
        assert!(!help.lines().next().unwrap().is_empty(), "{command} says nothing of itself");
    }
    assert!(!skikt.path("data").exists());
}

#[test]
fn the_help_shows_where_to_start() {
    let help = Skikt::new().ok("--help");
    for words in ["skikt disk attach web", "skikt snapshot create web", "--data", "--output"] {
        assert!(help.contains(words), "{words}");
    }
}

#[test]
fn the_version_is_told() {
    assert!(Skikt::new().ok("--version").starts_with("skikt 0."));
}

#[test]
fn shells_are_told_how_to_complete() {
    let skikt = Skikt::new();
    for (shell, words) in [("bash", "complete -F"), ("zsh", "#compdef"), ("fish", "complete -c")] {
        let script = skikt.ok(&format!("completions {shell}"));
        assert!(script.contains(words) && script.contains("snapshot"), "{shell}");
    }
    assert!(!skikt.path("data").exists());
}

#[test]
fn a_wrong_use_is_exit_code_2_and_does_nothing() {
    let skikt = Skikt::new();
    for command in [
        "",
        "fly",
        "disk",
        "disk attach web",
        "disk list --colour",
        "disk list --output xml",
        "snapshot create web --sku UltraSSD_LRS",
        "snapshot delete",
        "snapshot verify",
        "snapshot verify one --all",
        "diff one",
        "diff one two --granularity 1024",
        "export one out.img --format vmdk",
        "completions tcsh",
    ] {
        let ran = skikt.run(command);
        assert_eq!(ran.code, Some(2), "{command}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{command}");
        assert!(!ran.stderr.is_empty(), "{command}");
    }
    assert!(!skikt.path("data").exists());
}

#[test]
fn every_answer_is_json_when_json_is_asked_for() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    for command in [
        "disk list",
        "disk show web",
        "snapshot create web --name one",
        "snapshot create web --name two",
        "snapshot list",
        "snapshot show two",
        "snapshot verify --all",
        "diff one two",
        "export one out.img",
        "snapshot delete one --yes",
        "gc --plan",
        "gc",
        "catalog rebuild",
        "disk detach web",
    ] {
        let ran = skikt.run(&format!("{command} --output json"));
        assert_eq!(ran.stderr, "", "{command}");
        let answer = harness::cli::json(&ran.ok(command), command);
        if command.contains("list") {
            assert!(answer["items"].is_array() && answer["next"].is_null(), "{answer}");
        }
    }
}

#[test]
fn an_empty_list_is_a_list() {
    let skikt = Skikt::new();
    let empty = serde_json::json!({ "items": [], "next": null });
    assert_eq!(skikt.json("disk list"), empty);
    assert_eq!(skikt.json("snapshot list"), empty);
    assert_eq!(skikt.json("snapshot verify --all"), empty);
    assert_eq!(skikt.json("gc")["freed_bytes"], 0);
}

#[test]
fn an_empty_table_says_what_to_do() {
    let skikt = Skikt::new();
    assert!(skikt.ok("disk list").contains("skikt disk attach"));
    assert!(skikt.ok("snapshot list").contains("skikt snapshot create"));
}

#[test]
fn tables_have_heads_units_and_no_colours_in_a_pipe() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name one");
    let disks = skikt.ok("disk list");
    let lines: Vec<_> = disks.lines().collect();
    assert!(lines[0].starts_with("NAME") && lines[0].contains("SNAPSHOTS"), "{disks}");
    assert!(lines[1].starts_with("web") && lines[1].contains("1.0 MiB"), "{disks}");
    let snapshots = skikt.ok("snapshot list");
    for words in ["NAME", "STORED", "one", "incremental", "Standard_LRS", "1.0 MiB"] {
        assert!(snapshots.contains(words), "{words}: {snapshots}");
    }
    let shown = skikt.ok("snapshot show one") + &skikt.ok("gc --plan") + &skikt.ok("disk show web");
    for words in ["digest", "provisioned", "(1048576 B)", "would free", "none: it stands alone"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!(disks + &snapshots + &shown).contains('\x1b'));
}

#[test]
fn a_difference_as_a_table_ends_in_its_sum() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name one");
    image.scramble(8192..16384, 1);
    skikt.ok("snapshot create web --name two");
    let diff = skikt.ok("diff one two");
    let lines: Vec<_> = diff.lines().collect();
    assert_eq!(lines.len(), 2, "{diff}");
    assert!(lines[0].starts_with("changed") && lines[0].contains("8192"), "{diff}");
    assert_eq!(lines[1], "one to two: 8.0 KiB changed, 0 B cleared");
}

#[test]
fn a_problem_is_told_with_its_code_and_help() {
    let skikt = Skikt::new();
    let ran = skikt.run("disk show gone");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        ran.stderr,
        "error[disk_not_found]: there is no disk gone\n  \
         help: `skikt disk list` shows the disks there are\n"
    );
}

#[test]
fn nothing_is_deleted_in_a_pipe_without_a_yes() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    let problem = skikt.refused("snapshot delete kept", Code::NotConfirmed);
    assert!(problem.help.unwrap().contains("--yes"));
    assert_eq!(skikt.names(), ["kept"]);
    skikt.ok("snapshot delete kept --yes");
    assert!(skikt.snapshots().is_empty());
}

#[test]
fn the_data_directory_may_be_named_by_the_environment() {
    let skikt = Skikt::new();
    let (mut by_name, mut by_home) = (skikt.command(&[]), skikt.command(&[]));
    for (command, name) in [(&mut by_name, "SKIKT_DATA"), (&mut by_home, "XDG_DATA_HOME")] {
        let program = command.get_program().to_owned();
        *command = std::process::Command::new(program);
        command.env_remove("SKIKT_DATA").env(name, skikt.path(name)).args(["disk", "list"]);
        assert!(command.output().unwrap().status.success());
    }
    assert!(skikt.path("SKIKT_DATA/catalog.db").exists());
    assert!(skikt.path("XDG_DATA_HOME/skikt/catalog.db").exists());
}

#[test]
fn a_reader_that_went_away_is_no_cause_for_words() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let mut command = skikt.command(&["disk", "list"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

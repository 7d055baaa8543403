//! Commands killed at random moments: what was acknowledged is there for good, and what was not is
//! whole or gone.
//!
//! `SKIKT_SEED` repeats a run, `SKIKT_LONG` makes many more.

use std::{
    collections::BTreeMap,
    env, thread,
    time::{Duration, Instant},
};

use harness::{cli::Skikt, image::Image, random::Random};
use nix::sys::signal::Signal;

/// The seed of this run, which each test says.
fn seed() -> u64 {
    match env::var("SKIKT_SEED") {
        Ok(text) => text.parse().expect("SKIKT_SEED is a number"),
        Err(_) => u64::from(std::process::id()),
    }
}

fn rounds(short: u64) -> u64 {
    if env::var_os("SKIKT_LONG").is_some() { short * 20 } else { short }
}

/// Runs a command that is killed after a random part of `most`; whether it came to its end.
fn killed(skikt: &Skikt, command: &str, most: Duration, random: &mut Random) -> bool {
    let running = skikt.start(command);
    thread::sleep(random.up_to(most));
    running.signal(Signal::SIGKILL);
    let ran = running.finish();
    assert!(matches!(ran.code, None | Some(0)), "{command}: {}", ran.stderr);
    ran.code == Some(0)
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    // Somewhat longer, so that some come to their end.
    start.elapsed() * 11 / 10
}

/// What a history must hold: snapshots that were acknowledged, with their disk's bytes.
struct History {
    skikt: Skikt,
    image: Image,
    kept: BTreeMap<String, Vec<u8>>,
    random: Random,
}

impl History {
    fn new(seed: u64) -> Self {
        let (skikt, image) = Skikt::with_disk(8 << 20);
        Self { skikt, image, kept: BTreeMap::new(), random: Random::new(seed) }
    }

    /// Every acknowledged snapshot is listed, and none that nobody asked for; one in doubt may be.
    fn check_list(&self, doubtful: Option<&str>) -> Vec<String> {
        let names = self.skikt.names();
        for name in self.kept.keys().filter(|name| Some(name.as_str()) != doubtful) {
            assert!(names.contains(name), "{name} is lost: {names:?}");
        }
        for name in &names {
            let known = self.kept.contains_key(name) || Some(name.as_str()) == doubtful;
            assert!(known, "{name} came back: {names:?}");
        }
        names
    }

    fn create(&mut self, number: u64, most: Duration) {
        let name = format!("s{number}");
        self.image.change(&mut self.random);
        let kind =
            ["", "", "", "--full", "--full --sku Premium_LRS"][self.random.below(5) as usize];
        let command = format!("snapshot create web --name {name} {kind}");
        let done = killed(&self.skikt, &command, most, &mut self.random);
        let there = self.check_list(Some(&name)).contains(&name);
        assert!(there || !done, "{name} was acknowledged, and is not there");
        if !there {
            // Its name is free again, and the disk is not held.
            self.skikt.ok(&command);
        }
        self.kept.insert(name, self.image.bytes().to_owned());
    }

    fn delete(&mut self, most: Duration) {
        let at = self.random.below(self.kept.len() as u64) as usize;
        let name = self.kept.keys().nth(at).expect("there are that many").clone();
        let command = format!("snapshot delete {name} --yes");
        let done = killed(&self.skikt, &command, most, &mut self.random);
        let there = self.check_list(Some(&name)).contains(&name);
        assert!(!(there && done), "{name} was deleted, and is there");
        if there {
            self.skikt.assert_exports(&name, &self.kept[&name]);
        } else {
            self.kept.remove(&name);
        }
    }

    fn collect(&mut self, most: Duration) {
        killed(&self.skikt, "gc", most, &mut self.random);
        self.check_list(None);
    }

    fn export(&mut self, most: Duration) {
        let at = self.random.below(self.kept.len() as u64) as usize;
        let (name, bytes) = self.kept.iter().nth(at).expect("there are that many");
        let command = format!("export {name} out.img");
        if killed(&self.skikt, &command, most, &mut self.random) {
            assert!(self.skikt.read("out.img") == *bytes, "{name} was exported wrongly");
        } else if self.skikt.path("out.img").exists() {
            // Renamed, and killed before it could say so.
            let found = self.skikt.read("out.img");
            let differs = bytes.iter().zip(&found).position(|(kept, found)| kept != found);
            assert!(
                found == *bytes,
                "{name} has {} bytes, its export {}; they differ from byte {differs:?} on",
                bytes.len(),
                found.len()
            );
        }
        drop(std::fs::remove_file(self.skikt.path("out.img")));
    }

    /// Everything that was acknowledged can be read back, bit for bit, and nothing else is there.
    fn check(&self) {
        self.check_list(None);
        for (name, bytes) in &self.kept {
            self.skikt.assert_exports(name, bytes);
        }
        self.skikt.assert_whole();
        for (name, bytes) in &self.kept {
            self.skikt.assert_exports(name, bytes);
        }
    }
}

#[test]
fn commands_that_are_killed_lose_nothing_that_was_acknowledged() {
    let seed = seed();
    println!("SKIKT_SEED={seed}");
    let mut history = History::new(seed);
    let skikt = &history.skikt;
    let create = timed(|| drop(skikt.ok("snapshot create web --name first")));
    let export = timed(|| drop(skikt.ok("export first out.img")));
    std::fs::remove_file(skikt.path("out.img")).unwrap();
    skikt.ok("snapshot create web --name gone");
    let delete = timed(|| drop(skikt.ok("snapshot delete gone --yes")));
    let collect = timed(|| drop(skikt.ok("gc")));
    history.kept.insert("first".to_owned(), history.image.bytes().to_owned());
    for number in 0..rounds(25) {
        match history.random.below(10) {
            0 | 1 if history.kept.len() > 1 => history.delete(delete),
            2 | 3 => history.collect(collect),
            4 => history.export(export),
            _ => history.create(number, create),
        }
    }
    history.check();
    history.skikt.remove_catalog();
    history.check();
}

#[test]
fn a_first_command_that_is_killed_leaves_a_data_directory_that_can_be_used() {
    let seed = seed();
    println!("SKIKT_SEED={seed}");
    let mut random = Random::new(seed);
    let skikt = Skikt::new();
    skikt.random_image("web.img", 1 << 20);
    let most = timed(|| drop(skikt.ok("disk list")));
    for _ in 0..rounds(15) {
        std::fs::remove_dir_all(skikt.path("data")).unwrap();
        killed(&skikt, "disk list", most, &mut random);
        skikt.ok("disk attach web web.img");
        skikt.ok("snapshot create web --name one");
        skikt.ok("snapshot create web --name golden --full --sku Premium_LRS");
        skikt.assert_whole();
    }
}

#[test]
fn a_rebuild_that_is_killed_loses_nothing() {
    let seed = seed();
    println!("SKIKT_SEED={seed}");
    let mut history = History::new(seed);
    history.skikt.ok("snapshot create web --name first");
    history.kept.insert("first".to_owned(), history.image.bytes().to_owned());
    let most = timed(|| drop(history.skikt.ok("catalog rebuild")));
    for _ in 0..rounds(10) {
        killed(&history.skikt, "catalog rebuild", most, &mut history.random);
        history.check_list(None);
    }
    history.check();
}

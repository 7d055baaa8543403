//! The project's automation, `cargo xtask <command>`: parses the command and dispatches.

mod bench;
mod check;
mod dashboard;
mod demo;
mod dist;
mod fuzz;
mod places;
mod say;
mod setup;
mod sh;
mod test;
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
The project's automation. From anywhere in the checkout: cargo xtask <command>

On a fresh clone, this one command sets up what is missing and runs all that CI runs:

    cargo xtask test

Commands
    demo            build skikt and show it in the browser, on disks with a month of life;
                    leaves nothing behind (-- --keep DIR: keeps them in DIR)
    setup           install what the others need; says what, skips what is there
    test [--long]   setup, check, every test, and the dashboard's build
                    (--long: the long loops too, by SKIKT_LONG=1)
    check           formatting, clippy, rustdoc, licences and bans, tidy: warnings are errors
    tidy            the house rules no other tool knows, in a second
    bench           measure skikt beside b3sum, cp, qemu-img, restic and borg (bench --help)
    dashboard       build the dashboard into target/dashboard
    fuzz            try the readers of images with bytes that nobody wrote, for a minute
                    ([TARGET…] [--seconds N], and --keep to add what is new to fuzz/corpus)
    dist            build the installable archive into target/dist

While you work
    cargo test                          the quick loop: shared, engine, backend
    cargo fmt && cargo xtask check      before a commit

Tools are kept outside the checkout in $XDG_CACHE_HOME/skikt (default ~/.cache/skikt), so a
second clone finds them there. Nothing here calls sudo: what needs root is printed instead.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            say::line(HELP);
            Ok(())
        }
        ["demo", "--", arguments @ ..] | ["demo", arguments @ ..] => demo::run(arguments),
        ["bench", arguments @ ..] => bench::run(arguments),
        ["setup"] => setup::run(),
        ["check"] => check::run(),
        ["tidy"] => tidy::run(),
        ["dashboard"] => dashboard::run(),
        ["test"] => test::run(test::Loops::Short),
        ["test", "--long"] => test::run(test::Loops::Long),
        ["fuzz", arguments @ ..] => fuzz::run(arguments),
        ["dist"] => dist::run(),
        unknown => {
            say::error(&format!("no such command: {}\n\n{HELP}", unknown.join(" ")));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

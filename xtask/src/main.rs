//! The project's automation, `cargo xtask <command>`: parses the command and dispatches.

mod places;
mod say;
mod sh;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
The project's automation. From anywhere in the checkout: cargo xtask <command>

Commands
    tidy            the house rules no other tool knows, in a second

While you work
    cargo test                          the quick loop: shared, engine, backend
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            say::line(HELP);
            Ok(())
        }
        ["tidy"] => tidy::run(),
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

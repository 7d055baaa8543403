//! The command line: parse, run, say how it went.

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::cli::main()
}

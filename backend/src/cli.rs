//! The `skikt` command: arguments in, tables or JSON out, exit codes 0 (done), 1 (failed) and 2
//! (usage).

mod catalog;
mod completions;
mod cost;
mod demo;
mod diff;
mod disk;
mod export;
mod gc;
mod output;
mod place;
mod progress;
mod serve;
mod snapshot;
mod target;
mod words;

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand, ValueEnum};
use engine::{Access, Options};
use shared::Problem;

use self::{
    output::Output,
    place::{Place, Usage},
};
use crate::{
    client::{Address, ClientError},
    server::ServeError,
    telemetry::{self, LogFormat},
    threads::THREADS,
};

/// What `--data` and `--server` say of themselves.
const DATA_HELP: &str = "The data directory [default: $SKIKT_DATA, else $XDG_DATA_HOME/skikt]";
const SERVER_HELP: &str =
    "Work on this server instead, as http://HOST:PORT [default: $SKIKT_SERVER, else none]";

/// Incremental snapshots of virtual disks, on storage you own.
///
/// Each snapshot stores only what changed since the last one, and each can be used as the whole
/// disk. Start with:
///
///   skikt disk attach web /images/web.img
///   skikt snapshot create web --name before
///   skikt diff before after
///   skikt export after out.img
#[derive(Debug, Parser)]
#[command(name = "skikt", version, about, long_about, verbatim_doc_comment, max_term_width = 100)]
struct Cli {
    #[arg(long, global = true, value_name = "DIR", help = DATA_HELP)]
    data: Option<PathBuf>,

    #[arg(long, global = true, value_name = "URL", conflicts_with = "data", help = SERVER_HELP)]
    server: Option<Address>,

    /// How to print: a table for people, JSON for scripts
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    output: Format,

    #[command(subcommand)]
    command: Command,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns and units for people
    Table,
    /// The API's JSON, sizes in bytes
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Attach, make, list, show, resize and detach disks
    #[command(subcommand)]
    Disk(disk::Command),
    /// Take, list, show, verify and delete snapshots
    #[command(subcommand)]
    Snapshot(snapshot::Command),
    /// Show which blocks differ between two snapshots of one disk
    Diff(diff::Arguments),
    /// Write a snapshot out as an image file, whole
    Export(export::Arguments),
    /// Show what snapshots cost a month, and what full ones would
    Cost,
    /// Give back the bytes that no snapshot needs any more
    Gc(gc::Arguments),
    /// Serve the dashboard and the REST API
    Serve(serve::Arguments),
    /// Look after the catalog
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Show skikt on four disks with a month of life, in a folder of their own
    Demo(demo::Arguments),
    /// Print a script that completes skikt's arguments in a shell
    Completions(completions::Arguments),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The engine said why.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The server could not be had, or broke off.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The server that was asked said why, or could not be asked.
    #[error(transparent)]
    Asked(#[from] ClientError),
    /// The arguments do not go together.
    #[error(transparent)]
    Usage(#[from] Usage),
    /// The command line itself refuses.
    #[error("{}", .0.detail)]
    Refused(Problem),
    /// The demo could not be had.
    #[error("{0:#}")]
    Demo(#[from] anyhow::Error),
    /// The answer could not be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    /// The runtime could not be had.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    /// It was done, and what it found is bad; it was printed already.
    #[error("damage was found")]
    Found,
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Serve(arguments) = &cli.command {
        telemetry::init(arguments.log_format, "info,actix_server=warn");
    } else {
        telemetry::init(LogFormat::Text, "warn");
    }
    let output = Output::new(cli.output);
    match run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            if matches!(failure, Failure::Usage(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<(), Failure> {
    if let Command::Completions(arguments) = &cli.command {
        return Ok(completions::run(arguments)?);
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(THREADS).build();
    let runtime = runtime.map_err(Failure::Start)?;
    if let Command::Demo(arguments) = cli.command {
        if cli.data.is_some() || cli.server.is_some() {
            let detail = "a demo has a folder and a server of its own";
            let help = "leave --data and --server away; --keep DIR names the folder";
            return Err(Usage::new(detail, help).into());
        }
        return runtime.block_on(demo::run(arguments));
    }
    let place = Place::new(cli.data, cli.server)?;
    runtime.block_on(async {
        match cli.command {
            Command::Disk(command) => disk::run(command, &place, output).await,
            Command::Snapshot(command) => snapshot::run(command, &place, output).await,
            Command::Diff(arguments) => diff::run(arguments, &place, output).await,
            Command::Export(arguments) => export::run(arguments, &place, output).await,
            Command::Cost => cost::run(&place, output).await,
            Command::Gc(arguments) => gc::run(arguments, &place, output).await,
            Command::Serve(arguments) => serve::run(arguments, &place).await,
            Command::Catalog(command) => catalog::run(command, &place, output).await,
            // They have no place, and are done already.
            Command::Demo(_) | Command::Completions(_) => Ok(()),
        }
    })
}

/// The engine's options for a command: locks are waited for with a word about it.
fn options(access: Access) -> Options {
    let waiting = |what: &str| output::note(&format!("waiting for {what}"));
    Options { access, waiting: Arc::new(waiting), ..Options::default() }
}

impl Failure {
    /// The problem as JSON and as people read it.
    fn problem(&self) -> Problem {
        let internal =
            |detail: String| Problem { code: shared::Code::Internal, detail, help: None };
        match self {
            Self::Engine(error) | Self::Serve(ServeError::Engine(error)) => error.problem(),
            Self::Serve(error @ ServeError::Remote(_)) => Problem {
                code: shared::Code::ForeignOrigin,
                detail: error.to_string(),
                help: Some(
                    "listen at 127.0.0.1, or give --allow-remote where only those reach it who may"
                        .to_owned(),
                ),
            },
            Self::Refused(problem) => problem.clone(),
            Self::Asked(error) => error.problem(),
            Self::Usage(usage) => usage.problem(),
            Self::Demo(_) | Self::Serve(_) | Self::Print(_) | Self::Start(_) => {
                internal(self.to_string())
            }
            Self::Found => Problem {
                code: shared::Code::Corrupt,
                detail: self.to_string(),
                help: Some(
                    "restore the store's objects from a copy; ranges not named are whole"
                        .to_owned(),
                ),
            },
        }
    }
}

/// Asks on a terminal; refuses in a pipe.
fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    let refused = |detail: &str| {
        Failure::Refused(Problem {
            code: shared::Code::NotConfirmed,
            detail: detail.to_owned(),
            help: Some("give --yes to go on without being asked".to_owned()),
        })
    };
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refused("this needs a yes, and there is nobody to ask"));
    }
    output::ask(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(refused("nothing was done"))
    }
}

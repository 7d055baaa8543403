//! Logs: to standard error, as much of them as `SKIKT_LOG` says.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}

/// Begins to log; without `SKIKT_LOG`, what `default` says.
pub(crate) fn init(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_env("SKIKT_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}

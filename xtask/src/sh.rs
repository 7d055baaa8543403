//! Runs other programs: shown before they run, an error when they fail.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::{places, say};

/// A program that runs in the checkout's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Result<Command> {
    let mut command = Command::new(program);
    command.current_dir(places::root()?);
    Ok(command)
}

/// The cargo that runs us, in the checkout's root.
pub(crate) fn cargo() -> Result<Command> {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs it with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say::line(format_args!("$ {}", shown(command)));
    let status = command.status().with_context(|| format!("start {}", shown(command)))?;
    ensure!(status.success(), "{}: {status}", shown(command));
    Ok(())
}

/// Runs it without a word; what it said is in the error when it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("start {}", shown(command)))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}: {}", shown(command), output.status, said.trim());
    Ok(())
}

/// Runs it with its output on the terminal, and ends it when the limit has passed.
pub(crate) fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    say::line(format_args!("$ {}  (at most {} s)", shown(command), limit.as_secs()));
    let mut child = command.spawn().with_context(|| format!("start {}", shown(command)))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context("wait for the program")? {
            ensure!(status.success(), "{}: {status}", shown(command));
            return Ok(());
        }
        if start.elapsed() > limit {
            child.kill().context("end the program")?;
            child.wait().context("wait for the program to end")?;
            anyhow::bail!("{}: no end within {} s", shown(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What it prints on its standard output, trimmed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("start {}", shown(command)))?;
    ensure!(output.status.success(), "{}: {}", shown(command), output.status);
    let text = String::from_utf8(output.stdout)
        .with_context(|| format!("read the output of {}", shown(command)))?;
    Ok(text.trim().to_owned())
}

/// What it prints on either output; all of it is in the error if it fails.
pub(crate) fn both(command: &mut Command) -> Result<String> {
    say::line(format_args!("$ {}", shown(command)));
    let output = command.output().with_context(|| format!("start {}", shown(command)))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    ensure!(output.status.success(), "{}: {}\n{said}", shown(command), output.status);
    Ok(said)
}

/// Whether it starts and ends well; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Whether a program is on `PATH`, or in the folders that hold root's.
pub(crate) fn is_there(program: &str) -> bool {
    find(program).is_some()
}

/// A program on `PATH`, or in the folders that hold root's.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let root_only = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let folders = env::split_paths(&path).chain(root_only);
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// `PATH` with folders put before it.
pub(crate) fn path_with(folders: &[&Path]) -> Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let before = folders.iter().map(|folder| folder.to_path_buf());
    env::join_paths(before.chain(env::split_paths(&path))).context("extend PATH")
}

/// The command as one would type it, without the folders its program lies in.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(command.get_program()).to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_past_its_limit_is_ended() {
        let mut sleep = Command::new("sleep");
        let error = run_within(Duration::from_millis(100), sleep.arg("600")).unwrap_err();
        assert_eq!(error.to_string(), "sleep 600: no end within 0 s");
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(&mut Command::new("false")).unwrap_err();
        assert_eq!(error.to_string(), "false: exit status: 1");
    }

    #[test]
    fn a_quiet_failure_tells_what_was_said() {
        let error = quietly(Command::new("sh").args(["-c", "echo no >&2; exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "sh -c echo no >&2; exit 3: exit status: 3: no");
    }

    #[test]
    fn output_is_trimmed() {
        assert_eq!(output(Command::new("echo").arg("one two")).unwrap(), "one two");
    }
}

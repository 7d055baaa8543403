//! What the command line asks for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use super::{bytes::Bytes, rows::Row};

/// The smallest disk that the changes still make sense on.
const LEAST: Bytes = Bytes::mib(64);

/// A run's settings.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) size: Bytes,
    pub(super) rounds: usize,
    /// Rows to run, in the order of the list; all where none is named.
    pub(super) only: Vec<&'static Row>,
    pub(super) dir: Option<PathBuf>,
    pub(super) keep: bool,
    pub(super) json: Json,
    pub(super) missing: Missing,
    /// The program to measure, instead of one built for it.
    pub(super) skikt: Option<PathBuf>,
}

/// What to do about programs that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Ask,
    Install,
    GoWithout,
}

/// Where figures go as JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    No,
    /// Printed instead of the table.
    Printed,
    Into(PathBuf),
}

/// What to do.
#[derive(Debug)]
pub(super) enum Wish {
    Help,
    List,
    Run(Options),
}

impl Wish {
    /// Reads the words after `cargo xtask bench`; `rows` are those there are.
    pub(super) fn read(arguments: &[&str], rows: &'static [Row]) -> Result<Self> {
        let mut options = Options {
            size: Bytes::gib(6),
            rounds: 5,
            only: Vec::new(),
            dir: None,
            keep: false,
            json: Json::No,
            missing: Missing::Ask,
            skikt: None,
        };
        let mut words = arguments.iter().copied().peekable();
        while let Some(word) = words.next() {
            let value = words.peek().copied().filter(|next| !next.starts_with('-'));
            let needed = || value.with_context(|| format!("{word} wants a value"));
            match word {
                "--help" | "-h" | "help" => return Ok(Self::Help),
                "--list" => return Ok(Self::List),
                "--keep" => options.keep = true,
                "--yes" => options.missing = Missing::Install,
                "--no-install" => options.missing = Missing::GoWithout,
                "--size" => options.size = needed()?.parse()?,
                "--rounds" => options.rounds = count(needed()?)?,
                "--dir" => options.dir = Some(needed()?.into()),
                "--skikt" => options.skikt = Some(needed()?.into()),
                "--json" => {
                    options.json = value.map_or(Json::Printed, |file| Json::Into(file.into()));
                }
                "--only" => {
                    needed()?;
                    while let Some(name) = words.next_if(|next| !next.starts_with('-')) {
                        options.only.push(find(name, rows)?);
                    }
                    continue;
                }
                unknown => {
                    bail!("no such option: {unknown}; `cargo xtask bench --help` lists them")
                }
            }
            if value.is_some() && takes_a_value(word) {
                words.next();
            }
        }
        ensure!(options.size >= LEAST, "--size: {LEAST} is the least");
        ensure!(options.size.0.is_multiple_of(1 << 20), "--size: take whole MiB");
        if options.only.is_empty() {
            options.only = rows.iter().collect();
        }
        Ok(Self::Run(options))
    }
}

fn takes_a_value(word: &str) -> bool {
    ["--size", "--rounds", "--dir", "--skikt", "--json"].contains(&word)
}

fn count(text: &str) -> Result<usize> {
    let count = text.parse().ok().filter(|count| (1..=100).contains(count));
    count.with_context(|| format!("--rounds: `{text}` is no number from 1 to 100"))
}

fn find(name: &str, rows: &'static [Row]) -> Result<&'static Row> {
    let names = || rows.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    let found = rows.iter().find(|row| row.name == name);
    found.with_context(|| format!("--only: no row is called `{name}`; there are {}", names()))
}

#[cfg(test)]
mod tests {
    use super::{super::rows::ROWS, *};

    fn read(line: &str) -> Result<Wish> {
        Wish::read(&line.split_whitespace().collect::<Vec<_>>(), ROWS)
    }

    fn options(line: &str) -> Options {
        let Wish::Run(options) = read(line).unwrap() else { panic!("{line} asks for a run") };
        options
    }

    #[test]
    fn by_default_all_rows_run() {
        let options = options("");
        assert_eq!((options.size, options.rounds), (Bytes::gib(6), 5));
        assert_eq!(options.only.len(), ROWS.len());
        assert_eq!(options.missing, Missing::Ask);
    }

    #[test]
    fn rows_are_named_one_after_the_other() {
        let options = options("--only first export --size 64MiB --keep --rounds 1 --yes");
        let names: Vec<_> = options.only.iter().map(|row| row.name).collect();
        assert_eq!(names, ["first", "export"]);
        assert_eq!((options.size, options.rounds, options.keep), (Bytes::mib(64), 1, true));
        assert_eq!(options.missing, Missing::Install);
    }

    #[test]
    fn json_may_name_a_file() {
        assert_eq!(options("--json --keep").json, Json::Printed);
        assert_eq!(options("--keep --json a.json").json, Json::Into("a.json".into()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |line| read(line).unwrap_err().to_string();
        assert_eq!(wrong("--size 1MiB"), "--size: 64.0 MiB is the least");
        assert_eq!(wrong("--size 99999999B"), "--size: take whole MiB");
        assert_eq!(wrong("--rounds 0"), "--rounds: `0` is no number from 1 to 100");
        assert_eq!(wrong("--dir"), "--dir wants a value");
        assert!(wrong("--only nothing").starts_with("--only: no row is called `nothing`"));
        assert!(wrong("--fast").starts_with("no such option: --fast"));
        assert!(wrong("export").starts_with("no such option: export"));
    }

    #[test]
    fn help_and_the_list_need_no_more() {
        assert!(matches!(read("--size 1MiB --help").unwrap(), Wish::Help));
        assert!(matches!(read("--list").unwrap(), Wish::List));
    }
}

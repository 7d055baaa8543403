//! The dashboard's style sheets know every class that its pages use, and name each animation once.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result};

use super::Problem;

const SHEETS: &str = "frontend/styles/";
const PAGES: &str = "frontend/src/";

/// What the sheets and pages among `files` disagree on.
pub(super) fn check(root: &Path, files: &[String]) -> Result<Vec<Problem>> {
    let texts = |start: &str, end: &str| {
        let wanted = files.iter().filter(|file| file.starts_with(start) && file.ends_with(end));
        let read = |file: &String| {
            let text = fs::read_to_string(root.join(file)).with_context(|| format!("read {file}"));
            Ok((file.clone(), text?))
        };
        wanted.map(read).collect::<Result<Vec<_>>>()
    };
    let (sheets, pages) = (texts(SHEETS, ".css")?, texts(PAGES, ".rs")?);
    let classes: BTreeSet<&str> = sheets.iter().flat_map(|(_, text)| words(text, ".")).collect();
    let mut problems = Vec::new();
    let mut animations = BTreeSet::new();
    for (file, at, name) in found(&sheets, |line| words(line, "@keyframes ")) {
        // The later one would take the other's place wherever that is used.
        if !animations.insert(name) {
            let words = format!("the animation {name} has the name of another");
            problems.push(Problem { file, line: at, words });
        }
    }
    let used = |line| quoted(line).flat_map(str::split_whitespace).collect::<Vec<_>>();
    for (file, at, name) in found(&pages, used) {
        if !classes.contains(name) {
            let words = format!("the class {name} is in no style sheet");
            problems.push(Problem { file, line: at, words });
        }
    }
    Ok(problems)
}

/// All that is found in lines, with their files and numbers.
fn found<'a, I: IntoIterator<Item = &'a str>>(
    texts: &'a [(String, String)],
    find: impl Fn(&'a str) -> I,
) -> Vec<(String, usize, &'a str)> {
    let mut all = Vec::new();
    for (file, text) in texts {
        for (at, line) in text.lines().enumerate() {
            all.extend(find(line).into_iter().map(|name| (file.clone(), at + 1, name)));
        }
    }
    all
}

/// The names that come after a mark.
fn words<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    let name = |rest: &'a str| {
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '-');
        rest.split_at(end.unwrap_or(rest.len())).0
    };
    text.split(mark).skip(1).map(name).filter(|name| !name.is_empty())
}

/// What stands in quotes as an element's classes.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split(" class=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_a_rule_and_an_animation_twice_are_found() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            file.to_owned()
        };
        let files = [
            write("frontend/styles/a.css", ".job > .job-head {}\n@keyframes appear {}\n"),
            write("frontend/styles/b.css", "@keyframes appear {}\n"),
            write("frontend/src/a.rs", "<p class=\"job end\">\n<p class=\"job-head\">\n"),
        ];
        let problems = check(root.path(), &files).unwrap();
        let found: Vec<_> = problems.iter().map(|it| format!("{}:{}", it.file, it.line)).collect();
        assert_eq!(found, ["frontend/styles/b.css:1", "frontend/src/a.rs:1"]);
    }
}

//! `cargo xtask tidy`: the house rules that no other tool knows; also a test.

mod links;
mod pure;
mod source;
mod styles;
mod tree;

use std::{fmt, path::Path};

use anyhow::{Context as _, Result, ensure};

use crate::{places, say};

/// A rule broken at a line of a file.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    file: String,
    line: usize,
    words: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.words)
    }
}

/// Prints what breaks a rule, and fails if anything does.
pub(crate) fn run() -> Result<()> {
    let problems = problems(&places::root()?, pure::FILES)?;
    for problem in &problems {
        say::line(problem);
    }
    ensure!(problems.is_empty(), "rules broken: {}", problems.len());
    Ok(())
}

/// All that breaks a rule below `root`; `pure` names the files that do no IO.
fn problems(root: &Path, pure: &[&str]) -> Result<Vec<Problem>> {
    let mut problems = pure::check_list(root, pure);
    let files = tree::files(root)?;
    problems.extend(styles::check(root, &files)?);
    for file in files {
        let path = root.join(&file);
        let read = || std::fs::read_to_string(&path).with_context(|| format!("read {file}"));
        match path.extension().and_then(|it| it.to_str()) {
            Some("rs") => {
                let text = read()?;
                problems.extend(source::check_rust(root, &file, &text));
                problems.extend(source::check_words(&file, &text));
                if pure.contains(&file.as_str()) {
                    problems.extend(pure::check(&file, &text));
                }
            }
            Some("toml" | "css" | "html" | "js" | "sh" | "sql") => {
                problems.extend(source::check_words(&file, &read()?));
            }
            Some("md") => problems.extend(links::check(root, &file, &read()?)),
            _ => {}
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tree_keeps_the_rules() {
        assert_eq!(problems(&places::root().unwrap(), pure::FILES).unwrap(), []);
    }

    #[test]
    fn each_kind_of_file_meets_its_rules() {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("engine/src/tree.rs", "//! Pure.\n\nuse std::fs;\n");
        write("engine/src/file.rs", "//! Not pure.\n\nuse std::fs;\n");
        write("README.md", "[gone](docs/gone.md)\n");
        write("deny.toml", concat!("# FIX", "ME\n"));
        write("target/CACHEDIR.TAG", "");
        write("target/README.md", "[gone](gone.md)\n");
        let found = problems(root.path(), &["engine/src/tree.rs"]).unwrap();
        let places: Vec<_> = found.iter().map(|it| format!("{}:{}", it.file, it.line)).collect();
        assert_eq!(places, ["README.md:1", "deny.toml:1", "engine/src/tree.rs:3"]);
    }
}

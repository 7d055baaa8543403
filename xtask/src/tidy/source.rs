//! Rules for one source file: how it opens, how long it is, what it may not leave open.

use std::path::Path;

use super::Problem;

const MOST_LINES: usize = 400;

/// Words that mark work left open. In halves, so that this file keeps its own rule.
const LEFT_OPEN: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("db", "g!"),
    concat!("#[ig", "nore"),
];

/// Opening, length and name of a Rust file.
pub(super) fn check_rust(root: &Path, file: &str, text: &str) -> Vec<Problem> {
    let problem = |line, words: String| Problem { file: file.to_owned(), line, words };
    let mut problems = Vec::new();
    if !text.starts_with("//! ") {
        problems.push(problem(1, "open with `//!` and a sentence on the file's idea".to_owned()));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        let words = format!("{lines} lines, {MOST_LINES} at most: look for the second idea in it");
        problems.push(problem(MOST_LINES + 1, words));
    }
    // A test's entry is called main.rs or lib.rs and may lie in a folder; a module's never mod.rs.
    if let Some(folder) = file.strip_suffix("/mod.rs") {
        let better = format!("{folder}.rs");
        let clash = if root.join(&better).exists() { ", which is there too" } else { "" };
        problems.push(problem(1, format!("call it {better}{clash}")));
    }
    problems
}

/// Nothing is left open: what is not done is an issue, not a comment.
pub(super) fn check_words(file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in LEFT_OPEN.iter().filter(|word| holds_word(line, word)) {
            let words = format!("`{word}` leaves something open");
            problems.push(Problem { file: file.to_owned(), line: at + 1, words });
        }
    }
    problems
}

/// Whether `line` holds `word` and not as a part of a longer one.
fn holds_word(line: &str, word: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.ends_with(joins) && !after.starts_with(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust_problems(file: &str, text: &str) -> Vec<String> {
        let found = check_rust(Path::new("/nowhere"), file, text);
        found.into_iter().map(|it| format!("{}: {}", it.line, it.words)).collect()
    }

    #[test]
    fn a_file_opens_with_its_idea() {
        assert_eq!(rust_problems("a.rs", "//! An idea.\n"), [""; 0]);
        assert_eq!(rust_problems("a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(rust_problems("a.rs", "\n//! Late.\n").len(), 1);
        assert_eq!(rust_problems("a.rs", "").len(), 1);
    }

    #[test]
    fn a_file_has_four_hundred_lines_at_most() {
        let text = |lines: usize| "//! An idea.\n".repeat(lines);
        assert_eq!(rust_problems("a.rs", &text(400)), [""; 0]);
        let found = rust_problems("a.rs", &text(401));
        assert_eq!(found, ["401: 401 lines, 400 at most: look for the second idea in it"]);
    }

    #[test]
    fn a_module_lies_beside_its_folder() {
        let found = rust_problems("engine/src/store/mod.rs", "//! Stores.\n");
        assert_eq!(found, ["1: call it engine/src/store.rs"]);
    }

    #[test]
    fn every_word_that_leaves_something_open_is_found() {
        for word in LEFT_OPEN {
            let text = format!("fine\n    {word}(1) later\n");
            let found = check_words("a.rs", &text);
            assert_eq!(found.len(), 1, "{word}");
            assert_eq!(found[0].line, 2);
        }
    }

    #[test]
    fn a_part_of_a_longer_word_is_not_found() {
        let text = concat!("NOTO", "DOS, mydb", "g!, cdb", "g!(), TO", "DO_LIST\n");
        assert_eq!(check_words("a.rs", text), []);
    }
}

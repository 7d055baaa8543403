//! Relative links in Markdown lead to a file that is there.

use std::path::Path;

use super::Problem;

/// Every link of `file` that leads nowhere.
pub(super) fn check(root: &Path, file: &str, text: &str) -> Vec<Problem> {
    let folder = root.join(file).parent().unwrap_or(root).to_owned();
    let mut problems = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(&without_code(line)) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            if !is_elsewhere(&target) && !path.is_empty() && !folder.join(path).exists() {
                let words = format!("the link to {target} leads nowhere");
                problems.push(Problem { file: file.to_owned(), line: at + 1, words });
            }
        }
    }
    problems
}

/// What the line's links point at, both `[words](target)` and `[name]: target`.
fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let definition = line
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .map(|(_, target)| target);
    let without_title = |target: &str| target.split_whitespace().next().map(str::to_owned);
    inline.chain(definition).filter_map(without_title).collect()
}

/// Whether a link leaves the checkout, by a scheme such as `https:`.
fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

/// The line less its `code`, in which a link is only an example.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("` `")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("docs")).unwrap();
        std::fs::write(root.path().join("docs/format.md"), "").unwrap();
        let found = check(root.path(), "docs/api.md", text);
        found.into_iter().map(|it| format!("{}: {}", it.line, it.words)).collect()
    }

    #[test]
    fn a_link_is_followed_from_its_file() {
        let text = "See [the format](format.md#packs), [all](../docs/) and [home](..).\n";
        assert_eq!(broken(text), [""; 0]);
        let found = broken("fine\n[a](format.md), [b](docs/format.md)\n");
        assert_eq!(found, ["2: the link to docs/format.md leads nowhere"]);
    }

    #[test]
    fn a_definition_and_a_title_are_understood() {
        let found = broken("[one]: one.md\n[two](two.md \"second\")\n[x]: format.md\n");
        let words = |line, file| format!("{line}: the link to {file} leads nowhere");
        assert_eq!(found, [words(1, "one.md"), words(2, "two.md")]);
    }

    #[test]
    fn links_elsewhere_and_within_the_page_are_left_alone() {
        assert_eq!(broken("[a](https://example.org/x), [b](mailto:a@b), [c](#here)\n"), [""; 0]);
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(broken("```\n[a](gone.md)\n```\nand `[b](gone.md)`\n"), [""; 0]);
    }
}

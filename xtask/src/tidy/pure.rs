//! Pure files compute with values: they import no file system, no async runtime, no store.

use std::path::Path;

use super::Problem;

/// The files of the engine that are pure, from the checkout's root.
pub(super) const FILES: &[&str] = &[
    "engine/src/block_map.rs",
    "engine/src/commit/scan.rs",
    "engine/src/format.rs",
    "engine/src/format/document.rs",
    "engine/src/format/frame.rs",
    "engine/src/format/index.rs",
    "engine/src/format/map.rs",
    "engine/src/format/node.rs",
    "engine/src/format/pack.rs",
    "engine/src/format/pack/item.rs",
    "engine/src/hash.rs",
    "engine/src/ids.rs",
    "engine/src/image.rs",
    "engine/src/image/allocation.rs",
    "engine/src/image/fields.rs",
    "engine/src/image/layout.rs",
    "engine/src/image/qcow2.rs",
    "engine/src/image/vhd.rs",
    "engine/src/image/vhdx.rs",
    "engine/src/image/vhdx/crc.rs",
    "engine/src/image/vhdx/names.rs",
    "engine/src/manifest.rs",
    "engine/src/source/fault.rs",
    "engine/src/source/fields.rs",
    "engine/src/source/memory.rs",
    "engine/src/source/probe.rs",
    "engine/src/source/qcow2/header.rs",
    "engine/src/source/vhd/footer.rs",
    "engine/src/source/vhd/header.rs",
    "engine/src/source/vhdx/header.rs",
    "engine/src/source/vhdx/log.rs",
    "engine/src/source/vhdx/metadata.rs",
    "engine/src/source/vmdk/descriptor.rs",
    "engine/src/tree.rs",
];

/// What a pure file may not name.
const FORBIDDEN: [&str; 5] = ["std::fs", "tokio", "object_store", "crate::store", "super::store"];

/// Every listed file is there, so that a file renamed does not slip out of the rule.
pub(super) fn check_list(root: &Path, listed: &[&str]) -> Vec<Problem> {
    let gone = listed.iter().filter(|file| !root.join(file).is_file());
    gone.map(|file| Problem {
        file: (*file).to_owned(),
        line: 1,
        words: "is not there: update the list in xtask/src/tidy/pure.rs".to_owned(),
    })
    .collect()
}

/// Every forbidden path a pure file names, in `use` trees and in full.
pub(super) fn check(file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, statement) in statements(text) {
        let paths = match statement.trim_start().split_once("use ") {
            Some((before, tree)) if before.is_empty() || before.starts_with("pub") => flat(tree),
            _ => vec![statement.clone()],
        };
        for name in FORBIDDEN.iter().filter(|name| paths.iter().any(|path| names(path, name))) {
            let words = format!("a pure file may not use {name}");
            problems.push(Problem { file: file.to_owned(), line, words });
        }
    }
    problems
}

/// The text as (line, statement) without comments: one line each, but a `use` up to its `;`.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut statements: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default().trim();
        match statements.last_mut() {
            Some((_, statement)) if open => statement.push_str(code),
            _ => statements.push((at + 1, code.to_owned())),
        }
        let starts_use =
            code.starts_with("use ") || code.starts_with("pub") && code.contains(" use ");
        open = (open || starts_use) && !code.ends_with(';');
    }
    statements
}

/// A `use` tree as full paths: `std::{fs, io::{self, Read}}` names `std::fs` and `std::io::Read`.
fn flat(tree: &str) -> Vec<String> {
    let tree = tree.trim().trim_end_matches(';');
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inner = rest.strip_suffix('}').unwrap_or(rest);
    let parts = split_outside_braces(inner).into_iter().flat_map(flat);
    parts.map(|path| format!("{prefix}{path}")).collect()
}

fn split_outside_braces(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .collect()
}

/// Whether `code` names the path `name` itself or something in it.
fn names(code: &str, name: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let begins = !before.ends_with(joins) && !before.ends_with("::");
        // In running code a bare word, such as a variable, is no path.
        let is_path = name.contains("::") || after.starts_with("::") || before.is_empty();
        begins && is_path && !after.starts_with(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check("a.rs", text).into_iter().map(|it| format!("{}: {}", it.line, it.words)).collect()
    }

    fn use_of(line: usize, name: &str) -> String {
        format!("{line}: a pure file may not use {name}")
    }

    #[test]
    fn plain_imports_are_found() {
        let text = "use std::fs;\nuse tokio::fs::File;\nuse object_store as s;\npub use crate::store::Key;\n";
        let names = ["std::fs", "tokio", "object_store", "crate::store"];
        let expected: Vec<_> =
            names.iter().enumerate().map(|(at, it)| use_of(at + 1, it)).collect();
        assert_eq!(found(text), expected);
    }

    #[test]
    fn imports_in_a_tree_are_found() {
        assert_eq!(
            found("use std::{\n    fs::{self, File},\n    io,\n};\n"),
            [use_of(1, "std::fs")]
        );
        assert_eq!(found("use crate::{chunk, store::Key};\n"), [use_of(1, "crate::store")]);
        assert_eq!(found("use {bytes::Bytes, tokio::time};\n"), [use_of(1, "tokio")]);
    }

    #[test]
    fn full_paths_in_code_are_found() {
        assert_eq!(found("fn f() {\n    std::fs::read(p)\n}\n"), [use_of(2, "std::fs")]);
        assert_eq!(found("    #[tokio::test]\n"), [use_of(1, "tokio")]);
    }

    #[test]
    fn what_only_looks_alike_is_left_alone() {
        let text = "use std::{fmt, io};\nuse crate::{storage, chunk};\nlet tokio = 1;\n\
                    // std::fs is for others\nuse crate::store_name;\n";
        assert_eq!(found(text), [""; 0]);
    }

    #[test]
    fn a_listed_file_that_is_gone_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("tree.rs"), "//! Here.\n").unwrap();
        let found = check_list(root.path(), &["tree.rs", "hash.rs"]);
        let words = "is not there: update the list in xtask/src/tidy/pure.rs";
        assert_eq!(
            found,
            [Problem { file: "hash.rs".to_owned(), line: 1, words: words.to_owned() }]
        );
    }
}

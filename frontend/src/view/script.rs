//! What a dialog does, as lines for a shell.

use serde::Serialize;
use shared::{NewDisk, NewDiskSource, NewSnapshot, SnapshotKind};

/// A `curl` line that sends `body` to the API.
pub fn curl<B: Serialize>(method: &str, url: &str, body: Option<&B>) -> String {
    let mut line = match method {
        "GET" => "curl".to_owned(),
        method => format!("curl -X {method}"),
    };
    line += &format!(" {}", quoted(url));
    if let Some(body) = body.and_then(|body| serde_json::to_string(body).ok()) {
        line += &format!(" -H 'content-type: application/json' -d {}", quoted(&body));
    }
    line
}

/// A `skikt` line that has the server do something.
pub fn skikt<W: AsRef<str>>(server: &str, words: &[W]) -> String {
    let words = words.iter().map(|word| format!(" {}", quoted(word.as_ref()))).collect::<String>();
    format!("skikt --server {}{words}", quoted(server))
}

/// The words after `skikt` that take a snapshot of a disk; none give it tags.
pub fn new_snapshot(disk: &str, of: &NewSnapshot) -> Option<Vec<String>> {
    let mut words = vec!["snapshot".to_owned(), "create".to_owned(), disk.to_owned()];
    if let Some(name) = &of.name {
        words.extend(["--name".to_owned(), name.to_string()]);
    }
    if of.kind == SnapshotKind::Full {
        words.push("--full".to_owned());
    }
    if let Some(sku) = of.sku {
        words.extend(["--sku".to_owned(), sku.to_string()]);
    }
    if of.allow_changing {
        words.push("--allow-changing".to_owned());
    }
    of.tags.is_empty().then_some(words)
}

/// The words after `skikt` that make a disk.
pub fn new_disk(of: &NewDisk) -> Vec<String> {
    let name = of.name.to_string();
    let words: Vec<String> = match &of.source {
        NewDiskSource::Attached { path } => vec!["attach".to_owned(), name, path.clone()],
        NewDiskSource::Empty { size_bytes } => {
            vec!["create".to_owned(), name, "--size".to_owned(), size_bytes.bytes().to_string()]
        }
        NewDiskSource::Snapshot { snapshot, as_file, .. } => {
            let from = ["create".to_owned(), name, "--from".to_owned(), snapshot.clone()];
            let file = as_file.iter().flat_map(|path| ["--as-file".to_owned(), path.clone()]);
            from.into_iter().chain(file).collect()
        }
    };
    let sku = of.sku.iter().flat_map(|sku| ["--sku".to_owned(), sku.to_string()]);
    std::iter::once("disk".to_owned()).chain(words).chain(sku).collect()
}

/// A word as a POSIX shell takes it for one.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:%,@+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use shared::{Sku, Tags};

    use super::*;

    #[test]
    fn a_line_is_safe_to_paste() {
        let line = curl("POST", "http://h/api/v1/gc", Some(&"it's; rm -rf"));
        assert_eq!(
            line,
            r#"curl -X POST http://h/api/v1/gc -H 'content-type: application/json' -d '"it'\''s; rm -rf"'"#
        );
        assert_eq!(curl::<()>("GET", "http://h/x?a=b", None), "curl 'http://h/x?a=b'");
        assert_eq!(
            skikt("http://h:1", &["disk", "it's"]),
            r"skikt --server http://h:1 disk 'it'\''s'"
        );
    }

    #[test]
    fn a_snapshot_is_asked_for_as_the_form_says() {
        let mut snapshot = NewSnapshot::default();
        let words = |of: &NewSnapshot| new_snapshot("web", of).map(|words| words.join(" "));
        assert_eq!(words(&snapshot).as_deref(), Some("snapshot create web"));
        snapshot.name = Some("golden".parse().unwrap());
        snapshot.kind = SnapshotKind::Full;
        snapshot.sku = Some(Sku::PremiumLrs);
        snapshot.allow_changing = true;
        let line = "snapshot create web --name golden --full --sku Premium_LRS --allow-changing";
        assert_eq!(words(&snapshot).as_deref(), Some(line));
        let tag = [("a".to_owned(), "b".to_owned())];
        snapshot.tags = Tags::try_from(std::collections::BTreeMap::from(tag)).unwrap();
        assert_eq!(words(&snapshot), None, "no line is better than one that loses the tags");
    }

    #[test]
    fn a_disk_is_made_as_the_form_says() {
        let line = |source| {
            let name = "web".parse().unwrap();
            let tags = Tags::default();
            let sku = Some(Sku::StandardLrs);
            let of = NewDisk { name, group: None, sku, snapshot_sku: None, tags, source };
            new_disk(&of).join(" ")
        };
        let (snapshot, size_bytes) = ("s1".to_owned(), None);
        let path = "/images/web.img".to_owned();
        assert_eq!(
            line(NewDiskSource::Attached { path: path.clone() }),
            "disk attach web /images/web.img --sku Standard_LRS"
        );
        let as_file = Some(path);
        assert_eq!(
            line(NewDiskSource::Snapshot { snapshot, size_bytes, as_file }),
            "disk create web --from s1 --as-file /images/web.img --sku Standard_LRS"
        );
    }
}

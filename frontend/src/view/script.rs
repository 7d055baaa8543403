//! What a dialog does, as a line for a shell.

use serde::Serialize;

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
    use super::*;

    #[test]
    fn a_line_is_safe_to_paste() {
        let line = curl("POST", "http://h/api/v1/gc", Some(&"it's; rm -rf"));
        assert_eq!(
            line,
            r#"curl -X POST http://h/api/v1/gc -H 'content-type: application/json' -d '"it'\''s; rm -rf"'"#
        );
        assert_eq!(curl::<()>("GET", "http://h/x?a=b", None), "curl 'http://h/x?a=b'");
    }
}

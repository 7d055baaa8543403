//! HTTP over a bare socket: whatever headers a test wants, and every byte of the answer.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;
use shared::{Code, Problem};

/// What is taken for hanging.
const TOO_LONG: Duration = Duration::from_mins(2);

/// A request, built step by step and then sent.
#[derive(Debug, Clone)]
pub struct Request {
    port: u16,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: HashMap<String, String>,
}

/// A request that was sent, and not answered yet.
#[derive(Debug)]
pub struct Asked {
    connection: TcpStream,
    what: String,
    has_body: bool,
}

/// An answer under way: its head is read, its body is not.
#[derive(Debug)]
pub struct Stream {
    /// The status.
    pub status: u16,
    headers: HashMap<String, String>,
    rest: BufReader<TcpStream>,
    has_body: bool,
}

impl Request {
    /// A request to a port of this machine; a path below the API's root, or one that begins with `/`.
    pub fn new(port: u16, method: &str, path: &str) -> Self {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        let method = method.to_owned();
        let headers = vec![("host".to_owned(), format!("127.0.0.1:{port}"))];
        Self { port, method, path, headers, body: None }
    }

    /// Sets a header, in place of what it was.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body, with its media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self.header("content-type", media_type)
    }

    /// Sets a body of JSON.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Sends it, and reads the answer's head.
    pub fn open(self) -> Stream {
        self.begin().answer()
    }

    /// Sends it.
    fn connect(self) -> TcpStream {
        let what = format!("{} {}", self.method, self.path);
        let connection = TcpStream::connect(("127.0.0.1", self.port));
        let mut connection = connection.unwrap_or_else(|error| panic!("{what}: {error}"));
        connection.set_read_timeout(Some(TOO_LONG)).expect("a time is a time");
        let mut head = format!("{what} HTTP/1.1\r\nconnection: close\r\n");
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let body = self.body.unwrap_or_default();
        if !body.is_empty() {
            head += &format!("content-length: {}\r\n", body.len());
        }
        head += "\r\n";
        connection.write_all(head.as_bytes()).expect("a head can be sent");
        // Who refuses a body may do so before it has read all of it.
        drop(connection.write_all(&body));
        connection
    }

    /// Sends it; the answer may be long in coming.
    pub fn begin(self) -> Asked {
        let (what, has_body) = (format!("{} {}", self.method, self.path), self.method != "HEAD");
        Asked { connection: self.connect(), what, has_body }
    }

    /// Sends it, and hears no answer.
    pub fn hang_up(self) {
        drop(self.connect());
    }

    /// Sends it, and reads the whole answer.
    pub fn send(self) -> Answer {
        self.open().whole()
    }
}

impl Asked {
    /// Waits for the answer's head.
    pub fn answer(self) -> Stream {
        Stream::read_head(BufReader::new(self.connection), &self.what, self.has_body)
    }
}

impl Stream {
    fn read_head(mut rest: BufReader<TcpStream>, what: &str, has_body: bool) -> Self {
        let mut line = String::new();
        rest.read_line(&mut line).unwrap_or_else(|error| panic!("{what}: {error}"));
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{what}: no status: {line:?}"));
        let mut headers = HashMap::new();
        loop {
            line.clear();
            rest.read_line(&mut line).unwrap_or_else(|error| panic!("{what}: {error}"));
            match line.trim_end().split_once(':') {
                Some((name, value)) => {
                    headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
                }
                None => return Self { status, headers, rest, has_body },
            }
        }
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The next event of a stream of events: its kind, its number and its data.
    pub fn event(&mut self) -> Option<(String, Option<u64>, Value)> {
        let (mut kind, mut id, mut data) = (None, None, None);
        loop {
            let mut line = String::new();
            if self.rest.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", value)) => kind = Some(value.to_owned()),
                Some(("id", value)) => id = value.parse().ok(),
                Some(("data", value)) => data = serde_json::from_str(value).ok(),
                _ => {}
            }
            if line.trim_end().is_empty()
                && let (Some(kind), Some(data)) = (kind.clone(), data.clone())
            {
                return Some((kind, id, data));
            }
        }
    }

    /// Some bytes of the body, as they come.
    pub fn some(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.rest.read_exact(&mut bytes).expect("the body goes on");
        bytes
    }

    /// The rest of the answer.
    pub fn whole(mut self) -> Answer {
        let mut body = Vec::new();
        if self.has_body {
            if self.header("transfer-encoding") == Some("chunked") {
                self.read_chunks(&mut body);
            } else {
                // What breaks off is shorter than it should be, which is for the test to see.
                drop(self.rest.read_to_end(&mut body));
            }
        }
        Answer { status: self.status, headers: self.headers, body }
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) {
        loop {
            let mut line = String::new();
            if self.rest.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Ok(count) = usize::from_str_radix(line.trim_end(), 16) else { continue };
            if count == 0 {
                return;
            }
            let start = body.len();
            body.resize(start + count, 0);
            if self.rest.read_exact(&mut body[start..]).is_err() {
                return;
            }
        }
    }
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body, which must be JSON.
    pub fn value(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The body as JSON, of an answer with this status.
    pub fn expect(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        if self.body.is_empty() { Value::Null } else { self.value() }
    }

    /// The problem that it is; its status must be this.
    pub fn problem(&self, status: u16) -> Problem {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(body["status"], status);
        serde_json::from_value(body).expect("a problem has its fields")
    }

    /// That it is a refusal of this kind, which it must be.
    pub fn assert_refused(&self, status: u16, code: Code) {
        assert_eq!(self.problem(status).code, code);
    }
}

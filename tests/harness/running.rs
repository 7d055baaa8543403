//! A command under way: what it has said so far, and signals at moments that can be named.

use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

/// What is taken for hanging.
const TOO_LONG: Duration = Duration::from_mins(2);

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said by the way.
    pub stderr: String,
}

/// A command under way; killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
    what: String,
    brake: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

/// What came out of a pipe so far, and who reads it.
#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a command, its output kept.
    pub fn start(mut command: Command) -> Self {
        let what = format!("{command:?}");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
        let stdout = Stream::of(child.stdout.take().expect("it is piped"));
        let stderr = Stream::of(child.stderr.take().expect("it is piped"));
        Self { child, stdout, stderr, what, brake: None }
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Ran {
        let code = self.wait(|this| this.child.try_wait().expect("a child can be waited for"));
        Ran { code: code.code(), stdout: self.stdout.whole(), stderr: self.stderr.whole() }
    }

    /// Waits until it has said these words to standard error.
    pub fn until_it_says(&mut self, words: &str) {
        self.wait(|this| {
            let said = this.stderr.so_far();
            let ended = this.ended();
            assert!(said.contains(words) || !ended, "{} ended, saying {said}", this.what);
            said.contains(words).then_some(())
        });
    }

    /// The first whole line that it prints with these words, as soon as it does.
    pub fn line_with(&mut self, words: &str) -> String {
        self.wait(|this| {
            let ended = this.ended();
            let printed = this.stdout.so_far();
            let lines = printed.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let line = lines.map(str::trim_end).find(|line| line.contains(words));
            let line = line.map(str::to_owned);
            let said = || this.stderr.so_far();
            assert!(line.is_some() || !ended, "{} ended, saying {}", this.what, said());
            line
        })
    }

    /// Whether it ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_some()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32);
        signal::kill(pid, signal).expect("a child can be sent a signal");
    }

    /// Stops it once it has read `from` bytes, and says whether it has read less than `to` by then.
    /// Counted are all bytes of all files.
    pub fn stop_after_reading(&mut self, from: u64, to: u64) -> bool {
        while self.read_so_far().is_some_and(|read| read < from) {
            thread::yield_now();
        }
        if self.ended() {
            return false;
        }
        self.signal(Signal::SIGSTOP);
        self.wait(|this| this.is_stopped().then_some(()));
        !self.ended() && self.read_so_far().is_some_and(|read| (from..to).contains(&read))
    }

    /// Lets it work for a moment in every forty only, so that what it does can be seen.
    pub fn slow_down(&mut self) {
        let pid = Pid::from_raw(self.child.id() as i32);
        let (stop, stopped) = mpsc::channel::<()>();
        let brake = thread::spawn(move || {
            let moment = Duration::from_millis(1);
            // It has ended when signals no longer reach it.
            while signal::kill(pid, Signal::SIGSTOP).is_ok() {
                let over = stopped.recv_timeout(moment * 39) != Err(RecvTimeoutError::Timeout);
                if signal::kill(pid, Signal::SIGCONT).is_err() || over {
                    break;
                }
                thread::sleep(moment);
            }
        });
        self.brake = Some((stop, brake));
    }

    /// Lets it work as it can again.
    pub fn speed_up(&mut self) {
        if let Some((stop, brake)) = self.brake.take() {
            drop(stop);
            brake.join().expect("sending signals does not panic");
        }
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn read_so_far(&mut self) -> Option<u64> {
        if self.ended() {
            return None;
        }
        let io = fs::read_to_string(format!("/proc/{}/io", self.child.id())).ok()?;
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: "))?;
        read.parse().ok()
    }

    /// Whether every thread is stopped, or it ended.
    fn is_stopped(&mut self) -> bool {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let Ok(tasks) = tasks else { return true };
        let stopped = |task: fs::DirEntry| {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            status.lines().any(|line| line.starts_with("State:\tT")) || status.is_empty()
        };
        self.ended() || tasks.flatten().all(stopped)
    }

    /// Asks until there is an answer; a hang is a failure, and not for ever.
    fn wait<T>(&mut self, mut ask: impl FnMut(&mut Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(start.elapsed() < TOO_LONG, "{} hangs: {}", self.what, self.stderr.so_far());
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.speed_up();
        // It has ended as a rule; if not, the test failed, and nobody needs it any more.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let into = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut part) {
                into.lock().unwrap_or_else(PoisonError::into_inner).extend(&part[..count]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading a pipe does not panic");
        }
        self.so_far()
    }
}

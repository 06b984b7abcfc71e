//! The binary itself: a folder of its own for each test, commands run to their end, servers started and stopped.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::wire::Connection;

const NICO: &str = env!("CARGO_BIN_EXE_nico");
/// A pause between two looks at something that is on its way, and how often we look before we call it lost.
const PAUSE: Duration = Duration::from_millis(5);
const LOOKS: u32 = 24_000;
/// Stands wherever a test puts something secret. No output of ours may ever hold it.
pub(crate) const MARKER: &str = "Mark3rOfASecretThatNobodyMayRead";

/// Looks until there is something to see.
pub(crate) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_long_for(1, what, look)
}

/// The same, that many times as long.
pub(crate) fn wait_long_for<T>(times: u32, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..times * LOOKS {
        if let Some(seen) = look() {
            return seen;
        }
        thread::sleep(PAUSE);
    }
    panic!("waited in vain for {what}");
}

/// A folder of one test's own, to run the command in.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With keys made already: they are the same for all tests, for making them takes a while.
    pub(crate) fn with_keys() -> Self {
        static KEYS: OnceLock<Folder> = OnceLock::new();
        let made = KEYS.get_or_init(|| {
            let folder = Self::new();
            folder.nico(&["keygen"]).good();
            folder
        });
        let folder = Self::new();
        fs::create_dir(folder.path("keys")).unwrap();
        for key in fs::read_dir(made.path("keys")).unwrap().map(Result::unwrap) {
            fs::copy(key.path(), folder.path("keys").join(key.file_name())).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The command, to be run here, with nothing of the caller's environment that could configure it.
    pub(crate) fn command(&self, env: &[(&str, &str)], args: &[&str]) -> Command {
        let mut command = Command::new(NICO);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("NICO__") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.0.path()).envs(env.iter().copied()).args(args).stdin(Stdio::null());
        command
    }

    /// Runs the command to its end.
    pub(crate) fn nico(&self, args: &[&str]) -> Ran {
        self.nico_with(&[], args)
    }

    pub(crate) fn nico_with(&self, env: &[(&str, &str)], args: &[&str]) -> Ran {
        Ran::of(&args.join(" "), &mut self.command(env, args))
    }

    /// Starts a server on a port of its own and waits until it is ready.
    pub(crate) fn serve(&self, env: &[(&str, &str)], args: &[&str]) -> Server {
        self.serve_on(free_port(), env, args)
    }

    pub(crate) fn serve_on(&self, port: u16, env: &[(&str, &str)], args: &[&str]) -> Server {
        let address = format!("127.0.0.1:{port}");
        let (said, log) = (self.path(format!("said.{port}")), self.path(format!("log.{port}")));
        let mut command = self.command(env, &[&["serve"], args].concat());
        command.env("NICO__LISTEN", &address);
        let appended = |path: &Path| File::options().create(true).append(true).open(path).unwrap();
        let child = command.stdout(appended(&said)).stderr(appended(&log)).spawn().unwrap();
        let mut server = Server { child, address, said, log };
        wait_for("the server to be ready", || {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}{}", server.said(), server.log());
            }
            server.is_ready().then_some(())
        });
        server
    }
}

/// A port that nobody listens on, below those that systems hand out for outgoing connections: a server that is
/// killed and started again finds it free.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 100).unwrap() * 100;
    let mut ports = std::iter::repeat_with(|| 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.by_ref().take(1_000).find(is_free).unwrap()
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) args: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end, which must come.
    pub(crate) fn of(args: &str, command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (out, err) =
            (thread::spawn(|| std::io::read_to_string(out)), thread::spawn(|| std::io::read_to_string(err)));
        let code = end_of(&mut child).code();
        let (out, err) = (out.join().unwrap().unwrap(), err.join().unwrap().unwrap());
        let ran = Self { args: args.to_owned(), code, out, err };
        assert!(!ran.out.contains(MARKER) && !ran.err.contains(MARKER), "a secret was printed: {ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        ran
    }

    /// What it printed, if all went well and nothing was said on standard error.
    pub(crate) fn good(self) -> String {
        assert!(self.code == Some(0) && self.err.is_empty(), "nico {}: {self:?}", self.args);
        self.out
    }
}

pub(crate) fn end_of(child: &mut Child) -> ExitStatus {
    for _ in 0..LOOKS {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        thread::sleep(PAUSE);
    }
    child.kill().unwrap();
    panic!("the command did not come to its end");
}

/// A server in a process of its own; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    said: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Whether it answers, and all its stores do.
    pub(crate) fn is_ready(&self) -> bool {
        let get = || Connection::open(&self.address)?.send("GET /health/ready HTTP/1.1\r\nHost: nico\r\n\r\n");
        get().is_ok_and(|answer| answer.status == 200)
    }

    /// All that it printed on standard output.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// All that it logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name; the shell knows how, everywhere.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &self.pid().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits until it has ended by itself; its exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        end_of(&mut self.child).code()
    }

    /// `SIGTERM`, and its exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }
}

impl Server {
    /// `SIGKILL`: it has no time to do anything.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; SIGKILL is all the same to it then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

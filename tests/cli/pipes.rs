//! Nobody reads on: `| head -1` is no failure, neither of a list nor of a server.

use std::io::{BufRead, BufReader, pipe};
use std::process::{Command, Stdio};

use crate::process::{Folder, Ran, end_of, free_port, wait_for};
use crate::wire::Connection;

/// Runs a command whose output goes into a pipe that nobody reads.
fn unread(command: &mut Command) -> (Option<i32>, String) {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let code = end_of(&mut child).code();
    (code, std::io::read_to_string(child.stderr.take().unwrap()).unwrap())
}

#[test]
fn output_that_nobody_reads_is_no_failure() {
    let folder = Folder::with_keys();
    folder.import(&[crate::order("701500000001")]).good();
    for args in [
        &["codes"][..],
        &["codes", "--json"],
        &["config", "print"],
        &["config", "print", "--defaults"],
        &["config", "check"],
        &["keygen"],
        &["order", "list"],
        &["order", "list", "--json"],
        &["order", "show", "701500000001"],
        &["order", "import", "orders.jsonl"],
        &["payment", "list"],
    ] {
        assert_eq!(unread(&mut folder.command(&[], args)), (Some(0), String::new()), "nico {args:?}");
    }
}

#[test]
fn a_long_list_ends_quietly_after_its_first_line() {
    let folder = Folder::with_keys();
    let orders: Vec<_> = (1..5_000).map(|number| crate::order(&format!("7015{number:08}"))).collect();
    folder.import(&orders).good();
    for json in [&[][..], &["--json"]] {
        let mut command = folder.command(&[], &[&["order", "list"], json].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("701500000001"), "{line}");
        assert_eq!(end_of(&mut child).code(), Some(0));
        assert_eq!(std::io::read_to_string(child.stderr.take().unwrap()).unwrap(), "");
    }
}

#[test]
fn a_server_whose_greeting_nobody_reads_serves() {
    let folder = Folder::with_keys();
    let address = format!("127.0.0.1:{}", free_port());
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = folder.command(&[("NICO__LISTEN", &address)], &["serve"]);
    let mut server = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    // The socket takes connections before the greeting; an answer comes after it.
    let live = || Connection::open(&address)?.send("GET /health/live HTTP/1.1\r\nHost: nico\r\n\r\n");
    let ended = wait_for("the server to answer or to end", || match server.try_wait().unwrap() {
        Some(status) => Some(Some(status)),
        None => live().is_ok().then_some(None),
    });
    let _ = server.kill();
    server.wait().unwrap();
    assert_eq!(ended, None);
}

#[test]
fn a_sentence_that_nobody_reads_still_fails() {
    let folder = Folder::new();
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut child = folder.command(&[], &["config", "check"]).stderr(writer).spawn().unwrap();
    assert_eq!(end_of(&mut child).code(), Some(1));
}

/// Usage is the argument parser's to explain: more than a sentence, and exit code 2 as is its custom.
#[test]
fn a_misspelt_command_is_explained() {
    let folder = Folder::new();
    for (args, part) in [
        (&["serv"][..], "similar subcommand exists: 'serve'"),
        (&["order", "import"], "<FILE>"),
        (&["order", "list", "--jsn"], "--json"),
        (&["--config"], "--config <FILE>"),
        (&["call", "inquiry"], "<PAY_NO>"),
        (&[], "Usage: nico"),
    ] {
        let ran = Ran::of(&args.join(" "), &mut folder.command(&[], args));
        assert!(ran.code == Some(2) && ran.out.is_empty() && ran.err.contains(part), "{ran:?}");
    }
    for args in [&["--help"][..], &["serve", "--help"], &["order", "import", "--help"], &["call", "--help"]] {
        let help = folder.nico(args).good();
        assert!(help.contains("Example") || help.contains("nico call inquiry 701589101110"), "{help}");
    }
    assert_eq!(folder.nico(&["--version"]).good(), concat!("nico ", env!("CARGO_PKG_VERSION"), "\n"));
}

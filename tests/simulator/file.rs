//! The books in a file: what was answered is there after a restart, and a broken file is left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nico::simulator::books::{Books, BooksError};
use tempfile::TempDir;

use crate::desk::{CHECKOUT, Desk, Fields, REFERENCE, V1, V2, V2_CANCEL, V2_STATUS, text};

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("books.json");
    let desk = Desk::with(Books::open(&path).unwrap(), |gateway| gateway);
    let paid = desk.registered(V1, &Fields::registration(REFERENCE).v1());
    let reversed = desk.registered(V2, &Fields::registration("2").v2());
    let cancelled = desk.registered(V2, &Fields::registration("3").v2());
    desk.registered(CHECKOUT, &Fields::registration("4").v2());
    desk.books.pay(&text(&paid, "tXid"), "RCPT1", desk.now()).unwrap();
    desk.books.pay(&text(&reversed, "tXid"), "RCPT2", desk.now()).unwrap();
    desk.books.reverse(&text(&reversed, "tXid"), desk.now()).unwrap();
    desk.call(V2_CANCEL, &Fields::about(&cancelled).v2_cancel());
    let before = desk.books.list(desk.now());
    drop(desk);

    let again = Desk::with(Books::open(&path).unwrap(), |gateway| gateway);
    assert_eq!(again.books.list(again.now()), before);
    assert_eq!(again.call(V2_STATUS, &Fields::about(&paid).v2()).json()["receiptCode"], "RCPT1");
    assert_eq!(again.call(V1, &Fields::registration(REFERENCE).v1()).code(), "9009");
    let next = again.registered(V1, &Fields::registration("5").v1());
    assert!(before.iter().all(|registered| registered.t_xid != text(&next, "tXid")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn a_broken_file_is_an_error_that_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("books.json");
    for broken in ["", "{", "[]", "{}", r#"{"registrations":[{"tXid":"x"}]}"#, r#"{"registrations":[],"more":1}"#] {
        fs::write(&path, broken).unwrap();
        let error = Books::open(&path).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{} does not hold the simulator's registrations", path.display())),
            "{error}"
        );
        assert!(error.ends_with("give another file, or move this one out of the way"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), broken, "it is left as it was");
    }
    let error = Books::open(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("give another file, or make this one readable"), "{error}");
}

/// What cannot be written down has not happened, and the answer says so.
#[test]
fn nothing_is_done_that_is_not_written() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let desk = Desk::with(Books::open(inner.join("books.json")).unwrap(), |gateway| gateway);
    let registered = desk.registered(V2, &Fields::registration(REFERENCE).v2());
    fs::remove_dir_all(&inner).unwrap();
    let before = desk.books.list(desk.now());
    assert_eq!(desk.call(V2, &Fields::registration("2").v2()).code(), "1003");
    assert!(desk.verdict().contains("cannot be written"), "{}", desk.verdict());
    assert_eq!(desk.call(V2_CANCEL, &Fields::about(&registered).v2_cancel()).code(), "1003");
    let paid = desk.books.pay(&text(&registered, "tXid"), "R", desk.now());
    assert!(matches!(paid, Err(BooksError::Unwritten(_))));
    assert_eq!(desk.books.list(desk.now()), before);
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o700)).unwrap();
    desk.registered(V2, &Fields::registration("2").v2());
}

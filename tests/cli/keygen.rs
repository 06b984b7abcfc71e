//! `nico keygen`: what is missing is made, what is there stays.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::process::{Folder, Ran};

const FILES: [&str; 3] = ["token.key", "sandbox-private.pem", "sandbox-public.pem"];

fn contents(folder: &Folder, keys: &str) -> Vec<Vec<u8>> {
    FILES.map(|file| fs::read(folder.path(keys).join(file)).unwrap()).into()
}

#[test]
fn keys_are_made_for_their_owner_alone_and_never_overwritten() {
    let folder = Folder::new();
    let said = folder.nico(&["keygen", "etc/keys"]).good();
    for file in FILES {
        assert!(said.contains(&format!("made etc/keys/{file}\n")), "{said}");
        let mode = fs::metadata(folder.path("etc/keys").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let made = contents(&folder, "etc/keys");
    let again = folder.nico(&["keygen", "etc/keys"]).good();
    assert!(again.contains("holds all keys already"), "{again}");
    assert_eq!(contents(&folder, "etc/keys"), made);
    let other = Folder::new();
    other.nico(&["keygen"]).good();
    for (here, there) in made.iter().zip(contents(&other, "keys")) {
        assert_ne!(*here, there, "two keys are never alike");
    }
}

#[test]
fn one_missing_file_is_made_and_the_others_stay() {
    for (index, missing) in FILES.into_iter().enumerate() {
        let folder = Folder::with_keys();
        let before = contents(&folder, "keys");
        fs::remove_file(folder.path("keys").join(missing)).unwrap();
        let ran = folder.nico(&["keygen"]);
        if missing == "sandbox-private.pem" {
            // A new private half would not fit the public one that somebody may have been given.
            ran.refused(&["sandbox-public.pem is there without", "move it away"]);
            assert!(!folder.path("keys").join(missing).exists());
            continue;
        }
        assert_eq!(ran.good().lines().next().unwrap(), format!("made keys/{missing}"));
        let after = contents(&folder, "keys");
        for (other, (before, after)) in before.iter().zip(&after).enumerate() {
            assert_eq!(before == after, other != index || missing == "sandbox-public.pem", "{}", FILES[other]);
        }
    }
}

#[test]
fn the_public_half_is_derived_from_a_key_that_is_there() {
    let folder = Folder::new();
    fs::create_dir(folder.path("keys")).unwrap();
    let openssl = |args: &str| {
        let mut command = Command::new("sh");
        Ran::of(args, command.args(["-c", args]).current_dir(folder.path("keys"))).out
    };
    openssl(
        "openssl genrsa -out sandbox-private.pem 2048 && openssl pkey -in sandbox-private.pem -pubout -out theirs.pem",
    );
    folder.nico(&["keygen"]).good();
    assert_eq!(openssl("cat sandbox-public.pem"), openssl("cat theirs.pem"));
}

#[test]
fn the_fingerprint_is_what_openssl_and_sha256sum_print() {
    let folder = Folder::with_keys();
    let mut command = Command::new("sh");
    let pipe = "openssl pkey -pubin -in keys/sandbox-public.pem -outform DER | sha256sum";
    let theirs = Ran::of(pipe, command.args(["-c", pipe]).current_dir(folder.path(""))).good();
    let theirs = theirs.split(' ').next().unwrap();
    assert!(theirs.len() == 64 && !theirs.starts_with("e3b0c442"), "openssl and sha256sum are needed: {theirs}");
    let ours = format!("2048 bits, SHA256:{theirs}\n");
    for args in [&["keygen"][..], &["config", "check"]] {
        let said = folder.nico(args).good();
        assert!(said.contains(&ours), "{said}");
    }
}

#[test]
fn what_cannot_be_written_is_a_sentence() {
    let folder = Folder::new();
    folder.write("file", "");
    folder.nico(&["keygen", "file/keys"]).refused(&["file/keys cannot be written", "where it may write"]);
    folder.write("broken/sandbox-private.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    folder.nico(&["keygen", "broken"]).refused(&["broken/sandbox-private.pem", "no key"]);
}

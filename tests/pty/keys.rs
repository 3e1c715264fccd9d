//! Random keys typed into the real program on a stored run: it neither panics nor hangs, and gives the terminal back.

use std::path::Path;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{assert_terminal_restored, run, session::Session};

/// The keys between two checks that the program still answers.
const BURST: usize = 40;
/// The bursts of a session.
const BURSTS: usize = 5;

/// Keys as a terminal sends them, besides printable characters. Those that stop or quit at once are left out.
const NAMED: [&str; 16] = [
    "\r", "\r", "\t", "\x1b[Z", " ", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~",
    "\x1b[6~", "\x04", "\x15",
];

/// Returns a random key.
fn key(random: &mut StdRng) -> String {
    match random.random_range(0..4) {
        0 => NAMED[random.random_range(0..NAMED.len())].to_owned(),
        // Q quits at once, and the palette can run any command.
        _ => char::from(random.random_range(b'!'..=b'~')).to_string().replace(['Q', ':'], "j"),
    }
}

/// Copies a run, so that exports and resumed work of a session do not meet those of another test.
fn copy(run: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(run).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Shrinks the terminal until nothing fits, and restores it. Returns whether the program is still there to draw both.
fn answers(session: &mut Session, size: (u16, u16)) -> bool {
    session.resize(30, 8);
    if !session.is_shown("needs a larger window") {
        return false;
    }
    session.resize(size.0, size.1);
    session.is_hidden("needs a larger window")
}

#[test]
fn random_keys_end_with_the_terminal_given_back() {
    for seed in 1..=3 {
        let (home, made) = run();
        let copied = home.path().join("copy.castui");
        copy(Path::new(&made), &copied);
        let mut session = Session::start(home.path(), &[copied.to_str().unwrap()]);
        session.until_shown("CD14-positive monocyte");
        let (mut random, mut typed) = (StdRng::seed_from_u64(seed), Vec::new());
        for burst in 0..BURSTS {
            let keys: Vec<String> = (0..BURST).map(|_| key(&mut random)).collect();
            session.send(&keys.concat());
            typed.extend(keys);
            // The dialog that asks whether to quit may have been answered with yes.
            if !answers(&mut session, [(80, 24), (120, 36)][burst % 2]) {
                break;
            }
        }
        session.send("\x03\x03");
        let (code, written) = (session.ended(), session.written());
        assert_eq!(code, 0, "seed {seed}: {typed:?}\n{}", session.contents());
        for words in ["panicked at", "internal error"] {
            assert!(!written.contains(words), "seed {seed}: {typed:?}\n{}", session.contents());
        }
        assert!(session.is_cooked(), "seed {seed}: the terminal stays raw");
        assert_terminal_restored(&session);
    }
}

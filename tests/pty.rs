//! The program in a real terminal: first frame, end, and everything in between.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "pty/keys.rs"]
mod keys;
#[path = "pty/session.rs"]
mod session;
#[path = "pty/tenx.rs"]
mod tenx;

use std::{path::PathBuf, process::Command, sync::OnceLock, time::Duration};

use rustix::process::Signal;
use session::{RESTORE_SEQUENCES, Session};
use tempfile::TempDir;

/// Returns the demo's run, made once by the program itself.
fn run() -> (TempDir, String) {
    static DEMO: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, made) = DEMO.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("demo");
        let mut demo = Command::new(env!("CARGO_BIN_EXE_castui"));
        demo.env_clear().env("HOME", home.path()).current_dir(home.path());
        let output = demo.args(["demo", "--headless", "-o"]).arg(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (home, folder.join("query.castui"))
    });
    (tempfile::tempdir().unwrap(), made.to_str().unwrap().to_owned())
}

fn assert_terminal_restored(session: &Session) {
    let written = session.written();
    for sequence in RESTORE_SEQUENCES {
        assert!(written.trim_end().contains(sequence), "{sequence:?} is missing");
    }
    assert!(written.rfind(RESTORE_SEQUENCES[0]) > written.rfind("\x1b[?1049h"), "the last screen was not left");
}

#[test]
fn without_a_token_it_explains_how_to_get_one_and_a_second_ctrl_c_quits() {
    let home = tempfile::tempdir().unwrap();
    let mut session = Session::start(home.path(), &[]);
    session.until_shown("token");
    session.send("\x03");
    session.until_shown("ctrl-c again quits");
    session.send("\x03");
    assert_eq!(session.ended(), 0);
    assert_terminal_restored(&session);
}

#[test]
fn a_run_folder_opens_at_its_cells_and_q_quits() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    assert!(!session.is_cooked());
    session.send("q");
    session.until_shown("models");
    session.send("q");
    session.until_shown("quit castui?");
    session.send("j\r");
    assert_eq!(session.ended(), 0);
    assert_terminal_restored(&session);
}

#[test]
fn a_resize_is_drawn_at_once() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.resize(30, 8);
    session.until_shown("needs a larger window");
    session.resize(120, 36);
    session.until_shown("2 tree");
    session.until_shown("CD14-positive");
}

/// Tests a resize after bytes that are not an event, for which crossterm keeps reading and waiting.
#[test]
fn a_resize_is_drawn_at_once_after_a_mouse_side_button() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.send("M");
    session.until_shown("mouse on");
    for side_button in ["\x1b[<128;5;5M", "\x1b[<128;5;5m", "\x1b[<129;5;5M"] {
        session.send(side_button);
        session.resize(30, 8);
        session.until_shown("needs a larger window");
        session.resize(120, 36);
        session.until_shown("CD14-positive");
    }
}

/// The size and the key arrive together, and neither may hide the other.
#[test]
fn a_key_typed_at_the_moment_of_a_resize_acts_at_once() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    for columns in 81..=100 {
        session.resize(columns, 24);
        session.send("5");
        session.until_shown("╭ 5 clusters");
        session.resize(columns, 30);
        session.send("1");
        session.until_shown("╭ 1 cells");
    }
}

/// Clicks in a list, in a form and in a question, as the terminal reports them.
#[test]
fn a_click_in_a_dialog_acts_on_what_is_under_the_pointer() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.send("M");
    session.until_shown("mouse on");
    session.send("5");
    session.until_shown("11 of louvain");
    session.send("B");
    session.until_shown("enter chooses");
    session.click("bulk_labels");
    session.click("bulk_labels");
    session.until_shown("10 of bulk_labels");
    session.send("1");
    session.until_shown("1 cells");
    session.send("e");
    session.until_shown("cluster calls   ‹ no ›");
    session.click("‹ no ›");
    session.click("‹ no ›");
    session.until_shown("‹ yes ›");
    session.send("\x1b");
    assert!(session.is_hidden("cluster calls"));
    session.send("q");
    session.until_shown("models");
    session.send("q");
    session.until_shown("quit castui?");
    session.click("Quit (Q");
    session.click("Quit (Q");
    assert_eq!(session.ended(), 0);
    assert_terminal_restored(&session);
}

#[test]
fn a_terminal_without_a_size_is_drawn_on_at_80_by_24_until_it_has_one() {
    let (home, run) = run();
    let mut session = Session::start_at((0, 0), home.path(), &[&run], &[]);
    session.until_shown("CD14-positive monocyte");
    session.send("1");
    session.until_shown("╭ 1 cells");
    session.resize(120, 36);
    session.until_shown("╭ 3 matches");
    session.send("Q");
    session.ended();
    assert_terminal_restored(&session);
}

#[test]
fn a_terminal_without_a_size_is_drawn_on_at_the_size_of_the_environment() {
    let (home, run) = run();
    let mut session = Session::start_at((0, 0), home.path(), &[&run], &[("COLUMNS", "40"), ("LINES", "10")]);
    session.until_shown("40 × 10 here");
}

#[test]
fn a_terminating_signal_restores_the_terminal() {
    for signal in [Signal::TERM, Signal::INT] {
        let (home, run) = run();
        let mut session = Session::start(home.path(), &[&run]);
        session.until_shown("CD14-positive monocyte");
        session.signal(signal);
        assert_eq!(session.ended(), 143);
        assert_terminal_restored(&session);
    }
}

#[test]
fn suspending_restores_the_terminal_and_continuing_redraws() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.send("\x1a");
    session.until_written(RESTORE_SEQUENCES[0], 1);
    session.until_stopped();
    assert!(session.is_cooked(), "the shell has its terminal");
    session.signal(Signal::CONT);
    session.until_written("\x1b[?1049h", 2);
    session.until_shown("CD14-positive monocyte");
    assert!(!session.is_cooked());
    session.send("Q");
    assert_eq!(session.ended(), 0);
    assert_terminal_restored(&session);
}

#[test]
fn it_redraws_after_being_stopped_and_continued_by_signals() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.signal(Signal::TSTP);
    session.until_stopped();
    session.signal(Signal::CONT);
    session.until_written("\x1b[?1049h", 2);
    session.until_shown("CD14-positive monocyte");
    session.send("Q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn it_exits_when_the_terminal_disappears() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    assert_eq!(session.hang_up(), 143);
}

#[test]
fn nothing_is_written_while_idle() {
    let (home, run) = run();
    let mut session = Session::start(home.path(), &[&run]);
    session.until_shown("CD14-positive monocyte");
    session.send("1");
    session.until_shown("AAATTCGATGCACA");
    session.until_shown("logged in");
    // The last answers may come late on a busy machine. A program that redraws while idle, at least once in 1.5 s, is never quiet.
    let is_quiet = (0..40).any(|_| session.is_quiet_for(Duration::from_millis(1500)));
    assert!(is_quiet, "{}", session.contents());
    session.send("j");
    session.until_written("ACATTCTGACTACG", 1);
}

#[test]
fn no_color_writes_neither_colors_nor_terminal_queries() {
    let (home, run) = run();
    let mut session = Session::start_with(home.path(), &[&run], &[("NO_COLOR", "1")]);
    session.until_shown("CD14-positive monocyte");
    session.send("Q");
    assert_eq!(session.ended(), 0);
    let written = session.written();
    let colors = ["\x1b[38;", "\x1b[48;", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m"];
    assert!(colors.iter().all(|color| !written.contains(color)), "{written:?}");
    let questions = ["\x1b[6n", "\x1b[c", "\x1b]11;?", "\x1b[?u"];
    assert!(questions.iter().all(|question| !written.contains(question)), "{written:?}");
}

#[test]
fn a_dumb_terminal_is_refused_with_a_message() {
    let (home, run) = run();
    let mut session = Session::start_with(home.path(), &[&run], &[("TERM", "dumb")]);
    session.until_shown("cannot show the interface");
    assert_eq!(session.ended(), 1);
}

#[test]
fn an_open_run_shows_answers_stored_by_another_process() {
    let (home, made) = run();
    let copy = home.path().join("copy.castui");
    std::fs::create_dir_all(copy.join("answers")).unwrap();
    for part in [".", "answers"] {
        for entry in std::fs::read_dir(std::path::Path::new(&made).join(part)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), copy.join(part).join(entry.file_name())).unwrap();
            }
        }
    }
    let (chunk, aside) = (copy.join("answers/chunk-000000.zst"), home.path().join("aside"));
    std::fs::rename(&chunk, &aside).unwrap();
    let mut session = Session::start(home.path(), &[copy.to_str().unwrap()]);
    session.until_shown("overview");
    session.send("1");
    session.until_shown("not answered yet");
    session.send("0");
    session.until_shown("0 of 221 cells");
    std::fs::rename(&aside, &chunk).unwrap();
    session.until_shown("221 of 221 cells");
    session.send("Q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn panels_are_read_from_the_option_and_from_the_configuration_folder() {
    let (home, run) = run();
    let stored = home.path().join(".config/castui/panels");
    std::fs::create_dir_all(&stored).unwrap();
    std::fs::write(stored.join("blood.tsv"), "B cell\tMS4A1\t+\n").unwrap();
    std::fs::write(home.path().join("monocytes.tsv"), "CD14-positive monocyte\tLYZ\t+\n").unwrap();
    let mut session = Session::start(home.path(), &[&run, "--panel", "monocytes.tsv"]);
    session.until_shown("CD14-positive monocyte");
    session.send("P");
    session.until_shown("height: cells");
    session.send("c");
    session.until_shown("monocytes");
    session.until_shown("blood");
    session.send("\r");
    assert!(session.is_hidden("blood"), "the list is still open");
    session.send("Q");
    session.ended();
}

#[test]
fn a_panel_with_a_mistake_is_refused_before_the_first_screen() {
    let (home, run) = run();
    std::fs::write(home.path().join("monocytes.tsv"), "CD14-positive monocyte\tLYZ\t+\nB cell CD19\n").unwrap();
    let mut session = Session::start(home.path(), &[&run, "--panel", "monocytes.tsv"]);
    assert_eq!(session.ended(), 3);
    assert!(session.written().contains("monocytes.tsv, line 2: there is one column"), "{}", session.written());
}

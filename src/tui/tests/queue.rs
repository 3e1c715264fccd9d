//! Tests of the view of the queue.

use uuid::Uuid;

use super::stage::Stage;
use crate::tui::{
    effect::Effect,
    facts::{Failure, QueueRow, RunCondition},
    msg::Answer,
};

/// The quota of the invented account has 43,600 cells left.
fn rows() -> Vec<QueueRow> {
    let row = |number: u64, missing, state: RunCondition| QueueRow {
        id: Uuid::from_u64_pair(7, number),
        file: format!("/data/donor{number}.h5ad").into(),
        is_gone: false,
        folder: format!("/data/donor{number}.castui").into(),
        cells: 20_000,
        stored: 20_000 - missing,
        missing,
        state,
    };
    vec![
        row(1, 0, RunCondition::Done),
        row(2, 15_000, RunCondition::Running),
        QueueRow { is_gone: true, ..row(3, 20_000, RunCondition::Empty) },
        row(4, 8_000, RunCondition::Partial),
        row(5, 20_000, RunCondition::Empty),
    ]
}

fn opened() -> Stage {
    let mut stage = Stage::connected();
    let effects = stage.press("u");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::FetchQueue)), "{effects:?}");
    stage
}

#[test]
fn the_queue_shows_what_fits_and_what_comes_next() {
    let mut stage = opened();
    assert!(stage.text((100, 30)).contains("Reading the queue"));
    stage.answer(Answer::Queue(Ok(rows())));
    for size in [(80, 24), (160, 50)] {
        let text = stage.text(size);
        let line = |number: u32| {
            let name = format!("donor{number}.h5ad");
            text.lines().find(|line| line.contains(&name)).unwrap_or_else(|| panic!("{name}\n{text}")).to_owned()
        };
        assert!(line(1).contains("done") && !line(1).contains("suffices"), "{text}");
        // 43,600 − 15,000 − 20,000 = 8,600 suffice for the fourth file, and 600 do not for the fifth.
        assert!(line(2).contains("running") && line(2).contains("suffices"), "{text}");
        assert!(line(3).contains("file gone") && line(3).contains("suffices"), "{text}");
        assert!(line(4).contains("next") && line(4).contains("suffices"), "{text}");
        assert!(line(5).contains("waiting") && line(5).contains("too small"), "{text}");
        assert!(text.contains("63,000 cells missing, 43,600 may be sent now: enough for 3 files"), "{text}");
        let whole = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(
            whole.contains("; the week ends at 2026-03-06T18:30:00 castui queue run --wait annotates them"),
            "{text}"
        );
        assert!(text.contains("castui queue run --wait") && text.contains("castui queue add FILE"), "{text}");
    }
}

#[test]
fn entries_are_removed_and_opened_by_key() {
    let mut stage = opened();
    stage.answer(Answer::Queue(Ok(rows())));
    let effects = stage.press("j j j d");
    assert!(matches!(effects[..], [Effect::RemoveQueued(id)] if id == Uuid::from_u64_pair(7, 4)), "{effects:?}");
    let effects = stage.press("y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text == "castui queue run --wait"), "{effects:?}");
    stage.press("q");
    assert!(!stage.text((100, 30)).contains("castui queue run"), "q closes it");
}

#[test]
fn an_empty_or_unreadable_queue_says_what_to_do() {
    let mut stage = opened();
    stage.answer(Answer::Queue(Ok(Vec::new())));
    assert!(stage.text((80, 24)).contains("The queue is empty"));
    stage.answer(Answer::Queue(Err(Failure::new("There is no place for a queue.", "Set HOME."))));
    assert!(stage.text((80, 24)).contains("Set HOME."));
}

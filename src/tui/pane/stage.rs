//! A harness for tests of a single pane.

use std::sync::Arc;

use ratatui::{Terminal, backend::TestBackend};

use super::{Focus, Look, Pane};
use crate::{
    domain::OperationKind,
    tui::{
        facts::{Facts, Remote, RunFacts},
        keymap::Keymap,
        log::Log,
        query::SharedQueries,
        sample,
        selection::Selection,
        theme::{Background, ColorDepth, Theme},
    },
};

/// Returns the shared queries of a run of some kind, before any answer.
pub(super) fn queries(operation: OperationKind) -> Arc<SharedQueries> {
    Arc::new(SharedQueries::of(&RunFacts { operation, ..sample::run() }))
}

/// The sizes of a pane alone at 80 × 24 and at 120 × 36.
pub(super) const SIZES: [(u16, u16); 2] = [(76, 20), (116, 32)];

/// Returns a pane as text, drawn without colors.
pub(super) fn drawn(pane: &dyn Pane, (width, height): (u16, u16), selection: &Selection) -> String {
    let (theme, keymap) = (Theme::bundled(Background::Dark, ColorDepth::None).unwrap(), Keymap::bundled().unwrap());
    let facts = Facts {
        account: Remote::Unasked,
        quota: Remote::Unasked,
        models: Remote::Unasked,
        runs: Remote::Unasked,
        places: sample::places(),
        drive: crate::engine::DriveOptions::default(),
        commands: crate::tui::tests::commands(),
        demo: None,
        starting: None,
    };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let log = Log::default();
    let now = sample::clock_at(0);
    let look = Look { theme: &theme, focus: Focus::Here, now, facts: &facts, keymap: &keymap, log: &log };
    terminal.draw(|frame| pane.render(frame, frame.area(), &look, selection)).unwrap();
    terminal.backend().to_string()
}

/// Draws a pane at sizes from nothing to very large.
pub(super) fn survives_every_size(pane: &dyn Pane, selection: &Selection) {
    for width in (1..=24).chain([40, 61, 62, 63, 64, 80, 120, 200, 300]) {
        for height in (1..=20).chain([24, 36, 60, 100]) {
            drawn(pane, (width, height), selection);
        }
    }
}

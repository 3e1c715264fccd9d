//! Messages about a stored response that cannot be read: its file, the problem and the remedy.

use std::path::PathBuf;

use ratatui::text::{Line, Span};

use crate::{
    domain::text::clean,
    results::UnreadableAnswer,
    tui::{text, theme::Theme},
};

/// Returns the problem and the remedy, with the path of the file within the run folder.
pub(super) fn line(answer: &UnreadableAnswer, theme: &Theme) -> Line<'static> {
    let file = answer.path.iter().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect::<PathBuf>();
    let (file, cells) = (file.display().to_string(), text::count(answer.rows.len() as u64));
    Line::from(vec![
        Span::styled(format!("{} cannot be read: {}. ", clean(&file), clean(&answer.why)), theme.bad),
        Span::styled(format!("R requests it again, which costs {cells} cells of quota."), theme.text),
    ])
}

//! The severity of messages to the user.

use std::time::Duration;

use ratatui::style::Style;

use super::theme::Theme;

/// The severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A note for the record.
    Note,
    /// An answer to a key that had no effect: what to do instead.
    Hint,
    /// Good news.
    Good,
    /// A warning.
    Warn,
    /// An error.
    Bad,
}

impl Severity {
    /// Returns the style of the mark.
    pub fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Note => theme.muted,
            Self::Hint => theme.accent,
            Self::Good => theme.good,
            Self::Warn => theme.warn,
            Self::Bad => theme.bad,
        }
    }

    /// Returns the mark, which works without color.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Note | Self::Hint => "·",
            Self::Good => "✓",
            Self::Warn => "!",
            Self::Bad => "✗",
        }
    }

    /// Returns the time for which a toast is shown.
    pub(super) fn shown_for(self) -> Duration {
        match self {
            Self::Note => Duration::ZERO,
            Self::Good => Duration::from_secs(4),
            Self::Hint | Self::Warn => Duration::from_secs(8),
            Self::Bad => Duration::from_secs(15),
        }
    }
}

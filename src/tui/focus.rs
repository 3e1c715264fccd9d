//! The focus of the user's keys.

/// The focus of the user's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Keys go to this pane.
    Here,
    /// Keys go to another pane.
    Elsewhere,
}

//! The terminal interface. In: plain [`Options`] and a driver. Out: the reason of its end. Independent of HTTP, HDF5
//! and the layout of a run folder.
//!
//! ```text
//! terminal, signals, answers ──Msg──▶ App::update ──Effect──▶ driver ──Answer──▶ …
//!                                        │ &App
//!                                        ▼
//!                                  view::render ──▶ terminal
//! ```
//! [`app`] is pure: it uses no clock, file, lock or wait; [`msg::Msg::Tick`] brings the time. [`view`] cannot fail
//! and starts nothing. One table maps keys to [`action::Action`]s ([`keymap`]); footer, help and palette use it too.
//! Panes name meanings, not colors ([`theme`]). The contract of a pane is [`pane::Pane`].
//!
//! The modules below are in the order of their imports: each imports only modules above it, and those beside it without
//! a blank line between them. This is enforced by `tests/layers.rs`.

// Actions of the user.
pub(crate) mod action;

// Commands to paste into a shell.
pub mod shell_commands;

// Focus, styles and texts.
pub mod focus;

pub mod theme;

pub(crate) mod severity;

pub(crate) mod text;

// The selection of the user, and the state of the view that is stored with a run.
pub(crate) mod selection;

pub mod keymap;

// Widgets, which know ratatui but not the domain.
pub mod widget;

pub mod view_state;

// The data that the screens show, and the words for them.
pub mod facts;

pub(crate) mod term_name;

pub(crate) mod log;

mod remedy;

// Messages and what they carry: queries, panes and dialogs. A message opens a dialog, and a dialog answers with messages, so
// these modules import each other.
pub mod effect;
pub mod msg;
pub(crate) mod overlay;
pub(crate) mod pane;
pub(crate) mod query;

// Screens, and the state of the whole interface.
mod areas;

pub(crate) mod screen;

pub mod app;

// Drawing, the terminal and the event loop.
pub(crate) mod ascii;

pub(crate) mod clipboard;

pub(crate) mod error;

pub mod view;

pub(crate) mod terminal;

pub(crate) mod options;

pub(crate) mod event_loop;

// Performs effects.
pub mod driver;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use app::Start;
pub use driver::{Driver, Host, Local};
pub use event_loop::Perform;
pub(crate) use event_loop::{Ending, run};
pub(crate) use options::{Options, Pace};

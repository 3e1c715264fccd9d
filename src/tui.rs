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

pub mod action;
pub mod app;
pub mod ascii;
pub mod clipboard;
pub mod driver;
pub mod effect;
pub mod error;
pub mod event_loop;
pub mod facts;
pub mod focus;
pub mod keymap;
pub mod log;
pub mod msg;
pub mod options;
pub mod overlay;
pub mod pane;
pub mod query;
mod remedy;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod selection;
pub mod shell_commands;
pub mod term_name;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
pub mod view;
pub mod view_state;
pub mod widget;

pub use app::Start;
pub use driver::{Driver, Host, Local};
pub use error::Error;
pub use event_loop::{Ending, Perform, run};
pub use options::{Options, Pace};

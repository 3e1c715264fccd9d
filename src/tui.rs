//! The terminal interface. In: plain [`Options`] and a driver. Out: how it ended. Knows nothing of HTTP, HDF5 or the
//! layout of a run folder.
//!
//! ```text
//! terminal, signals, answers ──Msg──▶ App::update ──Effect──▶ driver ──Answer──▶ …
//!                                        │ &App
//!                                        ▼
//!                                  view::render ──▶ terminal
//! ```
//!
//! [`app`] is pure: no clock, file, lock or wait; the time comes in with [`msg::Msg::Tick`]. [`view`] cannot fail and
//! starts nothing. Keys become [`action::Action`]s by one table ([`keymap`]), which is also the footer, the help and the
//! palette. Panes name no colours, they name meanings ([`theme`]). The contract of a pane is [`pane::Pane`].

pub mod action;
pub mod app;
pub mod ascii;
pub mod clipboard;
pub mod driver;
pub mod effect;
pub mod error;
pub mod event_loop;
pub mod facts;
pub mod kept;
pub mod keymap;
pub mod log;
pub mod msg;
pub mod options;
pub mod overlay;
pub mod pane;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod selection;
pub mod shell_commands;
pub mod study;
pub mod term_name;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
pub mod view;
pub mod widget;

pub use app::Start;
pub use driver::{Driver, Host, Local};
pub use error::Error;
pub use event_loop::{Ending, Perform, run};
pub use options::{Options, Pace};

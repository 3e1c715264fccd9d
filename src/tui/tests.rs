//! The interface as a whole: what keys and answers lead to, and how every screen looks at every size.

mod flow;
mod keys;
mod ladder;
mod late;
mod looks;
mod mouse;
pub(super) mod panes;
mod refresh;
mod selection;
mod stage;
mod walk;

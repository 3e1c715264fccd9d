//! The interface as a whole: what keys and answers lead to, and how every screen looks at every size.

mod flow;
mod looks;
mod panes;
mod selection;
mod stage;

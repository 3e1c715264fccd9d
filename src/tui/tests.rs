//! Tests of the interface as a whole: the effects of keys and answers, and the rendering of every screen at every
//! size.

mod back;
mod calls;
mod clustering;
mod consensus;
mod cuts;
mod dot_plot;
mod evidence;
mod figures;
mod flow;
mod gene_faults;
mod genes;
mod home;
mod inferred;
mod keys;
mod ladder;
mod late;
mod looks;
mod methods;
mod mouse;
mod narrow;
mod overview;
mod panes;
mod queue;
mod refresh;
pub(super) mod scene;
mod selection;
mod siblings;
mod stage;
mod trees;
mod walk;

/// Returns the author of commands to paste into a shell.
pub(in crate::tui) fn commands() -> &'static dyn super::shell_commands::CommandLines {
    crate::cli::command_lines()
}

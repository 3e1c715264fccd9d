//! The screens. Each keeps its own state, turns actions into effects and draws itself from the shared data
//! ([`super::facts::Facts`]).

pub mod home;
pub mod login;
pub mod new_run;
pub mod workspace;

pub use home::Home;
pub use login::Login;
pub use new_run::NewRun;
pub use workspace::Workspace;

//! The server with which an existing run is continued. In: the servers named by the folder, the settings, the list of
//! recent runs and the interface. Out: the server, or the reason why no request is sent.
//!
//! A run folder may come from anywhere and name any server. So counts and token go only to a server that the user chose:
//! named on the command line, configured, in use by the interface, or used for this very run before.

use super::{Origin, SERVER_VARIABLE};
use crate::api::ServerUrl;

/// The candidate servers for a run.
#[derive(Clone, Copy, Debug)]
pub struct RunServers<'a> {
    /// The server that the run folder names.
    pub folder: &'a ServerUrl,
    /// The server to which this run was last sent, according to the user's list of recent runs.
    pub last_used: Option<&'a ServerUrl>,
    /// The server of the settings.
    pub configured: &'a ServerUrl,
    /// The source of this setting.
    pub origin: Origin,
    /// The server that the interface is connected to.
    pub connected: Option<&'a ServerUrl>,
}

/// The reason why a run is not continued without a decision of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerRefusal {
    /// The settings name another server than the run, but not on the command line.
    Other {
        /// The server of the run.
        run: ServerUrl,
        /// The server of the settings.
        configured: ServerUrl,
        /// The source of this setting.
        source: &'static str,
    },
    /// The folder names a server that this user has not chosen.
    Unknown {
        /// The server that the folder names.
        run: ServerUrl,
        /// The server of the settings.
        configured: ServerUrl,
    },
}

impl<'a> RunServers<'a> {
    /// Returns the server to send the rest of the run to.
    ///
    /// # Errors
    /// Returns a [`ServerRefusal`] if the user has to decide first. Then nothing may be sent, not even without a token.
    pub fn choose(self) -> Result<&'a ServerUrl, Box<ServerRefusal>> {
        let Self { folder, last_used, configured, origin, connected } = self;
        let of_run = last_used.unwrap_or(folder);
        let is_of_run = |server: &&ServerUrl| *server == folder || Some(*server) == last_used;
        if origin == Origin::Argument {
            return Ok(configured);
        }
        if let Some(server) = connected.filter(is_of_run).or_else(|| Some(configured).filter(is_of_run)) {
            return Ok(server);
        }
        if let Some(source) = source_of(origin) {
            let (run, configured) = (of_run.clone(), configured.clone());
            return Err(Box::new(ServerRefusal::Other { run, configured, source }));
        }
        let unknown = || ServerRefusal::Unknown { run: folder.clone(), configured: configured.clone() };
        last_used.ok_or_else(|| Box::new(unknown()))
    }
}

/// Returns where the settings name a server, if neither the command line nor the default does.
fn source_of(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Environment => Some(SERVER_VARIABLE),
        Origin::File => Some("the configuration file"),
        Origin::Argument | Origin::Default => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str) -> ServerUrl {
        format!("https://{name}.example.org").parse().unwrap()
    }

    const ORIGINS: [Origin; 4] = [Origin::Argument, Origin::Environment, Origin::File, Origin::Default];

    /// Tests every combination of a few servers; only which of them are equal matters.
    #[test]
    fn a_run_goes_on_with_a_server_that_the_user_chose_or_with_none() {
        let servers = ["a", "b", "c", "d"].map(server);
        let or_none = || servers.iter().map(Some).chain([None]);
        let mut refused = 0;
        for folder in &servers {
            for (configured, last_used) in servers.iter().flat_map(|one| or_none().map(move |other| (one, other))) {
                for (origin, connected) in ORIGINS.into_iter().flat_map(|one| or_none().map(move |other| (one, other)))
                {
                    let question = RunServers { folder, last_used, configured, origin, connected };
                    match question.choose() {
                        Ok(chosen) => {
                            let is_chosen = [Some(configured), last_used, connected].contains(&Some(chosen));
                            assert!(is_chosen, "{question:?}: {chosen}");
                            assert!(origin != Origin::Argument || chosen == configured, "{question:?}: {chosen}");
                        }
                        Err(refusal) => {
                            refused += 1;
                            let names_folder = last_used.is_none_or(|last| last == folder);
                            let (ServerRefusal::Other { run, .. } | ServerRefusal::Unknown { run, .. }) = &*refusal;
                            assert!(!names_folder || run == folder, "{question:?}: {refusal:?}");
                            assert!(origin != Origin::Argument, "{question:?}: {refusal:?}");
                        }
                    }
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }

    #[test]
    fn the_server_that_a_run_was_last_sent_to_goes_before_the_one_in_its_folder() {
        let (folder, used, public) = (server("stranger"), server("ours"), server("public"));
        let question = RunServers {
            folder: &folder,
            last_used: Some(&used),
            configured: &public,
            origin: Origin::Default,
            connected: None,
        };
        assert_eq!(question.choose(), Ok(&used));
        let unknown = RunServers { last_used: None, ..question };
        assert_eq!(
            unknown.choose(),
            Err(Box::new(ServerRefusal::Unknown { run: folder.clone(), configured: public.clone() }))
        );
        let named = RunServers { origin: Origin::Argument, ..unknown };
        assert_eq!(named.choose(), Ok(&public));
        let source = "the configuration file";
        let other = RunServers { origin: Origin::File, ..unknown };
        assert_eq!(
            other.choose(),
            Err(Box::new(ServerRefusal::Other { run: folder.clone(), configured: public.clone(), source }))
        );
    }
}

//! Where castui keeps files of its own: the XDG base directories, on every system. Names places; makes none.

use std::path::PathBuf;

use super::{Environment, Error};

/// The folders of castui.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Configuration and the stored login: small.
    pub config: PathBuf,
    /// What can be fetched or computed again.
    pub cache: PathBuf,
    /// The list of recent runs.
    pub state: PathBuf,
}

impl Paths {
    /// From `XDG_CONFIG_HOME`, `XDG_CACHE_HOME` and `XDG_STATE_HOME`, else from `HOME`. Relative ones do not count,
    /// as the XDG specification has it.
    pub fn new(environment: &Environment) -> Result<Self, Error> {
        let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let folder = |variable: &'static str, below_home: &str| {
            let base = absolute(variable).or_else(|| home.as_ref().map(|home| home.join(below_home)));
            base.map(|base| base.join("castui")).ok_or(Error::NoHome { variable })
        };
        Ok(Self {
            config: folder("XDG_CONFIG_HOME", ".config")?,
            cache: folder("XDG_CACHE_HOME", ".cache")?,
            state: folder("XDG_STATE_HOME", ".local/state")?,
        })
    }

    /// The configuration file, unless `--config` names another.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The stored login.
    pub fn credentials(&self) -> PathBuf {
        self.config.join("credentials.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_xdg_folders_go_before_home() {
        let environment = [("HOME", "/h"), ("XDG_CACHE_HOME", "/scratch/c"), ("XDG_STATE_HOME", "not/absolute")];
        let paths = Paths::new(&environment.into()).unwrap();
        assert_eq!(paths.config_file(), PathBuf::from("/h/.config/castui/config.toml"));
        assert_eq!(paths.cache, PathBuf::from("/scratch/c/castui"));
        assert_eq!(paths.state, PathBuf::from("/h/.local/state/castui"));
    }

    #[test]
    fn without_a_home_the_missing_variable_is_named() {
        let error = Paths::new(&[("XDG_CONFIG_HOME", "/c")].into()).unwrap_err();
        assert!(error.to_string().contains("XDG_CACHE_HOME"), "{error}");
    }
}

//! Where castui keeps files of its own: the XDG base directories, on every system. Names places; makes none.
//! A user without a home has places in which nothing is found and nothing can be written.

use std::path::{Path, PathBuf};

use super::{Environment, Error};

/// Stands for a folder that there is none for: below a device nothing can be read or made, by nobody.
const NOWHERE: &str = "/dev/null/castui";

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
    pub fn new(environment: &Environment) -> Self {
        let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let folder = |variable: &str, below_home: &str| {
            let base = absolute(variable).or_else(|| home.as_ref().map(|home| home.join(below_home)));
            base.map_or_else(|| PathBuf::from(NOWHERE), |base| base.join("castui"))
        };
        Self {
            config: folder("XDG_CONFIG_HOME", ".config"),
            cache: folder("XDG_CACHE_HOME", ".cache"),
            state: folder("XDG_STATE_HOME", ".local/state"),
        }
    }

    /// Returns one of the folders, for work that is not possible without it.
    ///
    /// # Errors
    /// [`Error::NoHome`] when there is no place for it; it names the variable that would give it one.
    pub fn required<'a>(&self, folder: &'a Path) -> Result<&'a Path, Error> {
        if folder != Path::new(NOWHERE) {
            return Ok(folder);
        }
        let variables = [(&self.config, "XDG_CONFIG_HOME"), (&self.cache, "XDG_CACHE_HOME")];
        let wanted = variables.into_iter().find(|(path, _)| std::ptr::eq(path.as_path(), folder));
        Err(Error::NoHome { variable: wanted.map_or("XDG_STATE_HOME", |(_, variable)| variable) })
    }

    /// Whether there is a place for the list of recent runs.
    pub fn has_state(&self) -> bool {
        self.state != Path::new(NOWHERE)
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
        let paths = Paths::new(&environment.into());
        assert_eq!(paths.config_file(), PathBuf::from("/h/.config/castui/config.toml"));
        assert_eq!(paths.cache, PathBuf::from("/scratch/c/castui"));
        assert_eq!(paths.state, PathBuf::from("/h/.local/state/castui"));
    }

    #[test]
    fn without_a_home_the_missing_variable_is_named_where_it_is_needed() {
        let paths = Paths::new(&[("XDG_CONFIG_HOME", "/c")].into());
        assert_eq!(paths.required(&paths.config).unwrap(), Path::new("/c/castui"));
        assert!(!paths.has_state());
        for (folder, variable) in [(&paths.cache, "XDG_CACHE_HOME"), (&paths.state, "XDG_STATE_HOME")] {
            let error = paths.required(folder).unwrap_err();
            assert!(error.to_string().contains(variable), "{error}");
        }
    }
}

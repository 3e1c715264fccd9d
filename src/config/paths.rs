//! The folders of castui's files, which are the XDG base directories on all systems. This module creates no folders. A
//! user without a home folder gets paths at which nothing can be read or written.

use std::path::{Path, PathBuf};

use super::{Environment, Error};

/// The path used for a folder that is not defined. Nothing can be read or created below a device.
const UNDEFINED: &str = "/dev/null/castui";

/// The folders of castui.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The folder of the configuration and the stored login. Its files are small.
    pub config: PathBuf,
    /// The folder of data that can be fetched or computed again.
    pub cache: PathBuf,
    /// The folder of the list of recent runs.
    pub state: PathBuf,
}

impl Paths {
    /// Determines the folders from `XDG_CONFIG_HOME`, `XDG_CACHE_HOME` and `XDG_STATE_HOME`, or from `HOME`. Relative
    /// paths are ignored, as required by the XDG specification.
    pub fn new(environment: &Environment) -> Self {
        let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let folder = |variable: &str, below_home: &str| {
            let base = absolute(variable).or_else(|| home.as_ref().map(|home| home.join(below_home)));
            base.map_or_else(|| PathBuf::from(UNDEFINED), |base| base.join("castui"))
        };
        Self {
            config: folder("XDG_CONFIG_HOME", ".config"),
            cache: folder("XDG_CACHE_HOME", ".cache"),
            state: folder("XDG_STATE_HOME", ".local/state"),
        }
    }

    /// Returns one of the folders, for operations that require it.
    ///
    /// # Errors
    /// Fails with [`Error::NoHome`] if the folder is not defined. The error names the variable that would define it.
    pub fn required<'a>(&self, folder: &'a Path) -> Result<&'a Path, Error> {
        if folder != Path::new(UNDEFINED) {
            return Ok(folder);
        }
        let variables = [(&self.config, "XDG_CONFIG_HOME"), (&self.cache, "XDG_CACHE_HOME")];
        let wanted = variables.into_iter().find(|(path, _)| std::ptr::eq(path.as_path(), folder));
        Err(Error::NoHome { variable: wanted.map_or("XDG_STATE_HOME", |(_, variable)| variable) })
    }

    /// Returns whether there is a folder for the list of recent runs.
    pub fn has_state(&self) -> bool {
        self.state != Path::new(UNDEFINED)
    }

    /// Returns the path of the default configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Returns the folder of the user's marker panels.
    pub fn panels(&self) -> PathBuf {
        self.config.join("panels")
    }

    /// Returns the path of the stored login.
    pub fn credentials(&self) -> PathBuf {
        self.config.join("credentials.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_folders_take_precedence_over_home() {
        let environment = [("HOME", "/h"), ("XDG_CACHE_HOME", "/scratch/c"), ("XDG_STATE_HOME", "not/absolute")];
        let paths = Paths::new(&environment.into());
        assert_eq!(paths.config_file(), PathBuf::from("/h/.config/castui/config.toml"));
        assert_eq!(paths.cache, PathBuf::from("/scratch/c/castui"));
        assert_eq!(paths.state, PathBuf::from("/h/.local/state/castui"));
    }

    #[test]
    fn without_a_home_the_error_names_the_missing_variable() {
        let paths = Paths::new(&[("XDG_CONFIG_HOME", "/c")].into());
        assert_eq!(paths.required(&paths.config).unwrap(), Path::new("/c/castui"));
        assert!(!paths.has_state());
        for (folder, variable) in [(&paths.cache, "XDG_CACHE_HOME"), (&paths.state, "XDG_STATE_HOME")] {
            let error = paths.required(folder).unwrap_err();
            assert!(error.to_string().contains(variable), "{error}");
        }
    }
}

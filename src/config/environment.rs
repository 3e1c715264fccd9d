//! The environment as a value, so that code that depends on it can be tested without changing it.

use std::{collections::HashMap, env, ffi::OsString};

use directories::BaseDirs;

/// Environment variables. The type does not implement `Debug`, since one of them may be the token.
#[derive(Clone, Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// Returns the environment of this process. If `HOME` is unset, it is taken from the user database of the system.
    pub fn process() -> Self {
        let mut variables: HashMap<_, _> = env::vars_os().collect();
        let folders = BaseDirs::new();
        if let (None, Some(folders)) = (variables.get(&OsString::from("HOME")), folders) {
            variables.insert("HOME".into(), folders.home_dir().into());
        }
        Self(variables)
    }

    /// Returns the value of a variable. An empty value counts as unset.
    pub fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(&OsString::from(name)).filter(|value| !value.is_empty()).cloned()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

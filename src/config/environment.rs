//! The environment as a value, so that everything that depends on it can be tested without it.

use std::{collections::HashMap, env, ffi::OsString};

/// Environment variables. Not `Debug`: one of them is the token.
#[derive(Clone, Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// That of this process. `HOME` is filled in from the system's list of users where it is unset.
    pub fn process() -> Self {
        let mut variables: HashMap<_, _> = env::vars_os().collect();
        if let (None, Some(home)) = (variables.get(&OsString::from("HOME")), env::home_dir()) {
            variables.insert("HOME".into(), home.into());
        }
        Self(variables)
    }

    /// A variable; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(&OsString::from(name)).filter(|value| !value.is_empty()).cloned()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

//! Remedies for errors in the words of the interface.

use std::error::Error;

use super::hint;
use crate::{
    api,
    engine::{change::ChangeRemedy, prepare},
    store,
};

/// Returns the remedy for an error, which is that of the first of its causes with one.
pub fn of_error(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(words) = of_server(error).or_else(|| of_folder(error)).or_else(|| of_change(error)) {
            return Some(words);
        }
        cause = error.source();
    }
    None
}

fn of_server(error: &(dyn Error + 'static)) -> Option<String> {
    error.downcast_ref::<api::Error>().map(|error| hint::words(error.hint()))
}

fn of_folder(error: &(dyn Error + 'static)) -> Option<String> {
    let words = match error.downcast_ref::<store::Error>()?.remedy()? {
        store::Remedy::OtherName => "Choose another name.",
        store::Remedy::OtherFolder | store::Remedy::WritableFileSystem | store::Remedy::PermittedFolder => {
            "Choose another results folder in the options."
        }
        store::Remedy::ContinueOrOtherFolder(_) => {
            "R resumes that run; or choose another results folder in the options."
        }
        store::Remedy::MakeAgain(_) => "R resumes the run, which recreates it.",
        store::Remedy::RequestAgain => "R resumes the run, which requests it again.",
    };
    Some(words.to_owned())
}

fn of_change(error: &(dyn Error + 'static)) -> Option<String> {
    let Some(prepare::Error::Changed { change, .. }) = error.downcast_ref() else { return None };
    let words = match change.remedy()? {
        ChangeRemedy::NameFile => "Put the file back in its place, or next to the run folder.",
        ChangeRemedy::NewRun => "Start a new run in another results folder.",
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_run_folders_name_keys_and_fields() {
        let exists = prepare::Error::Store(store::Error::AlreadyARun { path: "a".into() });
        let words = of_error(&exists).unwrap();
        assert_eq!(words, "R resumes that run; or choose another results folder in the options.");
        assert_eq!(of_error(&std::io::Error::other("no")), None);
    }
}

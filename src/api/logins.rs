//! Stored logins: one file with a token for each server. The file is never readable by others, and is not used if it
//! is.

use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ServerUrl, Token};
use crate::{
    domain::shell,
    files::{self, Trust},
};

/// The maximum size of the file in bytes, enough for thousands of servers. A larger file is not read.
const LONGEST: u64 = 1 << 20;

/// The file with the stored tokens.
#[derive(Clone, Debug)]
pub struct StoredLogins {
    path: PathBuf,
}

/// The reasons why stored logins could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The file could not be read.
    #[error("cannot read the stored login {path}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write the stored login {path}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Other users can read, change or replace the file.
    #[error("other users of this machine can access {path} (mode {mode:03o}); if you still trust its content, run: chmod {fix} {word}", path = .path.display(), word = shell::path(.path))]
    Exposed {
        /// The path of the file or its folder.
        path: PathBuf,
        /// The permissions found.
        mode: u32,
        /// The permissions needed.
        fix: &'static str,
    },
    /// The file or its folder belongs to another user.
    #[error(
        "{path} belongs to another user (UID {owner}), who could exchange the login; remove it, or set XDG_CONFIG_HOME \
         to a folder of your own",
        path = .path.display()
    )]
    Foreign {
        /// The file, or its folder.
        path: PathBuf,
        /// The owner.
        owner: u32,
    },
    /// The file is damaged. Its content is not shown.
    #[error("the stored login {path} is damaged; remove it and log in again", path = .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// The content of the file: the token for each server's origin.
#[derive(Default, Serialize, Deserialize)]
struct Logins {
    #[serde(default)]
    servers: BTreeMap<String, Login>,
}

#[derive(Serialize, Deserialize)]
struct Login {
    token: String,
}

impl StoredLogins {
    /// Creates a handle of the file. The file's folder is created when the first login is stored.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the file, which need not exist.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the token stored for a server.
    pub fn token(&self, server: &ServerUrl) -> Result<Option<Token>, LoginError> {
        let Some(login) = self.read()?.servers.remove(&server.origin()) else { return Ok(None) };
        login.token.parse().map(Some).map_err(|_| self.malformed())
    }

    /// Stores the token for a server, replacing an existing one.
    pub fn store(&self, server: &ServerUrl, token: &Token) -> Result<(), LoginError> {
        let mut logins = self.read()?;
        logins.servers.insert(server.origin(), Login { token: token.expose().to_owned() });
        self.write(&logins)
    }

    /// Removes the token of a server. Removes the file with the last token.
    pub fn forget(&self, server: &ServerUrl) -> Result<Logout, LoginError> {
        let mut logins = self.read()?;
        if logins.servers.remove(&server.origin()).is_none() {
            return Ok(Logout::NotStored);
        }
        if logins.servers.is_empty() {
            fs::remove_file(&self.path).map_err(|source| self.unwritable(source))?;
        } else {
            self.write(&logins)?;
        }
        Ok(Logout::Removed)
    }

    fn read(&self) -> Result<Logins, LoginError> {
        let unreadable = |source| LoginError::Read { path: self.path.clone(), source };
        let file = match files::open(&self.path, Trust::Anybody) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Logins::default());
            }
            Err(error) => return Err(unreadable(error)),
        };
        self.refuse_exposed(&file)?;
        let content = files::read_open(file, LONGEST).map_err(unreadable)?;
        let content = std::str::from_utf8(&content).map_err(|_| self.malformed())?;
        toml::from_str(content).map_err(|_| self.malformed())
    }

    /// Fails if others can access the file, or if they can write to its folder and so replace the file.
    fn refuse_exposed(&self, file: &File) -> Result<(), LoginError> {
        let unreadable = |source| LoginError::Read { path: self.path.clone(), source };
        let metadata = file.metadata().map_err(unreadable)?;
        refuse_foreign(&self.path, metadata.uid(), Root::IsAnotherUser)?;
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(LoginError::Exposed { path: self.path.clone(), mode, fix: "600" });
        }
        let folder = self.folder();
        let metadata = fs::metadata(folder).map_err(unreadable)?;
        refuse_foreign(folder, metadata.uid(), Root::IsTrusted)?;
        let mode = metadata.mode() & 0o777;
        if mode & 0o022 != 0 {
            return Err(LoginError::Exposed { path: folder.to_owned(), mode, fix: "700" });
        }
        Ok(())
    }

    fn write(&self, logins: &Logins) -> Result<(), LoginError> {
        let content = toml::to_string(logins).map_err(|_| self.malformed())?;
        self.replace(content.as_bytes()).map_err(|source| self.unwritable(source))
    }

    /// Replaces the file atomically. The new file has the right mode from the beginning and is synced before the
    /// rename.
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let folder = self.folder();
        files::create_private_folder(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        Ok(files::replace(&self.path, |file| file.write_all(content))?)
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        }
    }

    fn malformed(&self) -> LoginError {
        LoginError::Malformed { path: self.path.clone() }
    }

    fn unwritable(&self, source: io::Error) -> LoginError {
        LoginError::Write { path: self.path.clone(), source }
    }
}

/// The result of [`StoredLogins::forget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logout {
    /// A login was removed.
    Removed,
    /// There was no login.
    NotStored,
}

/// Returns whether something owned by root counts as another user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    IsTrusted,
    IsAnotherUser,
}

fn refuse_foreign(path: &Path, owner: u32, root: Root) -> Result<(), LoginError> {
    let is_trusted = owner == rustix::process::geteuid().as_raw() || owner == 0 && root == Root::IsTrusted;
    if is_trusted { Ok(()) } else { Err(LoginError::Foreign { path: path.to_owned(), owner }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    fn token(text: &str) -> Token {
        text.parse().unwrap()
    }

    fn server(text: &str) -> ServerUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_is_returned_for_its_server_only() {
        let home = tempfile::tempdir().unwrap();
        let logins = StoredLogins::at(home.path().join("config/castui/credentials.toml"));
        let (one, other) = (server("https://one.org/cas"), server("https://other.org"));
        assert_eq!(logins.token(&one).unwrap(), None);
        logins.store(&one, &token("token-of-one")).unwrap();
        logins.store(&other, &token("token-of-other")).unwrap();
        assert_eq!(logins.token(&one).unwrap(), Some(token("token-of-one")));
        assert_eq!(logins.token(&server("https://one.org:8443")).unwrap(), None);
        assert_eq!(logins.token(&server("http://one.org")).unwrap(), None);
        assert_eq!(logins.forget(&one).unwrap(), Logout::Removed);
        assert_eq!(logins.forget(&one).unwrap(), Logout::NotStored);
        assert_eq!(logins.token(&other).unwrap(), Some(token("token-of-other")));
        assert_eq!(logins.forget(&other).unwrap(), Logout::Removed);
        assert!(!logins.path().exists());
    }

    #[test]
    fn the_file_is_private_also_after_a_rewrite() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("castui");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let logins = StoredLogins::at(folder.join("credentials.toml"));
        for text in ["the-first-token", "the-second-token"] {
            logins.store(&ServerUrl::public(), &token(text)).unwrap();
            assert_eq!((mode(&folder), mode(logins.path())), (0o700, 0o600));
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn an_exposed_login_is_refused_with_the_command_that_fixes_it() {
        let home = tempfile::tempdir().unwrap();
        let logins = StoredLogins::at(home.path().join("cas'tui $(touch PWN)/credentials.toml"));
        logins.store(&ServerUrl::public(), &token("the-first-token")).unwrap();
        for exposed in [0o640, 0o604, 0o620] {
            fs::set_permissions(logins.path(), Permissions::from_mode(exposed)).unwrap();
            let error = logins.token(&ServerUrl::public()).unwrap_err().to_string();
            assert!(error.ends_with(&format!("chmod 600 {}", shell::path(logins.path()))), "{error}");
        }
        fs::set_permissions(logins.path(), Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(logins.folder(), Permissions::from_mode(0o770)).unwrap();
        assert!(logins.token(&ServerUrl::public()).unwrap_err().to_string().contains("chmod 700"));
    }

    #[test]
    fn a_damaged_login_is_refused_without_showing_it() {
        let home = tempfile::tempdir().unwrap();
        let logins = StoredLogins::at(home.path().join("castui/credentials.toml"));
        logins.store(&ServerUrl::public(), &token("the-first-token")).unwrap();
        let content = fs::read_to_string(logins.path()).unwrap();
        for damaged in [content.replace("= \"", "= "), content.replace("the-first-token", "the first token")] {
            fs::write(logins.path(), damaged).unwrap();
            let error = logins.token(&ServerUrl::public()).unwrap_err();
            assert!(matches!(error, LoginError::Malformed { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("first"), "{error:?}");
        }
    }

    #[test]
    fn a_login_of_another_user_a_link_and_a_pipe_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let logins = StoredLogins::at(home.path().join("castui/credentials.toml"));
        let server = server("https://a.org");
        logins.store(&server, &token("abcdefghijklmnop")).unwrap();
        let aside = home.path().join("aside");
        fs::rename(logins.path(), &aside).unwrap();
        std::os::unix::fs::symlink(&aside, logins.path()).unwrap();
        assert!(matches!(logins.token(&server), Err(LoginError::Read { .. })));
        fs::remove_file(logins.path()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(logins.path()).status().unwrap().success());
        assert!(matches!(logins.token(&server), Err(LoginError::Read { .. })));
        fs::rename(&aside, logins.path()).unwrap();
        assert!(logins.token(&server).unwrap().is_some());
        // Only root can change the owner of a file.
        for foreign in [logins.path(), logins.folder()] {
            if std::os::unix::fs::chown(foreign, Some(65_534), None).is_ok() {
                let error = logins.token(&server).unwrap_err();
                assert!(matches!(&error, LoginError::Foreign { path, owner: 65_534 } if path == foreign), "{error}");
                std::os::unix::fs::chown(foreign, Some(0), None).unwrap();
            }
        }
    }
}

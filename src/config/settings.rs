//! The combination of arguments, environment, configuration file and defaults.

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

use super::{
    Environment, Error, GlobalArgs, InterfaceOptions, Paths, SERVE_TOKEN_VARIABLE, SERVER_VARIABLE, TOKEN_VARIABLE,
    Warning, batch_job,
    file::{ColorChoice, ConfigFile},
};
use crate::{
    api::{ClientOptions, NetworkEnvironment, ServerUrl, StoredLogins, Token, TokenFileError, TokenSource},
    engine::{DriveOptions, GraceLimit},
};

/// The source of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Argument,
    /// The environment.
    Environment,
    /// The configuration file.
    File,
    /// The built-in default.
    Default,
}

/// All settings.
#[derive(Clone)]
pub struct Settings {
    /// The server address.
    pub server: ServerUrl,
    /// The source of the server address.
    pub server_origin: Origin,
    /// The default options of runs, in both front ends.
    pub drive: DriveOptions,
    /// Options of the terminal interface.
    pub interface: InterfaceOptions,
    /// The folders of castui.
    pub paths: Paths,
    /// Warnings about the configuration file.
    pub warnings: Vec<Warning>,
    tokens: TokenSources,
    network: NetworkEnvironment,
}

/// The sources of a token in order of precedence. Nothing is read until a token is needed.
#[derive(Clone)]
struct TokenSources {
    argument: Option<PathBuf>,
    variable: Option<OsString>,
    serve_variable: Option<OsString>,
    file: Option<PathBuf>,
    stored: StoredLogins,
}

impl Settings {
    /// Reads the configuration file and combines all sources.
    pub fn new(arguments: &GlobalArgs, environment: &Environment) -> Result<Self, Error> {
        let paths = Paths::new(environment);
        let (file, warnings) = match &arguments.config {
            Some(path) => ConfigFile::read(path)?,
            None => ConfigFile::read_if_present(&paths.config_file())?,
        };
        let (server, server_origin) = server(arguments, environment, &file)?;
        let mut interface = file.interface();
        // See https://no-color.org. Like other environment variables, it takes precedence over the file.
        if environment.get("NO_COLOR").is_some() {
            interface.color = ColorChoice::Never;
        }
        let tokens = TokenSources {
            argument: arguments.token_file.clone(),
            variable: environment.get(TOKEN_VARIABLE),
            serve_variable: environment.get(SERVE_TOKEN_VARIABLE),
            file: file.token_file.map(|path| expand_home(path, environment)),
            stored: StoredLogins::at(paths.credentials()),
        };
        let drive = drive(file.max_requests, environment);
        let network = NetworkEnvironment::read(|name| environment.get(name));
        Ok(Self { server, server_origin, drive, interface, paths, warnings, tokens, network })
    }

    /// Returns the token for the configured server and its source: `--token-file`, `CAS_API_TOKEN`, `token_file` in the
    /// configuration file, or the stored login.
    pub fn token(&self) -> Result<Option<(Token, TokenSource)>, Error> {
        match self.tokens.given()? {
            Some(given) => Ok(Some(given)),
            None => self.tokens.stored(&self.server),
        }
    }

    /// Returns the token for `castui serve`, from `--token-file` or `CASTUI_SERVE_TOKEN`. No other
    /// source is used: clients would send the token for CAS to any program that listens on the local port.
    pub fn serve_token(&self) -> Result<Option<Token>, Error> {
        if let Some(path) = &self.tokens.argument {
            return Ok(Some(Token::read(path)?));
        }
        let variable = SERVE_TOKEN_VARIABLE;
        let parse = |given: &OsString| given.to_string_lossy().parse();
        let token = self.tokens.serve_variable.as_ref().map(parse).transpose();
        token.map_err(|source| Error::TokenVariable { variable, source })
    }

    /// Returns the options of a client for the configured server.
    pub fn client_options(&self) -> Result<ClientOptions, Error> {
        let token = self.token()?.map(|(token, _)| token);
        let network = self.network.clone();
        Ok(ClientOptions { token, network, ..ClientOptions::new(self.server.clone()) })
    }

    /// Returns the options of a client for another server, which the user chose for a run (see
    /// [`RunServers`](super::RunServers)).
    pub fn client_options_for(&self, server: &ServerUrl) -> Result<ClientOptions, Error> {
        Self { server: server.clone(), ..self.clone() }.client_options()
    }

    /// Returns the stored logins, for `login` and `logout`.
    pub fn logins(&self) -> &StoredLogins {
        &self.tokens.stored
    }
}

impl TokenSources {
    /// Returns the token given by the user for the configured server.
    fn given(&self) -> Result<Option<(Token, TokenSource)>, Error> {
        let read = |path: &PathBuf| Ok::<_, TokenFileError>((Token::read(path)?, TokenSource::File(path.clone())));
        if let Some(path) = &self.argument {
            return Ok(Some(read(path)?));
        }
        if let Some(given) = &self.variable {
            let token = given.to_string_lossy().parse();
            let token = token.map_err(|source| Error::TokenVariable { variable: TOKEN_VARIABLE, source })?;
            return Ok(Some((token, TokenSource::Environment(TOKEN_VARIABLE))));
        }
        Ok(self.file.as_ref().map(read).transpose()?)
    }

    fn stored(&self, server: &ServerUrl) -> Result<Option<(Token, TokenSource)>, Error> {
        let source = || TokenSource::Stored(self.stored.path().to_owned());
        Ok(self.stored.token(server)?.map(|token| (token, source())))
    }
}

impl Settings {
    /// Returns how long a stopped run may wait for its chunks in flight, for commands that start a run. If the
    /// environment does not contain the end of the batch job, the batch system is asked.
    pub fn grace(environment: &Environment) -> GraceLimit {
        batch_job::asked_grace(environment, jiff::Timestamp::now())
    }
}

/// Returns the default options of runs: those of the official client, adapted by the configuration file and batch job.
fn drive(max_requests: Option<NonZeroUsize>, environment: &Environment) -> DriveOptions {
    let usual = DriveOptions::default();
    DriveOptions {
        max_requests: max_requests.map_or(usual.max_requests, NonZeroUsize::get),
        encoders: batch_job::threads(environment),
        grace: batch_job::grace(environment, jiff::Timestamp::now()),
        ..usual
    }
}

fn server(arguments: &GlobalArgs, environment: &Environment, file: &ConfigFile) -> Result<(ServerUrl, Origin), Error> {
    if let Some(server) = &arguments.server {
        return Ok((server.clone(), Origin::Argument));
    }
    if let Some(given) = environment.get(SERVER_VARIABLE) {
        let server = given.to_string_lossy().parse();
        let server = server.map_err(|source| Error::ServerVariable { variable: SERVER_VARIABLE, source })?;
        return Ok((server, Origin::Environment));
    }
    match &file.server {
        Some(server) => Ok((server.clone(), Origin::File)),
        None => Ok((ServerUrl::public(), Origin::Default)),
    }
}

/// Expands `~/`, which the shell does for arguments but not for paths in a file.
fn expand_home(path: PathBuf, environment: &Environment) -> PathBuf {
    match (path.strip_prefix("~"), environment.get("HOME")) {
        (Ok(below), Some(home)) => PathBuf::from(home).join(below),
        (Ok(_), None) | (Err(_), _) => path,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A separate home folder for each test.
    struct Home(TempDir);

    impl Home {
        fn new(config: &str) -> Self {
            let home = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(home.path(".config/castui")).unwrap();
            fs::write(home.path(".config/castui/config.toml"), config).unwrap();
            home
        }

        fn path(&self, below: &str) -> PathBuf {
            self.0.path().join(below)
        }

        fn settings(&self, arguments: GlobalArgs, more: [(&str, &str); 2]) -> Result<Settings, Error> {
            let home = self.0.path().to_str().unwrap();
            Settings::new(&arguments, &[("HOME", home), more[0], more[1]].into())
        }
    }

    const NOTHING: (&str, &str) = ("", "");

    fn server(text: &str) -> ServerUrl {
        text.parse().unwrap()
    }

    fn token(settings: &Settings) -> Option<String> {
        settings.token().unwrap().map(|(token, _)| token.expose().to_owned())
    }

    #[test]
    fn sources_take_precedence_in_the_documented_order() {
        let home = Home::new("server = 'https://file.org'\nmax_requests = 3");
        let variable = ("CAS_API_URL", "https://variable.org");
        let argument = GlobalArgs { server: Some(server("https://argument.org")), ..GlobalArgs::default() };
        let named = |settings: Settings| (settings.server.to_string(), settings.server_origin);
        let settings = home.settings(argument, [variable, NOTHING]).unwrap();
        assert_eq!(settings.drive.max_requests, 3);
        assert_eq!(named(settings), ("https://argument.org".into(), Origin::Argument));
        let settings = home.settings(GlobalArgs::default(), [variable, NOTHING]).unwrap();
        assert_eq!(named(settings), ("https://variable.org".into(), Origin::Environment));
        let settings = home.settings(GlobalArgs::default(), [NOTHING, NOTHING]).unwrap();
        assert_eq!(named(settings), ("https://file.org".into(), Origin::File));
        let settings = Home::new("").settings(GlobalArgs::default(), [("CAS_API_URL", ""), NOTHING]).unwrap();
        assert_eq!(settings.drive.max_requests, 15);
        assert_eq!(named(settings), (ServerUrl::public().to_string(), Origin::Default));
    }

    #[test]
    fn token_sources_take_precedence_in_the_documented_order() {
        let home = Home::new("token_file = 'from-file'");
        fs::write(home.path(".config/castui/from-file"), "the-files-token\n").unwrap();
        fs::write(home.path("argument"), "the-arguments-token").unwrap();
        let argument = GlobalArgs { token_file: Some(home.path("argument")), ..GlobalArgs::default() };
        let variable = ("CAS_API_TOKEN", "the-variables-token");
        let of = |settings: Result<Settings, Error>| token(&settings.unwrap());
        assert_eq!(of(home.settings(argument, [variable, NOTHING])), Some("the-arguments-token".into()));
        assert_eq!(of(home.settings(GlobalArgs::default(), [variable, NOTHING])), Some("the-variables-token".into()));
        assert_eq!(of(home.settings(GlobalArgs::default(), [NOTHING, NOTHING])), Some("the-files-token".into()));
        fs::write(home.path(".config/castui/config.toml"), "token_file = '~/argument'").unwrap();
        assert_eq!(of(home.settings(GlobalArgs::default(), [NOTHING, NOTHING])), Some("the-arguments-token".into()));
        let bare = Home::new("").settings(GlobalArgs::default(), [NOTHING, NOTHING]).unwrap();
        assert_eq!(token(&bare), None);
        bare.logins().store(&bare.server, &"the-stored-token".parse().unwrap()).unwrap();
        assert_eq!(token(&bare), Some("the-stored-token".into()));
    }

    #[test]
    fn a_local_service_has_a_token_of_its_own() {
        let home = Home::new("token_file = 'from-file'");
        fs::write(home.path(".config/castui/from-file"), "the-files-token").unwrap();
        fs::write(home.path("argument"), "the-arguments-token").unwrap();
        let served = |settings: Result<Settings, Error>| {
            settings.unwrap().serve_token().unwrap().map(|token| token.expose().to_owned())
        };
        let of_cas = ("CAS_API_TOKEN", "the-variables-token");
        assert_eq!(served(home.settings(GlobalArgs::default(), [of_cas, NOTHING])), None);
        let own = ("CASTUI_SERVE_TOKEN", "the-services-token");
        let named = served(home.settings(GlobalArgs::default(), [of_cas, own]));
        assert_eq!(named, Some("the-services-token".into()));
        let argument = GlobalArgs { token_file: Some(home.path("argument")), ..GlobalArgs::default() };
        assert_eq!(served(home.settings(argument, [of_cas, own])), Some("the-arguments-token".into()));
        let wrong = home.settings(GlobalArgs::default(), [("CASTUI_SERVE_TOKEN", "two words"), NOTHING]).unwrap();
        let error = wrong.serve_token().err().unwrap().to_string();
        assert!(error.contains("CASTUI_SERVE_TOKEN") && !error.contains("two words"), "{error}");
    }

    #[test]
    fn a_stored_login_goes_to_its_own_server_only() {
        let home = Home::new("");
        let settings = home.settings(GlobalArgs::default(), [NOTHING, NOTHING]).unwrap();
        let (one, other) = (server("https://one.org"), server("https://other.org"));
        settings.logins().store(&one, &"the-stored-token".parse().unwrap()).unwrap();
        let token = |server| settings.client_options_for(server).unwrap().token.map(|token| token.expose().to_owned());
        assert_eq!(token(&one), Some("the-stored-token".into()));
        assert_eq!(token(&other), None);
    }

    #[test]
    fn errors_name_the_setting_and_do_not_contain_a_token() {
        let home = Home::new("");
        for (variables, named) in [
            ([("CAS_API_TOKEN", "planted token"), NOTHING], "CAS_API_TOKEN"),
            ([("CAS_API_URL", "https://me:planted@a.org"), NOTHING], "CAS_API_URL"),
        ] {
            let settings = home.settings(GlobalArgs::default(), variables);
            let error = settings.and_then(|settings| settings.token()).err().unwrap();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(named) && !shown.contains("planted"), "{shown}");
        }
        let missing = GlobalArgs { config: Some(home.path("none.toml")), ..GlobalArgs::default() };
        assert!(home.settings(missing, [NOTHING, NOTHING]).err().unwrap().to_string().contains("none.toml"));
    }

    #[test]
    fn no_color_takes_precedence_over_the_file() {
        let home = Home::new("color = 'always'");
        let color = |more| home.settings(GlobalArgs::default(), [more, NOTHING]).unwrap().interface.color;
        assert_eq!(color(NOTHING), ColorChoice::Always);
        assert_eq!(color(("NO_COLOR", "1")), ColorChoice::Never);
    }
}

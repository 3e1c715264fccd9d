//! `castui login` and `castui logout`

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
};

use anyhow::Context as _;
use jiff::Timestamp;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::{
    Exit,
    context::{Context, say},
    when::span,
};
use crate::{
    api::{self, Client, Logout, ServerUrl, Token},
    config::TOKEN_VARIABLE,
    domain::text::excerpt,
    engine::signals::{EndSignal, EndSignals},
    wire,
};

/// The maximum length of the input in bytes.
const MAX_INPUT: u64 = 64 * 1024;

/// Reads a token from the file of `--token-file`, a hidden prompt or standard input, verifies it with the server, and
/// stores it.
pub(super) async fn login(context: &Context) -> anyhow::Result<Exit> {
    let (server, logins) = (&context.settings.server, context.settings.logins());
    let paths = &context.settings.paths;
    paths.required(&paths.config)?;
    if !server.may_carry_token() {
        return Err(api::Error::PlainHttp { server: server.to_string() }.into());
    }
    let mut options = context.settings.client_options()?;
    let token = match &context.token_file {
        Some(path) => Token::read(path)?,
        None => match ask(server).await? {
            Answer::Token(token) => token,
            Answer::Ended(signal) => {
                say(format_args!("nothing was stored"));
                return Ok(Exit::of_signal(signal));
            }
        },
    };
    options.token = Some(token.clone());
    let client = Client::new(options)?;
    if let Some(remark) = client.token_remark() {
        say(format_args!("warning: {remark}; trying it anyway"));
    }
    let user = client.validate_token().await.context("nothing was stored")?;
    logins.store(server, &token)?;
    say(format_args!("logged in to {server} as {}", who(&user)));
    let expiry = expiry(&token, Timestamp::now());
    say(format_args!("token {token}{expiry}, stored in {}", logins.path().display()));
    say_what_goes_before(context);
    Ok(Exit::Ok)
}

/// Removes the token stored for the server.
pub(super) fn logout(context: &Context) -> anyhow::Result<Exit> {
    let server = &context.settings.server;
    match context.settings.logins().forget(server)? {
        Logout::Removed => say(format_args!("removed the token for {server}")),
        Logout::NotStored => say(format_args!("no token was stored for {server}")),
    }
    say_what_goes_before(context);
    Ok(Exit::Ok)
}

/// The result of asking for a token.
enum Answer {
    /// The token.
    Token(Token),
    /// A signal, for example of Ctrl-C, ended the question.
    Ended(EndSignal),
}

async fn ask(server: &ServerUrl) -> anyhow::Result<Answer> {
    if io::stdin().is_terminal() {
        return ask_on_terminal(format!("API token for {server} (not shown): ")).await;
    }
    let mut text = String::new();
    let input = io::stdin().lock().take(MAX_INPUT).read_to_string(&mut text);
    input.context("cannot read the token from standard input")?;
    Ok(Answer::Token(text.parse()?))
}

/// Asks without showing what is typed. A signal ends the question, and the settings of the terminal are restored.
async fn ask_on_terminal(prompt: String) -> anyhow::Result<Answer> {
    const FAILED: &str = "cannot read the token from the terminal";
    let settings = TerminalSettings::read().context(FAILED)?;
    let mut signals = EndSignals::listen()?;
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt));
    let answer = tokio::select! {
        biased;
        signal = signals.next() => Answer::Ended(signal),
        typed = typed => match typed? {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Answer::Ended(EndSignal::Interrupt),
            typed => Answer::Token(typed.context(FAILED)?.parse()?),
        },
    };
    if let Answer::Ended(_) = answer {
        drop(settings);
        // The cursor is still after the question.
        say(format_args!(""));
    }
    Ok(answer)
}

/// The settings of the controlling terminal, which are restored when this is dropped.
struct TerminalSettings {
    terminal: File,
    settings: Termios,
}

impl TerminalSettings {
    fn read() -> io::Result<Self> {
        let terminal = File::open("/dev/tty")?;
        let settings = tcgetattr(&terminal)?;
        Ok(Self { terminal, settings })
    }
}

impl Drop for TerminalSettings {
    fn drop(&mut self) {
        // The terminal may be gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.settings);
    }
}

fn who(user: &wire::User) -> String {
    match (user.username.as_str(), user.email.as_str()) {
        ("", "") => "an unnamed user".into(),
        ("", name) | (name, "") => excerpt(name),
        (name, email) if name == email => excerpt(name),
        (name, email) => format!("{} <{}>", excerpt(name), excerpt(email)),
    }
}

fn expiry(token: &Token, now: Timestamp) -> String {
    let Some(then) = token.expires_at() else { return String::new() };
    let in_how_long = if then > now { format!(" (in {})", span(then.duration_since(now))) } else { String::new() };
    format!(", valid until {}{in_how_long}", then.strftime("%Y-%m-%d"))
}

/// Warns of tokens with precedence: the stored login is used last.
fn say_what_goes_before(context: &Context) {
    if context.variable(TOKEN_VARIABLE).is_some() {
        say(format_args!("note: {TOKEN_VARIABLE} is set, and is used instead of any stored token"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_described_by_the_known_fields() {
        let user = |username: &str, email: &str| {
            who(&wire::User { username: username.into(), email: email.into(), should_ask_for_feedback: false })
        };
        assert_eq!(user("marie", "m@lab.org"), "marie <m@lab.org>");
        assert_eq!([user("", "m@lab.org"), user("m@lab.org", "m@lab.org")], ["m@lab.org", "m@lab.org"]);
        assert_eq!(user("", ""), "an unnamed user");
    }
}

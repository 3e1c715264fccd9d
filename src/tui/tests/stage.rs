//! A harness for an interface without a terminal, driven by keys and answers.

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use crate::tui::{
    app::{App, Start},
    effect::Effect,
    keymap::Keymap,
    msg::{Answer, Msg},
    sample,
    theme::{Background, ColorDepth, Theme},
    view::{self, Charset},
};

/// An interface without a terminal.
pub struct Stage {
    pub app: App,
}

impl Stage {
    /// Returns the home screen, connected and with runs.
    pub fn connected() -> Self {
        let mut stage = Self::unconnected(Start::Home);
        stage.answer(Answer::Account(Ok(sample::account())));
        stage.answer(Answer::Quota(Ok(sample::quota())));
        stage.answer(Answer::Models(Ok(sample::models())));
        stage.answer(Answer::Runs(Ok(sample::runs())));
        stage
    }

    /// Returns the first screen, before any answer.
    pub fn unconnected(start: Start) -> Self {
        let mut app =
            App::new(Keymap::bundled().unwrap(), Background::Dark, sample::places(), crate::cli::command_lines());
        app.update(Msg::Tick(sample::clock_at(97)));
        app.start(start);
        Self { app }
    }

    /// Returns the file picker with its folder listed and a file under the cursor, inspected.
    pub fn picking() -> Self {
        let mut stage = Self::connected();
        stage.press("n");
        stage.answer(Answer::Folder(sample::places().start, Ok(sample::entries())));
        stage.press("j j");
        stage.answer(Answer::Preview(sample::file(), Ok(Box::new(sample::preview()))));
        stage
    }

    /// Returns the second step of a new run, with overlaps.
    pub fn choosing_a_model() -> Self {
        let mut stage = Self::picking();
        stage.press("enter");
        stage.answer(Answer::Overlaps(sample::file(), sample::overlaps()));
        stage
    }

    /// Returns the fourth step of a new run, with the report of the preflight.
    pub fn checked() -> Self {
        let mut stage = Self::choosing_a_model();
        stage.press("enter enter");
        stage.answer(Answer::Preflight(Ok(Box::new(sample::report()))));
        stage
    }

    /// Returns an active run.
    pub fn running() -> Self {
        let mut stage = Self::connected();
        stage.answer(Answer::RunOpened(Ok(Box::new(sample::run()))));
        let folder = sample::run().folder;
        stage.answer(Answer::RunEvents(folder.clone(), sample::events()));
        stage.answer(Answer::RunBytes(folder, 41_200_000));
        stage
    }

    /// Presses keys one after another.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        keys.split_whitespace().flat_map(|key| self.app.update(Msg::Key(key.parse().unwrap()))).collect()
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) -> Vec<Effect> {
        let key = |c: char| if c == ' ' { "space".to_owned() } else { c.to_string() };
        text.chars().flat_map(|c| self.app.update(Msg::Key(key(c).parse().unwrap()))).collect()
    }

    /// Handles an answer.
    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.app.update(Msg::Answer(answer))
    }

    /// Returns the screen at a size, with a number of colors and a charset.
    pub fn draw(&self, (width, height): (u16, u16), depth: ColorDepth, charset: Charset) -> Buffer {
        let theme = Theme::bundled(self.app.background(), depth).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view::render(frame, &self.app, &theme, charset)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// Returns the screen at a size as text, without trailing spaces.
    pub fn text(&self, size: (u16, u16)) -> String {
        text(&self.draw(size, ColorDepth::None, Charset::Unicode))
    }
}

/// Returns a buffer as text, without trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(usize::from(buffer.area.width).max(1));
    let line = |row: &[ratatui::buffer::Cell]| {
        // The second column of a wide character contains a blank that is not on the screen.
        let mut line = String::new();
        let mut skip = 0;
        for cell in row {
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        line.trim_end().to_owned()
    };
    rows.map(line).collect::<Vec<_>>().join("\n")
}

/// Returns every screen in all relevant states.
pub fn all() -> Vec<(&'static str, Stage)> {
    let with = |mut stage: Stage, keys: &str| {
        stage.press(keys);
        stage
    };
    let mut offline = Stage::unconnected(Start::Home);
    offline.answer(Answer::Account(Err(sample::failure())));
    offline.answer(Answer::Quota(Err(sample::failure())));
    offline.answer(Answer::Models(Err(sample::failure())));
    offline.answer(Answer::Runs(Ok(Vec::new())));
    let mut login = Stage::unconnected(Start::Login);
    login.type_text("secret");
    login.press("enter");
    login.answer(Answer::LoggedIn(Err(sample::failure())));
    let mut palette = with(Stage::connected(), ":");
    palette.type_text("run");
    vec![
        ("home", Stage::connected()),
        ("home_starting", Stage::unconnected(Start::Home)),
        ("home_offline", offline),
        ("login", login),
        ("new_run_file", Stage::picking()),
        ("new_run_model", Stage::choosing_a_model()),
        ("new_run_options", with(Stage::choosing_a_model(), "enter")),
        ("new_run_preflight", Stage::checked()),
        ("run", Stage::running()),
        ("run_cancel", with(Stage::running(), "n x")),
        ("help", with(Stage::connected(), "?")),
        ("palette", palette),
        ("log", with(Stage::running(), "ctrl-c !")),
    ]
}

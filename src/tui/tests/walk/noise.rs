//! Random keys: they never cause a panic, and the panes agree on the selected cell.

use super::{
    Dice, Steps,
    player::Player,
    screen::panes,
    world::{File, Run},
};

/// The number of keys in a walk.
const KEYS: usize = 400;

/// The keys besides printable characters.
const NAMED: [&str; 24] = [
    "enter",
    "esc",
    "tab",
    "shift-tab",
    "space",
    "backspace",
    "delete",
    "up",
    "down",
    "left",
    "right",
    "home",
    "end",
    "pgup",
    "pgdn",
    "ctrl-d",
    "ctrl-u",
    "ctrl-p",
    "ctrl-g",
    "ctrl-c",
    "ctrl-z",
    "ctrl-l",
    "f1",
    "1",
];

/// Presses the random keys of a seed.
pub fn walk(file: &File, seed: u64) {
    let (mut dice, steps) = (Dice::new(seed), Steps::new(seed));
    let runs = [Run::create(file, 1), Run::create(file, 2)];
    let mut player = Player::new(&runs);
    player.open(0);
    for _ in 0..KEYS {
        let key = match dice.roll(3) {
            0 => dice.pick(&NAMED).to_owned(),
            // The characters from '!' to '~' are printable; '-' has a name as a key.
            _ => char::from(b'!' + dice.roll(94) as u8).to_string().replace('-', "minus"),
        };
        steps.add(&key);
        player.press(&key);
        match dice.roll(4) {
            0 => player.answer_one(&mut dice),
            1 | 2 => player.settle(&mut dice),
            _ => {}
        }
        if player.stage.app.screens.current().workspace().is_none() && dice.roll(20) == 0 {
            let run = dice.roll(2);
            steps.add(("open", run));
            player.open(run);
        }
        let size = dice.pick(&[(80, 24), (80, 24), (120, 36), (200, 60), (30, 8)]);
        agree(&player, (file, size));
    }
}

/// Checks that the cursor of the table is on the selected cell, and that the matches are those of that cell.
fn agree(player: &Player<'_>, (file, size): (&File, (u16, u16))) {
    let screen = player.screen(size);
    let is_covered = !player.stage.app.overlays.is_empty() || player.workspace().is_typing();
    if is_covered || player.stage.app.screens.current().workspace().is_none() {
        return;
    }
    let selection = player.workspace().selection();
    let name = selection.cell.map(|cell| file.names[cell].as_str());
    for pane in panes(&screen) {
        let shown = match (pane.digit, pane.title.split(' ').next()) {
            ('1', Some("cells")) => pane.under_cursor().and_then(|line| line.split_whitespace().next()),
            ('3', Some("matches")) if player.is_settled() => Some(pane.note.as_str()).filter(|note| !note.is_empty()),
            _ => None,
        };
        let start = shown.map(|shown| shown.split('…').next().unwrap_or_default());
        assert!(start.is_none_or(|start| name.is_some_and(|name| name.starts_with(start))), "{name:?}\n{screen}");
    }
}

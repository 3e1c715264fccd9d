//! The steps of a walk: each is taken in the interface, by keys, and in the model.

use std::cmp::Ordering;

use super::{
    Dice,
    model::{Call, Column, Filter, Model, Next},
    player::Player,
};
use crate::tui::selection::Group;

/// A step.
#[derive(Clone, Debug)]
pub enum Step {
    /// Types a filter; `None` clears it.
    Filter(Option<Filter>),
    /// Presses escape in the cells table, which removes the filter.
    GiveUpFilter,
    /// Filters by the call and the cluster of the selected cell.
    SameAs,
    /// Sorts by a column.
    Sort(Column),
    /// Reverses the order.
    Reverse,
    /// Marks or unmarks the selected cell.
    Mark,
    /// Unmarks all cells.
    Unmark,
    /// Moves the call threshold by steps of 0.05.
    Threshold(&'static str),
    /// Moves the evidence threshold by steps of 0.01.
    Evidence(&'static str),
    /// Moves to another cell with a key of the table.
    Move(&'static str),
    /// Moves to the next or the previous cell in any pane.
    OtherCell(&'static str),
    /// Searches for a text.
    Search(&'static str),
    /// Moves to the next or the previous search hit.
    Found(&'static str),
    /// Selects another cluster column.
    Clusters(&'static str),
    /// Moves the cursor in the clusters and selects the cluster as the group.
    Cluster(&'static str),
    /// Selects another group in the ontology pane.
    Group,
    /// Selects the cell under the cursor of the embedding, or a box around it.
    Embedding(&'static str),
    /// Presses keys that change the view but nothing in the model.
    Look(&'static str),
    /// Compares with the other run, and acts on the first change.
    Diff(&'static str),
    /// Finds the consensus with the labels of the file, and looks at it.
    Consensus(&'static str),
    /// Resizes the terminal.
    Resize((u16, u16)),
    /// Stores the missing chunk, as another process would.
    Chunk,
    /// Opens a run.
    Open(usize),
}

/// Keys that change the view only.
const LOOKS: [&str; 36] = [
    "x esc",
    "6 n",
    "6 N",
    "6 o esc",
    "6 o g e n e s enter",
    "O",
    "O j",
    "O G",
    "O l",
    "O h",
    "O o esc",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "0",
    "tab",
    "shift-tab",
    "+",
    "2 j",
    "2 l",
    "2 h",
    "2 c",
    "2 r",
    "2 X",
    "3 i",
    "3 enter",
    "? esc",
    ": esc",
    "1 l",
    "T",
];

/// Chooses a step.
pub fn choose(model: &Model<'_>, player: &Player<'_>, dice: &mut Dice) -> Step {
    match dice.roll(30) {
        0..=4 => Step::Filter(filter(dice)),
        5 if model.now().filter.is_some() => Step::GiveUpFilter,
        6 if player.is_settled() => Step::SameAs,
        7 | 8 => Step::Sort(dice.pick(&[Column::Row, Column::Name, Column::Call, Column::Score, Column::Counts])),
        9 if model.now().sort.is_some() => Step::Reverse,
        10..=12 => Step::Mark,
        13 => Step::Unmark,
        14 | 15 if model.now().threshold > 90 => Step::Threshold("["),
        14 | 15 => Step::Threshold(dice.pick(&["[", "]", "[ [", "] ] ]"])),
        16 => Step::Evidence(dice.pick(&[")", "("])),
        17 | 18 => Step::Move(dice.pick(&["j", "k", "G", "g g", "ctrl-d", "ctrl-u", "pgdn", "j j j"])),
        19 => Step::OtherCell(dice.pick(&["2 >", "3 >", "5 <", "6 >", "0 <"])),
        20 => Step::Search(dice.pick(&["B cell", "leukocyte", "GG", "nowhere"])),
        21 => Step::Found(dice.pick(&["n", "N"])),
        22 => Step::Clusters(dice.pick(&["louvain", "bulk_labels"])),
        23 => Step::Cluster(dice.pick(&["", "j", "j j", "G", "g g"])),
        24 => Step::Group,
        25 => Step::Embedding(dice.pick(&["enter", "v l l j j v", "G enter", "v L enter", "u", "z enter", "Z"])),
        26 if player.is_settled() => Step::Diff(dice.pick(&["space esc", "enter", "j space enter"])),
        27 if player.is_settled() && dice.roll(2) == 0 => {
            Step::Consensus(dice.pick(&["", "enter", "enter j > <", "enter [ ] tab", "enter t down"]))
        }
        27 => Step::Resize(dice.pick(&[(80, 24), (100, 30), (120, 36), (200, 60), (240, 70)])),
        28 if !model.now().is_first_chunk_stored && dice.roll(3) == 0 => Step::Chunk,
        28 if dice.roll(3) == 0 => Step::Open(dice.roll(2)),
        _ => Step::Look(dice.pick(&LOOKS)),
    }
}

fn filter(dice: &mut Dice) -> Option<Filter> {
    let simple = [
        Filter::Text("b cell"),
        Filter::Text("leuko"),
        Filter::ScoreBelow(0.5),
        Filter::NoCall,
        Filter::RowBelow(70),
        Filter::Column("louvain", "2"),
        Filter::Column("bulk_labels", "Dendritic"),
        Filter::Is("lymphocyte"),
        Filter::Marked,
    ];
    let mut one = || simple[dice.roll(simple.len())].clone();
    let (first, second) = (one(), one());
    match dice.roll(10) {
        0 => None,
        1 | 2 => Some(Filter::Not(Box::new(first))),
        3 => Some(Filter::Both(Box::new(first), Box::new(second))),
        4 => Some(Filter::RowBelow(0)),
        _ => Some(first),
    }
}

/// Takes a step in the interface and in the model. Returns the cell that should be selected after it.
pub fn take(step: &Step, (player, model): (&mut Player<'_>, &mut Model<'_>), dice: &mut Dice) -> Next {
    match step {
        Step::Filter(filter) => type_filter(filter.as_ref(), (player, model)),
        Step::GiveUpFilter => {
            model.view().filter = None;
            player.press("1 esc");
            Next::Same
        }
        Step::SameAs => same_as((player, model)),
        Step::Sort(column) => sort(*column, (player, model)),
        Step::Reverse => {
            let sort = model.view().sort.map(|(column, first)| (column, first.reverse()));
            model.view().sort = sort;
            player.press("1 S");
            Next::Same
        }
        Step::Mark => {
            let next = moved("j", model);
            let cell = player.workspace().selection().cell;
            player.press("1 space");
            if let Some(cell) = cell.filter(|cell| !model.view().marked.remove(cell)) {
                model.view().marked.insert(cell);
            }
            next
        }
        Step::Unmark => {
            player.press("1 u");
            model.view().marked.clear();
            Next::Same
        }
        Step::Threshold(keys) => {
            player.press(keys);
            model.view().threshold = stepped(model.now().threshold, 5, (keys, "]"));
            Next::Same
        }
        Step::Evidence(keys) => {
            player.press("2");
            player.press(keys);
            model.view().evidence = stepped(model.now().evidence, 1, (keys, ")"));
            Next::Same
        }
        Step::Move(keys) => {
            player.press("1");
            player.press(keys);
            moved(keys, model)
        }
        Step::OtherCell(keys) => {
            player.press(keys);
            moved(if keys.ends_with('>') { "j" } else { "k" }, model)
        }
        Step::Search(text) => search(text, (player, model), dice),
        Step::Found(key) => found(key, (player, model)),
        Step::Clusters(column) => {
            player.press("5 B");
            player.type_text(column);
            player.press("enter");
            model.view().clusters = column;
            Next::Same
        }
        Step::Cluster(keys) => {
            player.press("5");
            player.press(keys);
            player.press("enter");
            Next::Same
        }
        Step::Group => {
            player.press("2 o");
            Next::Same
        }
        Step::Embedding(keys) => {
            // A box needs the coordinates.
            player.settle(dice);
            let group = player.workspace().selection().group.clone();
            player.press("6");
            player.press(keys);
            if *keys == "u" && !matches!(group, Group::Box(_)) {
                model.view().marked.clear();
            }
            Next::Any
        }
        Step::Look(keys) => {
            player.press(keys);
            Next::Same
        }
        Step::Diff(keys) => diff(keys, (player, model), dice),
        Step::Consensus(keys) => {
            player.press("1 A");
            player.press(keys);
            if dice.roll(2) == 0 {
                player.settle(dice);
            }
            while !player.stage.app.overlays.is_empty() {
                player.press("esc");
            }
            Next::Same
        }
        Step::Resize(size) => {
            player.resize(*size);
            Next::Same
        }
        Step::Chunk => {
            model.runs[model.at].store_first_chunk(model.file);
            model.view().is_first_chunk_stored = true;
            player.sight();
            Next::Same
        }
        Step::Open(run) => open(*run, (player, model), dice),
    }
}

fn type_filter(filter: Option<&Filter>, (player, model): (&mut Player<'_>, &mut Model<'_>)) -> Next {
    player.press("1 & ctrl-u");
    player.type_text(&filter.map_or_else(String::new, Filter::text));
    player.press("enter");
    model.view().filter = filter.cloned();
    Next::Same
}

fn same_as((player, model): (&mut Player<'_>, &mut Model<'_>)) -> Next {
    let selected = player.workspace().selection().cell;
    player.press("1 =");
    if let Some(cell) = selected {
        let column = model.now().clusters;
        let call = match model.calls()[cell] {
            Call::Unanswered => None,
            Call::None => Some(None),
            Call::Term(term, _) => Some(Some(term)),
        };
        model.view().filter = Some(Filter::Same(call, column, model.file.columns[column][cell].clone()));
    }
    Next::Same
}

fn sort(column: Column, (player, model): (&mut Player<'_>, &mut Model<'_>)) -> Next {
    player.press("1 s");
    player.type_text(match column {
        Column::Row => "row",
        Column::Name => "name",
        Column::Call => "call_1",
        Column::Score => "score_1",
        Column::Counts => "n_counts",
    });
    player.press("enter");
    model.view().sort = Some((column, Ordering::Less));
    Next::Same
}

/// Returns a threshold after keys, of which `up` raises it.
fn stepped(threshold: u32, step: u32, (keys, up): (&str, &str)) -> u32 {
    keys.split(' ').fold(threshold, |threshold, key| match key == up {
        true => (threshold + step).min(100),
        false => threshold.saturating_sub(step),
    })
}

/// Returns the cell after moves in the current list, if the model knows their distance.
fn moved(keys: &str, model: &Model<'_>) -> Next {
    let (Some(cell), true) = (model.selected, model.settled.1) else { return Next::Any };
    let Some(at) = model.rows.iter().position(|row| *row == cell) else { return Next::Any };
    let last = model.rows.len() - 1;
    let place = match keys {
        "j" => (at + 1).min(last),
        "j j j" => (at + 3).min(last),
        "k" => at.saturating_sub(1),
        "G" => last,
        "g g" => 0,
        // The distance depends on the height of the table.
        _ => return Next::Any,
    };
    Next::Cell(model.rows[place])
}

fn search(text: &'static str, (player, model): (&mut Player<'_>, &mut Model<'_>), dice: &mut Dice) -> Next {
    player.settle(dice);
    let was_settled = model.settled.1;
    player.press("1 /");
    for letter in text.chars() {
        player.type_text(&letter.to_string());
        player.settle(dice);
    }
    player.press("enter");
    model.view().searched = Some(text);
    let (Some(cell), true) = (model.selected, was_settled) else { return Next::Any };
    let at = model.rows.iter().position(|row| *row == cell).unwrap_or(0);
    let found = model.found();
    let place = found.iter().find(|place| **place >= at).or(found.first());
    place.map_or(Next::Same, |place| Next::Cell(model.rows[*place]))
}

fn found(key: &str, (player, model): (&mut Player<'_>, &mut Model<'_>)) -> Next {
    player.press("1");
    player.press(key);
    let (Some(cell), true) = (model.selected, model.settled.1) else { return Next::Any };
    let at = model.rows.iter().position(|row| *row == cell).unwrap_or(0);
    let found = model.found();
    let place = match key {
        "n" => found.iter().find(|place| **place > at).or(found.first()),
        _ => found.iter().rev().find(|place| **place < at).or(found.last()),
    };
    place.map_or(Next::Same, |place| Next::Cell(model.rows[*place]))
}

/// Compares with the other run. Checks the dialog's number of changed cells against the made-up scores.
fn diff(keys: &str, (player, model): (&mut Player<'_>, &mut Model<'_>), dice: &mut Dice) -> Next {
    let (at, other) = (model.at, 1 - model.at);
    player.press("1 D");
    player.type_text(model.runs[other].path().to_str().unwrap());
    player.press("enter");
    player.settle(dice);
    let calls = model.calls();
    model.at = other;
    let other_calls: Vec<Option<_>> = model.runs[other].scores.iter().map(|scores| model.rule_at(scores, at)).collect();
    let is_other_answered: Vec<bool> = (0..calls.len()).map(|cell| model.is_answered(cell)).collect();
    model.at = at;
    let both = (0..calls.len()).filter(|cell| is_other_answered[*cell] && model.is_answered(*cell));
    let both: Vec<usize> = both.collect();
    let term = |call| match call {
        Call::Term(term, _) => Some(term),
        Call::None | Call::Unanswered => None,
    };
    let differ = both.iter().filter(|cell| term(calls[**cell]) != other_calls[**cell].map(|(term, _)| term));
    let said = format!("{} of {} cells called differently", differ.count(), both.len());
    let screen = player.screen((120, 36));
    assert!(screen.contains(&said), "{said}\n{screen}");
    player.press(keys);
    // The cells of the first changes are read from the interface.
    let selection = player.workspace().selection().clone();
    model.view().marked = selection.marked;
    if !player.stage.app.overlays.is_empty() {
        // There is no difference to show.
        player.press("esc");
    } else if keys.ends_with("enter") {
        model.view().filter = Some(Filter::Differing(selection.differing.to_vec()));
    }
    Next::Same
}

fn open(run: usize, (player, model): (&mut Player<'_>, &mut Model<'_>), dice: &mut Dice) -> Next {
    player.open(run);
    // Columns of the file must be known before they can be typed.
    player.settle(dice);
    model.open(run);
    Next::Any
}

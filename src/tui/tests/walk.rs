//! Random walks through open runs, checked against a simple model after every step. The seed determines keys, new
//! chunks, late answers, sizes and opened runs.
//!
//! A walk that fails prints its seed and its steps; `CASTUI_WALK=SEED` makes all walks those of that seed.

mod actions;
mod checks;
mod flags;
mod model;
mod noise;
mod player;
mod screen;
mod world;

use std::{cell::RefCell, fmt::Debug, rc::Rc};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use model::Model;
use player::Player;
use world::{File, Run};

/// The number of steps of a walk.
const STEPS: usize = 60;

/// A source of random numbers that follow from a seed.
#[derive(Debug)]
pub(super) struct Dice(StdRng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Returns a number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0.random_range(0..sides)
    }

    /// Returns one of the choices.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }
}

/// The steps taken so far, which are printed on a panic.
#[derive(Clone)]
struct Steps(u64, Rc<RefCell<Vec<String>>>);

impl Steps {
    fn new(seed: u64) -> Self {
        Self(seed, Rc::default())
    }

    fn add(&self, step: impl Debug) {
        self.1.borrow_mut().push(format!("{step:?}"));
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let steps = self.1.borrow();
            eprintln!("walk of seed {}, {} steps:\n{}", self.0, steps.len(), steps.join("\n"));
        }
    }
}

/// Returns the seed in the environment, or else the usual one.
fn seed(usual: u64) -> u64 {
    std::env::var("CASTUI_WALK").ok().and_then(|seed| seed.parse().ok()).unwrap_or(usual)
}

/// Takes the walk of a seed through runs, checked against the model.
fn walk(file: &File, seed: u64) {
    let (mut dice, steps) = (Dice::new(seed), Steps::new(seed));
    let runs = [Run::create(file, 1), Run::create(file, 2)];
    let mut player = Player::new(&runs);
    let mut model = Model::new(file, &runs);
    player.open(0);
    player.settle(&mut dice);
    checks::everything(&mut player, &mut model);
    for _ in 0..STEPS {
        let step = actions::choose(&model, &player, &mut dice);
        steps.add(&step);
        let next = actions::take(&step, (&mut player, &mut model), &mut dice);
        // Some answers are late: then only the invariants are checked.
        if dice.roll(4) == 0 {
            (0..dice.roll(4)).for_each(|_| player.answer_one(&mut dice));
        } else {
            player.settle(&mut dice);
        }
        model.expect(next, &player);
        checks::everything(&mut player, &mut model);
    }
}

#[test]
fn a_walk_agrees_with_the_model() {
    walk(&File::read(), seed(1));
}

#[test]
fn a_second_walk_agrees_with_the_model() {
    walk(&File::read(), seed(2));
}

#[test]
fn a_third_walk_agrees_with_the_model() {
    walk(&File::read(), seed(3));
}

#[test]
fn random_keys_cause_no_panic_and_leave_all_panes_in_agreement() {
    noise::walk(&File::read(), seed(1));
}

#[test]
fn other_random_keys_cause_no_panic_and_leave_all_panes_in_agreement() {
    noise::walk(&File::read(), seed(2));
}

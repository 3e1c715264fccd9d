//! The stochastic descent that moves the points of a map.

use rayon::prelude::*;

use super::{
    curve::Curve,
    forces::{Forces, LANES, Lanes},
    random,
};
use crate::analysis::{Error, Stage, fuzzy_graph::Connectivities};

/// The number of cells moved by one task.
const BLOCK: usize = 512;
/// The number of repelling cells per attracting cell (`negative_sample_rate`).
const REPELLING: usize = 5;
/// The number of times that an attraction acts: for a connectivity and for its mirror image.
const BOTH_WAYS: f32 = 2.0;
/// Marks a lane without a cell.
const NO_CELL: u32 = u32::MAX;

/// The input of the descent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    pub(super) graph: &'a Connectivities,
    pub(super) curve: Curve,
    pub(super) epochs: usize,
    pub(super) seed: u64,
}

impl Layout<'_> {
    /// Moves the points through all epochs with a step that falls linearly from 1 to 0.
    ///
    /// A connectivity `w` acts in a fraction of the epochs proportional to `w`, evenly spread.
    pub(super) fn run(&self, mut points: Vec<[f32; 2]>, stage: Stage<'_>) -> Result<Vec<[f32; 2]>, Error> {
        let forces = Forces::new(self.curve);
        let scale = 1.0 / self.graph.largest().max(f32::MIN_POSITIVE);
        let mut moved = points.clone();
        for epoch in 1..self.epochs {
            stage.advance(epoch, self.epochs)?;
            let pass = Pass {
                graph: self.graph,
                forces,
                points: &points,
                scale,
                epoch,
                step: 1.0 - epoch as f32 / self.epochs as f32,
                seed: random::mix(self.seed ^ (epoch as u64) << 32),
            };
            let blocks = moved.par_chunks_mut(BLOCK).enumerate();
            blocks.for_each(|(block, moved)| move_block(&pass, block * BLOCK, moved));
            std::mem::swap(&mut points, &mut moved);
        }
        Ok(points)
    }
}

/// One epoch.
struct Pass<'a> {
    graph: &'a Connectivities,
    forces: Forces,
    /// The points at the beginning of the epoch.
    points: &'a [[f32; 2]],
    /// The factor that makes the largest connectivity 1.
    scale: f32,
    epoch: usize,
    step: f32,
    seed: u64,
}

/// Computes the new points of the cells from `first` on. Also compiled for wider vectors, selected at run time; the
/// result is the same.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn move_block(pass: &Pass, first: usize, moved: &mut [[f32; 2]]) {
    moved.copy_from_slice(&pass.points[first..first + moved.len()]);
    let active = Active::new(pass, first..first + moved.len());
    let mut cells = Cells::new(pass, first as u32);
    while cells.fill(&active, moved) {
        let targets = cells.targets(&active);
        let differences = cells.differences(&targets);
        cells.move_by(&pass.forces.attraction(&differences), &[BOTH_WAYS * pass.step; LANES]);
        let mut total = [[0.0; LANES]; 2];
        for _ in 0..REPELLING {
            let others = cells.sample();
            let forces = pass.forces.repulsion(&cells.differences(&others));
            for lane in 0..LANES {
                let acts = if others[lane] == cells.cell[lane] { 0.0 } else { 1.0 };
                total[0][lane] += acts * forces[0][lane];
                total[1][lane] += acts * forces[1][lane];
            }
        }
        cells.move_by(&total, &[pass.step; LANES]);
    }
}

/// The attracting cells that act in an epoch, for a range of cells.
struct Active {
    starts: Vec<usize>,
    targets: Vec<u32>,
}

impl Active {
    #[inline(always)]
    fn new(pass: &Pass<'_>, cells: std::ops::Range<usize>) -> Self {
        let (before, now) = ((pass.epoch - 1) as f32 * pass.scale, pass.epoch as f32 * pass.scale);
        let mut active = Self { starts: vec![0], targets: Vec::new() };
        let mut count = 0;
        for cell in cells {
            let (targets, weights) = pass.graph.row(cell);
            active.targets.resize(count + targets.len(), 0);
            for (target, weight) in targets.iter().zip(weights) {
                // Branch-free, as a branch could not be predicted: a target that does not act is overwritten by the next.
                active.targets[count] = *target;
                count += usize::from((before * weight) as u32 != (now * weight) as u32);
            }
            active.starts.push(count);
        }
        active
    }
}

/// The cells that are being moved, one in each lane.
struct Cells<'a> {
    pass: &'a Pass<'a>,
    /// The first cell of the block, and the position of the next cell to take.
    first: u32,
    next: usize,
    cell: [u32; LANES],
    /// The position of the next attracting cell, and the end.
    at: [usize; LANES],
    end: [usize; LANES],
    point: [Lanes; 2],
    random: [u32; LANES],
}

impl<'a> Cells<'a> {
    #[inline(always)]
    fn new(pass: &'a Pass<'a>, first: u32) -> Self {
        Self {
            pass,
            first,
            next: 0,
            cell: [NO_CELL; LANES],
            at: [0; LANES],
            end: [0; LANES],
            point: [[0.0; LANES]; 2],
            random: [1; LANES],
        }
    }

    /// Replaces finished cells by the next ones, and returns whether there is anything left to do.
    #[inline(always)]
    fn fill(&mut self, active: &Active, moved: &mut [[f32; 2]]) -> bool {
        let mut is_busy = false;
        for lane in 0..LANES {
            if self.at[lane] == self.end[lane] {
                self.finish(lane, moved);
                self.take(lane, active);
            }
            is_busy |= self.at[lane] < self.end[lane];
        }
        is_busy
    }

    fn finish(&mut self, lane: usize, moved: &mut [[f32; 2]]) {
        if self.cell[lane] != NO_CELL {
            moved[(self.cell[lane] - self.first) as usize] = [self.point[0][lane], self.point[1][lane]];
            self.cell[lane] = NO_CELL;
        }
    }

    fn take(&mut self, lane: usize, active: &Active) {
        while let Some(&[start, end]) = active.starts.get(self.next..self.next + 2).and_then(|ends| ends.first_chunk())
        {
            let cell = self.first + self.next as u32;
            self.next += 1;
            if start < end {
                let [x, y] = self.pass.points[cell as usize];
                (self.cell[lane], self.at[lane], self.end[lane]) = (cell, start, end);
                (self.point[0][lane], self.point[1][lane]) = (x, y);
                self.random[lane] = random::mix(self.pass.seed ^ u64::from(cell)) as u32 | 1;
                return;
            }
        }
    }

    /// Takes the next attracting cell of each lane; an idle lane gets any cell.
    #[inline(always)]
    fn targets(&mut self, active: &Active) -> [u32; LANES] {
        let mut targets = [0; LANES];
        for (lane, target) in targets.iter_mut().enumerate() {
            if self.at[lane] < self.end[lane] {
                *target = active.targets[self.at[lane]];
                self.at[lane] += 1;
            }
        }
        targets
    }

    /// Draws a cell for each lane.
    #[inline(always)]
    fn sample(&mut self) -> [u32; LANES] {
        let limit = self.pass.points.len() as u64;
        let mut sampled = [0; LANES];
        for (state, sampled) in self.random.iter_mut().zip(&mut sampled) {
            *state = random::xorshift(*state);
            *sampled = ((u64::from(*state) * limit) >> 32) as u32;
        }
        sampled
    }

    /// Returns the differences of the points from those of other cells.
    #[inline(always)]
    fn differences(&self, others: &[u32; LANES]) -> [Lanes; 2] {
        let mut differences = [[0.0; LANES]; 2];
        for lane in 0..LANES {
            let [x, y] = self.pass.points[others[lane] as usize];
            differences[0][lane] = self.point[0][lane] - x;
            differences[1][lane] = self.point[1][lane] - y;
        }
        differences
    }

    #[inline(always)]
    fn move_by(&mut self, forces: &[Lanes; 2], steps: &Lanes) {
        for lane in 0..LANES {
            self.point[0][lane] += steps[lane] * forces[0][lane];
            self.point[1][lane] += steps[lane] * forces[1][lane];
        }
    }
}

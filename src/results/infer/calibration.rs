//! The relation between agreement and accuracy, measured on annotated cells.

/// How often inferred calls are right, by their agreement. The relation never falls (isotonic regression by pooling
/// adjacent violators; Ayer et al., Annals of Mathematical Statistics 1955).
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The upper agreement of each step, ascending.
    limits: Vec<f64>,
    /// The share of right calls of each step.
    shares: Vec<f64>,
    /// The number of measured cells.
    pub cells: usize,
    /// The number of cells whose inferred call is right.
    pub right: usize,
}

/// A step of the relation.
struct Step {
    limit: f64,
    right: f64,
    cells: f64,
}

impl Calibration {
    /// Fits the relation to pairs of an agreement and whether the call was right.
    pub fn new(mut pairs: Vec<(f64, bool)>) -> Self {
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut steps: Vec<Step> = Vec::new();
        for (agreement, is_right) in &pairs {
            let (right, cells) = (f64::from(u8::from(*is_right)), 1.0);
            // Cells with the same agreement belong to the same step.
            match steps.last_mut().filter(|last| last.limit == *agreement) {
                Some(last) => (last.right, last.cells) = (last.right + right, last.cells + cells),
                None => steps.push(Step { limit: *agreement, right, cells }),
            }
        }
        let mut pooled: Vec<Step> = Vec::new();
        for step in steps {
            pooled.push(step);
            while let [.., before, last] = &pooled[..]
                && before.right / before.cells >= last.right / last.cells
            {
                let (limit, right, cells) = (last.limit, before.right + last.right, before.cells + last.cells);
                pooled.truncate(pooled.len() - 2);
                pooled.push(Step { limit, right, cells });
            }
        }
        // A pseudocount of one cell, half of it right, keeps small steps away from certainty. It may reverse small differences.
        let mut highest = 0.0_f64;
        let share = |step: &Step| {
            highest = highest.max((step.right + 0.5) / (step.cells + 1.0));
            highest
        };
        Self {
            limits: pooled.iter().map(|step| step.limit).collect(),
            shares: pooled.iter().map(share).collect(),
            cells: pairs.len(),
            right: pairs.iter().filter(|(_, is_right)| *is_right).count(),
        }
    }

    /// Returns the confidence of a call with an agreement; 0 if nothing was measured.
    pub fn confidence(&self, agreement: f64) -> f64 {
        let step = self.limits.partition_point(|limit| *limit < agreement);
        self.shares.get(step).or(self.shares.last()).copied().unwrap_or(0.0)
    }

    /// Returns the share of right calls; `None` if nothing was measured.
    pub fn accuracy(&self) -> Option<f64> {
        (self.cells > 0).then(|| self.right as f64 / self.cells as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_confidence_is_the_share_of_right_calls_with_such_an_agreement() {
        let pairs = |agreement, right, wrong| {
            std::iter::repeat_n((agreement, true), right).chain(std::iter::repeat_n((agreement, false), wrong))
        };
        let all = pairs(0.2, 20, 79).chain(pairs(0.6, 49, 50)).chain(pairs(0.9, 98, 1));
        let calibration = Calibration::new(all.collect());
        let near = |agreement, share: f64| (calibration.confidence(agreement) - share).abs() < 1e-9;
        assert!(near(0.1, 0.205) && near(0.2, 0.205) && near(0.5, 0.495) && near(0.95, 0.985));
        assert_eq!(calibration.accuracy(), Some(167.0 / 297.0));
        assert_eq!(Calibration::new(Vec::new()).confidence(0.5), 0.0);
    }

    proptest! {
        #[test]
        fn the_confidence_never_falls(pairs in prop::collection::vec((0.0..=1.0f64, any::<bool>()), 0..60)) {
            let calibration = Calibration::new(pairs);
            let steps: Vec<f64> = (0..=50).map(|step| calibration.confidence(f64::from(step) / 50.0)).collect();
            prop_assert!(steps.is_sorted() && steps.iter().all(|share| (0.0..=1.0).contains(share)));
        }
    }
}

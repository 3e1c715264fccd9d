//! The numbers of marker genes that a cell expresses, as a sentence. A gene that both calls have supports neither, so the
//! genes that only one of them has are counted. Pure.

use super::compared::{Compared, GeneRow, Side};
use crate::tui::text;

/// The words for the genes and for the other call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    /// The genes, as in "top markers".
    pub kind: &'static str,
    /// The genes in fewer letters, as in "markers".
    pub brief: &'static str,
    /// The other call, as in "the runner-up".
    pub other: &'static str,
}

/// A number of expressed genes, and the number of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted {
    expressed: usize,
    of: usize,
}

impl Counted {
    fn of<'a>(rows: impl Iterator<Item = &'a GeneRow>) -> Self {
        rows.fold(Self { expressed: 0, of: 0 }, |counted, row| Self {
            expressed: counted.expressed + usize::from(row.value > 0.0),
            of: counted.of + 1,
        })
    }
}

/// Returns the genes that mark a call.
fn marks(side: &Side) -> impl Iterator<Item = &GeneRow> {
    side.genes.iter().flatten().filter(|row| !row.is_absent)
}

/// Counts the genes of a call that another one lacks.
fn only(side: &Side, without: &Side) -> Counted {
    Counted::of(marks(side).filter(|row| marks(without).all(|other| other.column != row.column)))
}

/// Returns the numbers of expressed genes as a sentence, in a shorter form if the long one exceeds a width.
pub(super) fn sentence(compared: &Compared, wording: Wording, width: usize) -> String {
    let Wording { kind, other, .. } = wording;
    let known = |side: &'_ Option<Side>| side.clone().filter(|side| side.genes.is_some());
    match (known(&compared.own), known(&compared.other)) {
        (Some(own), Some(others)) => of_both([&own, &others], wording, width),
        (Some(own), None) => {
            let Counted { expressed, of } = Counted::of(marks(&own));
            format!("expresses {expressed} of the {of} {kind} of its call")
        }
        (None, Some(others)) => {
            let Counted { expressed, of } = Counted::of(marks(&others));
            format!("expresses {expressed} of the {of} {kind} of {other}")
        }
        (None, None) => format!("there are no {kind} of its call"),
    }
}

fn of_both([own, others]: [&Side; 2], Wording { kind, brief, other }: Wording, width: usize) -> String {
    let [one, two] = [only(own, others), only(others, own)];
    let (a, b, shared) = (one.expressed, two.expressed, marks(own).count() - one.of);
    let (long, short) = match (shared, one.of, two.of) {
        (0, of, all) => {
            let others = if of == all { format!("{other}'s") } else { format!("the {all} of {other}") };
            let text = format!("expresses {a} of the {of} {kind} of its call and {b} of {others}");
            (format!("{text}; none is shared"), text)
        }
        (_, 0, 0) => {
            let both = Counted::of(marks(own));
            let text = format!("its call and {other} have the same {} {kind}", both.of);
            (format!("{text}, of which the cell expresses {}", both.expressed), text)
        }
        (_, 0, all) => {
            let text = format!("no {brief} only of its call; expresses {b} of {all} only of {other}");
            (format!("{text}; {shared} shared"), text)
        }
        (_, of, 0) => {
            let text = format!("expresses {a} of {of} {brief} only of its call; none only of {other}");
            (format!("{text}; {shared} shared"), text)
        }
        (_, of, all) => {
            let long = format!(
                "expresses {a} of the {of} {kind} that only its call has and {b} of the {all} that only {other} has; \
                 {shared} shared"
            );
            (long, format!("expresses {a} of {of} {brief} only of its call, {b} of {all} only of {other}"))
        }
    };
    if text::width(&long) <= width { long } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNER_UP: Wording = Wording { kind: "top markers", brief: "markers", other: "the runner-up" };

    /// Returns a side with genes of these columns; the cell expresses those below 10. Genes above 100 mark its absence.
    fn side(columns: &[u32]) -> Option<Side> {
        let row = |column: &u32| GeneRow {
            column: column % 100,
            label: format!("G{column}"),
            is_absent: *column > 100,
            listed_for: None,
            value: if column % 100 < 10 { 1.5 } else { 0.0 },
            own: None,
            other: None,
        };
        let genes = Some(columns.iter().map(row).collect());
        Some(Side { name: "T cell".into(), cells: 9, score: Some(0.5), genes })
    }

    fn said(own: Option<Side>, other: Option<Side>, width: usize) -> String {
        sentence(&Compared { row: 0, own, other, chosen: Vec::new(), typed: 0 }, RUNNER_UP, width)
    }

    #[test]
    fn genes_of_both_calls_are_not_counted_for_either() {
        let (own, other) = (side(&[1, 2, 3, 11, 12]), side(&[2, 3, 11, 4, 13, 14]));
        assert_eq!(
            said(own.clone(), other.clone(), 200),
            "expresses 1 of the 2 top markers that only its call has and 1 of the 3 that only the runner-up has; 3 shared"
        );
        let short = said(own, other, 76);
        assert_eq!(short, "expresses 1 of 2 markers only of its call, 1 of 3 only of the runner-up");
        assert!(short.len() <= 76);
    }

    #[test]
    fn calls_without_a_shared_gene_and_calls_with_the_same_genes_are_told_apart() {
        let same = said(side(&[1, 2, 11]), side(&[11, 1, 2]), 200);
        assert_eq!(same, "its call and the runner-up have the same 3 top markers, of which the cell expresses 2");
        let apart = said(side(&[1, 11]), side(&[2, 3]), 200);
        assert_eq!(apart, "expresses 1 of the 2 top markers of its call and 2 of the runner-up's; none is shared");
        let apart = said(side(&[1, 11]), side(&[2, 3, 12]), 70);
        assert_eq!(apart, "expresses 1 of the 2 top markers of its call and 2 of the 3 of the runner-up");
        let contained = said(side(&[1, 11]), side(&[1, 2, 11]), 200);
        assert_eq!(contained, "no markers only of its call; expresses 1 of 1 only of the runner-up; 2 shared");
        let containing = said(side(&[1, 2, 11]), side(&[1, 11]), 200);
        assert_eq!(containing, "expresses 1 of 1 markers only of its call; none only of the runner-up; 2 shared");
    }

    #[test]
    fn a_gene_that_a_call_lacks_is_not_shared() {
        let text = said(side(&[1, 102]), side(&[2, 11]), 200);
        assert_eq!(
            text,
            "expresses 1 of the 1 top markers of its call and 1 of the 2 of the runner-up; none is shared"
        );
        assert_eq!(said(side(&[1, 11]), None, 80), "expresses 1 of the 2 top markers of its call");
        assert_eq!(said(None, side(&[1, 11]), 80), "expresses 1 of the 2 top markers of the runner-up");
        assert_eq!(said(None, None, 80), "there are no top markers of its call");
    }
}

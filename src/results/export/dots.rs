//! The numbers of a dot plot as CSV.

use super::delimited::guarded_field;
use crate::{
    analysis::{Dot, Gene},
    results::number::PythonFloat,
};

/// A row of the table: a gene in a group.
#[derive(Clone, Copy, Debug)]
pub struct DotRow<'a> {
    /// The name of the group.
    pub group: &'a str,
    /// The number of cells of the group.
    pub cells: usize,
    /// The gene.
    pub gene: &'a Gene,
    /// The fraction of cells with a count, and the mean of all cells.
    pub dot: Dot,
}

/// Returns a dot plot as CSV, one row per group and gene.
pub fn dots_csv<'a>(rows: impl IntoIterator<Item = DotRow<'a>>) -> Vec<u8> {
    let mut text = b"group,n_cells,name,gene_symbol,gene_id,fraction,mean\n".to_vec();
    for DotRow { group, cells, gene, dot } in rows {
        for field in [group, &cells.to_string(), &gene.name, gene.symbol.as_deref().unwrap_or_default()] {
            guarded_field(&mut text, field, b',');
            text.push(b',');
        }
        guarded_field(&mut text, gene.id.as_deref().unwrap_or_default(), b',');
        text.extend(format!(",{},{}\n", PythonFloat(dot.fraction), PythonFloat(dot.mean)).into_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_per_group_and_gene() {
        let gene = Gene { column: 3, name: "CD3E".into(), symbol: Some("CD3E".into()), id: Some("ENSG1".into()) };
        let dot = Dot { fraction: 0.5, mean: 1.25 };
        let rows = [("T, \"x\"", 2), ("=a", 3)].map(|(group, cells)| DotRow { group, cells, gene: &gene, dot });
        let expected = "group,n_cells,name,gene_symbol,gene_id,fraction,mean\n\"T, \"\"x\"\"\",2,CD3E,CD3E,ENSG1,0.5,1.25\n'=a,3,CD3E,CD3E,ENSG1,0.5,1.25\n";
        assert_eq!(String::from_utf8(dots_csv(rows)).unwrap(), expected);
    }
}

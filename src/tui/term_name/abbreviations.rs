//! Abbreviations of cell type names. In: a label of the Cell Ontology. Out: the field's usual form of the label, in
//! two degrees. No two labels of the Cell Ontology have the same abbreviation, as a test verifies.

/// Suffixes of markers with their signs: `CD8-positive, ` becomes `CD8+ `.
const LEVELS: [(&str, &str); 4] = [("-positive", "+"), ("-negative", "−"), ("-low", "lo"), ("-high", "hi")];

/// Acronyms and signs that papers use without a definition. Longer phrases precede their parts.
const COMMON: [(&str, &str); 43] = [
    ("double-positive", "DP"),
    ("single-positive", "SP"),
    ("single positive", "SP"),
    ("double negative", "DN"),
    ("alpha-beta", "αβ"),
    ("gamma-delta", "γδ"),
    ("interferon-gamma", "IFNγ"),
    ("plasmacytoid dendritic cell", "pDC"),
    ("conventional dendritic cell", "cDC"),
    ("dendritic cell", "DC"),
    ("natural killer cell", "NK cell"),
    ("mucosal-associated invariant T cell", "MAIT cell"),
    ("mucosal invariant T cell", "MAIT cell"),
    ("regulatory T cell", "Treg"),
    ("T follicular helper cell", "Tfh cell"),
    ("T-helper 1", "Th1"),
    ("T-helper 2", "Th2"),
    ("T-helper 9", "Th9"),
    ("T-helper 17", "Th17"),
    ("T-helper 22", "Th22"),
    ("innate lymphoid cell", "ILC"),
    ("hematopoietic stem cell", "HSC"),
    ("mesenchymal stem cell", "MSC"),
    ("common lymphoid progenitor", "CLP"),
    ("common myeloid progenitor", "CMP"),
    ("granulocyte monocyte progenitor", "GMP"),
    ("megakaryocyte-erythroid progenitor", "MEP"),
    ("oligodendrocyte precursor cell", "OPC"),
    ("smooth muscle cell", "SMC"),
    ("retinal ganglion cell", "RGC"),
    ("medium spiny neuron", "MSN"),
    ("pulmonary alveolar type 1 cell", "AT1 cell"),
    ("pulmonary alveolar type 2 cell", "AT2 cell"),
    ("intratelencephalic", "IT"),
    ("extratelencephalic", "ET"),
    ("corticothalamic", "CT"),
    ("near-projecting", "NP"),
    ("dorsal root ganglion", "DRG"),
    ("central nervous system", "CNS"),
    ("germinal center", "GC"),
    ("lymph node", "LN"),
    ("(Homo sapiens)", "(Hsap)"),
    ("terminally differentiated", "term. diff."),
];

/// Shortened long words, for widths where acronyms are not short enough.
const CUT: [(&str, &str); 41] = [
    ("central memory", "CM"),
    ("effector memory", "EM"),
    ("memory", "mem."),
    ("effector", "eff."),
    ("activated", "act."),
    ("cytotoxic", "cytotox."),
    ("regulatory", "reg."),
    ("immature", "immat."),
    ("intermediate", "interm."),
    ("conventional", "conv."),
    ("differentiated", "diff."),
    ("progenitor", "prog."),
    ("precursor", "prec."),
    ("hematopoietic", "hemat."),
    ("thymocyte", "thymoc."),
    ("lymphocyte", "lymphoc."),
    ("macrophage", "macroph."),
    ("monocyte", "mono."),
    ("epithelial", "epith."),
    ("endothelial", "endoth."),
    ("fibroblast", "fibrobl."),
    ("interstitial", "interst."),
    ("intestinal", "intest."),
    ("intestine", "intest."),
    ("capillary", "capill."),
    ("secreting", "secr."),
    ("producing", "prod."),
    ("ganglion", "gangl."),
    ("glutamatergic", "glut."),
    ("GABAergic", "GABA"),
    ("dopaminergic", "dopam."),
    ("interneuron", "interneur."),
    ("projecting", "proj."),
    ("cerebellar", "cereb."),
    ("cortical", "cort."),
    ("myelinating", "myelin."),
    ("photoreceptor", "photorec."),
    ("enteroendocrine", "enteroend."),
    ("oligodendrocyte", "oligodendr."),
    ("mesothelial", "mesoth."),
    ("transitional", "trans."),
];

/// Returns the label with the signs and acronyms of the field.
pub(super) fn common(label: &str) -> String {
    replaced(&leveled(&replaced(label, &COMMON[..4])), &COMMON[4..])
}

/// Returns the result of [`common`] with long words shortened.
pub(super) fn cut(common: &str) -> String {
    replaced(common, &CUT)
}

/// Returns a name of several words without the final word "cell".
pub(super) fn without_cell(name: &str) -> &str {
    name.strip_suffix(" cell").filter(|rest| rest.len() > 2).unwrap_or(name)
}

/// Replaces the suffixes of markers, and the comma after them.
fn leveled(label: &str) -> String {
    let mut text = label.to_owned();
    for (ending, sign) in LEVELS {
        let mut done = 0;
        while let Some(place) = find(&text, ending, done, Edge::End) {
            let mut end = place + ending.len();
            if text[end..].starts_with(", ") {
                end += 1;
            }
            text.replace_range(place..end, sign);
            done = place + sign.len();
        }
    }
    text
}

fn replaced(label: &str, table: &[(&str, &str)]) -> String {
    let mut text = label.to_owned();
    for (phrase, short) in table {
        let mut done = 0;
        while let Some(place) = find(&text, phrase, done, Edge::Both) {
            text.replace_range(place..place + phrase.len(), short);
            done = place + short.len();
        }
    }
    text
}

/// The end of a phrase that must not continue into a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    End,
    Both,
}

/// Returns the first place of a phrase after a position, as whole words only.
fn find(text: &str, phrase: &str, from: usize, edge: Edge) -> Option<usize> {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text[from..].match_indices(phrase).map(|(place, _)| from + place).find(|place| {
        let before = text[..*place].chars().next_back();
        let after = text[place + phrase.len()..].chars().next();
        !is_word(after) && (edge == Edge::End || !is_word(before))
    })
}

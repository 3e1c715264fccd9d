//! All metadata of a reference cell: its 21 features, with names and their ontology terms in one line.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    domain::{CasCellId, CellMetadataFeature as Feature, Neighbor},
    tui::{
        pane::{Look, neighbors::distance, reference_cells::References},
        text,
        widget::{rule, table::fitted},
    },
};

/// The features in the order of display, each with the feature of its ontology term.
const SHOWN: [(Feature, Option<Feature>); 12] = [
    (Feature::CellType, Some(Feature::CellTypeOntologyTermId)),
    (Feature::Tissue, Some(Feature::TissueOntologyTermId)),
    (Feature::Disease, Some(Feature::DiseaseOntologyTermId)),
    (Feature::Assay, Some(Feature::AssayOntologyTermId)),
    (Feature::DonorId, None),
    (Feature::Sex, Some(Feature::SexOntologyTermId)),
    (Feature::DevelopmentStage, Some(Feature::DevelopmentStageOntologyTermId)),
    (Feature::SelfReportedEthnicity, Some(Feature::SelfReportedEthnicityOntologyTermId)),
    (Feature::Organism, Some(Feature::OrganismOntologyTermId)),
    (Feature::SuspensionType, None),
    (Feature::IsPrimaryData, None),
    (Feature::TotalMrnaUmis, None),
];

/// The width of the labels.
const LABELS: usize = 19;

/// Returns whether a feature is known for any of the cells.
fn is_offered(references: &References, feature: Feature) -> bool {
    references.known().values().any(|cell| cell.values.contains_key(&feature))
}

/// Returns the text for a feature without any values, within a width.
pub(super) fn not_offered(room: usize) -> &'static str {
    const WHOLE: &str = "not offered by this server";
    if room >= WHOLE.len() { WHOLE } else { "not offered" }
}

/// A neighbor and what is known about it.
pub(super) struct KnownNeighbor<'a> {
    pub(super) neighbor: Neighbor,
    pub(super) references: &'a References,
}

impl KnownNeighbor<'_> {
    /// Draws the features.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { neighbor, references } = *self;
        let theme = look.theme;
        let title = format!("{} at {}", neighbor.cell, distance(neighbor.distance));
        let head = std::iter::once(rule(&title, area.width, theme));
        let room = usize::from(area.width).saturating_sub(LABELS);
        let lines = SHOWN.into_iter().map(|(feature, term)| {
            let label = Span::styled(text::column(feature.label(), LABELS), theme.muted);
            let mut line = Line::from(vec![label]);
            match references.value(neighbor.cell, feature) {
                Some(value) => line.push_span(Span::raw(text::fit(value, room).into_owned())),
                None if is_offered(references, feature) => line.push_span(Span::styled("–", theme.muted)),
                None => line.push_span(Span::styled(not_offered(room), theme.muted)),
            }
            if let Some(term) = term.and_then(|term| references.value(neighbor.cell, term)) {
                line.push_span(Span::styled(format!("  {}", text::fit(term, 40)), theme.muted));
            }
            line
        });
        for (line, row) in head.chain(lines).zip(area.rows()) {
            frame.render_widget(fitted(line, usize::from(row.width)), row);
        }
    }
}

/// Returns all 21 features as lines of text, with their names on the wire.
pub(super) fn as_text(cell: CasCellId, references: &References) -> String {
    let value = |feature: Feature| match (feature, references.value(cell, feature)) {
        (_, Some(value)) => crate::domain::text::clean(value).into_owned(),
        (Feature::CasCellIndex, None) => cell.to_string(),
        (_, None) => String::new(),
    };
    let lines = Feature::ALL.map(|feature| format!("{feature}\t{}", value(feature)));
    lines.join("\n")
}

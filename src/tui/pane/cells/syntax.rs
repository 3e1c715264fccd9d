//! The syntax of filters, explained to users with examples. The help lists them; a test parses each.

/// An example of a filter with its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The filter, as typed.
    pub filter: &'static str,
    /// The cells that the filter shows.
    pub shows: &'static str,
}

const fn example(filter: &'static str, shows: &'static str) -> Example {
    Example { filter, shows }
}

/// Examples of everything that a filter can express.
pub const EXAMPLES: [Example; 18] = [
    example("T cell", "the displayed call (call 1) contains \"T cell\""),
    example("is \"T cell\"", "called T cell or a descendant of it in the ontology"),
    example("is CL:0000084", "the same by the term's id"),
    example("call 2~CD8", "the second call contains CD8"),
    example("score<0.5", "the score of the displayed call; also <= > >="),
    example("score 2>=0.3", "the score of the second call"),
    example("leiden=3", "a column has this value; != any other value"),
    example("leiden~cd8", "a column of the file contains a text"),
    example("obs~tumor", "any column of the file contains a text"),
    example("CD8A>1", "the expression of a gene added with x"),
    example("name~AAACC", "the name of the cell contains a text"),
    example("row<100", "rows of the file, from 0, as in exports"),
    example("flags=A", "has flag A; flags=AX has both"),
    example("marked=yes", "marked with space; marked=no the others"),
    example("differs=yes", "chosen in the last comparison with another run"),
    example("is \"T cell\" and not leiden=3", "join conditions with and, or, not"),
    example("(flags=A or score<0.3) and leiden=3", "group conditions with brackets"),
    example("\"leiden\"=\"3\"", "quote names and values that contain signs like = ( ~"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::TermId,
        tui::pane::cells::{
            Field,
            expression::{self, Vocabulary},
        },
    };

    struct Demo;

    impl Vocabulary for Demo {
        fn field(&self, name: &str) -> Option<Field> {
            let mut fields = vec![Field::Row, Field::Name, Field::Flags, Field::Obs("leiden".into())];
            let gene = crate::analysis::Gene { column: 0, name: "CD8A".into(), symbol: None, id: None };
            fields.push(Field::Gene(gene));
            fields.extend((0..3).flat_map(|rank| [Field::Call(rank), Field::Score(rank)]));
            Field::named(name, &fields)
        }

        fn term(&self, name: &str) -> Result<TermId, Option<String>> {
            ["T cell", "CL:0000084"].contains(&name).then(|| TermId::from("CL:0000084")).ok_or(None)
        }
    }

    #[test]
    fn every_example_is_a_filter_and_fits_into_the_help() {
        for example in EXAMPLES {
            expression::parse(example.filter, &Demo).unwrap_or_else(|fault| panic!("{}: {fault}", example.filter));
            assert!(example.filter.len() <= 36 && example.shows.len() <= 52, "{example:?}");
        }
    }
}

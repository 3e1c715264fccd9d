//! Text measured in terminal columns. In: any text. Out: text that fits a width, and readable numbers and times.
//! Independent of styles.

use std::{borrow::Cow, time::Duration};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::{number::grouped, text::clean};

/// The replacement of the part that did not fit.
const ELLIPSIS: &str = "…";

/// Returns the number of columns of a text.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cleans an untrusted text and cuts its end to a width, with an ellipsis.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let mut kept = start(&text, columns.saturating_sub(1)).to_owned();
    if columns > 0 {
        kept.push_str(ELLIPSIS);
    }
    Cow::Owned(kept)
}

/// Cuts the start of a text to a width, otherwise like [`fit`]: the end of a path is more informative.
pub fn fit_end(text: &str, columns: usize) -> Cow<'_, str> {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let ellipsis = if columns > 0 { ELLIPSIS } else { "" };
    Cow::Owned(format!("{ellipsis}{}", end(&text, columns.saturating_sub(1))))
}

/// Cuts the middle of a text to a width, otherwise like [`fit`]: names of cells often differ at both ends.
pub fn fit_middle(text: &str, columns: usize) -> Cow<'_, str> {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let room = columns - 1;
    let tail = end(&text, room / 2);
    Cow::Owned(format!("{}{ELLIPSIS}{tail}", start(&text, room - width(tail))))
}

/// Breaks a sentence into lines of a width. Cuts words that are wider.
pub fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split_whitespace() {
        let current = lines.last().map_or(0, |line| width(line));
        if current > 0 && current + 1 + width(word) > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&fit(word, columns));
        }
    }
    lines
}

/// Breaks sentences into lines of a width, each with the number of its sentence. If they are more than `rows`, the last
/// one ends with an ellipsis.
pub fn paragraphs(sentences: &[&str], columns: usize, rows: usize) -> Vec<(usize, String)> {
    let numbered = sentences.iter().enumerate();
    let of_sentence =
        |(number, sentence): (usize, &&str)| wrapped(sentence, columns).into_iter().map(move |line| (number, line));
    let mut lines: Vec<(usize, String)> = numbered.flat_map(of_sentence).collect();
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some((_, last)) = lines.last_mut() {
            *last = format!("{} {ELLIPSIS}", start(last, columns.saturating_sub(2)).trim_end());
        }
    }
    lines
}

/// Fits a text to a width as [`fit`] does, and pads it with spaces on the right.
pub fn column(text: &str, columns: usize) -> String {
    let mut fitted = fit(text, columns).into_owned();
    fitted.push_str(&" ".repeat(columns.saturating_sub(width(&fitted))));
    fitted
}

/// Fits a text to a width as [`fit`] does, and pads it with spaces on the left, as for numbers.
pub fn column_right(text: &str, columns: usize) -> String {
    let fitted = fit(text, columns);
    format!("{}{fitted}", " ".repeat(columns.saturating_sub(width(&fitted))))
}

/// Returns the longest start of a text within a width, in whole graphemes.
pub fn start(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (place, grapheme) in text.grapheme_indices(true) {
        taken += width(grapheme);
        if taken > columns {
            return &text[..place];
        }
    }
    text
}

/// Returns the longest end of a text within a width, in whole graphemes.
pub fn end(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    let mut from = text.len();
    for (place, grapheme) in text.grapheme_indices(true).rev() {
        taken += width(grapheme);
        if taken > columns {
            break;
        }
        from = place;
    }
    &text[from..]
}

/// Formats a number with thousands separators: `11,212`.
pub fn count(number: u64) -> String {
    grouped(number)
}

/// Formats a number of bytes with three digits: `812 MB`.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value >= 9.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Formats a fraction in percent, with a decimal digit where it matters.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 99.95 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// Formats a clock time: `1:24`, `2:05:00`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Formats a time in its largest unit: `40 s`, `12 min`, `52 h`, `9 d`.
pub fn rough(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..259_200 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Formats a number with its noun, which is given in the singular: `1 warning`, `2 warnings`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_never_inside_a_grapheme() {
        assert_eq!(fit("macrophage", 10), "macrophage");
        assert_eq!(fit("macrophage", 6), "macro…");
        assert_eq!(fit("細胞細胞", 5), "細胞…");
        assert_eq!(fit("細胞細胞", 4), "細…");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(fit("anything", 0), "");
        assert_eq!(fit("a\x1b[2Jb", 20), "a\u{FFFD}[2Jb");
    }

    #[test]
    fn sentences_are_wrapped_and_those_without_room_are_marked() {
        let lines = |rows| paragraphs(&["no cell is here", "k chooses one"], 8, rows);
        let whole = [(0, "no cell"), (0, "is here"), (1, "k"), (1, "chooses"), (1, "one")];
        assert_eq!(lines(5), whole.map(|(number, line)| (number, line.to_owned())));
        assert_eq!(lines(2), [(0, "no cell".to_owned()), (0, "is her …".to_owned())]);
        assert!(lines(0).is_empty());
    }

    #[test]
    fn a_path_keeps_its_end() {
        assert_eq!(fit_end("/scratch/lab/lung.h5ad", 12), "…b/lung.h5ad");
        assert_eq!(fit_end("lung", 12), "lung");
        assert_eq!(fit_end("lung", 0), "");
    }

    #[test]
    fn a_name_keeps_both_ends() {
        assert_eq!(fit_middle("AAATTCGATGCACA-1", 9), "AAAT…CA-1");
        assert_eq!(fit_middle("AAATTCGATGCACA-1", 8), "AAAT…A-1");
        assert_eq!([fit_middle("lung", 4), fit_middle("lungs", 1), fit_middle("lungs", 0)], ["lung", "…", ""]);
        assert_eq!(fit_middle("細胞細胞", 5), "細…胞");
        assert_eq!(fit_middle("a\x1b[2Jb", 20), "a\u{FFFD}[2Jb");
    }

    #[test]
    fn columns_have_their_width_for_any_text() {
        for text in ["", "T", "細胞の種類", "a very long name indeed"] {
            assert_eq!((width(&column(text, 9)), width(&column_right(text, 9))), (9, 9), "{text}");
        }
    }

    #[test]
    fn numbers_and_times_have_a_readable_format() {
        assert_eq!([count(0), count(999), count(11_212), count(1_000_000)], ["0", "999", "11,212", "1,000,000"]);
        assert_eq!([bytes(0), bytes(999), bytes(1_000), bytes(61_400_000)], ["0 B", "999 B", "1.0 kB", "61 MB"]);
        assert_eq!([percent(0.0), percent(0.257), percent(1.0)], ["0 %", "25.7 %", "100 %"]);
        let seconds = Duration::from_secs;
        assert_eq!([clock(seconds(84)), clock(seconds(7500))], ["1:24", "2:05:00"]);
        assert_eq!([rough(seconds(40)), rough(seconds(187_200)), rough(seconds(864_000))], ["40 s", "52 h", "10 d"]);
    }
}

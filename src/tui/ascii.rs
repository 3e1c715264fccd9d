//! Conversion of the screen for terminals whose locale is not UTF-8. In: a finished buffer. Out: the same buffer in
//! ASCII. The whole screen is converted as the last step, for all panes.

use ratatui::buffer::Buffer;

/// The ASCII character for each number of braille dots.
const DENSITY: [&str; 9] = [" ", ".", ".", ":", ":", "o", "o", "O", "@"];

/// Replaces all characters outside ASCII in a buffer.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut characters = cell.symbol().chars();
        if let (Some(first), rest) = (characters.next(), characters.next())
            && !(first.is_ascii() && rest.is_none())
        {
            cell.set_symbol(if rest.is_none() { substitute(first) } else { "?" });
        }
    }
}

/// Returns a text as it appears on a screen without UTF-8.
#[cfg(test)]
pub fn in_ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { substitute(c).to_owned() }).collect()
}

fn substitute(character: char) -> &'static str {
    match character {
        '─' | '═' | '╌' | '┄' => "-",
        '━' | '╸' => "=",
        '│' | '┃' | '║' => "|",
        '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '┏' | '┓' | '┗' | '┛' => {
            "+"
        }
        '■' | '█' | '▉' | '▊' | '▋' | '▌' | '▐' | '▓' | '▇' | '▆' => "#",
        '▍' | '▎' | '▏' | '·' | '⋅' | '…' | '▁' | '░' => ".",
        '▂' | '▃' => ":",
        '▄' | '▅' | '▀' | '▒' => "=",
        '▾' | '–' | '—' | '−' => "-",
        '▸' | '✓' => "+",
        '•' | '●' | '◆' | '★' => "*",
        '○' | '◌' => "o",
        '◐' | '◒' => "c",
        '✗' | '×' => "x",
        '❯' | '›' | '▶' | '→' | '≥' => ">",
        '‹' | '←' | '≤' => "<",
        '↑' | '▲' => "^",
        '↓' | '▼' => "v",
        '↻' => "~",
        '⇄' => "&",
        '≠' => "!",
        'α' => "a",
        'β' => "b",
        'γ' => "g",
        'δ' => "d",
        '\u{2800}'..='\u{28FF}' => DENSITY[(character as u32 - 0x2800).count_ones() as usize],
        '\u{A0}' => " ",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn only_ascii_remains_and_plots_keep_their_shading() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 1));
        buffer.set_string(0, 0, "╭█▏⣿⠁ é細e\u{301} ≥…", ratatui::style::Style::new());
        to_ascii(&mut buffer);
        let line: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert!(line.is_ascii(), "{line}");
        assert!(line.starts_with("+#.@. ??"), "{line}");
    }
}

//! Reads panes and tables back from a screen, as a user does.

/// A pane on a screen.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The digit before the title.
    pub digit: char,
    /// The rest of the title.
    pub title: String,
    /// The note at the right of the title.
    pub note: String,
    /// The lines inside the frame.
    pub lines: Vec<String>,
}

/// A table in a pane: its titles with the columns at which they start, and its rows.
pub struct Table<'a> {
    titles: Vec<(String, usize)>,
    pub rows: &'a [String],
}

/// Returns the panes of a screen.
pub fn panes(screen: &str) -> Vec<Shown> {
    let lines: Vec<Vec<char>> = screen.lines().map(|line| line.chars().collect()).collect();
    let mut panes = Vec::new();
    for (top, line) in lines.iter().enumerate() {
        let corners: Vec<usize> = (0..line.len()).filter(|at| line[*at] == '╭').collect();
        for left in corners {
            let Some(width) = line[left..].iter().position(|c| *c == '╮') else { continue };
            let part = |line: &Vec<char>| line.iter().skip(left + 1).take(width - 1).collect::<String>();
            let inside = lines[top + 1..].iter().take_while(|line| line.get(left) == Some(&'│'));
            let inside = inside.map(|line| part(line).chars().skip(1).collect::<String>().trim_end().to_owned());
            let head = part(line);
            let title = head.split('─').next().unwrap_or_default().trim();
            let note = head.rsplit('─').find(|part| !part.trim().is_empty()).unwrap_or_default().trim();
            panes.push(Shown {
                digit: title.chars().next().unwrap_or(' '),
                title: title.chars().skip(2).collect(),
                note: if note == title { String::new() } else { note.to_owned() },
                lines: inside.collect(),
            });
        }
    }
    panes
}

impl Shown {
    /// Returns the first line that contains a text.
    pub fn line(&self, text: &str) -> Option<&str> {
        self.lines.iter().map(String::as_str).find(|line| line.contains(text))
    }

    /// Returns the table below the first line that starts with a title.
    pub fn table(&self, title: &str) -> Option<Table<'_>> {
        let header = self.lines.iter().position(|line| line.trim_start().starts_with(title))?;
        let rows = &self.lines[header + 1..];
        // The rows end at a rule or a sentence.
        let is_row = |line: &String| line.chars().next().is_some_and(|first| first != '─' && !first.is_alphanumeric());
        let len = rows.iter().position(|line| !is_row(line)).unwrap_or(rows.len());
        Some(Table { titles: titles(&self.lines[header]), rows: &rows[..len] })
    }

    /// Returns the lines below a rule with a title, up to the next rule or an empty line.
    pub fn below(&self, rule: &str) -> Option<Vec<String>> {
        let (line, at) = self.lines.iter().enumerate().find_map(|(line, text)| Some((line, text.find(rule)?)))?;
        let column = self.lines[line][..at].chars().count();
        let part = self.lines[line + 1..].iter().map(|line| line.chars().skip(column).collect::<String>());
        Some(part.take_while(|part| !part.is_empty() && !part.starts_with('─')).collect())
    }

    /// Returns the line under the cursor, without the mark before it.
    pub fn under_cursor(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix('❯')).map(|line| line.trim_start_matches([' ', '•']))
    }
}

fn titles(header: &str) -> Vec<(String, usize)> {
    let is_of_cells = header.contains("call 1");
    let header: Vec<char> = header.chars().collect();
    let mut titles: Vec<(String, usize)> = Vec::new();
    let mut at = 0;
    while at < header.len() {
        if header[at] == ' ' {
            at += 1;
            continue;
        }
        let is_end = |end: &usize| {
            // The table of cells beside another pane has one space between titles, as in "call 1 score".
            let is_word = is_of_cells && at + 4 != *end && !matches!(header.get(end + 1), Some('▲' | '▼'));
            header[*end] == ' ' && (is_word || header[*end..].iter().take(2).all(|c| *c == ' '))
        };
        let end = (at..header.len()).find(is_end).unwrap_or(header.len());
        let title: String = header[at..end].iter().collect();
        titles.push((title.trim_end_matches(['▲', '▼', ' ']).to_owned(), at));
        at = end;
    }
    titles
}

impl Table<'_> {
    /// Returns the minimum width of the first column with a title, without the gap to the next one. `None` without such a
    /// column.
    pub fn width(&self, title: &str) -> Option<usize> {
        let place = self.titles.iter().position(|(known, _)| known == title)?;
        let end = self.titles.get(place + 1).map_or(usize::MAX, |(_, start)| start - 2);
        Some(end.saturating_sub(self.titles[place].1))
    }

    /// Returns the width of names in the table of clusters: that of the narrowest column of names, as a cell type has one
    /// name in all of them.
    pub fn name_width(&self) -> Option<usize> {
        let titles = self.titles.iter().skip(1).map(|(title, _)| title.as_str());
        let names = titles.filter(|title| !["cells", "score", "agree"].contains(title) && !title.ends_with('›'));
        names.filter_map(|title| self.width(title)).min()
    }

    /// Returns the value of a row in the first column with a title. `None` if there is no such column.
    pub fn value(&self, row: &str, title: &str) -> Option<String> {
        let place = self.titles.iter().position(|(known, _)| known == title)?;
        let start = self.titles[place].1;
        let end = self.titles.get(place + 1).map_or(usize::MAX, |(_, start)| *start);
        let value: String = row.chars().skip(start).take(end - start).collect();
        Some(value.trim().to_owned())
    }
}

/// Returns the number that a text begins with.
pub fn number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

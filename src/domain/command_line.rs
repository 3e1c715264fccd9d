//! A command that can be pasted into a shell.

use std::fmt;

/// A `castui` command that can be pasted into a shell. It never contains a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    words: Vec<String>,
}

impl CommandLine {
    /// Creates a command from its words, which are quoted already. An option and its value may be one word.
    pub fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// Returns the command in lines of at most `width` columns, if possible. All lines but the last end with a
    /// backslash, so that they can be pasted together.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let columns = |text: &str| text.chars().count();
        let mut lines: Vec<String> = Vec::new();
        for word in &self.words {
            match lines.last_mut() {
                Some(line) if columns(line) + 1 + columns(word) + 2 <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                Some(line) => {
                    line.push_str(" \\");
                    lines.push(format!("  {word}"));
                }
                None => lines.push(word.clone()),
            }
        }
        lines
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_wrapped_only_between_words() {
        let words = ["castui", "annotate", "'a b.h5ad'", "--output-dir 'c d'"];
        let line = CommandLine::new(words.map(str::to_owned).to_vec());
        assert_eq!(line.lines(30), ["castui annotate 'a b.h5ad' \\", "  --output-dir 'c d'"]);
        assert_eq!(line.lines(3).len(), 4);
        assert_eq!(line.lines(200), [line.to_string()]);
    }
}

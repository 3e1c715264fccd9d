//! Fuzzy search. In: a pattern and a text. Out: a score and the matching places.

/// A match of a pattern in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The score; higher is better.
    pub score: i32,
    /// The places of the matching characters.
    pub places: Vec<usize>,
}

/// Searches a text for the letters of a pattern in order, without regard to case. Starts of words and runs of letters
/// score higher; an empty pattern matches everything.
pub fn fit(pattern: &str, text: &str) -> Option<Fit> {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let pattern: Vec<char> = pattern.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let starts = (0..text.len()).filter(|&start| pattern.first().is_none_or(|first| text[start] == *first));
    let best = starts.filter_map(|start| fit_from(&pattern, &text, start)).max_by_key(|fit| fit.score);
    if pattern.is_empty() { Some(Fit { score: 0, places: Vec::new() }) } else { best }
}

fn fit_from(pattern: &[char], text: &[char], start: usize) -> Option<Fit> {
    let mut places = Vec::with_capacity(pattern.len());
    let mut from = start;
    for wanted in pattern {
        let place = from + text[from..].iter().position(|c| c == wanted)?;
        places.push(place);
        from = place + 1;
    }
    let word_starts = places.iter().filter(|&&place| place == 0 || !text[place - 1].is_alphanumeric()).count();
    let runs = places.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
    let spread = places.last().zip(places.first()).map_or(0, |(last, first)| last - first);
    let score = 8 * word_starts as i32 + 8 * runs as i32 - spread as i32 - start as i32 / 4;
    // Scattered letters are not a match.
    if pattern.len() > 2 && score < 0 {
        return None;
    }
    Some(Fit { score, places })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_words_and_runs_of_letters_win() {
        let score = |text| fit("nr", text).map_or(i32::MIN, |fit| fit.score);
        assert!(score("new run") > score("in real time"));
        assert!(fit("pause", "Pause the run").unwrap().score > fit("pause", "Put a used one").unwrap().score);
        assert_eq!(fit("xyz", "new run"), None);
        assert_eq!(fit("", "anything").unwrap().places, Vec::<usize>::new());
        assert_eq!(fit("nr", "new run").unwrap().places, [0, 4]);
    }

    #[test]
    fn an_empty_text_fits_only_an_empty_pattern() {
        assert!(fit("", "").is_some());
        assert!(fit("a", "").is_none());
    }
}

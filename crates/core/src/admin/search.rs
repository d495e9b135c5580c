//! What somebody is looked for by: the beginning of a word of their name, or of a part of their e-mail.

/// Longer than any name.
const LONGEST: usize = 254;

/// What was typed, as the words that people are found by are kept: with the letters A to Z in lower case, and others as they were
/// written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// How a word of theirs begins, in each of the ways that it may be written.
    pub begins: Vec<String>,
    /// What else is somewhere in their name or e-mail, each of it.
    pub also: Vec<String>,
}

impl Search {
    /// Reads it; `None`: nothing was typed, or more than anybody is called.
    pub fn parse(text: &str) -> Option<Search> {
        if text.len() > LONGEST {
            return None;
        }
        let mut words: Vec<&str> = text.split_whitespace().collect();
        // The longest one is had by the fewest.
        let (at, _) = words.iter().enumerate().max_by_key(|(_, word)| word.len())?;
        let word = words.remove(at);
        let lower = word.to_lowercase();
        let mut letters = lower.chars();
        let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let mut begins = vec![word.to_ascii_lowercase()];
        for written in [format!("{capital}{}", letters.as_str()).to_ascii_lowercase(), lower] {
            if !begins.contains(&written) {
                begins.push(written);
            }
        }
        Some(Search { begins, also: words.into_iter().map(str::to_ascii_lowercase).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::Search;

    #[test]
    fn people_are_looked_for_by_the_beginning_of_a_word_however_it_is_written() {
        for (typed, begins, also) in [
            ("Ali", &["ali"][..], &[][..]),
            ("  alice ", &["alice"], &[]),
            ("ALICE@Acme.test", &["alice@acme.test"], &[]),
            ("J. Example", &["example"], &["j."]),
            ("Example Jo", &["example"], &["jo"]),
            ("élodie", &["élodie", "Élodie"], &[]),
            ("Élodie", &["Élodie", "élodie"], &[]),
            ("BJÖRN", &["bjÖrn", "björn"], &[]),
            ("ßtrange", &["ßtrange", "sstrange"], &[]),
            ("%_*'\"", &["%_*'\""], &[]),
        ] {
            let search = Search::parse(typed).expect("something was typed");
            assert_eq!(search.begins, begins, "{typed}");
            assert_eq!(search.also, also, "{typed}");
        }
        assert_eq!(Search::parse(" \t"), None);
        assert!(Search::parse(&"a".repeat(254)).is_some());
        assert_eq!(Search::parse(&"a".repeat(255)), None);
    }
}

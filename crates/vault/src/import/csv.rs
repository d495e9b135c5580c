//! Tables (RFC 4180), one row at a time, each with the line that it begins on. A row that is broken costs itself and not the
//! rest: after a quotation mark that is never closed no value goes over a line any more, so that one pass is enough.

use super::{COLUMNS_MOST, Reason};

/// A row, and where it begins.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Result<Vec<String>, Reason>,
}

pub(super) struct Rows<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    delimiter: u8,
    /// A value may go over several lines.
    spans_lines: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: &'a str) -> Rows<'a> {
        Rows { text, at: 0, line: 1, delimiter: delimiter(text), spans_lines: true }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        // Both are beside characters of ASCII.
        self.text.get(from..to).unwrap_or_default()
    }

    fn is_end(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b'\n' | b'\r'))
    }

    /// Past the end of the line that `at` is on.
    fn next_line(&mut self, mut at: usize) {
        while !self.is_end(at) {
            at += 1;
        }
        if self.byte(at) == Some(b'\r') && self.byte(at + 1) == Some(b'\n') {
            at += 1;
        }
        self.at = at + 1;
        self.line += 1;
    }

    /// A quoted value that begins at `at`, past its quotation mark; with the place past the closing one.
    fn quoted(&self, from: usize) -> Option<(String, usize, usize)> {
        let mut value = String::new();
        let (mut from, mut at, mut lines) = (from, from, 0);
        loop {
            match self.byte(at)? {
                b'"' if self.byte(at + 1) == Some(b'"') => {
                    value.push_str(self.slice(from, at + 1));
                    at += 2;
                    from = at;
                }
                b'"' => {
                    value.push_str(self.slice(from, at));
                    return Some((value, at + 1, lines));
                }
                b'\n' | b'\r' if !self.spans_lines => return None,
                byte => {
                    let is_pair = byte == b'\r' && self.byte(at + 1) == Some(b'\n');
                    lines += usize::from(byte == b'\n' || (byte == b'\r' && !is_pair));
                    at += 1;
                }
            }
        }
    }

    fn row(&mut self) -> Result<Vec<String>, Reason> {
        let start = (self.at, self.line);
        let (mut cells, mut at) = (Vec::new(), self.at);
        loop {
            if cells.len() == COLUMNS_MOST {
                self.next_line(at);
                return Err(Reason::Columns { found: COLUMNS_MOST + 1, expected: COLUMNS_MOST });
            }
            if self.byte(at) == Some(b'"') {
                let Some((value, end, lines)) = self.quoted(at + 1) else {
                    // What follows is lines that belong to nobody, or rows: taken for rows.
                    self.spans_lines = false;
                    self.line = start.1;
                    self.next_line(start.0);
                    return Err(Reason::QuoteOpen);
                };
                self.line += lines;
                cells.push(value);
                at = end;
                if !self.is_end(at) && self.byte(at) != Some(self.delimiter) {
                    self.next_line(at);
                    return Err(Reason::QuoteInside);
                }
            } else {
                let from = at;
                while !self.is_end(at) && self.byte(at) != Some(self.delimiter) {
                    at += 1;
                }
                cells.push(self.slice(from, at).to_owned());
            }
            if self.is_end(at) {
                self.next_line(at);
                return Ok(cells);
            }
            at += 1;
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while self.at < self.text.len() {
            let line = self.line;
            let cells = self.row();
            let is_blank = matches!(cells.as_deref(), Ok([only]) if only.trim().is_empty());
            if !is_blank {
                return Some(Row { line, cells });
            }
        }
        None
    }
}

/// The one of comma, semicolon and tabulator that the first line has most of, outside of quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => {
                counts.iter_mut().filter(|(it, _)| *it == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // The first of equals.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::{Reason, Row, Rows};

    fn rows(text: &str) -> Vec<(usize, Result<Vec<String>, Reason>)> {
        Rows::new(text).map(|Row { line, cells }| (line, cells)).collect()
    }

    fn cells(cells: &[&str]) -> Result<Vec<String>, Reason> {
        Ok(cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn rows_are_read_with_the_line_that_they_begin_on() {
        let text = "a,b\r\n\"x\n\"\"y\"\", z\",2\n\n  \n,\rlast,\"\"";
        let expected = vec![
            (1, cells(&["a", "b"])),
            (2, cells(&["x\n\"y\", z", "2"])),
            (6, cells(&["", ""])),
            (7, cells(&["last", ""])),
        ];
        assert_eq!(rows(text), expected);
        assert_eq!(rows("a;b,c;d"), vec![(1, cells(&["a", "b,c", "d"]))]);
        assert_eq!(rows("a\tb"), vec![(1, cells(&["a", "b"]))]);
        assert_eq!(rows("5\" nail,b"), vec![(1, cells(&["5\" nail", "b"]))]);
        assert_eq!(rows(""), vec![]);
    }

    #[test]
    fn what_is_broken_costs_itself_and_not_the_rest() {
        let text = "a,b\n1,\"never closed\n2,y\n3,z";
        let expected = vec![
            (1, cells(&["a", "b"])),
            (2, Err(Reason::QuoteOpen)),
            (3, cells(&["2", "y"])),
            (4, cells(&["3", "z"])),
        ];
        assert_eq!(rows(text), expected);
        let text = "a,b\n\"1\"x,y\n\"2\n\"x,y\n3,z";
        let expected = vec![
            (1, cells(&["a", "b"])),
            (2, Err(Reason::QuoteInside)),
            (3, Err(Reason::QuoteInside)),
            (5, cells(&["3", "z"])),
        ];
        assert_eq!(rows(text), expected);
        let wide = ",".repeat(600);
        assert_eq!(rows(&wide), vec![(1, Err(Reason::Columns { found: 501, expected: 500 }))]);
    }
}

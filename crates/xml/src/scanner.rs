//! Reads a tag from left to right.

use crate::name::is_space;

/// What is left of a tag.
pub(super) struct Scanner<'a> {
    pub(super) source: &'a str,
    pub(super) at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a [u8] {
        self.source.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.source.len()
    }

    /// Whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        let from = self.at;
        while self.source.as_bytes().get(self.at).is_some_and(|byte| is_space(*byte)) {
            self.at += 1;
        }
        self.at > from
    }

    /// What stands before the first byte that matches, or before the end; `None` where that is nothing.
    pub(super) fn until(&mut self, stop: impl Fn(u8) -> bool) -> Option<&'a str> {
        let length = self.rest().iter().position(|byte| stop(*byte)).unwrap_or(self.rest().len());
        let text = self.source.get(self.at..self.at + length).filter(|text| !text.is_empty())?;
        self.at += length;
        Some(text)
    }

    /// `S? '=' S? ("'" … "'" | '"' … '"')`; what stands between the quotes.
    pub(super) fn equals_quoted(&mut self) -> Option<&'a str> {
        self.skip_space();
        if self.rest().first() != Some(&b'=') {
            return None;
        }
        self.at += 1;
        self.skip_space();
        let quote = *self.rest().first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.at += 1;
        let length = memchr::memchr(quote, self.rest())?;
        let value = self.source.get(self.at..self.at + length)?;
        self.at += length + 1;
        Some(value)
    }
}

//! Cuts a growing text into the parts that the guard judges: sentences and lines of prose, and whole code blocks.
//!
//! The cut depends on the text alone, but for [`Parts::pause`], which gives a finished sentence out before the next token
//! proves that it was finished.

/// A part of the text; parts in a row are the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A sentence or a line, with the white space behind it.
    Prose(String),
    /// A fenced block, fences included.
    Code(String),
}

/// A sentence longer than this is judged in pieces, so that nothing is held for ever.
const LONGEST: usize = 1_000;

/// The part that is still growing.
#[derive(Debug)]
pub(super) struct Parts {
    part: String,
    /// Where in `part` the present line begins; `None` where its beginning has been given out.
    line: Option<usize>,
    fence: Option<(char, usize)>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { part: String::new(), line: Some(0), fence: None }
    }
}

impl Parts {
    /// Takes the next text and returns the parts that are whole.
    pub(super) fn push(&mut self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for character in text.chars() {
            let ends_sentence = character.is_whitespace() && self.is_after_sentence();
            self.part.push(character);
            if character == '\n' {
                self.end_line(&mut parts);
            } else if self.fence.is_none() && !self.may_open_fence() && (ends_sentence || self.part.len() > LONGEST) {
                self.give(&mut parts, None);
            }
        }
        parts
    }

    /// Gives out what is plainly finished though nothing has followed yet: a sentence behind its full stop, a code block
    /// behind its closing fence.
    pub(super) fn pause(&mut self) -> Option<Part> {
        let mut parts = Vec::new();
        if self.fence.is_some() {
            if self.closes_fence() {
                self.give(&mut parts, None);
            }
        } else if self.is_after_sentence() && !self.is_after_digit() && !self.may_open_fence() {
            self.give(&mut parts, None);
        }
        parts.pop()
    }

    /// Gives out the rest, and begins anew.
    pub(super) fn finish(&mut self) -> Option<Part> {
        let mut parts = Vec::new();
        if !self.part.is_empty() {
            self.give(&mut parts, Some(0));
        }
        *self = Self::default();
        parts.pop()
    }

    /// Whether something is held that a pause may let go.
    pub(super) fn is_empty(&self) -> bool {
        self.part.is_empty()
    }

    fn end_line(&mut self, parts: &mut Vec<Part>) {
        if self.fence.is_some() {
            if self.closes_fence() {
                self.give(parts, Some(0));
            } else {
                self.line = Some(self.part.len());
            }
        } else if let Some(fence) = self.opened_fence() {
            self.fence = Some(fence);
            self.line = Some(self.part.len());
        } else {
            self.give(parts, Some(0));
        }
    }

    fn give(&mut self, parts: &mut Vec<Part>, line: Option<usize>) {
        let text = std::mem::take(&mut self.part);
        parts.push(if self.fence.take().is_some() { Part::Code(text) } else { Part::Prose(text) });
        self.line = line;
    }

    fn present_line(&self) -> &str {
        self.line.and_then(|start| self.part.get(start..)).unwrap_or_default()
    }

    fn may_open_fence(&self) -> bool {
        let head = self.present_line().trim_start();
        head.starts_with("```") || head.starts_with("~~~")
    }

    fn opened_fence(&self) -> Option<(char, usize)> {
        let head = self.present_line().trim_start();
        let mark = head.chars().next().filter(|first| matches!(first, '`' | '~'))?;
        let info = head.trim_start_matches(mark);
        let length = head.len() - info.len();
        (length >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, length))
    }

    fn closes_fence(&self) -> bool {
        let line = self.present_line().trim();
        self.fence.is_some_and(|(mark, length)| line.len() >= length && line.chars().all(|character| character == mark))
    }

    fn is_after_sentence(&self) -> bool {
        let text = self.part.trim_end_matches([')', ']', '"', '\'', '*', '_', '`', '»', '”', '’']);
        let is_numbering = self.present_line().trim_end_matches(['.', ')']).trim_start().parse::<u32>().is_ok();
        text.ends_with(['.', '!', '?', '…', '。', '！', '？']) && !is_numbering
    }

    fn is_after_digit(&self) -> bool {
        self.part
            .trim_end_matches(|character: char| !character.is_alphanumeric())
            .ends_with(|last: char| last.is_ascii_digit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<Part> {
        let mut parts = Parts::default();
        let mut all = parts.push(text);
        all.extend(parts.finish());
        all
    }

    fn prose(text: &str) -> Part {
        Part::Prose(text.to_owned())
    }

    #[test]
    fn prose_is_cut_by_sentence_and_line() {
        assert_eq!(
            cut("Is 3.5 right? Look *again.* Here:\n1. one\nEnd"),
            [prose("Is 3.5 right? "), prose("Look *again.* "), prose("Here:\n"), prose("1. one\n"), prose("End")]
        );
    }

    #[test]
    fn code_is_one_part_from_fence_to_fence() {
        let code = "```py\nx = 1. \n\ny\n```\n";
        assert_eq!(cut(&format!("See:\n{code}End")), [prose("See:\n"), Part::Code(code.to_owned()), prose("End")]);
    }

    #[test]
    fn a_pause_gives_out_only_what_is_plainly_finished() {
        let mut parts = Parts::default();
        assert_eq!(parts.push("Well done."), []);
        assert_eq!(parts.pause(), Some(prose("Well done.")));
        parts.push(" It is 3.");
        assert_eq!(parts.pause(), None, "it may go on as 3.14");
        parts.push("14\n```\ncode.");
        assert_eq!(parts.pause(), None);
        parts.push("\n```");
        assert_eq!(parts.pause(), Some(Part::Code("```\ncode.\n```".to_owned())));
    }
}

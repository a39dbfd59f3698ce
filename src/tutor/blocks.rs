//! Cuts a growing markdown text into blocks, so that each can be rendered as soon as nothing can change it any more.
//!
//! A block is what stands between blank lines; a list with all its items, and a fenced code block with all its lines, is
//! one block. The cut depends on the text alone, never on how it arrived.

/// A block that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// From 1, in the order of the text.
    pub id: u32,
    /// Its text with the blank lines around it: the blocks in a row are the whole text.
    pub markdown: String,
}

/// What becomes known when more text arrives. The pieces of text between two closed blocks are exactly the later block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// More of the open block.
    Text(String),
    /// The open block is whole.
    Closed(Block),
}

/// The text so far, as far as it matters for the next cut.
#[derive(Debug, Default)]
pub struct Blocks {
    closed: u32,
    /// The open block, without the present line.
    block: String,
    /// The present line.
    line: String,
    /// How much of the present line has been given out; nothing before it is clear what the line begins.
    given: usize,
    line_is_known: bool,
    after_blank: bool,
    is_list: bool,
    fence: Option<Fence>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fence {
    indent: String,
    mark: char,
    length: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Blank,
    Fence(Fence),
    Item,
    Other,
}

impl Blocks {
    /// Takes the next part of the text.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for character in text.chars() {
            self.line.push(character);
            let ends = character == '\n';
            if !self.line_is_known {
                self.recognise(ends, &mut pieces);
            }
            if ends {
                self.end_line(&mut pieces);
            }
        }
        self.give_line(&mut pieces);
        pieces
    }

    /// Takes the end of the text. White space after the last block belongs to none.
    pub fn finish(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if !self.line_is_known {
            self.recognise(true, &mut pieces);
        }
        self.give_line(&mut pieces);
        self.block.push_str(&self.line);
        self.line.clear();
        if !self.block.trim().is_empty() {
            self.close(&mut pieces);
        }
        pieces
    }

    /// What would close the fenced code block that is open; `None` outside of one.
    pub fn closing_fence(&self) -> Option<String> {
        let fence = self.fence.as_ref()?;
        let line_break = if self.line.is_empty() { "" } else { "\n" };
        Some(format!("{line_break}{}{}\n", fence.indent, fence.mark.to_string().repeat(fence.length)))
    }

    /// Decides whether the present line begins a block, as soon as its head tells.
    fn recognise(&mut self, whole: bool, pieces: &mut Vec<Piece>) {
        if self.fence.is_some() {
            self.line_is_known = true;
            return;
        }
        let Some(kind) = recognise(&self.line, whole) else { return };
        self.line_is_known = true;
        if kind == Line::Blank {
            self.after_blank = true;
            return;
        }
        let inside_item = self.is_list && indentation(&self.line) >= 2;
        let begins = match &kind {
            Line::Fence(_) => !inside_item,
            Line::Item => self.after_blank && !self.is_list,
            _ => self.after_blank && !inside_item,
        };
        if begins && !self.block.trim().is_empty() {
            self.close(pieces);
        }
        if self.block.trim().is_empty() {
            self.is_list = kind == Line::Item;
        }
        self.after_blank = false;
        if let Line::Fence(fence) = kind {
            // The line that opens a fence must not be taken for the one that closes it.
            self.fence = Some(fence);
            self.give_line(pieces);
            self.block.push_str(&self.line);
            self.line.clear();
            self.given = 0;
            self.line_is_known = false;
        }
    }

    fn end_line(&mut self, pieces: &mut Vec<Piece>) {
        self.give_line(pieces);
        let closes = self.fence.as_ref().is_some_and(|fence| fence.is_closed_by(&self.line));
        self.block.push_str(&self.line);
        self.line.clear();
        self.given = 0;
        self.line_is_known = false;
        if closes {
            self.fence = None;
            if !self.is_list {
                self.close(pieces);
            }
        }
    }

    fn give_line(&mut self, pieces: &mut Vec<Piece>) {
        if !self.line_is_known || self.given == self.line.len() {
            return;
        }
        let text = &self.line[self.given..];
        match pieces.last_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ => pieces.push(Piece::Text(text.to_owned())),
        }
        self.given = self.line.len();
    }

    fn close(&mut self, pieces: &mut Vec<Piece>) {
        self.closed += 1;
        pieces.push(Piece::Closed(Block { id: self.closed, markdown: std::mem::take(&mut self.block) }));
        self.is_list = false;
        self.after_blank = false;
    }
}

impl Fence {
    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        !line.is_empty() && line.chars().all(|character| character == self.mark) && line.len() >= self.length
    }
}

/// What a line begins; `None` while its head leaves that open.
fn recognise(line: &str, whole: bool) -> Option<Line> {
    let head = line.trim_start();
    let Some(first) = head.chars().next() else { return whole.then_some(Line::Blank) };
    let rest = &head[first.len_utf8()..];
    match first {
        '`' | '~' => recognise_fence(line, head, first, whole),
        '-' | '*' | '+' => recognise_marker(rest, whole),
        '0'..='9' => {
            let after = rest.trim_start_matches(|character: char| character.is_ascii_digit());
            match after.chars().next() {
                Some('.' | ')') if rest.len() - after.len() < 9 => recognise_marker(&after[1..], whole),
                None if !whole => None,
                _ => Some(Line::Other),
            }
        }
        _ => Some(Line::Other),
    }
}

fn recognise_marker(after: &str, whole: bool) -> Option<Line> {
    match after.chars().next() {
        Some(character) if character.is_whitespace() => Some(Line::Item),
        Some(_) => Some(Line::Other),
        None => whole.then_some(Line::Item),
    }
}

fn recognise_fence(line: &str, head: &str, mark: char, whole: bool) -> Option<Line> {
    let after = head.trim_start_matches(mark);
    let length = head.len() - after.len();
    if length < 3 {
        return if after.is_empty() && !whole { None } else { Some(Line::Other) };
    }
    // Backticks further on make it code within a line.
    if mark == '`' && after.contains('`') {
        return Some(Line::Other);
    }
    let indent = line[..line.len() - head.len()].to_owned();
    whole.then_some(Line::Fence(Fence { indent, mark, length }))
}

fn indentation(line: &str) -> usize {
    line.chars()
        .map_while(|character| match character {
            ' ' => Some(1),
            '\t' => Some(4),
            _ => None,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(chunks: &[&str]) -> (String, Vec<Block>) {
        let mut blocks = Blocks::default();
        let mut pieces = Vec::new();
        for chunk in chunks {
            pieces.extend(blocks.push(chunk));
        }
        pieces.extend(blocks.finish());
        let (mut text, mut open, mut closed) = (String::new(), String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Text(more) => {
                    open.push_str(&more);
                    text.push_str(&more);
                }
                Piece::Closed(block) => {
                    assert_eq!(std::mem::take(&mut open), block.markdown, "a block is the text since the last one");
                    closed.push(block);
                }
            }
        }
        (text, closed)
    }

    fn markdown(text: &str) -> Vec<String> {
        cut(&[text]).1.into_iter().map(|block| block.markdown).collect()
    }

    #[test]
    fn paragraphs_are_cut_at_blank_lines() {
        assert_eq!(markdown("One\ntwo.\n\nThree.\n\n\nFour"), ["One\ntwo.\n\n", "Three.\n\n\n", "Four"]);
    }

    #[test]
    fn a_loose_list_stays_one_block() {
        assert_eq!(
            markdown("Look:\n\n1. a\n\n2. b\n\n   more of b\n\nEnd"),
            ["Look:\n\n", "1. a\n\n2. b\n\n   more of b\n\n", "End"]
        );
    }

    #[test]
    fn a_fence_keeps_its_blank_lines_and_ends_at_its_own_mark() {
        let text = "See\n````py\na\n\n```\nb\n````\nafter";
        assert_eq!(markdown(text), ["See\n", "````py\na\n\n```\nb\n````\n", "after"]);
    }

    #[test]
    fn a_fence_within_an_item_stays_in_the_list() {
        let text = "- a\n\n  ```\n  x\n\n  y\n  ```\n\n- b\n\nEnd";
        assert_eq!(markdown(text), ["- a\n\n  ```\n  x\n\n  y\n  ```\n\n- b\n\n", "End"]);
    }

    #[test]
    fn code_within_a_line_opens_no_fence() {
        assert_eq!(markdown("```x``` is code\n\nEnd"), ["```x``` is code\n\n", "End"]);
    }

    #[test]
    fn an_open_fence_tells_how_to_close_it() {
        let mut blocks = Blocks::default();
        blocks.push("Like this:\n\n~~~~\nx = 1");
        assert_eq!(blocks.closing_fence().as_deref(), Some("\n~~~~\n"));
        blocks.push("\n~~~~\n");
        assert_eq!(blocks.closing_fence(), None);
    }

    /// Text that is dense in what matters for cutting.
    fn dense_text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("\n"),
            Just("\n\n"),
            Just("```"),
            Just("~~~\n"),
            Just("```\n"),
            Just("- a"),
            Just("1. b"),
            Just("  "),
            Just("    "),
            Just("word"),
            Just("`c`"),
            Just("**d**"),
            Just("é\u{1F600}"),
            Just("\r\n"),
            Just("12"),
            Just(".")
        ];
        prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_blocks(text in dense_text(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            let (whole, blocks) = cut(&[&text]);
            let characters: Vec<char> = text.chars().collect();
            let mut places: Vec<usize> = cuts.iter().map(|place| place.index(characters.len() + 1)).collect();
            places.extend([0, characters.len()]);
            places.sort_unstable();
            let chunks: Vec<String> = places.windows(2).map(|pair| characters[pair[0]..pair[1]].iter().collect()).collect();
            let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
            let (in_chunks, blocks_in_chunks) = cut(&chunks);
            prop_assert_eq!(&whole, &text);
            prop_assert_eq!(&in_chunks, &text);
            prop_assert_eq!(&blocks, &blocks_in_chunks);
            let joined: String = blocks.iter().map(|block| block.markdown.as_str()).collect();
            prop_assert_eq!(joined.trim_end(), text.trim_end());
        }
    }
}

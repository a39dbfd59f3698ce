//! A reply on its way to the log: through the guard, then cut into blocks.

use super::{
    blocks::{Blocks, Piece},
    guard::Guard,
    log::Event,
};

/// The reply of one turn. It may come from several sources, one after the other.
#[derive(Debug)]
pub(super) struct Reply {
    guard: Guard,
    blocks: Blocks,
    text: String,
    events: Vec<Event>,
}

impl Reply {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard, blocks: Blocks::default(), text: String::new(), events: Vec::new() }
    }

    /// The learner may see this text from now on.
    pub(super) fn allow(&mut self, text: &str) {
        self.guard.allow(text);
    }

    /// Takes more text from the present source.
    pub(super) fn push(&mut self, text: &str) {
        let shown = self.guard.push(text);
        self.show(&shown);
    }

    /// No text came for a moment: what is plainly finished goes out.
    pub(super) fn pause(&mut self) {
        let shown = self.guard.pause();
        self.show(&shown);
    }

    /// Whether a pause may let something out.
    pub(super) fn is_holding(&self) -> bool {
        self.guard.is_holding()
    }

    /// The present source has ended, maybe in the middle: nothing stays held back, no code block stays open.
    pub(super) fn end_source(&mut self) {
        let shown = self.guard.finish();
        self.show(&shown);
        if let Some(fence) = self.blocks.closing_fence() {
            self.show(&fence);
        }
    }

    /// What comes next stands in a paragraph of its own.
    pub(super) fn begin_paragraph(&mut self) {
        let gap = match self.text.as_str() {
            "" => "",
            text if text.ends_with("\n\n") => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        self.show(gap);
    }

    /// Nothing follows any more: the last block closes.
    pub(super) fn finish(&mut self) {
        self.end_source();
        let pieces = std::mem::take(&mut self.blocks).finish();
        self.note(pieces);
    }

    /// What has been let through so far, whether it is in the log or not.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How many sentences and blocks the guard withheld.
    pub(super) fn withheld(&self) -> usize {
        self.guard.withheld()
    }

    /// The events that are not yet in the log.
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// All events are in the log.
    pub(super) fn written(&mut self) {
        self.events.clear();
    }

    fn show(&mut self, text: &str) {
        if !text.is_empty() {
            self.text.push_str(text);
            let pieces = self.blocks.push(text);
            self.note(pieces);
        }
    }

    fn note(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match (piece, self.events.last_mut()) {
                (Piece::Text(more), Some(Event::Delta { text })) => text.push_str(&more),
                (Piece::Text(text), _) => self.events.push(Event::Delta { text }),
                (Piece::Closed(block), _) => self.events.push(Event::Block { id: block.id, markdown: block.markdown }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tutor::guard::Material;

    #[test]
    fn a_source_that_breaks_off_in_code_leaves_room_for_the_next() {
        let mut reply = Reply::new(Guard::new(&Material::default()));
        reply.push("See:\n```py\nx = 1");
        reply.end_source();
        reply.begin_paragraph();
        reply.push("And now?");
        reply.finish();
        assert_eq!(reply.text(), "See:\n```py\nx = 1\n```\n\nAnd now?");
        insta::assert_debug_snapshot!(reply.events(), @r#"
        [
            Delta {
                text: "See:\n",
            },
            Block {
                id: 1,
                markdown: "See:\n",
            },
            Delta {
                text: "```py\nx = 1\n```\n",
            },
            Block {
                id: 2,
                markdown: "```py\nx = 1\n```\n",
            },
            Delta {
                text: "\nAnd now?",
            },
            Block {
                id: 3,
                markdown: "\nAnd now?",
            },
        ]
        "#);
    }
}

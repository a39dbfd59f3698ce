//! Some servers send a model's thinking as the beginning of its answer, between `<think>` and `</think>`. It is not for the
//! learner.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes the thinking out of an answer as it comes.
#[derive(Debug)]
pub(super) enum Thinking {
    /// The answer may yet begin with thinking: its beginning so far.
    Maybe(String),
    /// In the thinking: its end so far, for the closing mark may come in pieces.
    Inside(String),
    /// What comes is the answer.
    Over,
}

impl Default for Thinking {
    fn default() -> Self {
        Self::Maybe(String::new())
    }
}

impl Thinking {
    /// What of the next text is for the learner.
    pub(super) fn leave_out(&mut self, text: &str) -> String {
        match std::mem::replace(self, Self::Over) {
            Self::Over => text.to_owned(),
            Self::Maybe(before) => {
                let beginning = before + text;
                let head = beginning.trim_start();
                if let Some(thinking) = head.strip_prefix(OPEN) {
                    *self = Self::Inside(String::new());
                    self.leave_out(thinking)
                } else if OPEN.starts_with(head) {
                    *self = Self::Maybe(beginning);
                    String::new()
                } else {
                    beginning
                }
            }
            Self::Inside(before) => {
                let thinking = before + text;
                if let Some((_, answer)) = thinking.split_once(CLOSE) {
                    return answer.trim_start().to_owned();
                }
                let tail = thinking.char_indices().rev().nth(CLOSE.len()).map_or(0, |(place, _)| place);
                *self = Self::Inside(thinking[tail..].to_owned());
                String::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, size: usize) -> String {
        let characters: Vec<char> = text.chars().collect();
        let mut thinking = Thinking::default();
        characters.chunks(size).map(|piece| thinking.leave_out(&piece.iter().collect::<String>())).collect()
    }

    #[test]
    fn thinking_is_left_out_however_it_is_cut() {
        for size in 1..12 {
            assert_eq!(answer("\n<think>7 é < 8</think>Look at <b>", size), "Look at <b>", "{size}");
            assert_eq!(answer("<thing> is a word", size), "<thing> is a word", "{size}");
            assert_eq!(answer("<think>for ever", size), "", "{size}");
        }
    }
}

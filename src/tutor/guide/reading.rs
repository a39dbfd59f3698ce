//! Reading the task's text: its sentences, the one that says what to do, and the ones that speak of something.

/// The sentences of a markdown text, without code, tables, headings, pictures and quotations: what the author says themselves.
pub(super) fn sentences(markdown: &str) -> Vec<String> {
    paragraphs(markdown).iter().flat_map(|paragraph| split(&paragraph.text)).collect()
}

/// A paragraph or a list item, on one line.
struct Paragraph {
    text: String,
    is_item: bool,
}

fn paragraphs(markdown: &str) -> Vec<Paragraph> {
    let mut found = vec![Paragraph { text: String::new(), is_item: false }];
    let mut in_code = false;
    for line in markdown.lines() {
        let line = line.trim();
        let is_fence = line.starts_with("```") || line.starts_with("~~~");
        in_code ^= is_fence;
        let item = item(line).filter(|_| !in_code);
        let is_left_out = is_fence || in_code || line.is_empty() || line.starts_with(['#', '|', '<', '!', '>']);
        if is_left_out || item.is_some() {
            found.push(Paragraph { text: String::new(), is_item: item.is_some() });
        }
        if let Some(paragraph) = found.last_mut().filter(|_| !is_left_out) {
            paragraph.text.push_str(item.unwrap_or(line));
            paragraph.text.push(' ');
        }
    }
    found.retain(|paragraph| !paragraph.text.trim().is_empty());
    found
}

fn item(line: &str) -> Option<&str> {
    let numbered = line.split_once(['.', ')']).filter(|(number, _)| number.len() <= 2 && number.parse::<u8>().is_ok());
    let bullet = ["- ", "* ", "+ "].iter().find_map(|marker| line.strip_prefix(marker));
    bullet.or(numbered.map(|(_, rest)| rest)).map(str::trim)
}

/// Cuts a paragraph into sentences; what stands in brackets or quotation marks stays whole.
fn split(paragraph: &str) -> Vec<String> {
    let (mut found, mut sentence, mut depth) = (Vec::new(), String::new(), 0_usize);
    let mut characters = paragraph.trim().chars().peekable();
    while let Some(character) = characters.next() {
        sentence.push(character);
        match character {
            '(' | '“' | '„' | '«' => depth += 1,
            ')' | '”' | '»' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_abbreviation = sentence.ends_with("e.g.") || sentence.ends_with("i.e.") || sentence.ends_with("etc.");
        let is_end = depth == 0 && characters.peek().is_none_or(|next| next.is_whitespace());
        if is_end && !is_abbreviation && bare(&sentence).ends_with(['.', '!', '?']) {
            found.push(std::mem::take(&mut sentence).trim().to_owned());
        }
    }
    if !sentence.trim().is_empty() {
        found.push(sentence.trim().to_owned());
    }
    found
}

/// A sentence without the marks that close it.
fn bare(sentence: &str) -> &str {
    sentence.trim_end_matches(['*', '_', '`', '"', '”', '»', '\'', '’'])
}

fn is_question(sentence: &str) -> bool {
    bare(sentence).ends_with(['?', '？'])
}

/// The sentence that says what is to be done: the last question, else the last request, else the first sentence.
pub(super) fn request(markdown: &str) -> Option<String> {
    const VERBS: &str = " add answer calculate change check choose compare complete count decide describe draw explain fill find \
         give hand list look make match measure name order pick put read say select show sort state tell think \
         try use which work write how ";
    let sentences = sentences(markdown);
    let is_request = |sentence: &String| {
        let first: String = sentence
            .chars()
            .skip_while(|letter| !letter.is_alphabetic())
            .take_while(|letter| letter.is_alphabetic())
            .collect();
        VERBS.contains(&format!(" {} ", first.to_lowercase()))
    };
    let chosen = (sentences.iter().rposition(|sentence| is_question(sentence)))
        .or_else(|| sentences.iter().rposition(is_request))
        .or_else(|| (!sentences.is_empty()).then_some(0))?;
    // "What is it for Friday?" says little without the sentence before.
    let first = if points_back(&sentences[chosen]) { chosen.saturating_sub(1) } else { chosen };
    Some(short(&sentences[first..=chosen].join(" ")))
}

fn points_back(sentence: &str) -> bool {
    const POINTERS: [&str; 8] = ["it", "that", "this", "these", "those", "they", "them", "him"];
    let words = split_words(sentence);
    words.len() < 12 && words.iter().any(|word| POINTERS.contains(&word.as_str()))
}

/// What a text gives to talk about, in its order: its questions, and the items of its lists.
pub(super) fn prompts(markdown: &str) -> Vec<String> {
    let of = |paragraph: &Paragraph| {
        if paragraph.is_item {
            vec![paragraph.text.trim().trim_end_matches([';', '.', ',']).to_owned()]
        } else {
            split(&paragraph.text).into_iter().filter(|sentence| is_question(sentence)).collect()
        }
    };
    paragraphs(markdown).iter().flat_map(of).collect()
}

/// The sentence that has most in common with these words; `None` where none has anything.
pub(super) fn about(markdown: &str, words: &[String]) -> Option<String> {
    let wanted: Vec<String> = words.iter().filter(|word| is_content(word)).map(|word| stem(word)).collect();
    let score = |sentence: &String| {
        let own: Vec<String> = split_words(sentence).iter().map(|word| stem(word)).collect();
        wanted.iter().filter(|word| own.contains(word)).count()
    };
    let best =
        sentences(markdown).into_iter().map(|sentence| (score(&sentence), sentence)).filter(|(score, _)| *score > 0);
    // The first of equals: the text explains before it asks.
    best.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, sentence)| short(&sentence))
}

/// Words of the learner that also stand in the text, in the learner's order, the longest two.
pub(super) fn shared(text: &str, words: &[String]) -> Vec<String> {
    let there: Vec<String> = split_words(text).iter().map(|word| stem(word)).collect();
    longest(words.iter().filter(|word| is_content(word) && there.contains(&stem(word))))
}

/// The two longest words that carry content, in the learner's order.
pub(super) fn longest<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut found: Vec<&String> = Vec::new();
    for word in words.filter(|word| is_content(word)) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    let mut by_length = found.clone();
    by_length.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    by_length.truncate(2);
    found.into_iter().filter(|word| by_length.contains(word)).cloned().collect()
}

/// A text of one paragraph, cut at a word where it is long.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 300;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => {
            let cut = text[..end].rfind(' ').unwrap_or(end);
            format!("{} …", &text[..cut])
        }
    }
}

fn split_words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Enough of a word to find its other forms.
fn stem(word: &str) -> String {
    word.trim_end_matches('s').chars().take(6).collect()
}

fn is_content(word: &str) -> bool {
    const EMPTY: &str = " the and for are not you but was has had how why who can did its our out one two use see say get got all any \
        now way too yes let may she him her his own off new about also answer because been could does dont each every first from have \
        here hint into just know like maybe mean means more much need only other please really same should some something such sure \
        task than that their them then there these they thing things think this those understand very want well were what when where \
        which while will with without would your ";
    word.chars().count() >= 3 && !EMPTY.contains(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "# Rows\n\nA *spreadsheet* has rows and columns, e.g. in a shop. Each row is one sale.\n\n```\nfind. me?\n```\n\n\
        | a | b |\n\n- Count the rows.\n- How many are there?\n\nUse the file above.";

    #[test]
    fn sentences_leave_out_code_tables_and_headings() {
        assert_eq!(
            sentences(TASK),
            [
                "A *spreadsheet* has rows and columns, e.g. in a shop.",
                "Each row is one sale.",
                "Count the rows.",
                "How many are there?",
                "Use the file above."
            ]
        );
    }

    #[test]
    fn the_request_is_the_last_question_or_order() {
        assert_eq!(request(TASK).as_deref(), Some("How many are there?"));
        assert_eq!(request("Rows are sales. Count the sales. There are many.").as_deref(), Some("Count the sales."));
        assert_eq!(
            request("Divide books by people. What is it for *Friday*?").as_deref(),
            Some("Divide books by people. What is it for *Friday*?")
        );
        assert_eq!(request(""), None);
    }

    #[test]
    fn brackets_and_quotation_marks_keep_a_sentence_together() {
        let text = "You are asked: *“There are two. Which do I believe?”*\n\n> Not mine. Is it?\n\n- a place (rents? money?) of your own;\n- the rest.";
        assert_eq!(
            sentences(text),
            [
                "You are asked: *“There are two. Which do I believe?”*",
                "a place (rents? money?) of your own;",
                "the rest."
            ]
        );
        assert_eq!(
            prompts(text),
            [
                "You are asked: *“There are two. Which do I believe?”*",
                "a place (rents? money?) of your own",
                "the rest"
            ]
        );
    }

    #[test]
    fn the_sentence_about_a_word_is_found_in_other_forms() {
        assert_eq!(
            about(TASK, &["column".into()]).as_deref(),
            Some("A *spreadsheet* has rows and columns, e.g. in a shop.")
        );
        assert_eq!(about(TASK, &["banana".into()]), None);
    }
}

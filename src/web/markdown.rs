//! Markdown of authors, learners and models as HTML that may stand in a page.
//!
//! Two barriers: no HTML of the text gets through the parser (it is shown as it was written), and what the renderer makes
//! is cleaned once more by a list of allowed elements. Formulas have a list of their own and join after; mixing MathML with
//! HTML in one cleaning is where sanitisers have failed (RUSTSEC-2025-0071, RUSTSEC-2026-0193).

use std::{collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

mod formula;
#[cfg(test)]
mod tests;

/// Longer texts are cut; nothing a person reads at once is longer.
const MAX_BYTES: usize = 256 * 1024;

/// What is nested deeper loses its form and keeps its text: the cleaner's time grows with the square of nesting.
const MAX_NESTING: usize = 40;

/// These two stand round the number of a formula until it joins. Nothing from outside can hold them: they are taken out of
/// every event, after entities were decoded.
const BEFORE_FORMULA: char = '\u{E000}';
const AFTER_FORMULA: char = '\u{E001}';

/// Renders a text of any blocks.
pub fn render(markdown: &str) -> String {
    rendered(markdown, &BLOCKS)
}

/// Renders a text for the inside of a line: emphasis, code, links and formulas, but no blocks.
pub fn render_inline(markdown: &str) -> String {
    rendered(markdown, &INLINE).trim().to_owned()
}

fn rendered(markdown: &str, allowed: &Builder<'static>) -> String {
    let mut formulas = Vec::new();
    let mut depth = 0;
    let events = Parser::new_ext(cut(markdown), options())
        .filter(|event| is_shallow(event, &mut depth))
        .filter_map(|event| tamed(event, &mut formulas));
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, events);
    with_formulas(&allowed.clean(&unsafe_html).to_string(), &formulas)
}

/// Whether an event is not nested too deep. `depth` counts along.
fn is_shallow(event: &Event<'_>, depth: &mut usize) -> bool {
    match event {
        Event::Start(_) => {
            *depth += 1;
            *depth <= MAX_NESTING
        }
        Event::End(_) => {
            *depth = depth.saturating_sub(1);
            *depth < MAX_NESTING
        }
        _ => true,
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_MATH
}

fn cut(markdown: &str) -> &str {
    let end = markdown.floor_char_boundary(MAX_BYTES);
    &markdown[..end]
}

/// An event without what the page does not want: raw HTML becomes text, a picture its description, headings go below those
/// of the page, formulas leave a number behind.
fn tamed<'text>(event: Event<'text>, formulas: &mut Vec<String>) -> Option<Event<'text>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Event::Text(unmarked(text)),
        Event::Code(text) => Event::Code(unmarked(text)),
        Event::InlineMath(tex) => formula_mark(formula::inline(&tex), formulas),
        Event::DisplayMath(tex) => formula_mark(formula::block(&tex), formulas),
        Event::TaskListMarker(done) => Event::Text(if done { "☑ " } else { "☐ " }.into()),
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lowered(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            Event::Start(Tag::Link { link_type, dest_url: unmarked(dest_url), title: "".into(), id: "".into() })
        }
        Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        other => other,
    })
}

fn unmarked(text: CowStr<'_>) -> CowStr<'_> {
    let is_mark = |letter| matches!(letter, BEFORE_FORMULA | AFTER_FORMULA);
    if text.contains(is_mark) { text.replace(is_mark, "").into() } else { text }
}

fn formula_mark(formula: String, formulas: &mut Vec<String>) -> Event<'static> {
    formulas.push(formula);
    Event::Text(format!("{BEFORE_FORMULA}{}{AFTER_FORMULA}", formulas.len() - 1).into())
}

/// The page has a heading of the first level, and each pane one of the second.
fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn with_formulas(html: &str, formulas: &[String]) -> String {
    let mut pieces = html.split(BEFORE_FORMULA);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once(AFTER_FORMULA).unwrap_or(("", piece));
        let formula = number.parse().ok().and_then(|number: usize| formulas.get(number));
        whole.push_str(formula.map_or("", String::as_str));
        whole.push_str(rest);
    }
    whole
}

static BLOCKS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let blocks = [
        "p",
        "br",
        "hr",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ];
    cleaner(INLINE_TAGS.into_iter().chain(blocks))
});

static INLINE: LazyLock<Builder<'static>> = LazyLock::new(|| cleaner(INLINE_TAGS));

const INLINE_TAGS: [&str; 5] = ["a", "code", "em", "strong", "del"];

fn cleaner(tags: impl IntoIterator<Item = &'static str>) -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(tags.into_iter().collect())
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener nofollow noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank");
    builder
}

//! Formulas: TeX to MathML, then through a list of MathML's own presentation elements.
//!
//! The converter lets raw HTML through in some commands and can panic, and its time grows with the square of nesting; so
//! its input is bounded, its panics are caught, and its output is cleaned (`tests` keeps the attacks).

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use ammonia::Builder;
use pulldown_latex::{Parser, RenderConfig, Storage, config::DisplayMode, push_mathml};

const MAX_CHARACTERS: usize = 2_000;
const MAX_NESTING: usize = 50;

/// A formula inside a line.
pub(super) fn inline(tex: &str) -> String {
    math(tex, DisplayMode::Inline).unwrap_or_else(|| as_code(tex))
}

/// A formula that stands by itself.
pub(super) fn block(tex: &str) -> String {
    math(tex, DisplayMode::Block).unwrap_or_else(|| as_code(tex))
}

/// MathML that may stand in a page; `None` where the converter does not understand the formula.
fn math(tex: &str, display_mode: DisplayMode) -> Option<String> {
    if tex.chars().count() > MAX_CHARACTERS || nesting(tex) > MAX_NESTING {
        return None;
    }
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let convert = || {
        let storage = Storage::new();
        let mut mathml = String::new();
        push_mathml(&mut mathml, Parser::new(tex, &storage), config).ok().map(|()| mathml)
    };
    let mathml = catch_unwind(AssertUnwindSafe(convert)).ok().flatten()?;
    let is_understood = !mathml.contains("<merror");
    is_understood.then(|| PRESENTATION.clean(&mathml).to_string())
}

/// How deep braces, fences and environments can stand inside one another.
fn nesting(tex: &str) -> usize {
    let fences = tex.matches("\\left").count() + tex.matches("\\begin").count();
    let (_, deepest) = tex.chars().fold((0_usize, 0_usize), |(depth, deepest), letter| match letter {
        '{' => (depth + 1, deepest.max(depth + 1)),
        '}' => (depth.saturating_sub(1), deepest),
        _ => (depth, deepest),
    });
    fences + deepest
}

/// What is no formula is shown as it was written.
fn as_code(tex: &str) -> String {
    format!("<code>{}</code>", ammonia::clean_text(tex))
}

static PRESENTATION: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let elements = [
        "math",
        "mrow",
        "mi",
        "mo",
        "mn",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "mfrac",
        "msqrt",
        "mroot",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "mmultiscripts",
        "mprescripts",
        "none",
    ];
    let attributes = [
        "display",
        "mathvariant",
        "displaystyle",
        "scriptlevel",
        "stretchy",
        "symmetric",
        "largeop",
        "movablelimits",
        "fence",
        "separator",
        "form",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "width",
        "height",
        "depth",
        "voffset",
        "accent",
        "accentunder",
        "linethickness",
        "columnalign",
        "columnspacing",
        "rowspacing",
        "columnlines",
        "rowlines",
        "notation",
        "columnspan",
        "rowspan",
    ];
    let mut builder = Builder::empty();
    builder.tags(HashSet::from(elements)).generic_attributes(HashSet::from(attributes));
    builder
});

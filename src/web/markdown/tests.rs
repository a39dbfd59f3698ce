use insta::assert_snapshot;
use proptest::prelude::*;

use super::{MAX_NESTING, render, render_inline};

/// What must never come out alive, whatever went in.
fn is_harmless(html: &str) -> bool {
    let lower = html.to_lowercase();
    let live = ["<script", "<img", "<svg", "<iframe", "<style", "<form", "<input", "<object", "<mglyph", "<annotation"];
    // Inside a tag only our own attributes may stand; text is free to talk about "onerror=".
    let in_tags = lower.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(tag, _)| tag);
    let dangers = [" on", "style=", "srcdoc", "javascript:", "vbscript:", "data:"];
    let mut handlers = in_tags.filter(|tag| dangers.iter().any(|danger| tag.contains(danger)));
    !live.iter().any(|word| lower.contains(word)) && handlers.next().is_none()
}

#[test]
fn what_teachers_and_models_write_is_rendered() {
    assert_snapshot!(render("# Mean\n\nThe *mean* of `1, 2` is **1.5**, see [here](https://example.org/a?b=1).\n\n1. add\n2. divide\n"), @r#"
    <h3>Mean</h3>
    <p>The <em>mean</em> of <code>1, 2</code> is <strong>1.5</strong>, see <a href="https://example.org/a?b=1" target="_blank" rel="noopener nofollow noreferrer">here</a>.</p>
    <ol>
    <li>add</li>
    <li>divide</li>
    </ol>
    "#);
}

#[test]
fn tables_code_and_lists_to_tick_are_rendered() {
    assert_snapshot!(render("| a | b |\n|--|:-:|\n| 1 | 2 |\n\n```python\nif a < b:\n    pass\n```\n\n- [x] done\n- [ ] open\n"), @r#"
    <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>
    <tr><td>1</td><td>2</td></tr>
    </tbody></table>
    <pre><code>if a &lt; b:
        pass
    </code></pre>
    <ul>
    <li>☑ done</li>
    <li>☐ open</li>
    </ul>
    "#);
}

#[test]
fn formulas_become_mathml() {
    let html = render("The mean is $\\frac{a+b}{2}$.");
    assert!(html.contains("<math") && html.contains("<mfrac>"), "{html}");
    assert!(render("$$\\sum_{i=1}^n x_i$$").contains("display=\"block\""));
}

#[test]
fn a_formula_that_is_none_is_shown_as_it_was_written() {
    assert_snapshot!(render_inline(r"It is $\notacommand{x}$"), @r"It is <code>\notacommand{x}</code>");
}

#[test]
fn html_is_shown_and_never_alive() {
    assert_snapshot!(render("A `Vec` is written Vec<T>.\n\n<b>bold?</b>"), @r"
    <p>A <code>Vec</code> is written Vec&lt;T&gt;.</p>
    <p>&lt;b&gt;bold?&lt;/b&gt;</p>
    ");
}

#[test]
fn a_line_has_no_blocks() {
    assert_snapshot!(render_inline("# *one*\n\n- two"), @r"
    <em>one</em>

    two
    ");
}

#[test]
fn attacks_come_out_dead() {
    let attacks = [
        r"$\operatorname{<img src=x onerror=alert(1)>}$",
        r"$\mathop{<img src=x onerror=alert(1)>}$",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r"$$\text{</math><script>alert(1)</script>}$$",
        r"$\operatorname{</math><script>alert(1)</script>}$",
        r"$\operatorname{<a href=javascript:alert(1)>x</a>}$",
        r"$\operatorname{<style><!--</style><img src=x onerror=alert(1)>-->}$",
        r#"$\operatorname{<mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">}$"#,
        r#"$\operatorname{<annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml>}$"#,
        r"$\operatorname{<svg><animate onbegin=alert(1) attributeName=x></svg>}$",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:alert(1))",
        "[x](//evil.example/a \"onmouseover=alert(1)\")",
        "![x](https://evil.example/track.png)",
        "![$x$](https://evil.example/track.png)",
        "<javascript:alert(1)>",
        "```&#xE000;0&#xE001;\n$x$\n```\n\n$y$",
        "[&#xE000;0&#xE001;](https://a.example/&#xE000;0&#xE001; \"&#xE000;0&#xE001;\") $\\text{\" onclick=alert(1) \"}$",
        "<math><mi><style><!--</style><img src onerror=alert(1)>--></mi></math>",
        "<svg><p><style><g title=\"</style><img src onerror=alert(1)>\">",
        "# x {#id onclick=alert(1)}",
        "| <img src=x onerror=alert(1)> |\n|--|\n| $\\operatorname{<img src=x onerror=alert(1)>}$ |",
    ];
    for attack in attacks {
        for html in [render(attack), render_inline(attack)] {
            assert!(is_harmless(&html), "{attack}\n{html}");
        }
    }
}

#[test]
fn an_address_is_absolute_and_opens_elsewhere() {
    assert_snapshot!(render_inline("[a](/activity/tutor) [b](https://e.example)"), @r#"<a target="_blank" rel="noopener nofollow noreferrer">a</a> <a href="https://e.example" target="_blank" rel="noopener nofollow noreferrer">b</a>"#);
}

#[test]
fn deep_texts_are_flattened() {
    let quotes = render(&("> ".repeat(5_000) + "the core"));
    assert_eq!(quotes.matches("<blockquote>").count(), MAX_NESTING, "{quotes}");
    assert!(quotes.contains("the core"));
    let lists = render(&("* ".repeat(5_000) + "the core"));
    assert!(lists.matches("<li>").count() <= MAX_NESTING, "{lists}");
    assert!(lists.contains("the core"));
    let emphasis = render(&format!("{}the core{}", "*a ".repeat(500), " a*".repeat(500)));
    assert!(emphasis.matches("<em>").count() < MAX_NESTING, "{emphasis}");
    assert!(emphasis.contains("the core"));
}

#[test]
fn long_texts_come_to_an_end() {
    for text in [
        "[".repeat(50_000),
        format!("${}${}", "{".repeat(20_000), "}".repeat(20_000)),
        format!("$${}x{}$$", "\\sqrt{".repeat(1_900), "}".repeat(1_900)),
        format!("$${}x$$", "\\left(".repeat(300)),
        "é".repeat(400_000),
        "$x$ ".repeat(2_000),
    ] {
        assert!(is_harmless(&render(&text)));
    }
}

proptest! {
    #[test]
    fn no_text_panics_or_comes_alive(text in r#"[ -~\n$\\{}<>\[\]()"'`*_#|&;]{0,200}"#) {
        prop_assert!(is_harmless(&render(&text)));
    }

    #[test]
    fn no_formula_panics_or_comes_alive(tex in r#"(\\(operatorname|mathop|frac|sqrt|text|left|right|begin|hat)|[a-z0-9{}^_()<>"'= ]){0,40}"#) {
        prop_assert!(is_harmless(&render(&["$", &tex, "$"].concat())));
    }
}

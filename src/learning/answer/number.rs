//! Numbers, as people write them.

use super::Finding;
use crate::learning::project::document::NumberRule;

/// The longest text that is read as a number, in bytes.
const WRITTEN_LIMIT: usize = 100;

pub(super) fn find(rule: &NumberRule, answer: &str) -> Finding {
    let readings = read(rule, answer);
    let Some(&first) = readings.first() else {
        return Finding::Wrong(not_a_number(rule, answer));
    };
    if readings.iter().any(|&number| near(rule, rule.value, number)) {
        return Finding::Right;
    }
    #[expect(clippy::float_cmp, reason = "an exact sign swap")]
    if first == -rule.value && first != 0.0 {
        return Finding::Wrong("The size is right. Look at the sign.".to_owned());
    }
    let close = (first - rule.value).abs() <= rule.value.abs() * 0.02;
    Finding::Wrong(match (first < rule.value, close) {
        (true, false) => "Too small.".to_owned(),
        (false, false) => "Too large.".to_owned(),
        (true, true) => "A little too small: check your rounding.".to_owned(),
        (false, true) => "A little too large: check your rounding.".to_owned(),
    })
}

fn not_a_number(rule: &NumberRule, answer: &str) -> String {
    let has_digit = answer.chars().any(|character| character.is_ascii_digit());
    match &rule.unit {
        Some(unit) if has_digit => format!("Write one number only, in {unit}, such as 12.5."),
        _ if has_digit => "Write one number only, without words or a unit, such as 12.5.".to_owned(),
        Some(unit) => format!("Write your answer as a number in {unit}, such as 12.5."),
        None => "Write your answer as a number, such as 12.5.".to_owned(),
    }
}

/// Whether the answer is this wrong number, with the tolerance of the right one.
pub(super) fn same(rule: &NumberRule, wrong: &str, answer: &str) -> bool {
    let wrong = read(rule, wrong);
    wrong.first().is_some_and(|&wrong| read(rule, answer).iter().any(|&number| near(rule, wrong, number)))
}

fn near(rule: &NumberRule, wanted: f64, number: f64) -> bool {
    // Decimal fractions are not exact in binary: 0.1 + 0.2 is within 0 of 0.3.
    let rounding = 1e-9 * wanted.abs().max(1.0);
    (number - wanted).abs() <= rule.tolerance + rounding
}

/// A number as its author would write it.
pub(super) fn written(value: f64) -> String {
    format!("{value}")
}

/// What a text may mean as a number, the likeliest first: `1,250` is 1250, or 1.25 where the comma is decimal.
fn read(rule: &NumberRule, text: &str) -> Vec<f64> {
    if text.len() > WRITTEN_LIMIT {
        return vec![];
    }
    let text = text.trim().trim_end_matches('.').trim_end();
    let bare = rule.unit.as_deref().and_then(|unit| without_unit(text, unit)).unwrap_or(text);
    let digits: String = bare
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '_' | '\'' | '\u{2019}'))
        .map(|character| if character == '\u{2212}' { '-' } else { character })
        .collect();
    match digits.split_once('/') {
        Some((above, below)) => match (decimal(above), decimal(below)) {
            (Some(above), Some(below)) if below != 0.0 => vec![above / below],
            _ => vec![],
        },
        None => separators(&digits),
    }
}

/// The text before (or, as with `€`, after) the unit, in whatever case it is written.
fn without_unit<'a>(text: &'a str, unit: &str) -> Option<&'a str> {
    let end = text.len().checked_sub(unit.len())?;
    if text.get(end..).is_some_and(|tail| tail.eq_ignore_ascii_case(unit)) {
        return text.get(..end).map(str::trim_end);
    }
    let head = text.get(..unit.len())?;
    if head.eq_ignore_ascii_case(unit) { text.get(unit.len()..).map(str::trim_start) } else { None }
}

fn separators(digits: &str) -> Vec<f64> {
    let (last_comma, last_point) = (digits.rfind(','), digits.rfind('.'));
    let candidates = match (last_comma, last_point) {
        (Some(comma), Some(point)) if comma > point => vec![digits.replace('.', "").replace(',', ".")],
        (Some(_), Some(_)) => vec![digits.replace(',', "")],
        (Some(_), None) if is_grouped(digits) => vec![digits.replace(',', ""), digits.replace(',', ".")],
        (Some(_), None) => vec![digits.replace(',', ".")],
        (None, _) => vec![digits.to_owned()],
    };
    candidates.iter().filter_map(|candidate| decimal(candidate)).collect()
}

/// Whether commas stand where they part thousands.
fn is_grouped(digits: &str) -> bool {
    let mut groups = digits.trim_start_matches(['+', '-']).split(',');
    let first = groups.next().unwrap_or_default();
    let all_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&first.len()) && all_digits(first) && groups.all(|group| group.len() == 3 && all_digits(group))
}

/// A plain decimal number; not `inf` or `nan`, which Rust would read too.
fn decimal(text: &str) -> Option<f64> {
    if text.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(value: f64, tolerance: f64, unit: Option<&str>) -> NumberRule {
        NumberRule { value, tolerance, unit: unit.map(str::to_owned) }
    }

    fn said(rule: &NumberRule, answer: &str) -> String {
        match find(rule, answer) {
            Finding::Right => "right".to_owned(),
            Finding::Wrong(feedback) => feedback,
            Finding::Taken(..) => "taken".to_owned(),
        }
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let thousand = rule(1250.5, 0.0, Some("km"));
        for answer in
            ["1250.5", "1250,5", "1,250.5", "1.250,5", "1 250.5 km", "1250.5KM", "+1250.5", "1.2505e3", "2501/2"]
        {
            assert_eq!(said(&thousand, answer), "right", "{answer}");
        }
        assert_eq!(said(&rule(1250.0, 0.0, None), "1,250"), "right");
        assert_eq!(said(&rule(1.25, 0.0, None), "1,250"), "right");
        assert_eq!(said(&rule(-3.0, 0.0, None), "\u{2212}3"), "right");
        assert_eq!(said(&rule(40.0, 0.0, Some("%")), "40 %."), "right");
        assert_eq!(said(&rule(40.0, 0.0, Some("€")), "€40"), "right");
    }

    #[test]
    fn what_is_no_number_says_how_to_write_one() {
        let plain = rule(7.0, 0.0, None);
        for answer in ["", "seven", "inf", "nan", "1/0", "--", "1e999", "é", "\u{2212}"] {
            assert!(said(&plain, answer).starts_with("Write "), "{answer}: {}", said(&plain, answer));
        }
        insta::assert_snapshot!(said(&rule(7.0, 0.0, Some("km")), "7 miles"), @"Write one number only, in km, such as 12.5.");
    }

    #[test]
    fn feedback_tells_the_direction_and_not_the_number() {
        let rule = rule(42.0, 0.5, None);
        assert_eq!(said(&rule, "42.5"), "right");
        assert_eq!(said(&rule, "7"), "Too small.");
        assert_eq!(said(&rule, "700"), "Too large.");
        assert_eq!(said(&rule, "42.6"), "A little too large: check your rounding.");
        assert_eq!(said(&rule, "-42"), "The size is right. Look at the sign.");
    }

    #[test]
    fn sums_of_decimal_fractions_are_right() {
        assert_eq!(said(&rule(0.1 + 0.2, 0.0, None), "0.3"), "right");
    }
}

//! How what was good is changed: parameters, JSON, and bytes.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

/// Texts that have confused programs before.
const ODD_TEXTS: [&str; 22] = [
    "",
    " ",
    "\0",
    "null",
    "-1",
    "1e999",
    "../../etc/passwd",
    "javascript:alert(1)",
    "https://evil.example/",
    "https://tool.example@evil.example/",
    "https://tool.example.evil.example/",
    "//evil.example",
    "https://lms.example/",
    "HTTPS://LMS.EXAMPLE",
    "\u{202e}\u{feff}",
    "é\u{301}",
    "🎓",
    "<script>alert(1)</script>",
    "%00%ff",
    "a\r\nSet-Cookie: x=y",
    "LtiDeepLinkingRequest",
    "1.3",
];

/// A text that is odd, long, or none in particular.
pub fn text(rng: &mut StdRng) -> String {
    match rng.random_range(0..4) {
        0 => "x".repeat(rng.random_range(0..5000)),
        1 => (0..rng.random_range(0..40)).map(|_| rng.random::<char>()).collect(),
        _ => (*ODD_TEXTS.choose(rng).expect("a text")).to_owned(),
    }
}

/// A JSON value that is odd.
pub fn value(rng: &mut StdRng) -> Value {
    match rng.random_range(0..10) {
        0 => Value::Null,
        1 => json!(rng.random::<bool>()),
        2 => json!(rng.random::<i64>()),
        3 => json!(f64::from_bits(rng.random())),
        4 => json!([]),
        5 => json!({}),
        6 => json!([text(rng), null, {"id": text(rng)}]),
        7 => (0..rng.random_range(1..60)).fold(json!(0), |inner, _| json!([inner])),
        _ => json!(text(rng)),
    }
}

/// Changes a document in one place, wherever that is.
pub fn document(rng: &mut StdRng, document: &mut Value) {
    let mut here = document;
    loop {
        let children = match here {
            Value::Object(members) => members.len(),
            Value::Array(values) => values.len(),
            _ => 0,
        };
        if children == 0 || rng.random_ratio(1, 6) {
            *here = value(rng);
            return;
        }
        let which = rng.random_range(0..children);
        let act = rng.random_range(0..8);
        match here {
            Value::Object(members) => {
                let name = members.keys().nth(which).expect("a member").clone();
                match act {
                    0 => return drop(members.remove(&name)),
                    1 => return drop(members.insert(format!("{name}{}", text(rng)), value(rng))),
                    2 => {
                        let another = members.values().nth(rng.random_range(0..children)).cloned();
                        return drop(members.insert(name, another.unwrap_or_default()));
                    }
                    _ => here = members.get_mut(&name).expect("the member"),
                }
            }
            Value::Array(values) => match act {
                0 => return drop(values.remove(which)),
                1 => {
                    let again = values[which].clone();
                    return values.insert(which, again);
                }
                _ => here = &mut values[which],
            },
            _ => return,
        }
    }
}

/// Changes a list of parameters in one place.
pub fn parameters(rng: &mut StdRng, parameters: &mut Vec<(String, String)>) {
    if parameters.is_empty() {
        return parameters.push((text(rng), text(rng)));
    }
    let which = rng.random_range(0..parameters.len());
    match rng.random_range(0..6) {
        0 => drop(parameters.remove(which)),
        1 => parameters.push(parameters[which].clone()),
        2 => parameters[which].0 = text(rng),
        3 => {
            let other = rng.random_range(0..parameters.len());
            parameters[which].1 = parameters[other].1.clone();
        }
        _ => parameters[which].1 = text(rng),
    }
}

/// Changes bytes in one place.
pub fn bytes(rng: &mut StdRng, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return bytes.push(rng.random());
    }
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..5) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, rng.random()),
        2 => drop(bytes.remove(at)),
        3 => bytes[at] ^= 1 << rng.random_range(0..8),
        _ => {
            let piece = bytes[at..bytes.len().min(at + 20)].to_vec();
            let to = rng.random_range(0..bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}

/// How often something is changed: mostly once, now and then not at all or several times.
pub fn times(rng: &mut StdRng) -> usize {
    *[0, 1, 1, 1, 1, 2, 3, 6].choose(rng).expect("a number")
}

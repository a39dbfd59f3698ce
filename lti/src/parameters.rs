//! Parameters from a query or a form, read without trusting anything about them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// What is wrong with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It is not there, or empty.
    Missing,
    /// It is there more than once, so nobody knows which one is meant.
    Repeated,
    /// It is longer than any platform's.
    TooLong,
    /// It is not text: not UTF-8, or with control characters in it.
    NotText,
    /// It is not an absolute http or https address.
    NotAnAddress,
}

/// A parameter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explanation())]
pub struct ParameterError {
    /// The parameter's name.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

impl ParameterError {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self.problem {
            Problem::Missing => "parameter_missing",
            Problem::Repeated => "parameter_repeated",
            Problem::TooLong => "parameter_too_long",
            Problem::NotText | Problem::NotAnAddress => "parameter_malformed",
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        let name = self.name;
        match self.problem {
            Problem::Missing => {
                format!(
                    "The platform did not send `{name}`. Check that this address is entered where the platform asks for it."
                )
            }
            Problem::Repeated => {
                format!(
                    "`{name}` came more than once. Something between the platform and this tool doubles parameters."
                )
            }
            Problem::TooLong => format!("`{name}` is longer than this tool accepts."),
            Problem::NotText => format!("`{name}` is not readable text."),
            Problem::NotAnAddress => format!("`{name}` is not a complete http or https address."),
        }
    }
}

/// The parameters of one request, still encoded.
pub(crate) struct Parameters<'a> {
    encoded: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Takes a query string or a form body as it came.
    pub(crate) fn new(encoded: &'a [u8]) -> Self {
        Self { encoded }
    }

    /// A parameter that has to be there, of at most `limit` bytes.
    pub(crate) fn required(&self, name: &'static str, limit: usize) -> Result<String, ParameterError> {
        self.optional(name, limit)?.ok_or(ParameterError { name, problem: Problem::Missing })
    }

    /// A parameter that may be missing; an empty one counts as missing.
    pub(crate) fn optional(&self, name: &'static str, limit: usize) -> Result<Option<String>, ParameterError> {
        let mut values = self.encoded.split(|byte| *byte == b'&').filter_map(|pair| {
            let (key, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            (*decode(key) == *name.as_bytes()).then_some(value)
        });
        let Some(value) = values.next() else { return Ok(None) };
        let refused = |problem| Err(ParameterError { name, problem });
        if values.next().is_some() {
            return refused(Problem::Repeated);
        }
        let value = decode(value);
        if value.len() > limit {
            return refused(Problem::TooLong);
        }
        match String::from_utf8(value.into_owned()) {
            Ok(text) if text.chars().any(char::is_control) => refused(Problem::NotText),
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(_) => refused(Problem::NotText),
        }
    }
}

/// Undoes the encoding of `application/x-www-form-urlencoded`.
fn decode(encoded: &[u8]) -> Cow<'_, [u8]> {
    if encoded.contains(&b'+') {
        let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        Cow::Owned(percent_decode(&spaced).collect())
    } else {
        percent_decode(encoded).into()
    }
}

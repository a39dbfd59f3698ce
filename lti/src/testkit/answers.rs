//! Answers as values, for any server to send on.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// An answer with a JSON body.
pub(super) fn json(status: StatusCode, media_type: &'static str, body: &Value) -> Response<Bytes> {
    typed(status, media_type, body.to_string())
}

/// An answer in words.
pub(super) fn text(status: StatusCode, body: impl Into<String>) -> Response<Bytes> {
    typed(status, "text/plain; charset=utf-8", body)
}

/// The page that a framework shows when a program broke down.
pub(super) fn breakdown() -> Response<Bytes> {
    let page = "<!doctype html>\n<html><head><title>Server Error (500)</title></head><body><h1>Server Error (500)</h1></body></html>";
    typed(StatusCode::INTERNAL_SERVER_ERROR, "text/html; charset=utf-8", page)
}

/// An answer of that type.
pub(super) fn typed(status: StatusCode, media_type: &'static str, body: impl Into<String>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

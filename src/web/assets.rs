//! What the browser loads besides pages: the program, its start script, the style sheet, the icon.
//!
//! `cargo xtask build` puts them into `target/site` under names that hold a hash of their content, each with a brotli
//! sibling, and a `manifest.json` that maps plain names to hashed ones. A release build carries the folder inside the
//! executable; a debug build reads it from disk, so that a new style sheet shows without building the server again.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::Embed;

/// Where the assets stand in the address space.
pub const PREFIX: &str = "/assets";

/// Changes with the assets. `cargo xtask build --release` sets it, so that cargo embeds a new set of them, which it
/// would not notice by itself.
pub const FINGERPRINT: Option<&str> = option_env!("LTT_ASSETS");

const MANIFEST: &str = "manifest.json";
const NOT_BUILT: &str = "The browser side of LTT is not built. Run `cargo xtask build` and load the page again.\n";

/// Plain name to hashed name.
type Manifest = BTreeMap<String, String>;

/// The files of `target/site`.
#[derive(Embed)]
#[folder = "target/site"]
#[allow_missing = true]
pub struct Assets;

impl Assets {
    /// The address of an asset by its plain name: `ltt.js` is at `/assets/ltt.HASH.js`. An asset that was not built keeps
    /// its plain name, and its address answers with what to do.
    pub fn url(name: &str) -> String {
        let hashed = Self::hashed(name);
        format!("{PREFIX}/{}", hashed.as_deref().unwrap_or(name))
    }

    /// Whether there is anything to serve.
    pub fn are_built() -> bool {
        Self::get(MANIFEST).is_some()
    }

    fn hashed(name: &str) -> Option<String> {
        static EMBEDDED: LazyLock<Manifest> = LazyLock::new(Assets::manifest);
        if cfg!(debug_assertions) { Self::manifest().remove(name) } else { EMBEDDED.get(name).cloned() }
    }

    fn manifest() -> Manifest {
        let Some(file) = Self::get(MANIFEST) else { return Manifest::new() };
        serde_json::from_slice(&file.data).unwrap_or_else(|error| {
            tracing::error!(%error, "the asset manifest is not readable; run `cargo xtask build`");
            Manifest::new()
        })
    }
}

/// `/assets/*`, and the icon that browsers ask for by themselves.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    if !Assets::are_built() {
        tracing::warn!("the browser side is not built: pages will show, but do nothing; run `cargo xtask build`");
    }
    Router::new().route("/assets/{*name}", get(asset)).route("/favicon.ico", get(icon))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(response) = file(&name, &headers) else { return missing() };
    ([(header::CACHE_CONTROL, "public, max-age=31536000, immutable")], response).into_response()
}

/// Its address cannot hold a hash, so it is asked for again after a day.
async fn icon(headers: HeaderMap) -> Response {
    let icon = Assets::hashed("favicon.svg").and_then(|name| file(&name, &headers));
    let Some(response) = icon else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CACHE_CONTROL, "public, max-age=86400")], response).into_response()
}

fn missing() -> Response {
    let (status, text) = if Assets::are_built() {
        (StatusCode::NOT_FOUND, "There is no such asset.\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT)
    };
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// The file as it is sent: the brotli sibling to whoever takes it.
fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let kind = content_type(name)?;
    let plain = Assets::get(name)?;
    let packed = accepts_brotli(headers).then(|| Assets::get(&format!("{name}.br"))).flatten();
    let encoding = packed.is_some().then_some((header::CONTENT_ENCODING, HeaderValue::from_static("br")));
    let data = match packed.unwrap_or(plain).data {
        Cow::Borrowed(embedded) => bytes::Bytes::from_static(embedded),
        Cow::Owned(read) => bytes::Bytes::from(read),
    };
    let always = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::VARY, HeaderValue::from_name(header::ACCEPT_ENCODING)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let headers: HeaderMap = always.into_iter().chain(encoding).collect();
    Some((headers, data).into_response())
}

/// Only these kinds are served; the manifest and the brotli siblings have no address of their own.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(codings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(codings))])
    }

    #[test]
    fn brotli_goes_to_those_who_ask_for_it() {
        assert!(accepts_brotli(&accepting("gzip, deflate, br, zstd")));
        assert!(accepts_brotli(&accepting("BR;q=0.5")));
        assert!(!accepts_brotli(&accepting("gzip, br; q=0")));
        assert!(!accepts_brotli(&accepting("brie")));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[test]
    fn an_asset_that_is_not_there_keeps_its_plain_name() {
        assert_eq!(Assets::url("never-built.js"), "/assets/never-built.js");
    }

    #[test]
    fn only_known_kinds_have_an_address() {
        assert_eq!(content_type("ltt.0123.wasm"), Some("application/wasm"));
        assert_eq!(content_type("manifest.json"), None);
        assert_eq!(content_type("ltt.0123.js.br"), None);
        assert!(file("../../Cargo.toml", &HeaderMap::new()).is_none());
    }

    #[tokio::test]
    async fn an_unknown_asset_is_answered_without_being_cached() {
        let response = asset(Path("unknown.0123.js".to_owned()), HeaderMap::new()).await;
        assert!(matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

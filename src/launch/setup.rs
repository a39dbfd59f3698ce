//! How each learning platform is set up: which of its addresses are known beforehand, what is entered where in its own
//! words, and what is worth knowing. The pages of administration and `docs/connect` both tell it from here.

use url::Url;

use super::platform::{Family, NewRegistration};
use crate::loopback::is_loopback;

mod guides;

pub use guides::{Entry, Guide, Own, Step};

/// What is known of a registration before anybody has entered it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefill {
    /// What tokens name as `iss`.
    pub issuer: Option<String>,
    /// Where logins are answered.
    pub auth_url: Option<String>,
    /// Where access tokens are given out.
    pub token_url: Option<String>,
    /// The audience of LTT's assertions, where it is not the token URL.
    pub token_audience: Option<String>,
    /// Where the platform publishes its keys.
    pub jwks_url: Option<String>,
    /// Origins that frame LTT.
    pub frame_ancestors: Vec<String>,
    /// The deployments there are.
    pub deployments: Vec<String>,
}

impl Family {
    /// What is known of a platform of this family at `host`. `key` is what some of its addresses end in: the passport in
    /// Open edX, the tool's number in Sakai, the application id in Blackboard.
    pub fn prefill(self, host: &str, key: Option<&str>) -> Prefill {
        let Some(base) = base(host) else { return Prefill::default() };
        let at = |path: &str| Some(format!("{base}{path}"));
        let keyed = |path: &str| key.filter(|key| is_segment(key)).map(|key| format!("{base}{path}{key}"));
        let framed_by_itself =
            || Url::parse(&base).map(|base| base.origin().ascii_serialization()).into_iter().collect();
        match self {
            Self::OpenEdx => Prefill {
                issuer: at(""),
                auth_url: at("/api/lti_consumer/v1/launch/"),
                token_url: keyed("/api/lti_consumer/v1/token/"),
                jwks_url: keyed("/api/lti_consumer/v1/public_keysets/"),
                deployments: vec!["1".to_owned()],
                ..Prefill::default()
            },
            Self::Moodle => Prefill {
                issuer: at(""),
                auth_url: at("/mod/lti/auth.php"),
                token_url: at("/mod/lti/token.php"),
                jwks_url: at("/mod/lti/certs.php"),
                frame_ancestors: framed_by_itself(),
                ..Prefill::default()
            },
            Self::Canvas => canvas(&base, framed_by_itself()),
            Self::Brightspace => Prefill {
                issuer: at(""),
                auth_url: at("/d2l/lti/authenticate"),
                token_url: Some("https://auth.brightspace.com/core/connect/token".to_owned()),
                token_audience: Some(BRIGHTSPACE_AUDIENCE.to_owned()),
                jwks_url: at("/d2l/.well-known/jwks"),
                frame_ancestors: framed_by_itself(),
                ..Prefill::default()
            },
            Self::Blackboard => Prefill {
                issuer: Some("https://blackboard.com".to_owned()),
                auth_url: Some(format!("{BLACKBOARD_GATEWAY}/gateway/oidcauth")),
                token_url: Some(format!("{BLACKBOARD_GATEWAY}/gateway/oauth2/jwttoken")),
                jwks_url: key.and_then(blackboard_keys),
                frame_ancestors: framed_by_itself(),
                ..Prefill::default()
            },
            Self::Sakai => Prefill {
                issuer: at(""),
                auth_url: at("/imsoidc/lti13/oidc_auth"),
                token_url: keyed("/imsblis/lti13/token/"),
                jwks_url: keyed("/imsblis/lti13/keyset/"),
                frame_ancestors: framed_by_itself(),
                ..Prefill::default()
            },
            Self::Other => Prefill::default(),
        }
    }

    /// The family of a platform that names its product so, and answers logins there.
    pub fn guess(product: Option<&str>, auth_url: &Url) -> Self {
        let product = product.unwrap_or_default().to_ascii_lowercase();
        let host = auth_url.host_str().unwrap_or_default();
        let path = auth_url.path();
        let under = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
        if product == "canvas" || under("instructure.com") || under("canvaslms.com") {
            Self::Canvas
        } else if product.starts_with("blackboard") || under("blackboard.com") {
            Self::Blackboard
        } else if product == "moodle" || path.contains("/mod/lti/") {
            Self::Moodle
        } else if ["desire2learn", "brightspace", "d2l"].contains(&&*product) || path.starts_with("/d2l/") {
            Self::Brightspace
        } else if product.starts_with("sakai") || path.starts_with("/imsoidc/") {
            Self::Sakai
        } else if path.starts_with("/api/lti_consumer/") {
            Self::OpenEdx
        } else {
            Self::Other
        }
    }
}

impl Prefill {
    /// Fills in what was left open.
    pub fn complete(self, new: &mut NewRegistration) {
        let fill = |given: &mut String, known: Option<String>| {
            if given.is_empty() {
                *given = known.unwrap_or_default();
            }
        };
        fill(&mut new.issuer, self.issuer);
        fill(&mut new.auth_url, self.auth_url);
        fill(&mut new.token_url, self.token_url);
        fill(&mut new.jwks_url, self.jwks_url);
        new.token_audience = new.token_audience.take().or(self.token_audience);
        if new.frame_ancestors.is_empty() {
            new.frame_ancestors = self.frame_ancestors;
        }
        if new.deployments.is_empty() {
            new.deployments = self.deployments;
        }
    }
}

/// Brightspace checks assertions for this audience, which is no address of its token endpoint.
const BRIGHTSPACE_AUDIENCE: &str = "https://api.brightspace.com/auth/token";

const BLACKBOARD_GATEWAY: &str = "https://developer.blackboard.com/api/v1";

/// Where Blackboard publishes the keys for one application; its metadata names another set.
pub(super) fn blackboard_keys(application: &str) -> Option<String> {
    is_segment(application).then(|| format!("{BLACKBOARD_GATEWAY}/management/applications/{application}/jwks.json"))
}

/// Canvas has one issuer for all schools, and others for their trial systems. (A Canvas that a school runs by itself has its
/// addresses on its own host; there is no telling by the name.)
fn canvas(base: &str, framed_by: Vec<String>) -> Prefill {
    let host = base.strip_prefix("https://").unwrap_or(base);
    let trial = ["beta", "test"].into_iter().find(|trial| host.ends_with(&format!(".{trial}.instructure.com")));
    let system = trial.map(|trial| format!(".{trial}")).unwrap_or_default();
    Prefill {
        issuer: Some(format!("https://canvas{system}.instructure.com")),
        auth_url: Some(format!("https://sso{system}.canvaslms.com/api/lti/authorize_redirect")),
        token_url: Some(format!("https://sso{system}.canvaslms.com/login/oauth2/token")),
        jwks_url: Some(format!("https://sso{system}.canvaslms.com/api/lti/security/jwks")),
        frame_ancestors: framed_by,
        ..Prefill::default()
    }
}

/// The beginning of a platform's addresses, of a host or address as people type it; no slash at its end.
fn base(host: &str) -> Option<String> {
    let typed = host.trim();
    let address = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = Url::parse(&address).ok()?;
    let usable = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    let path = url.path().trim_end_matches('/');
    (usable && url.has_host()).then(|| format!("{}{path}", url.origin().ascii_serialization()))
}

/// Whether it can stand in a path without being anything else.
fn is_segment(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter)) && key != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_all_it_takes_for_most_platforms() {
        let moodle = Family::Moodle.prefill("school.example/moodle/", None);
        assert_eq!(moodle.issuer.as_deref(), Some("https://school.example/moodle"));
        assert_eq!(moodle.jwks_url.as_deref(), Some("https://school.example/moodle/mod/lti/certs.php"));
        assert_eq!(moodle.frame_ancestors, ["https://school.example"]);
        let brightspace = Family::Brightspace.prefill("https://school.brightspace.com", None);
        assert_eq!(brightspace.token_url.as_deref(), Some("https://auth.brightspace.com/core/connect/token"));
        assert_eq!(brightspace.token_audience.as_deref(), Some("https://api.brightspace.com/auth/token"));
        let canvas = Family::Canvas.prefill("school.instructure.com", None);
        assert_eq!(canvas.issuer.as_deref(), Some("https://canvas.instructure.com"));
        assert_eq!(canvas.auth_url.as_deref(), Some("https://sso.canvaslms.com/api/lti/authorize_redirect"));
        assert_eq!(canvas.frame_ancestors, ["https://school.instructure.com"]);
        let beta = Family::Canvas.prefill("school.beta.instructure.com", None);
        assert_eq!(beta.issuer.as_deref(), Some("https://canvas.beta.instructure.com"));
    }

    #[test]
    fn what_ends_in_a_key_is_known_once_the_key_is() {
        let without = Family::OpenEdx.prefill("lms.school.example", None);
        assert_eq!((without.token_url, without.jwks_url), (None, None));
        assert_eq!(without.auth_url.as_deref(), Some("https://lms.school.example/api/lti_consumer/v1/launch/"));
        let with = Family::OpenEdx.prefill("lms.school.example", Some("b1c2"));
        assert_eq!(
            with.jwks_url.as_deref(),
            Some("https://lms.school.example/api/lti_consumer/v1/public_keysets/b1c2")
        );
        let sakai = Family::Sakai.prefill("sakai.example", Some("47"));
        assert_eq!(sakai.token_url.as_deref(), Some("https://sakai.example/imsblis/lti13/token/47"));
        let blackboard = Family::Blackboard.prefill("learn.school.example", Some("fe3e-bd13"));
        assert_eq!(
            blackboard.jwks_url.as_deref(),
            Some("https://developer.blackboard.com/api/v1/management/applications/fe3e-bd13/jwks.json")
        );
        for key in ["../../evil", "", "..", "a b", "a?b"] {
            assert_eq!(Family::OpenEdx.prefill("lms.school.example", Some(key)).token_url, None, "{key}");
        }
    }

    #[test]
    fn what_is_no_host_prefills_nothing() {
        for host in ["", "javascript:alert(1)", "http://school.example", "ftp://school.example", "https://"] {
            assert_eq!(Family::Moodle.prefill(host, None), Prefill::default(), "{host}");
        }
        assert!(Family::Moodle.prefill("http://localhost:8000", None).issuer.is_some());
    }

    #[test]
    fn a_family_is_known_by_its_product_or_its_addresses() {
        for (product, address, family) in [
            (Some("moodle"), "https://a.example/x", Family::Moodle),
            (Some("BlackboardLearn"), "https://a.example/x", Family::Blackboard),
            (Some("desire2learn"), "https://a.example/x", Family::Brightspace),
            (Some("sakailms.org"), "https://a.example/x", Family::Sakai),
            (None, "https://sso.canvaslms.com/api/lti/authorize_redirect", Family::Canvas),
            (None, "https://lms.example/api/lti_consumer/v1/launch/", Family::OpenEdx),
            (None, "https://school.example/moodle/mod/lti/auth.php", Family::Moodle),
            (Some("new"), "https://evil-instructure.com/x", Family::Other),
        ] {
            assert_eq!(Family::guess(product, &Url::parse(address).unwrap()), family, "{address}");
        }
    }

    #[test]
    fn only_what_was_left_open_is_filled_in() {
        let mut new = NewRegistration {
            token_url: "https://own.example/token".to_owned(),
            frame_ancestors: vec!["https://own.example".to_owned()],
            ..NewRegistration::default()
        };
        Family::Moodle.prefill("school.example", None).complete(&mut new);
        assert_eq!(new.token_url, "https://own.example/token");
        assert_eq!(new.frame_ancestors, ["https://own.example"]);
        assert_eq!(new.auth_url, "https://school.example/mod/lti/auth.php");
    }
}

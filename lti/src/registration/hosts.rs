//! Which hosts a platform may spread over. A platform can only speak for an issuer of its own host: else anybody who holds
//! an invitation could register himself as somebody else's platform. (§3.5.1)

use url::Url;

use super::{configuration::PlatformConfiguration, refused::RegistrationRefused};

/// A platform that answers for all schools from hosts of its own.
struct Shared {
    /// Hosts of its issuers.
    issuers: &'static [&'static str],
    /// Domains under which it gives out its configuration.
    domains: &'static [&'static str],
    /// Whether schools have hosts of their own choice, where registration endpoints may stand.
    own_hosts: bool,
}

const SHARED: [Shared; 2] = [
    Shared {
        issuers: &["canvas.instructure.com", "canvas.beta.instructure.com", "canvas.test.instructure.com"],
        domains: &["instructure.com", "canvaslms.com"],
        own_hosts: true,
    },
    Shared { issuers: &["blackboard.com"], domains: &["blackboard.com", "anthology.com"], own_hosts: false },
];

/// Whether the issuer may be spoken for, and tools be registered, from where the configuration stands.
pub(super) fn check(source: &Url, configuration: &PlatformConfiguration) -> Result<(), RegistrationRefused> {
    let issuer = Url::parse(&configuration.issuer).ok().filter(Url::has_host);
    let issuer = issuer.ok_or(RegistrationRefused::FieldMalformed("issuer"))?;
    let endpoint = &configuration.registration_endpoint;
    let shared = SHARED.iter().find(|shared| shared.answers_for(&issuer, source));
    if shared.is_none() && place(&issuer) != place(source) {
        return Err(RegistrationRefused::IssuerMismatch { issuer: configuration.issuer.clone(), host: shown(source) });
    }
    let is_own = place(endpoint) == place(source) || shared.is_some_and(|shared| shared.registers_at(endpoint));
    if is_own {
        Ok(())
    } else {
        Err(RegistrationRefused::EndpointMismatch { host: shown(endpoint), expected: shown(source) })
    }
}

impl Shared {
    fn answers_for(&self, issuer: &Url, source: &Url) -> bool {
        issuer.host_str().is_some_and(|host| self.issuers.contains(&host)) && self.has(source)
    }

    fn registers_at(&self, endpoint: &Url) -> bool {
        self.own_hosts || self.has(endpoint)
    }

    fn has(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let under = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.domains.iter().any(|domain| under(domain))
    }
}

/// Host and port; what is served at another port may be somebody else's.
fn place(url: &Url) -> (Option<&str>, Option<u16>) {
    (url.host_str(), url.port())
}

fn shown(url: &Url) -> String {
    match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    }
}

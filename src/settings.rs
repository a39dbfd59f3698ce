//! Settings: a TOML file, every key also as an environment variable `LTT_…`, a secret also as `LTT_…_FILE`.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config, ConfigError, Environment, File, FileFormat};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

use crate::loopback::is_loopback;

mod rosters;

pub use rosters::RosterReading;

/// What begins every environment variable of LTT.
const PREFIX: &str = "LTT";

/// Where everything is kept unless told otherwise.
pub const DEFAULT_DATABASE: &str = "sqlite:ltt.db";

/// Settings that may stand in a file of their own, named by `LTT_…_FILE`.
const SECRETS: [&str; 5] = [
    "LTT_DATABASE_URL",
    "LTT_KEY_ENCRYPTION_SECRET",
    "LTT_KEY_ENCRYPTION_SECRET_OLD",
    "LTT_METRICS_TOKEN",
    "LTT_TUTOR_API_KEY",
];

/// Everything an administrator can set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// How browsers and platforms reach the server; the only source of LTT's own addresses.
    #[serde(default = "default_public_url")]
    pub public_url: Url,
    /// The database's address, which may hold a password.
    #[serde(default = "default_database_url")]
    pub database_url: SecretString,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default, deserialize_with = "addresses")]
    pub trusted_proxies: Vec<IpAddr>,
    /// What LTT's own private keys are encrypted with in the database; none: they stand there as they are.
    #[serde(default)]
    pub key_encryption_secret: Option<SecretString>,
    /// What they were encrypted with before, until `ltt keys encrypt` has been run.
    #[serde(default)]
    pub key_encryption_secret_old: Option<SecretString>,
    /// How long a key signs before the next one takes over by itself.
    #[serde(default)]
    pub key_rotation: KeyRotation,
    /// The first pause after a failed delivery of a grade; doubled from there.
    #[serde(default = "default_grade_retry_floor", with = "humantime_serde")]
    pub grade_retry_floor: Duration,
    /// How many grades go to one platform in a second, at most.
    #[serde(default = "default_grade_rate")]
    pub grade_rate: u32,
    /// How often rosters of courses that are in use are read by themselves.
    #[serde(default)]
    pub roster_interval: RosterReading,
    /// Where `/metrics` is served.
    #[serde(default)]
    pub metrics: Metrics,
    /// What whoever reads `/metrics` has to show as a bearer token.
    #[serde(default)]
    pub metrics_token: Option<SecretString>,
    /// What outbound requests may reach beside public addresses by https.
    #[serde(default)]
    pub outbound_allow: OutboundAllow,
    /// Who answers the learner.
    #[serde(default)]
    pub tutor_provider: TutorProvider,
    /// The provider's address, up to and without `/chat/completions`; `OpenAI`'s own where there is none.
    #[serde(default)]
    pub tutor_base_url: Option<Url>,
    /// The model to ask.
    #[serde(default)]
    pub tutor_model: Option<String>,
    /// The provider's key.
    #[serde(default)]
    pub tutor_api_key: Option<SecretString>,
}

/// What outbound requests to addresses from outside may reach beside public https.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboundAllow {
    /// Nothing.
    #[default]
    #[serde(alias = "")]
    Public,
    /// `http` to 127.0.0.1, `::1` and localhost, for trying LTT on one machine.
    Loopback,
}

/// Where numbers for Prometheus are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Metrics {
    /// Nowhere.
    #[default]
    Off,
    /// At `/metrics` of the server itself, to whoever shows the token.
    On,
    /// At `/metrics` of an address of its own.
    At(SocketAddr),
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "" | "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            address => address.parse().map(Self::At).map_err(|_| {
                D::Error::custom(format!(
                    "metrics: \"{text}\" is neither `off`, `on` nor an address like `127.0.0.1:9100`"
                ))
            }),
        }
    }
}

/// When LTT's next key takes over from the one that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRotation {
    /// By command only.
    Off,
    /// By itself when the active one has signed for that long.
    After(Duration),
}

impl Default for KeyRotation {
    fn default() -> Self {
        Self::After(Duration::from_hours(90 * 24))
    }
}

impl<'de> Deserialize<'de> for KeyRotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        humantime::parse_duration(&text).map(Self::After).map_err(|error| {
            D::Error::custom(format!("key_rotation: \"{text}\" is neither `off` nor a time like `90d`: {error}"))
        })
    }
}

/// Who answers the learner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TutorProvider {
    /// The guide, which is no model.
    #[default]
    #[serde(alias = "")]
    Guide,
    /// Any server that speaks OpenAI's chat completions.
    OpenAi,
}

/// Why the settings cannot be used. Each message names the setting and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is missing, unknown or of the wrong kind.
    #[error("{0}")]
    Unreadable(#[from] ConfigError),
    /// A secret's file could not be read.
    #[error("{variable} names {path}, which cannot be read: {cause}")]
    SecretFile {
        /// The environment variable.
        variable: String,
        /// What it names.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A secret is given twice.
    #[error("{0} and {0}_FILE are both set: keep one")]
    SecretTwice(&'static str),
    /// Browsers send no cookie of a frame over plain http, and platforms refuse it.
    #[error("LTT_PUBLIC_URL is {0}: it must be https, or http on localhost, 127.0.0.1 or [::1]")]
    InsecurePublicUrl(Url),
    /// LTT stands at the root of its host.
    #[error("LTT_PUBLIC_URL is {0}: give scheme, host and port only, without a path")]
    PublicUrlWithPath(Url),
    /// Numbers at the public address are for those only who know the token.
    #[error(
        "LTT_METRICS=on serves /metrics at the public address: set LTT_METRICS_TOKEN, which whoever reads it must show, \
         or give LTT_METRICS an address of its own, such as 127.0.0.1:9100"
    )]
    MetricsWithoutToken,
    /// A provider needs to be told where it is.
    #[error("LTT_TUTOR_PROVIDER=openai needs {0}")]
    ProviderIncomplete(&'static str),
}

impl Settings {
    /// Reads the file, if one is given, and the environment over it.
    pub fn read(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, SettingsError> {
        let environment = known_variables(with_secret_files(environment)?);
        let mut builder = Config::builder();
        if let Some(path) = file {
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        let source =
            Environment::with_prefix(PREFIX).prefix_separator("_").ignore_empty(true).source(Some(environment));
        let settings: Self = builder.add_source(source).build()?.try_deserialize()?;
        settings.validated()
    }

    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn process_environment() -> HashMap<String, String> {
        std::env::vars().collect()
    }

    fn validated(self) -> Result<Self, SettingsError> {
        let url = &self.public_url;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
            return Err(SettingsError::InsecurePublicUrl(url.clone()));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(SettingsError::PublicUrlWithPath(url.clone()));
        }
        let has_token = self.metrics_token.as_ref().is_some_and(|token| !token.expose_secret().is_empty());
        if self.metrics == Metrics::On && !has_token {
            return Err(SettingsError::MetricsWithoutToken);
        }
        if self.tutor_provider == TutorProvider::OpenAi {
            if self.tutor_base_url.is_none() {
                return Err(SettingsError::ProviderIncomplete(
                    "LTT_TUTOR_BASE_URL, for example https://api.openai.com/v1",
                ));
            }
            if self.tutor_model.is_none() {
                return Err(SettingsError::ProviderIncomplete("LTT_TUTOR_MODEL, the name of the model to ask"));
            }
        }
        Ok(self)
    }

    /// The address of a path of LTT's own, as browsers and platforms reach it.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Scheme, host and port of LTT.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The database's address, password and all.
    pub fn database_url_exposed(&self) -> &str {
        self.database_url.expose_secret()
    }

    /// The database's address without its password, for people to read.
    pub fn database_for_display(&self) -> String {
        let address = self.database_url.expose_secret();
        match Url::parse(address) {
            Ok(url) => match url.password() {
                Some(password) => address.replacen(&format!(":{password}@"), ":…@", 1),
                None => address.to_owned(),
            },
            Err(_) => address.to_owned(),
        }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 3000))
}

#[expect(clippy::expect_used, reason = "a constant address")]
fn default_public_url() -> Url {
    Url::parse("http://localhost:3000").expect("a constant address")
}

fn default_database_url() -> SecretString {
    SecretString::from(DEFAULT_DATABASE)
}

fn default_grade_retry_floor() -> Duration {
    Duration::from_secs(5)
}

fn default_grade_rate() -> u32 {
    20
}

/// A list in a file, or a text with commas in a variable.
fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        List(Vec<String>),
        Text(String),
    }
    let parts = match Given::deserialize(deserializer)? {
        Given::List(parts) => parts,
        Given::Text(text) => text.split(',').map(str::to_owned).collect(),
    };
    parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| D::Error::custom(format!("trusted_proxies: \"{part}\" is no IP address"))))
        .collect()
}

/// Puts the contents of every `…_FILE` in the place of its secret.
fn with_secret_files(mut environment: HashMap<String, String>) -> Result<HashMap<String, String>, SettingsError> {
    for secret in SECRETS {
        let variable = format!("{secret}_FILE");
        let Some(path) = environment.remove(&variable).filter(|path| !path.is_empty()) else { continue };
        if environment.get(secret).is_some_and(|value| !value.is_empty()) {
            return Err(SettingsError::SecretTwice(secret));
        }
        let path = PathBuf::from(path);
        let value =
            std::fs::read_to_string(&path).map_err(|cause| SettingsError::SecretFile { variable, path, cause })?;
        environment.insert(secret.to_owned(), value.trim_end().to_owned());
    }
    Ok(environment)
}

/// The environment is shared with other programs' variables, so only a file is held to known names.
fn known_variables(environment: HashMap<String, String>) -> HashMap<String, String> {
    const NAMES: [&str; 17] = [
        "LISTEN",
        "PUBLIC_URL",
        "DATABASE_URL",
        "TRUSTED_PROXIES",
        "KEY_ENCRYPTION_SECRET",
        "KEY_ENCRYPTION_SECRET_OLD",
        "KEY_ROTATION",
        "GRADE_RETRY_FLOOR",
        "GRADE_RATE",
        "ROSTER_INTERVAL",
        "METRICS",
        "METRICS_TOKEN",
        "OUTBOUND_ALLOW",
        "TUTOR_PROVIDER",
        "TUTOR_BASE_URL",
        "TUTOR_MODEL",
        "TUTOR_API_KEY",
    ];
    environment
        .into_iter()
        .filter(|(name, _)| name.strip_prefix("LTT_").is_some_and(|name| NAMES.contains(&name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(None, environment)
    }

    #[test]
    fn an_empty_environment_gives_the_defaults() {
        let settings = from(&[]).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.address("/lti/login"), "http://localhost:3000/lti/login");
        assert_eq!(settings.database_url.expose_secret(), "sqlite:ltt.db");
        assert_eq!(settings.grade_retry_floor, Duration::from_secs(5));
        assert_eq!(settings.outbound_allow, OutboundAllow::Public);
        assert_eq!(settings.tutor_provider, TutorProvider::Guide);
    }

    #[test]
    fn every_setting_is_read_from_the_environment() {
        let settings = from(&[
            ("LTT_LISTEN", "[::1]:8080"),
            ("LTT_PUBLIC_URL", "https://ltt.example.org"),
            ("LTT_DATABASE_URL", "postgres://ltt:secret@db/ltt"),
            ("LTT_TRUSTED_PROXIES", "10.0.0.1, ::1"),
            ("LTT_KEY_ENCRYPTION_SECRET", "new"),
            ("LTT_KEY_ENCRYPTION_SECRET_OLD", "old"),
            ("LTT_KEY_ROTATION", "30d"),
            ("LTT_GRADE_RETRY_FLOOR", "20ms"),
            ("LTT_OUTBOUND_ALLOW", "loopback"),
            ("LTT_TUTOR_PROVIDER", "openai"),
            ("LTT_TUTOR_BASE_URL", "http://127.0.0.1:11434/v1"),
            ("LTT_TUTOR_MODEL", "small"),
            ("LTT_TUTOR_API_KEY", "key"),
            ("LTT_TEST_POSTGRES_URL", "postgres://elsewhere"),
        ])
        .unwrap();
        assert_eq!(settings.listen.port(), 8080);
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.key_encryption_secret.as_ref().unwrap().expose_secret(), "new");
        assert_eq!(settings.key_encryption_secret_old.as_ref().unwrap().expose_secret(), "old");
        assert_eq!(settings.key_rotation, KeyRotation::After(Duration::from_hours(30 * 24)));
        assert_eq!(settings.grade_retry_floor, Duration::from_millis(20));
        assert_eq!(settings.outbound_allow, OutboundAllow::Loopback);
        assert_eq!(settings.tutor_provider, TutorProvider::OpenAi);
        assert_eq!(settings.tutor_api_key.as_ref().unwrap().expose_secret(), "key");
        assert!(!settings.database_for_display().contains("secret"));
    }

    #[test]
    fn a_file_is_read_and_the_environment_wins_over_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ltt.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:4444\"\ntrusted_proxies = [\"10.0.0.1\"]\n").unwrap();
        let environment = HashMap::from([("LTT_LISTEN".to_owned(), "127.0.0.1:5555".to_owned())]);
        let settings = Settings::read(Some(&path), environment).unwrap();
        assert_eq!(settings.listen.port(), 5555);
        assert_eq!(settings.trusted_proxies.len(), 1);
    }

    #[test]
    fn a_misspelt_key_in_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ltt.toml");
        std::fs::write(&path, "lisen = \"127.0.0.1:4444\"\n").unwrap();
        let message = Settings::read(Some(&path), HashMap::new()).unwrap_err().to_string();
        assert!(message.contains("lisen"), "{message}");
    }

    #[test]
    fn a_secret_may_stand_in_a_file_of_its_own_but_not_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "from-file\n").unwrap();
        let file = path.to_str().unwrap();
        let settings = from(&[("LTT_TUTOR_API_KEY_FILE", file)]).unwrap();
        assert_eq!(settings.tutor_api_key.unwrap().expose_secret(), "from-file");
        let twice = from(&[("LTT_TUTOR_API_KEY_FILE", file), ("LTT_TUTOR_API_KEY", "too")]);
        assert!(matches!(twice, Err(SettingsError::SecretTwice(_))));
        assert!(matches!(from(&[("LTT_TUTOR_API_KEY_FILE", "/nowhere/key")]), Err(SettingsError::SecretFile { .. })));
    }

    #[test]
    fn a_public_url_that_browsers_would_not_trust_is_refused() {
        for url in ["http://ltt.example.org", "http://10.0.0.1:3000", "ftp://localhost", "http://localhost.evil.org"] {
            assert!(matches!(from(&[("LTT_PUBLIC_URL", url)]), Err(SettingsError::InsecurePublicUrl(_))), "{url}");
        }
        for url in ["https://ltt.example.org", "http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
            assert!(from(&[("LTT_PUBLIC_URL", url)]).is_ok(), "{url}");
        }
        let with_path = from(&[("LTT_PUBLIC_URL", "https://ltt.example.org/tool")]);
        assert!(matches!(with_path, Err(SettingsError::PublicUrlWithPath(_))));
    }

    #[test]
    fn keys_rotate_by_themselves_unless_told_otherwise() {
        assert_eq!(from(&[]).unwrap().key_rotation, KeyRotation::After(Duration::from_hours(90 * 24)));
        assert_eq!(from(&[("LTT_KEY_ROTATION", "off")]).unwrap().key_rotation, KeyRotation::Off);
        let message = from(&[("LTT_KEY_ROTATION", "sometimes")]).unwrap_err().to_string();
        assert!(message.contains("key_rotation") && message.contains("90d"), "{message}");
    }

    #[test]
    fn metrics_are_off_on_with_a_token_or_at_an_address_of_their_own() {
        assert_eq!(from(&[]).unwrap().metrics, Metrics::Off);
        let own = from(&[("LTT_METRICS", "127.0.0.1:9100")]).unwrap();
        assert_eq!(own.metrics, Metrics::At(SocketAddr::from(([127, 0, 0, 1], 9100))));
        let open = from(&[("LTT_METRICS", "on")]).unwrap_err().to_string();
        assert!(open.contains("LTT_METRICS_TOKEN"), "{open}");
        assert_eq!(from(&[("LTT_METRICS", "on"), ("LTT_METRICS_TOKEN", "t")]).unwrap().metrics, Metrics::On);
        let odd = from(&[("LTT_METRICS", "perhaps")]).unwrap_err().to_string();
        assert!(odd.contains("neither `off`, `on` nor an address"), "{odd}");
    }

    #[test]
    fn a_provider_without_a_model_is_refused() {
        let message = from(&[("LTT_TUTOR_PROVIDER", "openai"), ("LTT_TUTOR_BASE_URL", "http://localhost/v1")])
            .unwrap_err()
            .to_string();
        assert!(message.contains("LTT_TUTOR_MODEL"), "{message}");
    }
}

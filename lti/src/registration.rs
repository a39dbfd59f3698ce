//! LTI Dynamic Registration 1.0: platform and tool introduce themselves to each other, and nobody copies anything.
//!
//! The platform opens the tool's registration address in the administrator's browser. [`Initiation::parse`] reads what it
//! brings, [`configuration`] fetches what the platform says about itself, and [`register`] tells the platform about the
//! tool and reads which client id it was given. Whether a platform is welcome is the host's decision, and it has to be made
//! before: anybody can open that address.
//!
//! What the platforms really do differs from the text, and from each other: Moodle lists messages as bare names, Blackboard
//! puts the token into an address and lists algorithms it should not, Canvas shows its configuration only to who brings the
//! token, and it and Blackboard answer for all schools from hosts of their own. Reading is lenient about all of that, and
//! about nothing else.
//!
//! ```
//! use lti::{
//!     HttpClient,
//!     registration::{Initiation, RegistrationRefused, ToolDescription, configuration, register},
//! };
//!
//! /// Answers the tool's registration address, once the host knows that whoever opens it was invited.
//! async fn registered(http: &impl HttpClient, query: &str, tool: &ToolDescription) -> Result<String, RegistrationRefused> {
//!     let initiation = Initiation::parse(query.as_bytes())?;
//!     let platform = configuration(http, &initiation).await?;
//!     let answer = register(http, &initiation, &platform, tool).await?;
//!     Ok(format!("{} knows this tool as {}", platform.issuer, answer.client_id))
//! }
//! ```

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::http::{HttpClient, Request, excerpt};

mod answer;
mod configuration;
mod hosts;
mod initiation;
mod refused;
mod tool;

pub use answer::Answer;
pub use configuration::{PlatformConfiguration, SupportedMessage};
pub use initiation::Initiation;
pub use refused::RegistrationRefused;
pub use tool::{ToolDescription, ToolMessage};

/// The largest configuration or answer that is read, in bytes.
const SIZE_LIMIT: usize = 256 * 1024;

/// Fetches what the platform says about itself, and finds out whether it can be believed (§3.5).
///
/// The token is sent only where the platform asks for it, as Canvas does; it came together with the address, and the address
/// that the token is for has to stand on the same host.
pub async fn configuration(
    http: &impl HttpClient,
    initiation: &Initiation,
) -> Result<PlatformConfiguration, RegistrationRefused> {
    let url = &initiation.configuration_url;
    let mut answer = fetch(http, url, None).await?;
    let asks_for_token = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if let Some(token) = initiation.authorization().filter(|_| asks_for_token) {
        answer = fetch(http, url, Some(token)).await?;
    }
    if !answer.status().is_success() {
        return Err(RegistrationRefused::ConfigurationStatus { status: answer.status().as_u16() });
    }
    let configuration = PlatformConfiguration::parse(answer.body())?;
    hosts::check(url, &configuration)?;
    Ok(configuration)
}

async fn fetch(
    http: &impl HttpClient,
    url: &Url,
    token: Option<HeaderValue>,
) -> Result<http::Response<Bytes>, RegistrationRefused> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.extend(token.map(|token| (header::AUTHORIZATION, token)));
    let request = Request { method: Method::GET, url: url.clone(), headers, body: Bytes::new(), limit: SIZE_LIMIT };
    http.send(request).await.map_err(RegistrationRefused::ConfigurationUnavailable)
}

/// Registers the tool with the platform (§3.6). The token goes to the registration endpoint and nowhere else.
pub async fn register(
    http: &impl HttpClient,
    initiation: &Initiation,
    platform: &PlatformConfiguration,
    tool: &ToolDescription,
) -> Result<Answer, RegistrationRefused> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(initiation.authorization().map(|token| (header::AUTHORIZATION, token)));
    let request = Request {
        method: Method::POST,
        url: platform.registration_endpoint.clone(),
        headers,
        body: Bytes::from(tool.request(platform).to_string()),
        limit: SIZE_LIMIT,
    };
    let answer = http.send(request).await.map_err(RegistrationRefused::EndpointUnavailable)?;
    if !answer.status().is_success() {
        let excerpt = excerpt(answer.body());
        return Err(RegistrationRefused::NotRegistered { status: answer.status().as_u16(), excerpt });
    }
    Answer::parse(answer.body())
}

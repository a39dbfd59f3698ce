//! What the products do that is not, or not only, in the book: as it was seen in the product, in its source or in what it says of
//! itself, or, for Moodle's short-lived access tokens and the extensions of Canvas and Sakai, as people tell it. What is not known
//! of a product is by the book.

use chrono::TimeDelta;
use http::StatusCode;
use url::Url;

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Open edX, by its LTI consumer block.
    OpenEdx,
    /// Moodle.
    Moodle,
    /// Canvas.
    Canvas,
    /// Brightspace.
    Brightspace,
    /// Blackboard Learn.
    Blackboard,
    /// Sakai.
    Sakai,
}

/// How a platform behaves: a switch for each habit. [`Quirks::default`] is by the book, and strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// Whose claims it sends; `None`: those of the book.
    pub family: Option<Family>,
    /// How message hints are made and spent.
    pub hints: Hints,
    /// How long a hint is good for: as long as a page may stand open before its launch begins.
    pub hint_lifetime: TimeDelta,
    /// What the authorization endpoint looks at.
    pub authorization: Authorization,
    /// Whether the login hint is encoded once more than it should be (Sakai).
    pub login_hint_encoded_twice: bool,
    /// The frame that keeps data for tools, as the login names it.
    pub storage_target: Option<&'static str>,
    /// What a login carries besides.
    pub login_extras: &'static [(&'static str, &'static str)],
    /// How long an id token is good for.
    pub token_lifetime: TimeDelta,
    /// How the audience is written.
    pub audience: Audience,
    /// The token's `typ`.
    pub token_type_header: Option<&'static str>,
    /// How published keys look.
    pub key_entries: KeyEntries,
    /// The `Cache-Control` of the key set.
    pub key_cache: Option<&'static str>,
    /// What of an assertion is verified, after its signature.
    pub assertion: Assertion,
    /// With which status a bad assertion is refused.
    pub assertion_refused: StatusCode,
    /// `token_type` of an access token.
    pub access_token_type: &'static str,
    /// With which status a missing, expired or foreign access token is refused.
    pub access_refused: StatusCode,
    /// How scores are answered.
    pub scores: Scores,
}

/// How message hints are made and spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hints {
    /// A new one each time, good for any number of requests.
    PerVisit,
    /// A new one each time, spent by the first request (Moodle).
    Once,
    /// The same for each visit of one person to one link (Open edX).
    PerPersonAndLink,
}

/// What an authorization endpoint looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    /// All parameters, and a login hint that fits the message hint. Faults go back to the tool where that is safe.
    Strict,
    /// Only that client, redirect, nonce and message hint are there and right. No fault goes back to the tool (Open edX).
    Lenient,
}

/// How an audience is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// As a text.
    Text,
    /// As a list of one (Schoology).
    List,
}

/// How published keys look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEntries {
    /// With `alg` and `use`.
    Full,
    /// Without (Open edX).
    Bare,
}

/// What of an assertion is verified, after its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assertion {
    /// Who, for whom, when, and that it is new. The audience is the token address.
    Strict,
    /// The same, with this audience (Brightspace).
    For(&'static str),
    /// Its time only, to the second (Open edX).
    TimeOnly,
}

/// How scores are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scores {
    /// One that is taken.
    pub taken: StatusCode,
    /// One that is not later than the score which is there.
    pub outdated: StatusCode,
    /// One of somebody who cannot be graded.
    pub unknown_learner: Fault,
    /// One that makes no sense.
    pub nonsense: Fault,
    /// One more than the platform takes at a time.
    pub throttled: StatusCode,
    /// How finely times are told apart.
    pub grain: TimeDelta,
    /// What becomes of a score.
    pub publishing: Publishing,
    /// Whether a body that does not call itself a score is read all the same.
    pub any_media_type: bool,
}

/// How a platform says that something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With a status and words.
    Said(StatusCode),
    /// By breaking down: 500, and a page for people.
    Breakdown,
}

/// What becomes of a score that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishing {
    /// It is the grade once it is fully graded.
    WhenGraded,
    /// The same, but a score of zero never gets there (Open edX).
    WhenGradedAndNotZero,
    /// Where it is not fully graded, the grade is cleared (Moodle).
    OrCleared,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            family: None,
            hints: Hints::PerVisit,
            hint_lifetime: TimeDelta::minutes(10),
            authorization: Authorization::Strict,
            login_hint_encoded_twice: false,
            storage_target: None,
            login_extras: &[],
            token_lifetime: TimeDelta::minutes(5),
            audience: Audience::Text,
            token_type_header: None,
            key_entries: KeyEntries::Full,
            key_cache: None,
            assertion: Assertion::Strict,
            assertion_refused: StatusCode::UNAUTHORIZED,
            access_token_type: "Bearer",
            access_refused: StatusCode::UNAUTHORIZED,
            scores: Scores {
                taken: StatusCode::NO_CONTENT,
                outdated: StatusCode::CONFLICT,
                unknown_learner: Fault::Said(StatusCode::UNPROCESSABLE_ENTITY),
                nonsense: Fault::Said(StatusCode::BAD_REQUEST),
                throttled: StatusCode::TOO_MANY_REQUESTS,
                grain: TimeDelta::zero(),
                publishing: Publishing::WhenGraded,
                any_media_type: false,
            },
        }
    }
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OpenEdx, Self::Moodle, Self::Canvas, Self::Brightspace, Self::Blackboard, Self::Sakai];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenEdx => "Open edX",
            Self::Moodle => "Moodle",
            Self::Canvas => "Canvas",
            Self::Brightspace => "Brightspace",
            Self::Blackboard => "Blackboard",
            Self::Sakai => "Sakai",
        }
    }

    /// Its habits.
    pub fn quirks(self) -> Quirks {
        let book = Quirks { family: Some(self), ..Quirks::default() };
        match self {
            Self::OpenEdx => Self::open_edx(book),
            Self::Moodle => Quirks {
                hints: Hints::Once,
                token_type_header: Some("JWT"),
                token_lifetime: TimeDelta::seconds(60),
                assertion_refused: StatusCode::BAD_REQUEST,
                scores: Scores {
                    taken: StatusCode::OK,
                    unknown_learner: Fault::Said(StatusCode::BAD_REQUEST),
                    grain: TimeDelta::seconds(1),
                    publishing: Publishing::OrCleared,
                    ..book.scores
                },
                ..book
            },
            Self::Canvas => Quirks {
                storage_target: Some("post_message_forwarding"),
                login_extras: &[("canvas_region", "us-east-1"), ("canvas_environment", "prod"), ("deployment_id", "1")],
                token_type_header: Some("JWT"),
                token_lifetime: TimeDelta::hours(1),
                scores: Scores { taken: StatusCode::OK, throttled: StatusCode::FORBIDDEN, ..book.scores },
                ..book
            },
            Self::Brightspace => Quirks {
                storage_target: Some("_parent"),
                token_type_header: Some("JWT"),
                token_lifetime: TimeDelta::minutes(30),
                key_cache: Some("no-cache"),
                assertion: Assertion::For("https://api.brightspace.com/auth/token"),
                scores: Scores { taken: StatusCode::OK, ..book.scores },
                ..book
            },
            Self::Blackboard => Quirks {
                token_type_header: Some("JWT"),
                token_lifetime: TimeDelta::hours(1),
                scores: Scores { taken: StatusCode::OK, ..book.scores },
                ..book
            },
            Self::Sakai => Quirks {
                login_hint_encoded_twice: true,
                storage_target: Some("_parent"),
                scores: Scores { taken: StatusCode::OK, ..book.scores },
                ..book
            },
        }
    }

    fn open_edx(book: Quirks) -> Quirks {
        Quirks {
            hints: Hints::PerPersonAndLink,
            authorization: Authorization::Lenient,
            token_lifetime: TimeDelta::hours(1),
            token_type_header: Some("JWT"),
            key_entries: KeyEntries::Bare,
            assertion: Assertion::TimeOnly,
            assertion_refused: StatusCode::BAD_REQUEST,
            access_token_type: "bearer",
            access_refused: StatusCode::FORBIDDEN,
            scores: Scores {
                taken: StatusCode::CREATED,
                outdated: StatusCode::BAD_REQUEST,
                unknown_learner: Fault::Breakdown,
                nonsense: Fault::Breakdown,
                publishing: Publishing::WhenGradedAndNotZero,
                any_media_type: true,
                ..book.scores
            },
            ..book
        }
    }
}

/// Where everything of a platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The issuer of its tokens; cloud products have one for all their customers.
    pub issuer: String,
    /// Where tools send the browser to be told who is asking.
    pub authorization: Url,
    /// Where access tokens are given out.
    pub token: Url,
    /// Its public keys.
    pub key_set: Url,
    /// The columns of the course's gradebook.
    pub line_items: Url,
    /// Who is in the course.
    pub members: Url,
    /// The groups of the course.
    pub groups: Url,
    /// Where it sends people who leave the tool.
    pub home: Url,
    /// What follows a column's id in its address.
    pub(super) after_line_item: &'static str,
}

impl Addresses {
    /// The addresses of a platform whose front page is `base`.
    pub fn of(family: Option<Family>, base: &Url) -> Self {
        let own = base.origin().ascii_serialization();
        let (issuer, [authorization, token, key_set, line_items], after_line_item) = match family {
            None => (own, ["/lti/authorize", "/lti/token", "/lti/jwks", "/lti/lineitems"], ""),
            Some(Family::OpenEdx) => (
                own,
                [
                    "/api/lti_consumer/v1/launch/",
                    "/api/lti_consumer/v1/token/5f0c",
                    "/api/lti_consumer/v1/public_keysets/5f0c",
                    "/api/lti_consumer/v1/lti/1/lti-ags",
                ],
                "",
            ),
            Some(Family::Moodle) => (
                own,
                ["/mod/lti/auth.php", "/mod/lti/token.php", "/mod/lti/certs.php", "/mod/lti/services.php/2/lineitems"],
                "/lineitem?type_id=1",
            ),
            Some(Family::Canvas) => (
                "https://canvas.instructure.com".to_owned(),
                [
                    "/api/lti/authorize_redirect",
                    "/login/oauth2/token",
                    "/api/lti/security/jwks",
                    "/api/lti/courses/1/line_items",
                ],
                "",
            ),
            Some(Family::Brightspace) => (
                own,
                [
                    "/d2l/lti/authenticate",
                    "/core/connect/token",
                    "/d2l/.well-known/jwks",
                    "/d2l/api/lti/ags/2.0/deployment/7/orgunit/6606/lineitems",
                ],
                "",
            ),
            Some(Family::Blackboard) => (
                "https://blackboard.com".to_owned(),
                [
                    "/api/v1/gateway/oidcauth",
                    "/api/v1/gateway/oauth2/jwttoken",
                    "/api/v1/management/applications/5f0c/jwks.json",
                    "/learn/api/v1/lti/courses/1/lineItems",
                ],
                "",
            ),
            Some(Family::Sakai) => (
                own,
                [
                    "/imsoidc/lti13/oidc_auth",
                    "/imsblis/lti13/token/1",
                    "/imsblis/lti13/keyset/1",
                    "/imsblis/lti13/lineitems/1",
                ],
                "",
            ),
        };
        let at = |path: &str| {
            let mut address = base.clone();
            address.set_path(path);
            address.set_query(None);
            address
        };
        Self {
            issuer,
            authorization: at(authorization),
            token: at(token),
            key_set: at(key_set),
            line_items: at(line_items),
            members: at(if family == Some(Family::OpenEdx) {
                "/api/lti_consumer/v1/lti/1/memberships"
            } else {
                "/lti/members"
            }),
            groups: at("/lti/groups"),
            home: at("/"),
            after_line_item,
        }
    }

    /// A column's address. An id with signs in it (Open edX: `+ @ :`) is encoded.
    pub fn line_item(&self, link_id: &str) -> Url {
        let mut address = self.line_items.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.push(link_id);
        }
        let (path, query) = self.after_line_item.split_once('?').unwrap_or((self.after_line_item, ""));
        if !path.is_empty() {
            address.set_path(&format!("{}{path}", address.path()));
        }
        address.set_query(Some(query).filter(|query| !query.is_empty()));
        address
    }
}

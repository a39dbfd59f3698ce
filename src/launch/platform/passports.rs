//! Open edX shows each block's values as lines of text; they are read here, many blocks at once.
//!
//! A block is one client id (Open edX calls it a passport) with its own addresses for keys and tokens.

use url::Url;

use super::{Family, NewRegistration};

/// The most blocks that are read at once.
pub const MOST: usize = 200;

/// What was understood of what was pasted.
#[derive(Debug, Clone, Default)]
pub struct Pasted {
    /// Blocks, in the order they stand.
    pub blocks: Vec<Block>,
    /// Lines that were not understood, with their number from 1.
    pub unread: Vec<(usize, String)>,
}

/// One block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line it begins at, from 1.
    pub line: usize,
    /// What would be added.
    pub registration: NewRegistration,
    /// What it lacks, by the name that Studio has for it.
    pub missing: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Name,
    Issuer,
    ClientId,
    Deployment,
    KeySet,
    Token,
    Login,
}

impl Label {
    /// By what Studio, in its several versions, writes in front of a value.
    fn of(text: &str) -> Option<Self> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "name" | "block" => Self::Name,
            "issuer" | "iss" | "platform id" => Self::Issuer,
            "client" | "client id" | "client_id" => Self::ClientId,
            "deployment" | "deployment id" | "deployment_id" => Self::Deployment,
            "keyset url" | "public keyset url" | "jwks url" | "key set url" => Self::KeySet,
            "oauth token url" | "access token url" | "token url" => Self::Token,
            "oidc callback url" | "oidc login url" | "login url" | "oidc auth url" | "auth url" => Self::Login,
            _ => return None,
        })
    }
}

/// What Studio writes round the values.
const AROUND: [&str; 7] = [
    "LTI 1.3 Launches can only",
    "The current implementation of the LTI 1.3",
    "LTI Advantage services",
    "Therefore, there is no mechanism",
    "To set up the LTI integration",
    "Test LTI Launch",
    "The launch only works if",
];

/// The values of one block as they were written.
#[derive(Debug, Default)]
struct Values {
    line: usize,
    values: Vec<(Label, String)>,
}

impl Values {
    fn get(&self, label: Label) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == label).map(|(_, value)| &**value)
    }
}

/// Reads blocks. `name` stands in front of each registration's name, `frame_ancestor` is the learning front end's origin.
/// A block begins where a value comes that the one before already has.
pub fn read(text: &str, name: &str, frame_ancestor: Option<&str>) -> Pasted {
    let mut pasted = Pasted::default();
    let mut current = Values::default();
    let mut waiting = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || AROUND.iter().any(|around| line.starts_with(around)) {
            continue;
        }
        let labelled = line.split_once([':', '\t']).and_then(|(label, value)| Some((Label::of(label)?, value.trim())));
        let (label, value) = match (labelled, waiting.take()) {
            // The value may stand on a line of its own.
            (Some((label, "")), _) => {
                waiting = Some(label);
                continue;
            }
            (Some(labelled), _) => labelled,
            (None, Some(label)) => (label, line),
            (None, None) => {
                pasted.unread.push((number, line.to_owned()));
                continue;
            }
        };
        if current.get(label).is_some() {
            pasted.blocks.push(block(&std::mem::take(&mut current), name, frame_ancestor));
        }
        if current.values.is_empty() {
            current.line = number;
        }
        current.values.push((label, value.to_owned()));
    }
    if !current.values.is_empty() {
        pasted.blocks.push(block(&current, name, frame_ancestor));
    }
    pasted
}

fn block(values: &Values, name: &str, frame_ancestor: Option<&str>) -> Block {
    let text = |label| values.get(label).unwrap_or_default().to_owned();
    let required = [(Label::ClientId, "Client"), (Label::KeySet, "Keyset URL"), (Label::Token, "OAuth Token URL")];
    let missing =
        required.into_iter().filter(|(label, _)| values.get(*label).is_none()).map(|(_, name)| name).collect();
    let origin = [Label::Login, Label::KeySet, Label::Token]
        .into_iter()
        .find_map(|label| Url::parse(values.get(label)?).ok())
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    let client_id = text(Label::ClientId);
    let short: String = client_id.chars().take(8).collect();
    let registration = NewRegistration {
        name: values
            .get(Label::Name)
            .map_or_else(|| format!("{} {short}", name.trim()).trim().to_owned(), str::to_owned),
        // Open edX names its own root, without a slash at the end.
        issuer: values.get(Label::Issuer).map_or_else(|| origin.clone(), str::to_owned),
        client_id,
        // One for the whole site; the slash belongs to it.
        auth_url: values
            .get(Label::Login)
            .map_or_else(|| format!("{origin}/api/lti_consumer/v1/launch/"), str::to_owned),
        token_url: text(Label::Token),
        jwks_url: text(Label::KeySet),
        family: Family::OpenEdx,
        deployments: values.get(Label::Deployment).map(str::to_owned).into_iter().collect(),
        frame_ancestors: frame_ancestor.map(str::to_owned).into_iter().collect(),
        ..NewRegistration::default()
    };
    Block { line: values.line, registration, missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block as Studio's preview shows it.
    fn shown(number: u32) -> String {
        format!(
            "LTI 1.3 Launches can only be performed from the LMS.\n\n\
             To set up the LTI integration, you need to register the LMS in the tool with the information provided below.\n\n\
             Client: client-{number}\n\nDeployment ID: 1\n\n\
             Keyset URL: https://lms.example.org/api/lti_consumer/v1/public_keysets/{number}\n\n\
             OAuth Token URL: https://lms.example.org/api/lti_consumer/v1/token/{number}\n\n\
             OIDC Callback URL: https://lms.example.org/api/lti_consumer/v1/launch/\n\n\
             Test LTI Launch: The launch only works if the block is published.\n\n"
        )
    }

    #[test]
    fn twenty_blocks_are_read_at_once() {
        let text: String = (1..=20).map(shown).collect();
        let pasted = read(&text, "DATA 101", Some("https://apps.example.org"));
        assert_eq!((pasted.blocks.len(), pasted.unread.len()), (20, 0), "{:?}", pasted.unread);
        for (block, number) in pasted.blocks.iter().zip(1..) {
            let registration = &block.registration;
            assert!(block.missing.is_empty() && registration.problems(false).is_empty(), "{block:?}");
            assert_eq!(registration.client_id, format!("client-{number}"));
            assert_eq!(registration.issuer, "https://lms.example.org");
            assert!(registration.token_url.ends_with(&format!("/token/{number}")));
            assert_eq!(registration.deployments, ["1"]);
            assert_eq!(registration.frame_ancestors, ["https://apps.example.org"]);
        }
    }

    #[test]
    fn values_may_stand_below_their_labels_and_some_can_be_told_from_others() {
        let text = "Client ID\t11112222-3333\nKeyset URL:\nhttps://lms.example.org/keys/1\n\
                    Access token URL: https://lms.example.org/token/1\n";
        let pasted = read(text, "Unit", None);
        let [block] = &*pasted.blocks else { panic!("{pasted:?}") };
        assert!(block.missing.is_empty(), "{block:?}");
        assert_eq!(block.registration.name, "Unit 11112222");
        assert_eq!(block.registration.auth_url, "https://lms.example.org/api/lti_consumer/v1/launch/");
    }

    #[test]
    fn what_is_not_understood_or_missing_is_named_by_its_line() {
        let text = "hello\nClient: one\nKeyset URL: https://lms.example.org/keys/1\nColour: blue\nClient: two\n";
        let pasted = read(text, "", None);
        assert_eq!(pasted.unread, [(1, "hello".to_owned()), (4, "Colour: blue".to_owned())]);
        assert_eq!(pasted.blocks[0].missing, ["OAuth Token URL"]);
        assert_eq!((pasted.blocks[1].line, &*pasted.blocks[1].missing), (5, &["Keyset URL", "OAuth Token URL"][..]));
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_pasted_makes_a_panic(text in "(Client|Keyset URL|[a-z:\t ]{0,9}|\\PC{0,20}|\n){0,30}") {
            let pasted = read(&text, "name", Some("x"));
            proptest::prop_assert!(pasted.blocks.len() <= text.lines().count());
        }
    }
}

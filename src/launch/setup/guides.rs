//! The steps, platform by platform, in the words that stand on its screens.

use std::fmt::Write as _;

use crate::launch::platform::Family;

/// How a platform of one family is set up.
#[derive(Debug, Clone, Copy)]
pub struct Guide {
    /// How to have the platform register LTT by itself; empty where it cannot.
    pub by_invitation: &'static [Step],
    /// How to enter LTT's addresses in the platform.
    pub by_hand: &'static [Step],
    /// What the platform shows in the end, under its own names, and what LTT calls it.
    pub shown: &'static [(&'static str, &'static str)],
    /// How an activity is placed, and told its project.
    pub placing: &'static [Step],
    /// What is worth knowing.
    pub notes: &'static [&'static str],
    /// What was tried, and against what.
    pub tried: &'static str,
}

/// One thing to do.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What to do.
    pub text: &'static str,
    /// What to enter: the platform's name for the field, and its value.
    pub fields: &'static [(&'static str, Entry)],
}

/// A value to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The same for everyone.
    Text(&'static str),
    /// One of LTT's own.
    Own(Own),
}

/// A value of LTT's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Where logins begin.
    Login,
    /// Where launches go; the only redirect URI.
    Launch,
    /// Where LTT's keys are published.
    Keys,
    /// All of it in one document.
    Configuration,
    /// LTT's host.
    Domain,
    /// An invitation, which is made for the occasion.
    Invitation,
}

impl Own {
    /// The value, with LTT at `origin`. An invitation has to be made, so its place is named.
    pub fn value(self, origin: &str) -> String {
        match self {
            Self::Login => format!("{origin}/lti/login"),
            Self::Launch => format!("{origin}/lti/launch"),
            Self::Keys => format!("{origin}/lti/jwks"),
            Self::Configuration => format!("{origin}/lti/config.json"),
            Self::Domain => origin.split_once("://").map_or(origin, |(_, host)| host).to_owned(),
            Self::Invitation => "the invitation link".to_owned(),
        }
    }
}

impl Entry {
    /// The value, with LTT at `origin`.
    pub fn value(self, origin: &str) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Own(own) => own.value(origin),
        }
    }
}

impl Guide {
    /// The steps as the pages in `docs/connect` have them.
    pub fn markdown(&self, origin: &str) -> String {
        let mut text = String::new();
        let mut part = |title: &str, steps: &[Step]| {
            if steps.is_empty() {
                return;
            }
            let _ = writeln!(text, "## {title}\n");
            for (number, step) in (1..).zip(steps) {
                let _ = writeln!(text, "{number}. {}", step.text);
                if !step.fields.is_empty() {
                    let _ = writeln!(text, "\n   | field | value |\n   |---|---|");
                    for (field, entry) in step.fields {
                        let value = entry.value(origin);
                        let shown =
                            if matches!(entry, Entry::Own(Own::Invitation)) { value } else { format!("`{value}`") };
                        let _ = writeln!(text, "   | {field} | {shown} |");
                    }
                    text.push('\n');
                }
            }
            text.truncate(text.trim_end().len());
            text.push_str("\n\n");
        };
        part("By an invitation link", self.by_invitation);
        part("By hand", self.by_hand);
        part("Placing an activity", self.placing);
        let _ = writeln!(
            text,
            "## What the platform shows, and what LTT calls it\n\n| there | `ltt platform add` |\n|---|---|"
        );
        for (theirs, ours) in self.shown {
            let _ = writeln!(text, "| {theirs} | `{ours}` |");
        }
        let _ = writeln!(text, "\n## Good to know\n");
        for note in self.notes {
            let _ = writeln!(text, "- {note}");
        }
        let _ = writeln!(text, "\n## What was tried\n\n{}", self.tried);
        text
    }
}

impl Family {
    /// How a platform of this family is set up.
    pub fn guide(self) -> &'static Guide {
        match self {
            Self::OpenEdx => &OPEN_EDX,
            Self::Moodle => &MOODLE,
            Self::Canvas => &CANVAS,
            Self::Brightspace => &BRIGHTSPACE,
            Self::Blackboard => &BLACKBOARD,
            Self::Sakai => &SAKAI,
            Self::Other => &OTHER,
        }
    }
}

const fn step(text: &'static str, fields: &'static [(&'static str, Entry)]) -> Step {
    Step { text, fields }
}

use Entry::{Own as Ours, Text};

const NO_SECRET: &str = "LTI 1.3 has no client secret. Where a screen or a form asks for one, there is none to enter: LTT proves \
    itself by its key set.";
const SIMULATED: &str = "Registration and launches were tried against a simulation of this platform, shaped after its \
    documentation, and not against a live one.";

static OPEN_EDX: Guide = Guide {
    by_invitation: &[],
    by_hand: &[
        step(
            "In Studio, open *Settings → Advanced Settings* of the course and add `\"lti_consumer\"` to *Advanced Module List*.",
            &[],
        ),
        step(
            "In a unit, add an *LTI Consumer* block (among the advanced ones) and edit it:",
            &[
                ("LTI Version", Text("LTI 1.3")),
                ("Launch URL", Ours(Own::Launch)),
                ("Tool Initiate Login URL (OIDC)", Ours(Own::Login)),
                ("Tool Public Key Mode", Text("Keyset URL")),
                ("Tool Keyset URL", Ours(Own::Keys)),
                ("Assignment and Grades", Text("Declarative")),
                ("Custom Parameters", Text("[\"project=my-project\"]")),
                ("Enable LTI NRPS", Text("True")),
                ("Open tool in", Text("Inline")),
                ("Inline Height (px)", Text("800")),
                ("This activity is graded", Text("True")),
            ],
        ),
        step(
            "Save. The block's preview in Studio shows the values that LTT needs. Tell them to LTT, and publish the unit.",
            &[],
        ),
    ],
    shown: &[
        ("The address of the LMS, without a slash at its end", "--host"),
        ("Client ID", "--client-id"),
        ("What Keyset URL and Access Token URL end in (the passport)", "--key"),
        ("Deployment ID, always 1", "--deployment"),
    ],
    placing: &[],
    notes: &[
        "Every new block has a client id and a passport of its own. Tell LTT each; all of them are one platform, and a learner who \
         meets LTT in several blocks goes on where they were. A block that was duplicated shares those of the first.",
        "Several blocks at once: in the administration, *Platforms → Add a platform → Open edX* takes what Studio shows for all of \
         them, pasted one after the other.",
        "The learning front end, which frames the unit, has an address of its own: name it with `--frame-ancestor` (the beginning \
         of what stands in the address bar when a learner is in the course). While none is named, any https site may frame LTT.",
        "`\"task=one-task\"` among the custom parameters makes an activity of one task and what is below it.",
        "Leave *Registered Redirect URIs* empty: it is the launch URL then.",
        "Leave the switches for sharing username, full name and e-mail off: LTT needs none, and with them every learner has to \
         agree first.",
        "The frame does not grow with its content; 800 pixels are enough.",
        "Grades are shown on the progress page, not in the unit; a grade of zero reaches the gradebook since lti-consumer-xblock \
         11.4.2.",
        "What course staff do in the block is a preview, and is not graded.",
        "A unit that stood open for ten minutes before its block was started has to be reloaded.",
        "The names of the fields are those of lti-consumer-xblock 11.4; other versions word a few of them differently.",
        NO_SECRET,
    ],
    tried: "Launches, grades, rosters and frames are tried in a browser at every run of the tests, from Open edX' own LTI code \
            (lti-consumer-xblock 11.4) in a small stand-in for Studio and the LMS. Its gradebook keeps what the block \
            publishes, and is not that of the LMS: how the progress page looks, and how grades that were published before \
            are scaled when the block's weight changes, is not shown there.",
};

static MOODLE: Guide = Guide {
    by_invitation: &[
        step("In LTT, make an invitation link (`ltt platform invite`).", &[]),
        step(
            "In Moodle, open *Site administration → Plugins → Activity modules → External tool → Manage tools*.",
            &[("Tool URL…", Ours(Own::Invitation))],
        ),
        step("Press *Add LTI Advantage*. When the page says that LTT is registered, close it.", &[]),
        step("The tool's card says *Pending*: press *Activate*.", &[]),
    ],
    by_hand: &[
        step(
            "In *Manage tools*, choose *configure a tool manually*:",
            &[
                ("Tool name", Text("LTT")),
                ("Tool URL", Ours(Own::Launch)),
                ("LTI version", Text("LTI 1.3")),
                ("Public key type", Text("Keyset URL")),
                ("Public keyset", Ours(Own::Keys)),
                ("Initiate login URL", Ours(Own::Login)),
                ("Redirection URI(s)", Ours(Own::Launch)),
                ("Default launch container", Text("Embed, without blocks")),
                ("IMS LTI Assignment and Grade Services", Text("Use this service for grade sync only")),
                ("Share launcher's name with tool", Text("Never")),
                ("Share launcher's email with tool", Text("Never")),
                ("Accept grades from the tool", Text("Always")),
            ],
        ),
        step(
            "Save. On the tool's card, the list icon (*View configuration details*) shows the values that LTT needs.",
            &[],
        ),
    ],
    shown: &[
        ("Platform ID", "--issuer"),
        ("Client ID", "--client-id"),
        ("Deployment ID", "--deployment"),
        ("Public keyset URL", "--jwks-url"),
        ("Access token URL", "--token-url"),
        ("Authentication request URL", "--auth-url"),
    ],
    placing: &[step(
        "In the course, add the activity *External tool* (or *LTT*, where it is shown in the activity chooser), choose LTT, and \
         under *Show more…* enter:",
        &[("Custom parameters", Text("project=my-project"))],
    )],
    notes: &[
        "A custom parameter of the same name in the tool's own settings wins over the activity's: leave `project` out there.",
        "Moodle takes one grade a second for a learner; LTT keeps to that.",
        "The frame's height is Moodle's own choice; LTT works in it.",
        NO_SECRET,
    ],
    tried: SIMULATED,
};

static CANVAS: Guide = Guide {
    by_invitation: &[
        step("In LTT, make an invitation link (`ltt platform invite`).", &[]),
        step(
            "In Canvas, open *Admin → Developer Keys → + Developer Key → + LTI Registration*.",
            &[("Dynamic Registration URL", Ours(Own::Invitation))],
        ),
        step(
            "When the page says that LTT is registered, close it. Look the settings over and press *Enable & Close*.",
            &[],
        ),
        step("Install the app for the account or course: *Settings → Apps → + App → By Client ID*.", &[]),
    ],
    by_hand: &[
        step(
            "In Canvas, open *Admin → Developer Keys → + Developer Key → + LTI Key*:",
            &[
                ("Key Name", Text("LTT")),
                ("Redirect URIs", Ours(Own::Launch)),
                ("Method", Text("Enter URL")),
                ("JSON URL", Ours(Own::Configuration)),
            ],
        ),
        step("Save, and switch the key's *State* to *On*. The long number under *Details* is the client id.", &[]),
        step(
            "Install the app for the account or course: *Settings → Apps → + App → Configuration Type: By Client ID*.",
            &[],
        ),
        step("In the app's menu, *Deployment Id* shows the deployment.", &[]),
    ],
    shown: &[
        ("The school's Canvas host", "--host"),
        ("The number under Details", "--client-id"),
        ("Deployment Id", "--deployment"),
    ],
    placing: &[
        step(
            "Create an assignment. *Submission Type*: External Tool; press *Find* and choose LTT. Let it load in the page, not in \
             a new tab.",
            &[],
        ),
        step(
            "The project is a custom field of the app (*Settings → Apps*), so an app stands for one project:",
            &[("Custom Fields", Text("project=my-project"))],
        ),
    ],
    notes: &[
        "All schools on Instructure's Canvas share one issuer and its addresses; the school's own host is only where the frame \
         stands. Beta and test systems have issuers of their own and need registrations of their own.",
        "A Canvas that a school runs by itself has its addresses on its own host: enter them with `--auth-url`, `--token-url` and \
         `--jwks-url`.",
        "Every installation of the app has a deployment id of its own.",
        "In course navigation Canvas sends no assignment, so nothing is graded there: use an assignment.",
        NO_SECRET,
    ],
    tried: SIMULATED,
};

static BRIGHTSPACE: Guide = Guide {
    by_invitation: &[
        step("In LTT, make an invitation link (`ltt platform invite`).", &[]),
        step(
            "In Brightspace, open *Admin Tools → Manage Extensibility → LTI Advantage → Register Tool* and choose *Dynamic*.",
            &[("Tool initiation registration endpoint", Ours(Own::Invitation))],
        ),
        step(
            "Press *Register*. It opens in a tab of its own; close it when the page says that LTT is registered.",
            &[],
        ),
        step("The registration is disabled at first: open it, switch *Enabled* on, and save.", &[]),
    ],
    by_hand: &[
        step(
            "In *Manage Extensibility → LTI Advantage*, press *Register Tool* and choose *Standard*:",
            &[
                ("Name", Text("LTT")),
                ("Domain", Ours(Own::Domain)),
                ("Redirect URLs", Ours(Own::Launch)),
                ("OpenID Connect Login URL", Ours(Own::Login)),
                ("Target Link URI", Ours(Own::Launch)),
                ("Keyset URL", Ours(Own::Keys)),
                ("Extensions", Text("Assignment and Grade Services")),
            ],
        ),
        step("Press *Register*. The values that LTT needs are shown.", &[]),
    ],
    shown: &[
        ("Issuer", "--issuer"),
        ("Client Id", "--client-id"),
        ("Brightspace Keyset URL", "--jwks-url"),
        ("Brightspace OAuth2 Access Token URL", "--token-url"),
        ("OpenID Connect Authentication Endpoint", "--auth-url"),
        ("Brightspace OAuth2 Audience", "--token-audience"),
        ("Deployment Id (of the deployment)", "--deployment"),
    ],
    placing: &[
        step(
            "In *External Learning Tools → LTI Advantage*, press *New Deployment*: choose the tool, switch *Assignment and Grade \
             Services* on, and add the organisation units whose courses may use it. Its deployment id is shown when it is saved.",
            &[],
        ),
        step(
            "From the deployment, *View Links → New Link*. Under *Custom Parameters*:",
            &[("URL", Ours(Own::Launch)), ("project", Text("my-project"))],
        ),
        step("In the course, add the link by *Existing Activities → External Learning Tools*.", &[]),
    ],
    notes: &[
        "There is no client secret. Brightspace shows a *client id* and a key set, and that is all there is: LTI 1.3 has none.",
        "The audience for access tokens is `https://api.brightspace.com/auth/token`, which is not the token URL. \
         `--family brightspace` fills it in.",
        "A tool's domain can stand in one enabled registration only.",
        "In the deployment's security settings, *Org Unit Information* and *Link Information* are needed; name and e-mail are not.",
    ],
    tried: SIMULATED,
};

static BLACKBOARD: Guide = Guide {
    by_invitation: &[
        step("In LTT, make an invitation link (`ltt platform invite`).", &[]),
        step(
            "In the developer portal (developer.blackboard.com), choose *LTI Dynamic Registration*.",
            &[("Registration URL", Ours(Own::Invitation))],
        ),
        step("When the page says that LTT is registered, note the *Application ID* that the portal shows.", &[]),
    ],
    by_hand: &[
        step(
            "In the developer portal (developer.blackboard.com), choose *Register a REST or LTI application* and switch *My \
             integration supports LTI 1.3* on:",
            &[
                ("Application Name", Text("LTT")),
                ("Domain(s)", Ours(Own::Domain)),
                ("Login Initiation URL", Ours(Own::Login)),
                ("Tool Redirect URL(s)", Ours(Own::Launch)),
                ("Tool JWKS URL", Ours(Own::Keys)),
                ("Signing Algorithm", Text("RS256")),
            ],
        ),
        step("Save. The portal shows the *Application ID*, which is the client id.", &[]),
    ],
    shown: &[
        ("Application ID", "--client-id"),
        ("Deployment ID (in the school's Administrator Panel)", "--deployment"),
        ("The school's Blackboard host", "--host"),
    ],
    placing: &[
        step(
            "In the school's Blackboard, open *Administrator Panel → LTI Tool Providers → Register LTI 1.3/Advantage Tool* and \
             enter the *Application ID* as client id. Approve the tool and switch *Allow grade service access* on. The deployment \
             id is shown there.",
            &[],
        ),
        step(
            "In the tool's *Manage Placements*, create a placement of the type *Course content tool*:",
            &[("Target Link URI", Ours(Own::Launch)), ("Tool Provider Custom Parameters", Text("project=my-project"))],
        ),
        step("In the course, add it by *+ → Content Market*.", &[]),
    ],
    notes: &[
        "One application serves all schools, so there is one client id; each school has a deployment id of its own.",
        "The portal also shows an application key and a secret. They are for Blackboard's REST interface; LTI 1.3 has no client \
         secret.",
        "The metadata of the dynamic registration has mistakes (another key set, algorithms that are not agreed). LTT takes \
         RS256, and the application's own key set.",
        "After LTT's key set address was changed in the portal, the tool's entry in each school has to be saved again.",
    ],
    tried: SIMULATED,
};

static SAKAI: Guide = Guide {
    by_invitation: &[
        step("In LTT, make an invitation link (`ltt platform invite`).", &[]),
        step(
            "In Sakai, open *Administration Workspace → External Tools → LTI Advantage Auto Provision*, give a title, and press \
             *Auto-Provision*. Then press *Use LTI Advantage Auto Configuration*:",
            &[("Registration URL", Ours(Own::Invitation))],
        ),
        step(
            "When the page says that LTT is registered, close it, and save the tool with these switched on:",
            &[("Tool supports LTI 1.3", Text("on")), ("Allow the tool to return grades", Text("on"))],
        ),
    ],
    by_hand: &[
        step(
            "In *External Tools*, press *Install LTI 1.x Tool*:",
            &[
                ("Title", Text("LTT")),
                ("Launch URL", Ours(Own::Launch)),
                ("Tool supports LTI 1.3", Text("on")),
                ("LTI 1.3 Tool OpenID Connect/Initialization Endpoint", Ours(Own::Login)),
                ("LTI 1.3 Tool Redirect Endpoint(s)", Ours(Own::Launch)),
                ("LTI 1.3 Tool Keyset URL", Ours(Own::Keys)),
                ("Allow the tool to return grades", Text("on")),
                ("Custom parameters", Text("project=my-project")),
            ],
        ),
        step("Save. The tool's own page shows the values that LTT needs.", &[]),
    ],
    shown: &[
        ("Platform Issuer", "--issuer"),
        ("Client ID", "--client-id"),
        ("Deployment ID (usually 1)", "--deployment"),
        ("What the keyset and token URLs end in", "--key"),
        ("Platform OAuth2 Keyset URL", "--jwks-url"),
        ("Platform OAuth2 Bearer Token Retrieval URL", "--token-url"),
        ("Platform OIDC Authentication URL", "--auth-url"),
    ],
    placing: &[step(
        "In a site, use *Lessons → Add Content → Add External Tool*, or *Assignments* with LTT as external tool.",
        &[],
    )],
    notes: &["The issuer is the server's address without a slash at its end.", NO_SECRET],
    tried: SIMULATED,
};

static OTHER: Guide = Guide {
    by_invitation: &[step(
        "Where the platform offers *LTI Dynamic Registration* (also: register by URL, automatic registration), make an \
             invitation link (`ltt platform invite`) and paste it there.",
        &[("Registration URL", Ours(Own::Invitation))],
    )],
    by_hand: &[step(
        "Add an LTI 1.3 tool in the platform:",
        &[
            ("Login initiation URL", Ours(Own::Login)),
            ("Launch URL, target link URI", Ours(Own::Launch)),
            ("Redirect URI", Ours(Own::Launch)),
            ("Public key set URL (JWKS)", Ours(Own::Keys)),
            ("Services", Text("Assignment and Grade Services, with scores")),
            ("Custom parameter", Text("project=my-project")),
        ],
    )],
    shown: &[
        ("Issuer, platform id", "--issuer"),
        ("Client id", "--client-id"),
        ("Deployment id", "--deployment"),
        ("Authentication request URL, OIDC authorization endpoint", "--auth-url"),
        ("Access token URL", "--token-url"),
        ("Keyset URL, JWKS", "--jwks-url"),
    ],
    placing: &[],
    notes: &[NO_SECRET],
    tried: "The certification suite's launches are part of the tests; a platform that keeps to LTI 1.3 should work.",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the docs say LTT stands.
    const ORIGIN: &str = "https://tutor.example.edu";

    /// The page and the pages of administration say the same, since both are told from here.
    #[test]
    fn the_documentation_of_each_family_is_its_guide() {
        let pages = [
            (Family::OpenEdx, include_str!("../../../docs/connect/openedx.md")),
            (Family::Moodle, include_str!("../../../docs/connect/moodle.md")),
            (Family::Canvas, include_str!("../../../docs/connect/canvas.md")),
            (Family::Brightspace, include_str!("../../../docs/connect/brightspace.md")),
            (Family::Blackboard, include_str!("../../../docs/connect/blackboard.md")),
            (Family::Sakai, include_str!("../../../docs/connect/sakai.md")),
        ];
        for (family, page) in pages {
            let guide = family.guide().markdown(ORIGIN);
            assert!(page.ends_with(&guide), "docs/connect/{}.md should end with:\n\n{guide}", family.key());
        }
    }

    #[test]
    fn every_guide_gives_the_three_addresses_that_a_platform_needs() {
        for family in Family::ALL {
            let fields: Vec<Entry> =
                family.guide().by_hand.iter().flat_map(|step| step.fields).map(|(_, entry)| *entry).collect();
            let has = |own: Own| fields.contains(&Entry::Own(own));
            let all_in_one = has(Own::Configuration) && has(Own::Launch);
            assert!(all_in_one || has(Own::Login) && has(Own::Launch) && has(Own::Keys), "{family:?}");
        }
    }
}

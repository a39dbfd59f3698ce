//! The class, for whoever teaches it: pages that the server draws, and forms on them that it is sent.

use leptos::{prelude::*, task::spawn_local};

use super::{Loaded, Workspace};
use crate::{browser, calls, model::ClassAnswer, refusal::Refusal};

/// The heading of a page of the class.
pub const HEADING: &str = "class-heading";
/// What takes the focus when the outcome of a form is shown, the most telling first.
const OUTCOMES: [&str; 3] = ["class-problem", "class-notice", HEADING];

/// A page as the server drew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Where it stands.
    pub address: String,
    /// What it is called.
    pub title: String,
    /// The page.
    pub html: String,
}

/// The pages of the class.
#[derive(Clone, Copy)]
pub struct Class {
    /// The page that is shown.
    pub page: RwSignal<Loaded<Drawn>>,
    /// Whether another one has been asked for.
    pub busy: RwSignal<bool>,
    /// Why a form did not get through.
    pub refusal: RwSignal<Option<Refusal>>,
    /// How often something was asked for: only the answer to the last question is shown.
    asked: StoredValue<u32>,
}

impl Class {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            page: RwSignal::new(Loaded::Waiting),
            busy: RwSignal::new(false),
            refusal: RwSignal::new(None),
            asked: StoredValue::new(0),
        }
    }

    /// Whether the page at this path is shown, whatever its query.
    pub fn shows(self, path: &str) -> bool {
        self.page.with(|page| match page {
            Loaded::Waiting => false,
            Loaded::Refused(_) => true,
            Loaded::Here(drawn) => drawn.address.split('?').next() == Some(path),
        })
    }

    /// Asks for the page at an address. What is here stays on the screen meanwhile.
    pub fn load(self, workspace: Workspace, address: String) {
        let known = self.page.with_untracked(|page| page.here().is_some());
        let focused = browser::focus::present();
        self.ask(workspace, address.clone(), None, move |answer| match answer {
            Ok(ClassAnswer::Page { title, html }) => {
                self.page.set(Loaded::Here(Drawn { address, title, html }));
                if known {
                    let focused = focused.clone();
                    // The page changes before the next frame; only then is the focus lost.
                    request_animation_frame(move || {
                        let ids: Vec<_> = focused.iter().map(String::as_str).chain([HEADING]).collect();
                        browser::focus::rescue(&ids);
                    });
                }
                None
            }
            Ok(ClassAnswer::GoTo(address)) => Some(address),
            Err(refusal) => {
                self.page.set(Loaded::Refused(refusal));
                None
            }
        });
    }

    /// Sends a form. `go_to` leads to the page that shows the outcome.
    pub fn send(self, workspace: Workspace, address: String, form: String, go_to: impl Fn(String) + 'static) {
        self.ask(workspace, address, Some(form), move |answer| {
            match answer {
                Ok(ClassAnswer::Page { title, html }) => {
                    let address = self.page.with_untracked(|page| page.here().map(|drawn| drawn.address.clone()));
                    let address = address.unwrap_or_default();
                    self.page.set(Loaded::Here(Drawn { address, title, html }));
                    request_animation_frame(|| browser::focus::rescue(&OUTCOMES));
                }
                Ok(ClassAnswer::GoTo(address)) => go_to(address),
                Err(refusal) => self.refusal.set(Some(refusal)),
            }
            None
        });
    }

    /// `then` may name an address to ask for instead.
    fn ask(
        self,
        workspace: Workspace,
        address: String,
        form: Option<String>,
        then: impl FnOnce(Result<ClassAnswer, Refusal>) -> Option<String> + 'static,
    ) {
        let number = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(number);
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = workspace.ask(calls::class_page(address, form)).await;
            if self.asked.get_value() != number {
                return;
            }
            self.busy.set(false);
            if let Some(address) = then(answer) {
                self.load(workspace, address);
            }
        });
    }
}

impl Default for Class {
    fn default() -> Self {
        Self::new()
    }
}

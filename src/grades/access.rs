//! What a launch lets LTT do with a gradebook.

use lti::GradeService;
use serde::{Deserialize, Serialize};
use url::Url;

/// The scope that lets a tool send scores (AGS 2.0 §3.4).
pub const SCORE_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// The scope that lets a tool make and change columns (AGS 2.0 §3.2).
pub const LINE_ITEM_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// The scope that lets a tool read what the gradebook shows (AGS 2.0 §3.3).
pub const RESULT_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";

/// What the newest launch granted, for as long as scores go to the column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// What LTT may do.
    pub scopes: Vec<String>,
    /// Where the platform lists its columns.
    #[serde(default)]
    pub lineitems: Option<Url>,
}

impl Default for Access {
    /// Before launches were asked for more, a line item was only noted where scores might be sent.
    fn default() -> Self {
        Self { scopes: vec![SCORE_SCOPE.to_owned()], lineitems: None }
    }
}

impl From<&GradeService> for Access {
    fn from(service: &GradeService) -> Self {
        Self { scopes: service.scopes.clone(), lineitems: service.lineitems.clone() }
    }
}

impl Access {
    /// Whether scores may be sent.
    pub fn may_score(&self) -> bool {
        self.grants(SCORE_SCOPE)
    }

    /// Whether columns may be made.
    pub fn may_make_columns(&self) -> bool {
        self.lineitems.is_some() && self.grants(LINE_ITEM_SCOPE)
    }

    /// Whether what the gradebook shows may be read.
    pub fn may_read_results(&self) -> bool {
        self.grants(RESULT_SCOPE)
    }

    /// As the library takes it.
    pub fn service(&self) -> GradeService {
        GradeService { scopes: self.scopes.clone(), lineitems: self.lineitems.clone(), lineitem: None }
    }

    fn grants(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

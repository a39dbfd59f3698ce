//! What the demo LMS keeps over a restart: one small JSON file beside LTT's demo database.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use lti::testkit::Gradebook;
use serde::{Deserialize, Serialize};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFileError {
    /// It is there and cannot be read.
    #[error("{path} cannot be read ({cause}); make it readable, or remove it to begin with an empty gradebook")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It holds something else.
    #[error("{path} was not written by the demo LMS ({cause}); remove it to begin with an empty gradebook")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        cause: serde_json::Error,
    },
    /// It cannot be written.
    #[error("{path} cannot be written ({cause}); start the demo in a folder that may be written to")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// What stands in the file.
#[derive(Deserialize)]
pub(super) struct Kept {
    pub(super) private_key: String,
    pub(super) gradebook: Gradebook,
    /// What the instructor placed, in that order.
    #[serde(default)]
    pub(super) placed: Vec<PlacedActivity>,
}

/// An activity that the instructor placed by Deep Linking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlacedActivity {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) custom: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Keep<'a> {
    private_key: &'a str,
    gradebook: &'a Gradebook,
    placed: &'a [PlacedActivity],
}

/// The file.
#[derive(Debug, Clone)]
pub(super) struct DataFile(PathBuf);

impl DataFile {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its name, to tell the people who look at the gradebook.
    pub(super) fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// What was kept; `None` before the first run.
    pub(super) fn read(&self) -> Result<Option<Kept>, DataFileError> {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(DataFileError::Unreadable { path: self.0.clone(), cause }),
        };
        serde_json::from_slice(&text).map(Some).map_err(|cause| DataFileError::Foreign { path: self.0.clone(), cause })
    }

    /// Keeps everything, in one step: a reader finds the old file or the new one.
    pub(super) fn write(
        &self,
        private_key: &str,
        gradebook: &Gradebook,
        placed: &[PlacedActivity],
    ) -> Result<(), DataFileError> {
        let unwritable = |cause| DataFileError::Unwritable { path: self.0.clone(), cause };
        let text = serde_json::to_vec_pretty(&Keep { private_key, gradebook, placed })
            .map_err(|cause| unwritable(io::Error::other(cause)))?;
        let unfinished = self.0.with_extension("json.new");
        fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, &self.0)).map_err(unwritable)
    }
}

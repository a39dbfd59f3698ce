//! Project files on disk: one file, or a folder with longer texts beside it.

use std::{
    cell::Cell,
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use super::source::{FILE_LIMIT, Format};

/// The names of the project file in a folder, in the order they are looked for.
const NAMES: [&str; 3] = ["project.yaml", "project.yml", "project.json"];
/// The largest text beside a project file, in bytes.
const TEXT_LIMIT: usize = 100_000;
/// The most bytes of texts beside a project file in all.
const TEXTS_LIMIT: usize = 8 << 20;

/// The texts that stand beside a project file.
pub(super) trait Texts {
    /// The text at a path relative to the project file; the error says why there is none.
    fn text(&self, path: &str) -> Result<String, String>;
}

/// For a project that comes without a folder.
pub(super) struct NoTexts;

impl Texts for NoTexts {
    fn text(&self, _path: &str) -> Result<String, String> {
        Err("this project comes without a folder: write the text here".to_owned())
    }
}

/// A folder with texts; nothing outside of it is read.
pub(super) struct Folder {
    root: PathBuf,
    rest: Cell<usize>,
}

impl Folder {
    /// The folder a project file stands in.
    pub fn of(file: &Path) -> Self {
        let root = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { root: root.to_owned(), rest: Cell::new(TEXTS_LIMIT) }
    }
}

impl Texts for Folder {
    fn text(&self, path: &str) -> Result<String, String> {
        let relative = Path::new(path);
        let plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
        if !plain || path.contains(['\\', '\0']) {
            return Err("a path here stays in the project's folder: no `/` in front, no `..`".to_owned());
        }
        let missing = |_| format!("there is no file {path}");
        let root = self.root.canonicalize().map_err(missing)?;
        let file = root.join(relative).canonicalize().map_err(missing)?;
        if !file.starts_with(&root) {
            return Err("this leads out of the project's folder".to_owned());
        }
        let text = read(&file, TEXT_LIMIT.min(self.rest.get()))?;
        self.rest.set(self.rest.get() - text.len());
        Ok(text)
    }
}

/// The project file that a path names: itself, or the one in the folder it is.
pub(super) fn project_file(path: &Path) -> Result<PathBuf, String> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let candidates = NAMES.iter().map(|name| path.join(name));
    let found = candidates.into_iter().find(|file| file.is_file());
    found.ok_or_else(|| format!("there is no project in this folder: name it {}", NAMES.join(" or ")))
}

/// Reads a project file as text.
pub(super) fn project_text(file: &Path) -> Result<String, String> {
    read(file, FILE_LIMIT)
}

/// How a file is written, by its name, else by its first character.
pub(super) fn format(file: Option<&Path>, text: &str) -> Format {
    match file.and_then(Path::extension).and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("yaml" | "yml") => Format::Yaml,
        _ if text.trim_start().starts_with('{') => Format::Json,
        _ => Format::Yaml,
    }
}

/// Reads at most `limit` bytes of a regular file as UTF-8.
fn read(file: &Path, limit: usize) -> Result<String, String> {
    let metadata = fs::metadata(file).map_err(|error| format!("the file cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("this is no file".to_owned());
    }
    let mut bytes = vec![];
    let opened = fs::File::open(file).map_err(|error| format!("the file cannot be read: {error}"))?;
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    opened.take(most).read_to_end(&mut bytes).map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() > limit {
        return Err(format!("the file is too large: {} KB at most", limit / 1000));
    }
    text(&bytes)
}

/// Bytes as text, without a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8; save it as UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

//! The options that Leptos starts with: `Leptos.toml`, embedded, or the file beside the executable.

use std::{fs, io, net::SocketAddr, path::Path};

use leptos::config::{LeptosOptions, errors::LeptosConfigError, get_config_from_str};
use thiserror::Error;

const FILE: &str = "Leptos.toml";
const EMBEDDED: &str = include_str!("../../Leptos.toml");

/// Why the options cannot be had.
#[derive(Debug, Error)]
pub enum LeptosOptionsError {
    /// The file is there, but cannot be read.
    #[error("{FILE} beside the executable cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It says something that Leptos does not understand.
    #[error("{FILE} is not understood: {0}. Mend the file, or remove it to use the options LTT was built with")]
    Malformed(#[from] LeptosConfigError),
}

/// Reads the options. `folder` is the executable's; `listen` is where the server listens, whatever the file says.
pub fn load(folder: &Path, listen: SocketAddr) -> Result<LeptosOptions, LeptosOptionsError> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => EMBEDDED.to_owned(),
        Err(error) => return Err(error.into()),
    };
    let mut options = get_config_from_str(&text)?;
    options.site_addr = listen;
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3456);

    #[test]
    fn the_embedded_options_are_understood_and_listen_where_they_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let options = load(folder.path(), LISTEN).unwrap();
        assert_eq!(&*options.output_name, "ltt");
        assert_eq!(options.server_fn_prefix.as_deref(), Some("/fn"));
        assert_eq!(options.site_addr, LISTEN);
    }

    #[test]
    fn a_file_beside_the_executable_wins() {
        let folder = tempfile::tempdir().unwrap();
        let text = EMBEDDED.replace(r#"site-pkg-dir = "assets""#, r#"site-pkg-dir = "elsewhere""#);
        fs::write(folder.path().join(FILE), text).unwrap();
        assert_eq!(&*load(folder.path(), LISTEN).unwrap().site_pkg_dir, "elsewhere");
    }

    #[test]
    fn a_file_that_is_not_understood_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "output-name = ltt").unwrap();
        assert!(matches!(load(folder.path(), LISTEN), Err(LeptosOptionsError::Malformed(_))));
    }
}

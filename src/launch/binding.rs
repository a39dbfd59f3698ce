//! How browsers prove to be the ones that logged in, and how often each way was needed.

use std::fmt;

use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// A rung of the ladder: how a browser proved to be the one that logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Binding {
    /// By its cookie, in the frame.
    Cookie,
    /// By what the frame keeps in its own storage, where cookies are refused.
    FrameStorage,
    /// By what the platform keeps for it, where the frame may keep nothing at all.
    PlatformStorage,
    /// By its cookie, in a window of its own.
    Window,
}

impl Binding {
    /// All of them, from the first that is tried to the last.
    pub const LADDER: [Self; 4] = [Self::Cookie, Self::FrameStorage, Self::PlatformStorage, Self::Window];

    /// Its name in the launch log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::FrameStorage => "frame_storage",
            Self::PlatformStorage => "platform_storage",
            Self::Window => "window",
        }
    }
}

/// As people read it.
impl fmt::Display for Binding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cookie => "cookie",
            Self::FrameStorage => "frame's storage",
            Self::PlatformStorage => "platform's storage",
            Self::Window => "own window",
        })
    }
}

/// How many launches a rung carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// The rung.
    pub binding: Binding,
    /// How many launches.
    pub launches: i64,
}

/// How many launches of a registration each rung carried, in the ladder's order and with those that carried none.
pub async fn rungs(tx: &mut Tx, registration: Uuid) -> Result<[Rung; 4], StoreError> {
    const SQL: &str = "SELECT binding, COUNT(*) FROM launch WHERE registration_id = $1 GROUP BY binding";
    let counted: Vec<(Binding, i64)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_all(connection).await)?;
    let launches =
        |binding| counted.iter().find(|(counted, _)| *counted == binding).map_or(0, |(_, launches)| *launches);
    Ok(Binding::LADDER.map(|binding| Rung { binding, launches: launches(binding) }))
}

//! The signs: how a task stands is told by shape as well as by word.

use leptos::prelude::*;

use crate::model::TaskState;

/// A sign; whoever shows one writes the word beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// An empty circle: not begun.
    Open,
    /// A half-filled circle: begun.
    Half,
    /// A filled circle with a check: done.
    Check,
    /// A lock: waits for other tasks.
    Lock,
    /// A speech bubble: the tutor.
    Bubble,
    /// A page with lines: what was handed in.
    Page,
    /// A list: the tasks.
    List,
    /// An arrow to the right, or where reading goes.
    Next,
    /// An arrow back.
    Back,
    /// A paper plane: send.
    Send,
    /// A square: stop.
    Stop,
    /// A light bulb: a hint.
    Hint,
    /// A clock: waiting.
    Clock,
    /// An exclamation mark in a circle.
    Alert,
    /// A loop: not yet, once more.
    Again,
    /// Two people: the class.
    People,
}

impl Glyph {
    /// The sign of a state.
    pub fn of(state: TaskState) -> Self {
        match state {
            TaskState::Open => Self::Open,
            TaskState::InProgress => Self::Half,
            TaskState::Closed => Self::Check,
            TaskState::Blocked => Self::Lock,
        }
    }

    /// Strokes on a field of 20 × 20.
    fn strokes(self) -> &'static str {
        match self {
            Self::Open | Self::Half => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14z",
            Self::Check => "M6.6 10.4l2.4 2.4 4.6-5.2",
            Self::Lock => "M5 9.2h10v7H5zM7 9V6.6a3 3 0 0 1 6 0V9",
            Self::Bubble => "M3.5 5.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-4 3v-3a1.6 1.6 0 0 1-1.5-2z",
            Self::Page => "M5.5 3h6l3.5 3.5V17h-9.5zM8 9.5h4.5M8 12.5h4.5",
            Self::List => "M8 5.5h8M8 10h8M8 14.5h8M4 5.5h.5M4 10h.5M4 14.5h.5",
            Self::Next => "M4 10h11M11 5.5l4.5 4.5-4.5 4.5",
            Self::Back => "M16 10H5M9 5.5L4.5 10 9 14.5",
            Self::Send => "M3.5 10L16.5 4l-4 12.5-3-5zM9.5 11.5l7-7.5",
            Self::Stop => "M6 6h8v8H6z",
            Self::Hint => "M7.5 13.5c0-1.5-2.5-2.5-2.5-5.5a5 5 0 0 1 10 0c0 3-2.5 4-2.5 5.5zM8 16.5h4",
            Self::Clock => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6.5V10l2.5 2",
            Self::Alert => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6.5v4.5M10 13.400v.2",
            Self::People => {
                "M7.500 4.500a2.700 2.700 0 1 1 0 5.400 2.700 2.700 0 0 1 0-5.400zM2.500 16a5 5 0 0 1 10 0M13 5a2.600 2.600 0 0 1 0 5M14.500 12a4.800 4.800 0 0 1 3 4"
            }
            Self::Again => "M15.5 7A6.200 6.200 0 1 0 16.200 11M16 3.5V7.200h-3.700",
        }
    }

    /// What is filled beneath the strokes.
    fn filled(self) -> &'static str {
        match self {
            Self::Half => "M10 3a7 7 0 0 1 0 14z",
            Self::Check => "M10 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16z",
            _ => "",
        }
    }
}

/// Draws a sign. It says nothing to a screen reader.
#[component]
pub fn Sign(glyph: Glyph) -> impl IntoView {
    let class = match glyph {
        Glyph::Check => "sign sign-check",
        Glyph::Next | Glyph::Back | Glyph::Send => "sign sign-directed",
        _ => "sign",
    };
    view! {
        <svg class=class viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path class="sign-filled" d=glyph.filled() />
            <path class="sign-strokes" d=glyph.strokes() />
        </svg>
    }
}

/// The word for a state.
pub fn word(state: TaskState) -> &'static str {
    match state {
        TaskState::Open => "Not started",
        TaskState::InProgress => "Started",
        TaskState::Closed => "Done",
        TaskState::Blocked => "Locked",
    }
}

/// The name of a state in style sheets.
pub fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::Open => "open",
        TaskState::InProgress => "in-progress",
        TaskState::Closed => "closed",
        TaskState::Blocked => "blocked",
    }
}

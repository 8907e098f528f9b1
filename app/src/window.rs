//! Which time a queue's figures are of: the last minutes, or today.

use model::wire::{self, Figures, WindowFigures};

use crate::words::word;

/// The key in a page's address.
pub const KEY: &str = "window";

/// A stretch of time that figures are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// The last 15 minutes.
    M15,
    /// The last half hour.
    M30,
    /// The last hour.
    M60,
    /// Since the tenant's day began.
    #[default]
    Today,
}

impl Window {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::M15, Self::M30, Self::M60, Self::Today];

    /// As the address says it; anything else is today.
    pub fn of(text: &str) -> Self {
        Self::ALL.into_iter().find(|window| window.name() == text).unwrap_or_default()
    }

    /// As the feed says it.
    pub const fn from_wire(window: wire::Window) -> Self {
        match window {
            wire::Window::M15 => Self::M15,
            wire::Window::M30 => Self::M30,
            wire::Window::M60 => Self::M60,
            wire::Window::Today => Self::Today,
        }
    }

    /// As it stands in the address; today does not.
    pub const fn name(self) -> &'static str {
        match self {
            Self::M15 => "15",
            Self::M30 => "30",
            Self::M60 => "60",
            Self::Today => "",
        }
    }

    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::M15 => word!(window.m15),
            Self::M30 => word!(window.m30),
            Self::M60 => word!(window.m60),
            Self::Today => word!(window.today),
        }
    }

    /// Its figures.
    pub const fn figures(self, figures: &Figures) -> &WindowFigures {
        match self {
            Self::M15 => &figures.m15,
            Self::M30 => &figures.m30,
            Self::M60 => &figures.m60,
            Self::Today => &figures.today,
        }
    }
}

//! What an address shows: which page, by which view of the feed, under which title. Each page is loaded by itself, so that a
//! browser's own history, bookmarks and open-in-a-new-tab are all there is to know.

use std::fmt::Write as _;

use crate::words::word;

/// The addresses of all pages, as the server's router writes them.
pub const PATHS: [&str; 8] = [
    "/",
    "/queues",
    "/queues/{number}",
    "/agents",
    "/extensions",
    "/calls",
    "/wall/{board}",
    "/wall/{board}/{queues}",
];

/// A page of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// All in one.
    Overview,
    /// Every queue with its figures.
    Queues,
    /// One queue, by its number.
    Queue(String),
    /// Every agent once.
    Agents,
    /// Who is there.
    Extensions,
    /// The live calls.
    Calls,
    /// A wall, by the name of its board: an id, and behind a slash the numbers of queues with commas between, as an address
    /// writes them.
    Wall(String),
    /// There is no such page.
    Nowhere,
}

/// A part of the browser's program: the pages that one wasm has. Another part's page is loaded with its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The overview, the queues and one queue.
    Queues,
    /// Agents, extensions and calls.
    People,
    /// Walls.
    Wall,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Queues, Self::People, Self::Wall];

    /// Its name, which is that of its files and of its source in `app/parts/`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queues => "queues",
            Self::People => "people",
            Self::Wall => "wall",
        }
    }
}

impl Route {
    /// The part of the program that has this page.
    pub const fn part(&self) -> Part {
        match self {
            Self::Overview | Self::Queues | Self::Queue(_) | Self::Nowhere => Part::Queues,
            Self::Agents | Self::Extensions | Self::Calls => Part::People,
            Self::Wall(_) => Part::Wall,
        }
    }

    /// The page of a path, which is without the server's own.
    pub fn of(path: &str) -> Self {
        match path {
            "/" => Self::Overview,
            "/queues" => Self::Queues,
            "/agents" => Self::Agents,
            "/extensions" => Self::Extensions,
            "/calls" => Self::Calls,
            _ if path.starts_with("/wall/") => wall(&path[6..]).map_or(Self::Nowhere, Self::Wall),
            _ => match path.strip_prefix("/queues/") {
                Some(number) if !number.is_empty() && !number.contains('/') => Self::Queue(decoded(number)),
                _ => Self::Nowhere,
            },
        }
    }

    /// The path of this page in the bar at the top, which is a queue's list for a queue.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Queues | Self::Queue(_) => "/queues",
            Self::Agents => "/agents",
            Self::Extensions => "/extensions",
            Self::Calls => "/calls",
            Self::Wall(_) | Self::Nowhere => "",
        }
    }

    /// The feed's view that the page follows.
    pub fn view(&self) -> String {
        match self {
            Self::Overview | Self::Nowhere => "overview".to_owned(),
            Self::Queues => "queues".to_owned(),
            Self::Queue(number) => format!("queue/{number}"),
            Self::Agents => "agents".to_owned(),
            Self::Extensions => "extensions".to_owned(),
            Self::Calls => "calls".to_owned(),
            Self::Wall(name) => format!("wall/{name}"),
        }
    }

    /// The page that follows a view; `None` where none does.
    pub fn of_view(view: &str) -> Option<Self> {
        Some(match view {
            "overview" => Self::Overview,
            "queues" => Self::Queues,
            "agents" => Self::Agents,
            "extensions" => Self::Extensions,
            "calls" => Self::Calls,
            _ => match view.strip_prefix("wall/") {
                Some(name) => Self::Wall(wall(name)?),
                None => Self::Queue(view.strip_prefix("queue/")?.to_owned()),
            },
        })
    }

    /// Its address; `None` for what has none.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Queue(number) => Some(queue_path(number)),
            Self::Wall(name) => Some(format!("/wall/{name}")),
            Self::Nowhere => None,
            _ => Some(self.path().to_owned()),
        }
    }

    /// What the browser's tab says, without the product's name.
    pub fn title(&self) -> String {
        match self {
            Self::Overview => word!(bar.overview).to_owned(),
            Self::Queues => word!(bar.queues).to_owned(),
            Self::Queue(number) => format!("{} {number}", word!(queue.queue)),
            Self::Agents => word!(bar.agents).to_owned(),
            Self::Extensions => word!(bar.extensions).to_owned(),
            Self::Calls => word!(bar.calls).to_owned(),
            Self::Wall(_) => word!(wall.title).to_owned(),
            Self::Nowhere => word!(not_found.title).to_owned(),
        }
    }
}

/// The name of a wall's board as every address writes it; `None` for what is none.
fn wall(name: &str) -> Option<String> {
    let (id, queues) = name.split_once('/').map_or((name, None), |(id, queues)| (id, Some(queues)));
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let numbers = |queues: &str| {
        let numbers = queues.split(',').map(|number| encoded(&decoded(number)));
        numbers.filter(|number| !number.is_empty()).collect::<Vec<_>>().join(",")
    };
    let queues = queues.map(numbers);
    match queues {
        _ if !is_id => None,
        None => Some(id.to_owned()),
        // A slash within a number is written %2F.
        Some(queues) if queues.is_empty() || name.matches('/').count() > 1 => None,
        Some(queues) => Some(format!("{id}/{queues}")),
    }
}

/// The page of one queue.
pub fn queue_path(number: &str) -> String {
    format!("/queues/{}", encoded(number))
}

/// Text as it may stand anywhere in an address: all but letters, digits and `-._~` as `%XX` (RFC 3986, 2.3).
pub fn encoded(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// The text of a part of an address; what is no `%XX` stands for itself, and what is no UTF-8 is replaced.
pub fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = (bytes[at] == b'%')
            .then(|| part.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        text.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_shows_its_page_and_an_unknown_one_none() {
        for (path, route, view) in [
            ("/", Route::Overview, "overview"),
            ("/queues", Route::Queues, "queues"),
            ("/queues/%2B49%2030", Route::Queue("+49 30".into()), "queue/+49 30"),
            ("/agents", Route::Agents, "agents"),
            ("/extensions", Route::Extensions, "extensions"),
            ("/calls", Route::Calls, "calls"),
            ("/wall/company", Route::Wall("company".into()), "wall/company"),
            ("/wall/queues/8001,%2b49,", Route::Wall("queues/8001,%2B49".into()), "wall/queues/8001,%2B49"),
        ] {
            assert_eq!(Route::of(path), route);
            assert_eq!(route.view(), view);
            assert_eq!(Route::of_view(view), Some(route));
        }
        for path in [
            "",
            "/queues/",
            "/queues/8001/x",
            "/Queues",
            "//",
            "/calls/",
            "/wall/",
            "/wall/a/",
            "/wall/a/b/c",
            "/wall/%61",
        ] {
            assert_eq!(Route::of(path), Route::Nowhere, "{path}");
        }
    }

    proptest! {
        /// Oracle: the way back.
        #[test]
        fn any_number_has_an_address_that_leads_to_it(number in ".{1,20}") {
            prop_assert_eq!(Route::of(&queue_path(&number)), Route::Queue(number));
        }

        #[test]
        fn any_part_of_an_address_is_read_without_a_panic(part in any::<String>()) {
            decoded(&part);
        }
    }
}

//! The cookies that a browser shows: a person's, and a wall's. Nowhere else is a session taken from, least of all an address.

use axum::http::{HeaderMap, HeaderValue, header};

use super::AccessError;
use crate::config::Secret;

/// How long a browser keeps it. The server decides when it ends; this is only not to lose it with the window.
const MAX_AGE_S: u64 = 30 * 24 * 3600;

/// A wall's: for years, until it is revoked.
const WALL_MAX_AGE_S: u64 = 5 * 365 * 24 * 3600;

/// Longer than any secret of ours.
const VALUE_MAX: usize = 64;

/// Whose cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Somebody who signed in.
    Person,
    /// A wall, or a screen that waits to become one.
    Wall,
}

/// How cookies are named and guarded here.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// Browsers come over https. `__Host-` then keeps other sites of the domain from setting one, which they could on the
    /// plain name; so only one of the two is ever taken.
    pub secure: bool,
}

impl Cookies {
    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.secure) {
            (Cookie::Person, true) => "__Host-ringside",
            (Cookie::Person, false) => "ringside",
            (Cookie::Wall, true) => "__Host-ringside-wall",
            (Cookie::Wall, false) => "ringside-wall",
        }
    }

    /// Its value in a request.
    pub fn read(self, cookie: Cookie, headers: &HeaderMap) -> Option<&str> {
        let name = self.name(cookie);
        let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(its, _)| *its == name).map(|(_, value)| value).find(|value| value.len() <= VALUE_MAX)
    }

    /// `Set-Cookie` that gives it.
    pub fn give(self, cookie: Cookie, secret: &Secret) -> Result<HeaderValue, AccessError> {
        let age = match cookie {
            Cookie::Person => MAX_AGE_S,
            Cookie::Wall => WALL_MAX_AGE_S,
        };
        self.header(cookie, secret.reveal(), age)
    }

    /// `Set-Cookie` that takes it away.
    pub fn take(self, cookie: Cookie) -> Result<HeaderValue, AccessError> {
        self.header(cookie, "", 0)
    }

    fn header(self, cookie: Cookie, value: &str, age_s: u64) -> Result<HeaderValue, AccessError> {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = self.name(cookie);
        let text = format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::from_str(&text).map_err(|_| AccessError::Cookie)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|value| (header::COOKIE, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let plain = Cookies { secure: false };
        let read = |cookies: &[&str]| plain.read(Cookie::Person, &headers(cookies)).map(str::to_owned);
        assert_eq!(read(&["a=1; ringside=abc; b=2"]).as_deref(), Some("abc"));
        assert_eq!(read(&["a=1", "ringside=abc"]).as_deref(), Some("abc"));
        for other in ["ringside-wall=abc", "xringside=abc", "__Host-ringside=abc", "ringside", ""] {
            assert_eq!(read(&[other]), None, "{other}");
        }
        assert_eq!(read(&[&format!("ringside={}", "a".repeat(65))]), None);
    }

    /// RFC 6265bis 4.1.3.2: `__Host-` wants Secure, Path=/ and no Domain. Over https the plain name is not taken, since a
    /// neighbouring site can set it.
    #[test]
    fn over_https_a_cookie_is_bound_to_this_host() {
        let secure = Cookies { secure: true };
        let given = secure.give(Cookie::Person, &Secret::new("abc")).unwrap();
        assert_eq!(
            given.to_str().unwrap(),
            "__Host-ringside=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(secure.read(Cookie::Person, &headers(&["ringside=abc"])), None);
        assert_eq!(secure.read(Cookie::Person, &headers(&["__Host-ringside=abc"])), Some("abc"));
        let taken = Cookies { secure: false }.take(Cookie::Wall).unwrap();
        assert_eq!(taken.to_str().unwrap(), "ringside-wall=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}

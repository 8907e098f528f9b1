//! Addresses: `sip:101@acme.test:5060;transport=tcp`, `"Ann" <sip:101@acme.test>`, `tel:+15550100`, or a bare number.
//!
//! RFC 3261 §19.1.1 and §20.10, RFC 3966, as far as a PBX uses them in its events.

use super::fields::trimmed;
use crate::id::{Number, Text};

/// A party's or a device's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The user part, as sent. The whole where there is no `@`.
    pub(super) user: Number,
    /// `user@host:port` in lower case, without display name, scheme, password and parameters.
    pub(super) whole: Text,
}

impl Address {
    /// Reads an address. `None` where it names nobody.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (user, host) = parts(text)?;
        let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let whole = match host {
            "" if is_lower(user) => user.into(),
            "" => user.to_lowercase().into(),
            // Nearly all are.
            _ if is_lower(user) && is_lower(host) => Text::joined(user, '@', host),
            _ => format!("{user}@{host}").to_lowercase().into(),
        };
        Some(Self { user: user.into(), whole })
    }
}

/// The user part of an address, or a bare number.
pub(super) fn user(text: &str) -> Option<&str> {
    // Most are a number and nothing else.
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+') {
        return Some(text);
    }
    parts(text).map(|(user, _)| user)
}

/// User, and host with its port, which may be empty.
fn parts(text: &str) -> Option<(&str, &str)> {
    let uri = match text.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => text,
    };
    let uri = without_scheme(trimmed(uri));
    // Parameters may stand behind the user as well as behind the host.
    let (user, host) = uri.split_once('@').map_or((uri, None), |(user, host)| (user, Some(host)));
    let user = cut(user, b";?");
    let user = if host.is_some() { cut(user, b":") } else { user };
    let host = host.map_or("", |host| cut(host, b";?, "));
    (!user.is_empty()).then_some((user, host))
}

fn without_scheme(uri: &str) -> &str {
    match uri.split_once(':') {
        Some((scheme, rest))
            if ["sip", "sips", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            rest
        }
        _ => uri,
    }
}

fn cut<'a>(text: &'a str, ends: &[u8]) -> &'a str {
    let end = text.bytes().position(|byte| ends.contains(&byte));
    trimmed(end.map_or(text, |end| &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_and_the_place_are_found_in_every_form_of_an_address() {
        for (text, user, whole) in [
            ("101", "101", "101"),
            ("+15550100", "+15550100", "+15550100"),
            ("sip:101@acme.test", "101", "101@acme.test"),
            ("SIPS:Ann.B@Acme.Test:5061", "Ann.B", "ann.b@acme.test:5061"),
            ("sip:102@192.0.2.10:5066;transport=tcp", "102", "102@192.0.2.10:5066"),
            ("sip:102@[2001:db8::1]:5066;ob", "102", "102@[2001:db8::1]:5066"),
            ("\"Ann <3\" <sip:101@acme.test>;tag=9", "101", "101@acme.test"),
            ("Ann <tel:+15550100;ext=7>", "+15550100", "+15550100"),
            ("sip:+15550100;phone-context=x@acme.test", "+15550100", "+15550100@acme.test"),
            ("sip:101:secret@acme.test?subject=x", "101", "101@acme.test"),
            ("sip:anonymous@anonymous.invalid", "anonymous", "anonymous@anonymous.invalid"),
            ("  sip:*78@acme.test  ", "*78", "*78@acme.test"),
            ("sip:101@", "101", "101"),
        ] {
            assert_eq!(
                Address::read(text),
                Some(Address { user: user.into(), whole: whole.into() }),
                "{text}"
            );
            assert_eq!(super::user(text.trim()), Some(user), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_user_names_nobody() {
        for text in ["", "  ", "<>", "sip:", "sip:@acme.test", "tel:;ext=7"] {
            assert_eq!(Address::read(text), None, "{text}");
            assert_eq!(user(text), None, "{text}");
        }
    }
}

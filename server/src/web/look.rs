//! In which language, colours and clock a request is answered: by the reader's choice, which a cookie keeps, else by what the
//! browser says of its user, else English. `POST /look` is the choice, and leads back to the page.

use app::look::{Language, Look, Theme, Within};
use axum::{
    Form,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{
    Web,
    gate::{own_path, see_other},
    rules,
    table::{Need, Table},
};

const LANGUAGE: &str = "ringside-language";
const THEME: &str = "ringside-theme";

/// The reader's time zone, which a page's script writes down.
const ZONE: &str = "ringside-zone";

/// How long a browser keeps a choice: as long as browsers keep anything.
const MAX_AGE_S: u32 = 400 * 24 * 3600;

/// Regions where English has a day of twice twelve hours (ICU 78, of which only those where people work in English).
const TWELVE_ENGLISH: [&str; 16] =
    ["AU", "BS", "CA", "GH", "HK", "IN", "JM", "MY", "NA", "NZ", "PH", "PK", "SG", "TT", "US", "ZM"];

/// Regions where Spanish has one (ICU 78).
const TWELVE_SPANISH: [&str; 20] = [
    "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV",
    "US", "UY", "VE",
];

/// The choice. It shows nothing, so anybody may make it.
pub fn table() -> Table {
    Table::new().post("/look", Need::Public, choose)
}

/// Answers a request as its reader wants it.
pub async fn dress(request: Request, next: Next) -> Response {
    let look = look(request.headers());
    let mut response = Within::new(look, next.run(request)).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        let tag = HeaderValue::from_static(look.language.tag());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, tag);
    }
    response
}

/// What the form's buttons send: one of both.
#[derive(Debug, Deserialize)]
struct Choice {
    language: Option<String>,
    theme: Option<String>,
}

async fn choose(State(web): State<Web>, headers: HeaderMap, Form(choice): Form<Choice>) -> Response {
    let mut response = see_other(&back(&web, &headers));
    let secure = web.access().cookies().secure;
    let language =
        choice.language.as_deref().and_then(Language::of).map(|language| (LANGUAGE, language.tag()));
    let theme = choice.theme.as_deref().and_then(Theme::of).map(|theme| (THEME, theme.name()));
    for cookie in
        [language, theme].into_iter().flatten().filter_map(|(name, value)| cookie(name, value, secure))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// It is no secret, and worth nothing to anybody: scripts may not read it only because none needs to.
fn cookie(name: &str, value: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

/// The page that the choice was made on. What answered a form can't be asked for again: then the page that had the form.
fn back(web: &Web, headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok()?.parse::<Uri>().ok());
    let root = web.0.hosts.external.as_ref().map_or("", |url| &url.path);
    from.and_then(|from| page_of(&from, root)).unwrap_or_else(|| "/".into())
}

fn page_of(from: &Uri, root: &str) -> Option<String> {
    let whole = from.path_and_query()?.as_str();
    // Whichever way the proxy leads here, the browser's address has the root.
    let whole = own_path(whole.strip_prefix(root).filter(|rest| rest.starts_with('/')).unwrap_or(whole))?;
    let path = whole.split('?').next().unwrap_or_default();
    let is_shown = rules().iter().any(|rule| rule.method == "GET" && is_of(path, &rule.path));
    let to_the_form = || path.split('/').take(3).collect::<Vec<_>>().join("/");
    Some(if is_shown { whole.to_owned() } else { to_the_form() })
}

/// Whether a path is of a route such as `/queues/{number}`.
fn is_of(path: &str, route: &str) -> bool {
    let (mut path, mut route) = (path.split('/'), route.split('/'));
    loop {
        match (path.next(), route.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if part == wanted || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// What the cookies say, else what the browser says.
fn look(headers: &HeaderMap) -> Look {
    let accepted = accepted(headers);
    let language = chosen(headers, LANGUAGE).and_then(Language::of);
    let language = language.or_else(|| accepted.iter().find_map(|tag| Language::of(tag))).unwrap_or_default();
    let theme = chosen(headers, THEME).and_then(Theme::of).unwrap_or_default();
    // The region in which the reader speaks it.
    let tag = accepted.iter().find(|tag| Language::of(tag) == Some(language));
    let twelve = tag.is_some_and(|tag| has_twelve(language, tag));
    Look { language, theme, twelve, east_s: chosen(headers, ZONE).and_then(east_s) }
}

fn has_twelve(language: Language, tag: &str) -> bool {
    let regions: &[&str] = match language {
        Language::English => &TWELVE_ENGLISH,
        Language::Spanish => &TWELVE_SPANISH,
        Language::German | Language::Chinese => &[],
    };
    let region = tag.split('-').skip(1).find(|part| part.len() == 2);
    region.is_some_and(|region| regions.iter().any(|twelve| twelve.eq_ignore_ascii_case(region)))
}

/// By how much a zone's clocks are before UTC now. A zone that nobody knows has none.
fn east_s(zone: &str) -> Option<i32> {
    let zone = TimeZone::get(zone).ok().filter(|zone| !zone.is_unknown())?;
    Some(zone.to_offset(Timestamp::now()).seconds())
}

fn chosen<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(its, _)| *its == name).map(|(_, value)| value)
}

/// The tags of `Accept-Language`, the best first (RFC 9110 12.5.4); what is not wanted is not among them.
fn accepted(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).into_iter().filter_map(|value| value.to_str().ok());
    let tag = |part: &'_ str| {
        let (tag, quality) = part.split_once(';').unwrap_or((part, ""));
        let quality =
            quality.trim().strip_prefix("q=").map_or(Some(1.0), |quality| quality.trim().parse().ok());
        Some((tag.trim().len(), quality.filter(|quality: &f32| *quality > 0.0)?))
    };
    let mut tags: Vec<(&str, f32)> = values
        .flat_map(|value| value.split(','))
        .filter_map(|part| tag(part.trim()).map(|(length, quality)| (&part.trim()[..length], quality)))
        .collect();
    // In their order, where they are as good.
    tags.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    tags.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &'static str, accepted: &'static str) -> HeaderMap {
        let pairs = [(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accepted)];
        pairs.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect()
    }

    #[test]
    fn the_choice_counts_first_then_the_browser_then_english() {
        for (cookie, accepted, tag) in [
            ("", "", "en"),
            ("", "fr-FR, fr;q=0.9", "en"),
            ("", "fr, es;q=0.8, de;q=0.9", "de"),
            ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
            ("", "de;q=0, es;q=0.1", "es"),
            ("", "zh-Hans-CN", "zh"),
            ("", "*, ;;;, de;q=x", "en"),
            ("a=b; ringside-language=zh", "de", "zh"),
            ("ringside-language=klingon", "de", "de"),
        ] {
            let mut headers = headers("", accepted);
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            assert_eq!(look(&headers).language.tag(), tag, "{cookie} {accepted}");
        }
    }

    #[test]
    fn a_day_has_twice_twelve_hours_where_the_region_of_the_language_has_them() {
        for (cookie, accepted, twelve) in [
            ("", "en-US,en;q=0.9", true),
            ("", "en-GB", false),
            ("", "en", false),
            ("", "es-MX", true),
            ("", "es-ES", false),
            ("", "zh-Hans-SG", false),
            ("ringside-language=de", "en-US,de-DE;q=0.5", false),
            ("ringside-language=en", "de-DE,en-US;q=0.5", true),
        ] {
            assert_eq!(look(&headers(cookie, accepted)).twelve, twelve, "{cookie} {accepted}");
        }
    }

    #[test]
    fn a_readers_zone_is_known_by_its_name_and_any_other_text_is_none() {
        let zone = |cookie| look(&headers(cookie, "")).east_s;
        assert_eq!(zone("ringside-zone=Asia/Kolkata"), Some(19_800));
        for cookie in [
            "",
            "ringside-zone=",
            "ringside-zone=../../etc/passwd",
            "ringside-zone=Etc/Unknown",
            "ringside-zone=%",
        ] {
            assert_eq!(zone(cookie), None, "{cookie}");
        }
    }

    #[test]
    fn a_choice_leads_back_to_where_it_was_made_or_to_the_page_with_the_form() {
        for (from, root, back) in [
            ("http://localhost/queues?sort=name", "", Some("/queues?sort=name")),
            ("http://localhost/queues/8001", "", Some("/queues/8001")),
            ("https://a.example/ringside/agents", "/ringside", Some("/agents")),
            ("http://localhost/settings/people/person?id=1", "", Some("/settings/people/person?id=1")),
            ("http://localhost/settings/tokens/make", "", Some("/settings/tokens")),
            ("http://localhost/settings/me/password", "", Some("/settings/me")),
            ("http://localhost//evil.example/", "", None),
        ] {
            assert_eq!(page_of(&from.parse().unwrap(), root).as_deref(), back, "{from}");
        }
    }
}

//! Text and borders can be read on what they stand on, in every theme.
//!
//! Oracle: WCAG 2.2, 1.4.3 (text 4.5 to 1) and 1.4.11 (borders and glyphs 3 to 1), of strong contrast 1.4.6 (text 7 to 1) and
//! half as much more for borders, computed from the roles in
//! `style/tokens.css` by the formulas of CSS Color 4 (OKLCH to linear sRGB) and WCAG (relative luminance).

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../style/tokens.css");
const TEXT: f64 = 4.5;
const BORDER: f64 = 3.0;
/// Text that is large, as all of a wall is (WCAG 2.2, 1.4.3).
const LARGE: f64 = 3.0;

/// What stands on what, as the components use it.
const PAIRS: &[(&str, &str, f64)] = &[
    ("ink", "surface", TEXT),
    ("ink", "ground", TEXT),
    ("ink", "sunken", TEXT),
    ("ink-2", "surface", TEXT),
    ("ink-2", "ground", TEXT),
    ("ink-2", "sunken", TEXT),
    ("ink-3", "surface", TEXT),
    ("ink-3", "ground", TEXT),
    ("ink-stale", "surface", TEXT),
    ("ink-stale", "ground", TEXT),
    ("ink-stale", "sunken", TEXT),
    ("accent", "surface", TEXT),
    ("accent", "ground", TEXT),
    ("act", "surface", TEXT),
    ("heed", "surface", TEXT),
    ("on-heed", "heed-fill", TEXT),
    ("on-act", "act-fill", LARGE),
    ("on-accent", "accent", TEXT),
    ("ink", "accent-soft", TEXT),
    ("ink", "act-soft", TEXT),
    ("act", "act-soft", TEXT),
    ("ink", "heed-soft", TEXT),
    ("heed", "heed-soft", TEXT),
    ("ready", "surface", BORDER),
    ("talk", "surface", BORDER),
    ("act-fill", "surface", BORDER),
    ("focus", "surface", BORDER),
    ("focus", "ground", BORDER),
];

#[derive(Clone, Copy, PartialEq)]
enum Theme {
    Light,
    Dark,
}

/// How much more of it there is in strong contrast.
const STRONG: f64 = 7.0 / 4.5;

/// Where strong contrast begins in the sheet: as it is chosen, and as the system asks for it.
const CHOSEN: &str = ":root[data-theme=\"contrast\"] {";
const ASKED: &str = "@media (prefers-contrast: more) {";

/// Lightness, chroma, hue in degrees.
type Oklch = (f64, f64, f64);

type Tokens = HashMap<&'static str, &'static str>;

fn declared(sheet: &'static str) -> Tokens {
    let declarations = sheet.split(['{', ';', '\n']).filter_map(|text| text.trim().strip_prefix("--"));
    declarations.filter_map(|text| text.split_once(": ")).collect()
}

/// The tokens, and those that are others in strong contrast: as it is chosen, and as the system asks for it.
fn tokens() -> (Tokens, [Tokens; 2]) {
    let (plain, strong) = TOKENS.split_once(CHOSEN).unwrap();
    let (chosen, asked) = strong.split_once(ASKED).unwrap();
    (declared(plain), [declared(chosen), declared(asked)])
}

fn colour(value: &str, theme: Theme, tokens: &HashMap<&str, &str>) -> Oklch {
    let value = value.trim();
    if let Some(pair) = value.strip_prefix("light-dark(").and_then(|rest| rest.strip_suffix(')')) {
        let (light, dark) = pair.split_once(", ").unwrap();
        return colour(if theme == Theme::Light { light } else { dark }, theme, tokens);
    }
    if let Some(name) = value.strip_prefix("var(--").and_then(|rest| rest.strip_suffix(')')) {
        return colour(tokens[name], theme, tokens);
    }
    let parts = value
        .strip_prefix("oklch(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or_else(|| panic!("{value}"));
    let mut numbers = parts.split(' ').map(|part| part.trim_end_matches('%').parse::<f64>().unwrap());
    let mut next = || numbers.next().unwrap();
    (next() / 100.0, next(), next())
}

/// CSS Color 4, §10.3: OKLCH to linear sRGB; then WCAG's relative luminance.
#[allow(clippy::excessive_precision, reason = "some versions of the lint count these figures as too long")]
#[expect(clippy::many_single_char_names, reason = "the specifications' own names and figures")]
fn luminance((lightness, chroma, hue): Oklch) -> f64 {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let red = 4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s;
    let green = -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s;
    let blue = -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s;
    let [red, green, blue] = [red, green, blue].map(|part| part.clamp(0.0, 1.0));
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Oklch, other: Oklch) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_pair_is_readable_in_every_theme() {
    let (plain, [chosen, asked]) = tokens();
    assert_eq!(chosen, asked, "one contrast, whoever wants it");
    let strong: Tokens = plain.clone().into_iter().chain(chosen).collect();
    let mut faint = Vec::new();
    for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for (tokens, times, kind) in [(&plain, 1.0, "plain"), (&strong, STRONG, "strong")] {
            for (front, back, least) in PAIRS {
                let of = |name: &str| colour(tokens[name], theme, tokens);
                let (found, wanted) = (contrast(of(front), of(back)), least * times);
                if found < wanted {
                    faint.push(format!("{front} on {back}, {name}, {kind}: {found:.2}, wants {wanted:.2}"));
                }
            }
        }
    }
    assert!(faint.is_empty(), "{faint:#?}");
}

#[test]
fn the_formula_gives_the_known_extremes() {
    let (white, black) = ((1.0, 0.0, 0.0), (0.0, 0.0, 0.0));
    assert!((contrast(white, black) - 21.0).abs() < 0.01);
    // #808080 on white, 3.95 by WebAIM's checker; its OKLCH lightness is 0.5999.
    assert!((contrast((0.5999, 0.0, 0.0), white) - 3.95).abs() < 0.02);
}

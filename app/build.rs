//! Turns `locales/en.json` and `locales/en.settings.json` into one Rust function a text, so that a missing key or argument
//! does not compile. The second has the words of pages that only the server renders; the wasm does not carry them.
//!
//! A text is `group.key`. `{{ name }}` is an argument, in order of appearance. `key_one` and `key_other` are the plural
//! forms of `key`, chosen by its argument `count`. A second language adds a choice of locale here, and nowhere else.

use std::{collections::BTreeMap, env, error::Error, fmt::Write, fs, path::Path};

/// The sources, and the feature that their words are for.
const SOURCES: [(&str, Option<&str>); 2] =
    [("locales/en.json", None), ("locales/en.settings.json", Some("ssr"))];

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut code = String::new();
    for (source, feature) in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        let texts: Texts = serde_json::from_str(&fs::read_to_string(source)?)?;
        write_words(&mut code, &texts, feature)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), code)?;
    Ok(())
}

/// A module a group, a function a text.
fn write_words(code: &mut String, texts: &Texts, feature: Option<&str>) -> Result<(), Box<dyn Error>> {
    for (group, texts) in texts {
        if let Some(feature) = feature {
            writeln!(code, "#[cfg(feature = {feature:?})]")?;
        }
        writeln!(code, "pub(crate) mod {group} {{")?;
        for (key, text) in texts {
            if let Some(key) = key.strip_suffix("_one") {
                let other =
                    texts.get(&format!("{key}_other")).ok_or(format!("{group}.{key}_other is missing"))?;
                let (one, other) =
                    (text.replace("{{ count }}", "{count}"), other.replace("{{ count }}", "{count}"));
                writeln!(
                    code,
                    "pub(crate) fn {key}(count: usize) -> String {{ if count == 1 {{ format!({one:?}) }} else {{ format!({other:?}) }} }}"
                )?;
            } else if !key.ends_with("_other") {
                function(code, key, text)?;
            }
        }
        code.push_str("}\n");
    }
    Ok(())
}

/// A text without plural forms: `&'static str`, or a `String` where it has arguments.
fn function(code: &mut String, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let names: Vec<&str> =
        text.split("{{ ").skip(1).map(|rest| rest.split(" }}").next().unwrap_or_default()).collect();
    if names.is_empty() {
        writeln!(code, "pub(crate) const fn {key}() -> &'static str {{ {text:?} }}")?;
    } else {
        let arguments: Vec<_> = names.iter().map(|name| format!("{name}: impl std::fmt::Display")).collect();
        let format = text.replace("{{ ", "{").replace(" }}", "}");
        writeln!(code, "pub(crate) fn {key}({}) -> String {{ format!({format:?}) }}", arguments.join(", "))?;
    }
    Ok(())
}

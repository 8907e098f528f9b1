//! Turns the texts of `locales/` into one Rust function a text, so that a missing key or argument does not compile.
//!
//! `en.json` says which texts there are; the files of the other languages beside it say the same otherwise. What one of them
//! lacks is English there, and `words.rs` has a test that finds it. The files `*.settings.json` have the words of pages that
//! only the server renders. The wasm carries no text at all: the page brings those of its language along, in this order.
//!
//! A text is `group.key`. `{{ name }}` is an argument, in the order in which the English text has them; a number is written as
//! the language writes numbers. `key_one` and
//! `key_other` are the plural forms of `key`, chosen by its argument `count`; a language without plural forms has `key_other`
//! alone.

use std::{collections::BTreeMap, env, error::Error, fmt::Write, fs, path::Path};

/// The languages, as `look.rs` has them; the first one has every text.
const LANGUAGES: [&str; 4] = ["en", "de", "es", "zh"];

/// The sources by the ends of their names, what the texts of each are called, and the feature that they are for.
const SOURCES: [(&str, &str, Option<&str>); 2] =
    [("json", "face", None), ("settings.json", "server", Some("ssr"))];

type Texts = BTreeMap<String, BTreeMap<String, String>>;

/// What went wrong with which text.
type Fault = Box<dyn Error>;

fn main() -> Result<(), Fault> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    let mut code = String::new();
    for (end, name, feature) in SOURCES {
        let read = |language: &str| -> Result<Texts, Fault> {
            let path = format!("locales/{language}.{end}");
            let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
            Ok(serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
        };
        let all = LANGUAGES.iter().map(|language| read(language)).collect::<Result<Vec<_>, _>>()?;
        let gate = feature.map_or(String::new(), |feature| format!("#[cfg(feature = {feature:?})]\n"));
        write_functions(&mut code, &all[0], name, &gate)?;
        // The browser's program has none of them.
        let gate = if gate.is_empty() { "#[cfg(not(feature = \"browser\"))]\n" } else { &gate };
        write_table(&mut code, &all, name, gate)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), code)?;
    Ok(())
}

/// A module a group, a function a text. Texts are known by their place in the order of groups and keys.
fn write_functions(code: &mut String, texts: &Texts, source: &str, gate: &str) -> Result<(), Fault> {
    let mut place = 0;
    for (group, texts) in texts {
        writeln!(code, "{gate}pub(crate) mod {group} {{")?;
        for (key, text) in texts {
            let find = format!("crate::words::{source}({place})");
            if let Some(key) = key.strip_suffix("_one") {
                if !texts.contains_key(&format!("{key}_other")) {
                    return Err(format!("{group}.{key}_other is missing").into());
                }
                let other = place + 1;
                writeln!(
                    code,
                    "pub(crate) fn {key}(count: usize) -> String {{ crate::words::fill(if count == 1 {{ {find} }} else {{ crate::words::{source}({other}) }}, &[&count]) }}"
                )?;
            } else if !key.ends_with("_other") {
                let names = arguments(text).map_err(|fault| format!("{group}.{key}: {fault}"))?;
                if names.is_empty() {
                    writeln!(code, "pub(crate) fn {key}() -> &'static str {{ {find} }}")?;
                } else {
                    let taken: Vec<_> =
                        names.iter().map(|name| format!("{name}: impl crate::words::Argument")).collect();
                    let given: Vec<_> = names.iter().map(|name| format!("&{name}")).collect();
                    let (taken, given) = (taken.join(", "), given.join(", "));
                    writeln!(
                        code,
                        "pub(crate) fn {key}({taken}) -> String {{ crate::words::fill({find}, &[{given}]) }}"
                    )?;
                }
            }
            place += 1;
        }
        code.push_str("}\n");
    }
    Ok(())
}

/// The texts, a row a language, in which arguments are `{0}`, `{1}` by their order in the English text.
fn write_table(code: &mut String, all: &[Texts], source: &str, gate: &str) -> Result<(), Fault> {
    writeln!(code, "{gate}static {}: [&[&str]; {}] = [", source.to_uppercase(), LANGUAGES.len())?;
    for (language, texts) in LANGUAGES.iter().zip(all) {
        code.push_str("&[");
        for (group, keys) in &all[0] {
            for (key, english) in keys {
                let own = texts.get(group).and_then(|texts| {
                    // Without plural forms: one is said as many are.
                    let other = || texts.get(&format!("{}_other", key.strip_suffix("_one")?));
                    texts.get(key).or_else(other)
                });
                let text = own.unwrap_or(english);
                let text =
                    placed(text, english).map_err(|fault| format!("{language} {group}.{key}: {fault}"))?;
                write!(code, "{text:?}, ")?;
            }
        }
        code.push_str("],\n");
    }
    code.push_str("];\n");
    Ok(())
}

/// The names of a text's arguments, each once.
fn arguments(text: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    for part in text.split("{{").skip(1) {
        let name = part.split_once("}}").ok_or("an argument has no end")?.0.trim();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(format!("{name:?} is no name of an argument"));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The text with the places of its arguments; it must have the same ones as the English text.
fn placed(text: &str, english: &str) -> Result<String, String> {
    let (own, wanted) = (arguments(text)?, arguments(english)?);
    if let Some(name) = wanted.iter().find(|name| !own.contains(name)) {
        return Err(format!("the argument {name} is missing"));
    }
    if text.contains('\n') {
        return Err("it has two lines".into());
    }
    let mut placed = text.to_owned();
    for name in own {
        let place = wanted.iter().position(|wanted| *wanted == name);
        let place = place.ok_or(format!("the English text has no argument {name}"))?;
        placed = placed.replace(&format!("{{{{ {name} }}}}"), &format!("{{{place}}}"));
    }
    // What is left of one was written otherwise than `{{ name }}`.
    if placed.contains("{{") { Err("an argument is written as {{ name }}".into()) } else { Ok(placed) }
}
